"""S4: text is text. What people write, and what they and rooms are called, runs nothing.

The payloads lie in the database past every check of the server: the page has to hold alone.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import httpx
import pytest

pytest.importorskip("playwright")

from browsing import ChatServer, Person
from playwright.sync_api import expect

from sanchat.models import room_key

RUN = "alert(1)"
TAGS = [
    f"<script>{RUN}</script>",
    f"<ScRiPt>{RUN}</sCrIpT>",
    f"</title><script>{RUN}</script>",
    f"</textarea><script>{RUN}</script>",
    f"<script src=data:text/javascript,{RUN}></script>",
    "<script src=//127.0.0.1:9/x.js></script>",
    f"<img src=x onerror={RUN}>",
    f"<img src=x onerror='{RUN}'//",
    f"<img/src/onerror={RUN}>",
    f"<img src=`x` onerror={RUN}>",
    f"<svg onload={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><script href=data:,{RUN} />",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<svg><a xlink:href=javascript:{RUN}><text x=9 y=9>x</text></a></svg>",
    f"<svg><use href=data:image/svg+xml,<svg id=x onload={RUN} />#x />",
    f"<svg><set attributeName=href to=javascript:{RUN} />",
    f"<svg><foreignObject><iframe srcdoc='<script>{RUN}</script>'></svg>",
    f"<svg><style><img src=x onerror={RUN}></style></svg>",
    f"<math><mi xlink:href=javascript:{RUN}>x</mi></math>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={RUN}></table></math>",
    f"<iframe src=javascript:{RUN}></iframe>",
    f"<iframe srcdoc='<script>{RUN}</script>'></iframe>",
    f"<object data=javascript:{RUN}></object>",
    f"<embed src=javascript:{RUN}>",
    f"<body onload={RUN}>",
    f"<details open ontoggle={RUN}>x",
    f"<video><source onerror={RUN}></video>",
    f"<audio src=x onerror={RUN}></audio>",
    f"<input autofocus onfocus={RUN}>",
    f"<select autofocus onfocus={RUN}>",
    f"<marquee onstart={RUN}>x</marquee>",
    f"<form action=javascript:{RUN}><button>x</button></form>",
    f"<button formaction=javascript:{RUN}>x</button>",
    f"<isindex action=javascript:{RUN}>",
    f"<a href=javascript:{RUN}>x</a>",
    f"<a href='&#106;avascript:{RUN}'>x</a>",
    "<base href=//127.0.0.1:9/>",
    f"<meta http-equiv=refresh content='0;url=javascript:{RUN}'>",
    "<link rel=stylesheet href=//127.0.0.1:9/x.css>",
    f"<style>@import 'javascript:{RUN}';</style>",
    "<style>*{display:none}</style>",
    "<div style=position:fixed;inset:0;background:red>x</div>",
    f"<template><script>{RUN}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={RUN}>'>",
    f"<!--><script>{RUN}</script>-->",
    f"<![CDATA[><script>{RUN}</script>]]>",
    f"<xss id=x tabindex=1 onfocus={RUN}>",
    f"<p onclick={RUN} onmouseover={RUN}>x</p>",
]
LINKS = [
    f"javascript:{RUN}",
    f"JaVaScRiPt:{RUN}",
    f"java\tscript:{RUN}",
    f"java\nscript:{RUN}",
    f"\x01javascript:{RUN}",
    f" javascript:{RUN}",
    f"javascript&colon;{RUN}",
    f"javascript%3A{RUN}",
    f"javascript://example.org/%0a{RUN}",
    f"javascript://https://example.org\n{RUN}",
    f"[x](javascript:{RUN})",
    f"[x](JAVASCRIPT:{RUN})",
    f"[x]( javascript:{RUN})",
    f"[x](<javascript:{RUN}>)",
    f"[x](java\tscript:{RUN})",
    f"[x](javascript&#58;{RUN})",
    f"[x](\u0000javascript:{RUN})",
    f"[javascript:{RUN}](https://example.org)",
    f"![x](javascript:{RUN})",
    f"![x](data:image/svg+xml,<svg onload={RUN}>)",
    f"<javascript:{RUN}>",
    f"[x]: javascript:{RUN}",
    f"data:text/html,<script>{RUN}</script>",
    f"[x](data:text/html,<script>{RUN}</script>)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    f"[x](vbscript:{RUN})",
    "[x](file:///etc/passwd)",
    f"[x](blob:https://example.org/{RUN})",
    f"https://example.org/'onmouseover={RUN}//",
    f'https://example.org/"onmouseover={RUN}//',
    f'[x](https://example.org/"onmouseover={RUN} x=")',
    f"https://example.org/<script>{RUN}</script>",
    f"https://example.org/`{RUN}`",
    "https://user:secret@127.0.0.1:9/",
    "//127.0.0.1:9/x",
    f"http://javascript:{RUN}@example.org",
]
MARKS = [
    f"```html\n<script>{RUN}</script>\n```",
    f"```<script>{RUN}</script>\nx\n```",
    f'```"><img src=x onerror={RUN}>\nx\n```',
    f"`<img src=x onerror={RUN}>`",
    f"**<img src=x onerror={RUN}>**",
    f"> <svg onload={RUN}>",
    f"- <svg onload={RUN}>",
    f"@<img src=x onerror={RUN}>",
    f"#<img src=x onerror={RUN}>",
    f"||<img src=x onerror={RUN}>||",
    f"${{{RUN}}}",
    f"{{{{{RUN}}}}}",
    f"`${{{RUN}}}`",
    f"';{RUN};//",
    f'";{RUN};//',
    f"\\';{RUN};//",
    "__proto__",
    "constructor",
    "lit$1234$",
    "<!--lit-part x-->",
    "<?lit$1234$?>",
    "\ufeff<script>alert(1)</script>",
    "＜script＞alert(1)＜/script＞",
    "\u2028<script>alert(1)</script>\u2029",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
]
BIDI = [
    "\u202egnp.exe",
    "\u202e<script>alert(1)</script>\u202c",
    "\u2066\u202ejavascript:alert(1)\u2069",
    "https://example.org/\u202egnp.exe",
    "[\u202e](javascript:alert(1))",
    "\u200f\u202b<svg onload=alert(1)>",
    "a\u0301\u0301\u0301<img src=x onerror=alert(1)>",
    "\u2067" * 50 + "never closed",
]
PAYLOADS = TAGS + LINKS + MARKS + BIDI

WATCH_EXECUTIONS = """
window.executions = []
for (const name of ["alert", "confirm", "prompt"])
  window[name] = (what) => { window.executions.push(`${name} ${what}`) }
"""
# What in the page could run or load something that nobody of ours has written.
LOOK = """() => {
  const found = []
  const own = new Set(["http:", "https:", "mailto:"])
  for (const element of document.querySelectorAll("*")) {
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on") || name === "srcdoc" || name === "style" && element.closest(".log"))
        found.push(`${element.localName} ${name}=${value}`)
      if (/^(href|src|action|formaction|data|xlink:href)$/.test(name)) {
        const { protocol } = new URL(value, location.href)
        if (!own.has(protocol)) found.push(`${element.localName} ${name}=${value}`)
      }
    }
  }
  const strange = "iframe, object, embed, base, math, audio, video, foreignObject, marquee"
  for (const element of document.querySelectorAll(`${strange}, body script, .log img`))
    found.push(element.outerHTML)
  for (const element of document.querySelectorAll(".body, .message-head b"))
    if (!/isolate|plaintext/.test(getComputedStyle(element).unicodeBidi))
      found.push(`not isolated: ${element.outerHTML.slice(0, 200)}`)
  return found
}"""


@pytest.fixture
def poisoned(server: ChatServer, somebody: Callable[..., Person]) -> Person:
    """Ana in a server where every author, room, title and topic is called after a payload."""
    ana = somebody(viewport={"width": 1440, "height": 1240})
    ana.context.add_init_script(WATCH_EXECUTIONS)
    ana.join("ana", "lobby")
    rooms = [f"room-{number}" for number in range(len(PAYLOADS))]
    server.admin("rooms", "create", *rooms)
    with httpx.Client(
        base_url=server.address, headers={"Origin": server.address}, trust_env=False
    ) as http:
        for number, payload in enumerate(PAYLOADS):
            http.cookies.clear()
            signed = http.post("/api/session", json={"name": f"guest {number}"})
            assert signed.status_code == 201
            answer = http.post(
                "/api/rooms/lobby/messages",
                json={"text": payload.replace("\0", "\x02"), "client_message_id": "1"},
            )
            assert answer.status_code in (200, 201), answer.text
    ana.may_be_offline = True
    ana.page.goto("about:blank")
    server.kill()
    with closing(sqlite3.connect(server.folder / "chat.db")) as database:
        for number, payload in enumerate(PAYLOADS):
            database.execute(
                "update users set name = ? where name = ?", (payload, f"guest {number}")
            )
            name = f"{payload} {number}"
            database.execute(
                "update rooms set name = ?, name_key = ?, title = ?, topic = ? where name = ?",
                (name, room_key(name), payload, payload, f"room-{number}"),
            )
        database.execute(
            "insert into memberships (room_id, user_id, joined_at) select rooms.id, users.id, 0 "
            "from rooms, users where users.name = 'ana' and rooms.name like '%' "
            "on conflict do nothing"
        )
        database.commit()
    server.start()
    ana.page.goto(f"{server.address}/r/lobby")
    ana.expect_live()
    return ana


def test_s4_a_hundred_payloads_are_shown_and_none_runs(poisoned: Person) -> None:
    ana = poisoned
    page = ana.page
    ana.read_to_the_start()
    expect(page.locator(".message .body")).to_have_count(len(PAYLOADS))
    seen = {text.strip() for text in page.locator(".message .body").all_text_contents()}
    assert page.evaluate(LOOK) == []
    names = page.locator(".rooms a.room")
    expect(names).to_have_count(len(PAYLOADS) + 2)

    for number in range(0, len(PAYLOADS), 6):
        names.nth(number).click()
        expect(page.locator(".log")).to_have_attribute("aria-busy", "false")
        assert page.evaluate(LOOK) == []
    page.keyboard.press("Control+k")
    expect(page.locator("dialog[open]")).to_be_visible()
    assert page.evaluate(LOOK) == []

    assert len(PAYLOADS) >= 100
    assert len(seen) >= 100
    assert page.evaluate("window.executions") == []
    assert page.evaluate("window.violations") == []


def test_s4_links_that_may_be_followed_lead_where_they_say(poisoned: Person) -> None:
    page = poisoned.page
    poisoned.read_to_the_start()
    expect(page.locator(".message .body")).to_have_count(len(PAYLOADS))
    found = page.locator(".body a[target]").all()
    assert len(found) >= 5
    for link in found:
        assert link.get_attribute("rel") == "noopener noreferrer nofollow"
        assert (link.get_attribute("href") or "").startswith(("http://", "https://"))
