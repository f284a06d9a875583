"""Rules of the page that no flow passes by: containment, midnight, landmarks, focus, directions,
the timing of the banner, the sound. Time is the browser's own, and is set, never waited for."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from line import Line
from playwright.sync_api import Page, expect
from test_timeline import PHONE, fill

pytestmark = pytest.mark.slow

STYLES = Path(__file__).resolve().parents[2] / "web" / "css"
SIDES = re.compile(
    r"\b(?:margin|padding|border)-(?:left|right|top|bottom)\b"
    r"|(?<=[{;\s])(?:left|right|top|bottom):"
    r"|\b(?:float|clear|text-align): (?:left|right)\b"
)
BLOCKS = """() => [...document.querySelectorAll(".block")].map((block) => {
  const { contentVisibility, containIntrinsicHeight } = getComputedStyle(block)
  return [contentVisibility, containIntrinsicHeight, block.querySelectorAll("article").length]
})"""
ALONE = """() => [...document.querySelectorAll("article")].filter((each) =>
  !each.closest(".block") || getComputedStyle(each).contentVisibility !== "visible").length"""
# Of each kind of thing that can have the focus, one: what is drawn around it when keys led there.
RING = """() => {
  const it = document.activeElement
  const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = getComputedStyle(it)
  const probe = document.createElement("i")
  probe.style.setProperty("color", "var(--accent)")
  document.body.append(probe)
  const accent = getComputedStyle(probe).color
  probe.remove()
  const isDrawn = outlineStyle === "solid" && parseFloat(outlineWidth) >= 2
  const isRing = isDrawn && outlineColor === accent
  return [it.localName + "." + it.className, isRing, outlineOffset]
}"""
SMALL = """(least) => [...document.querySelectorAll("button, .room, .menu-item, textarea, summary")]
  .filter((it) => it.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
  .filter((it) => !it.closest("[aria-hidden=true]"))
  .map((it) => {
    const { width, height } = it.getBoundingClientRect()
    const after = getComputedStyle(it, "::after")
    const grown = after.position === "absolute" ? -2 * parseFloat(after.insetBlockStart) : 0
    return [it.className || it.localName, it.textContent.trim().slice(0, 20) || it.ariaLabel,
      Math.round(width), Math.round(height + grown)]
  })
  .filter(([, , width, height]) => Math.min(width, height) < least)"""
NOTE_BADGES = """window.badges = []
const setAppBadge = navigator.setAppBadge.bind(navigator)
navigator.setAppBadge = async (count) => {
  await setAppBadge(count)
  window.badges.push(count)
}"""
HOLD_CHAT = """import(document.querySelector("link[href*='js/context.js']").href)
  .then(({ chat }) => { window.chat = chat })"""
IS_STATE = "(state) => window.chat.socket.state === state"
COUNT_TONES = """
window.tones = 0
const start = OscillatorNode.prototype.start
OscillatorNode.prototype.start = function (...when) {
  window.tones += 1
  return start.apply(this, when)
}"""
COUNT_HEARD = """() => {
  window.calls = 0
  window.chat.on("heard", () => { window.calls += 1 })
}"""
TONES_OF_ONE = 2


def pause(page: Page) -> None:
    """No more than a second from now: a longer leap would be a silence, and end the connection."""
    page.clock.pause_at(float(page.evaluate("Date.now()")) / 1_000 + 1)


def test_blocks_of_fifty_are_contained_and_no_single_message(
    somebody: Callable[..., Person],
) -> None:
    """TL-5."""
    ana = somebody().join("ana")
    fill(ana, 120)
    expect(ana.page.locator("[data-seq='120']")).to_be_in_viewport()

    blocks = ana.page.evaluate(BLOCKS)

    assert len(blocks) >= 2
    for visibility, height, messages in blocks:
        assert (visibility, height) == ("auto", "auto 3200px")
        assert messages <= 50
    assert ana.page.evaluate(ALONE) == 0


def test_at_midnight_where_the_reader_lives_today_becomes_yesterday(
    somebody: Callable[..., Person],
) -> None:
    """TL-7: nobody does anything meanwhile, and the machine's own zone does not matter."""
    zone = ZoneInfo("Asia/Shanghai")
    ana = somebody(timezone_id=zone.key)
    now = datetime.now(zone)
    midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    ana.page.clock.install(time=midnight - timedelta(minutes=5))
    ana.join("ana")
    ana.say("the last of the day")
    rule = ana.page.locator(".rule:not(.new)").first
    expect(rule).to_contain_text("Today")

    ana.page.clock.fast_forward("05:02")

    expect(rule).to_contain_text("Yesterday")
    ana.page.clock.fast_forward("24:00:00")
    expect(rule).not_to_contain_text(re.compile("Today|Yesterday"))


def test_the_banner_waits_two_seconds_and_leaves_at_once(somebody: Callable[..., Person]) -> None:
    """CO-4: the dot changes at once."""
    ana = somebody()
    page = ana.page
    page.clock.install()
    line = Line(ana)
    ana.join("ana")
    dot, banner = page.locator(".brand .dot"), page.locator("sc-banner .banner")
    expect(dot).to_have_class(re.compile(r"^dot\s*$"))
    page.evaluate(HOLD_CHAT)
    pause(page)
    page.wait_for_function(IS_STATE, arg="live")
    page.clock.run_for(100)
    expect(dot).to_have_class(re.compile(r"^dot\s*$"))
    line.cut()
    page.wait_for_function(IS_STATE, arg="reconnecting")
    page.clock.run_for(50)
    expect(dot).to_have_class(re.compile("waiting"))
    page.clock.run_for(1_850)
    assert banner.count() == 0

    page.clock.run_for(200)

    expect(banner).to_contain_text("Reconnecting")
    line.is_cut = False
    page.clock.run_for(1_100)
    page.get_by_role("button", name="Try now").click()
    page.wait_for_function(IS_STATE, arg="live")
    page.clock.run_for(300)
    assert banner.count() == 0
    expect(dot).to_have_class(re.compile(r"^dot\s*$"))


def test_the_sound_is_off_until_wanted_and_comes_once_in_three_seconds(
    somebody: Callable[..., Person],
) -> None:
    """NO-4."""
    ana, ben = somebody(), somebody().join("ben")
    page = ana.page
    page.add_init_script(COUNT_TONES)
    page.clock.install()
    ana.join("ana")
    ana.enter("attic")
    page.evaluate(HOLD_CHAT)
    page.evaluate(COUNT_HEARD)
    ben.say("@ana one")
    page.wait_for_function("() => window.calls === 1")
    assert page.evaluate("window.tones") == 0
    page.get_by_label("Preferences").click()
    page.get_by_label("Sound").check()
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    pause(page)
    before = page.evaluate("window.tones")

    ben.say("@ana two", "@ana three", "@ana four")
    page.wait_for_function("() => window.calls === 4")
    page.wait_for_function("(least) => window.tones >= least", arg=before + TONES_OF_ONE)
    assert page.evaluate("window.tones") == before + TONES_OF_ONE

    page.clock.run_for(3_000)
    ben.say("@ana five")
    page.wait_for_function("(least) => window.tones >= least", arg=before + 2 * TONES_OF_ONE)
    assert page.evaluate("window.tones") == before + 2 * TONES_OF_ONE


def landmarks(page: Page) -> tuple[int, ...]:
    roles = ("navigation", "main", "complementary")
    return tuple(page.get_by_role(role).count() for role in roles)


def test_a_screen_has_its_landmarks_one_heading_and_a_way_past_the_rooms(
    somebody: Callable[..., Person],
) -> None:
    """AX-1."""
    ana = somebody().join("ana")
    headings = ana.page.locator("h1:visible")
    assert landmarks(ana.page) == (1, 1, 1)
    expect(headings).to_have_text(["lobby"])
    skip = ana.page.locator("a.skip")
    first = "() => document.querySelector('a[href], button, input, textarea').className"
    assert ana.page.evaluate(first) == "skip"
    skip.focus()
    expect(skip).to_be_in_viewport(ratio=1)
    ana.page.keyboard.press("Enter")
    expect(ana.field).to_be_focused()

    ben = somebody(**PHONE).join("ben")
    expect(ben.page.locator("h1:visible")).to_have_text(["lobby"])
    assert ben.page.get_by_role("main").count() == 1
    ben.page.get_by_label("Back").first.tap()
    expect(ben.page.locator("h1:visible")).to_have_count(1)
    assert ben.page.get_by_role("main").count() == 1


def test_whatever_keys_lead_to_has_a_ring_around_it(somebody: Callable[..., Person]) -> None:
    """AX-5. In the composer the ring is that of the whole box."""
    ana = somebody().join("ana")
    ana.say("hello")
    ana.page.evaluate("document.activeElement.blur()")
    seen = {}
    for _ in range(40):
        ana.page.keyboard.press("Tab")
        name, has_ring, offset = ana.page.evaluate(RING)
        seen[name] = (has_ring, offset)
        if name.startswith("textarea"):
            edge = ana.page.locator(".composer").evaluate("(it) => getComputedStyle(it).boxShadow")
            seen[name] = (edge != "none", offset)
    seen = {name: ring for name, ring in seen.items() if not name.startswith("body")}

    assert len(seen) >= 8
    assert {name for name, (has_ring, _) in seen.items() if not has_ring} == set()
    ana.page.keyboard.press("Control+k")
    expect(ana.page.locator("dialog input")).to_be_focused()
    assert ana.page.evaluate(RING)[1] is True


def test_what_is_pressed_is_large_enough_for_a_pointer_and_for_a_finger(
    somebody: Callable[..., Person],
) -> None:
    """AX-5: 24 px, and 44 px on a touch screen."""
    ana = somebody().join("ana")
    ana.say("hello")
    ana.page.locator(".message").hover()
    expect(ana.page.locator(".actions")).to_be_visible()
    assert ana.page.evaluate(SMALL, 24) == []
    assert ana.page.evaluate(SMALL, 44) != [], "the measure sees nothing"
    ana.page.locator(".message").focus()
    ana.page.keyboard.press("r")
    ana.page.keyboard.press("Escape")

    ben = somebody(**PHONE).join("ben")
    expect(ben.sent).to_have_count(1)
    assert ben.page.evaluate(SMALL, 44) == []
    ben.page.locator(".head").get_by_label("Members").tap()
    expect(ben.page.locator(".member").first).to_be_visible()
    assert ben.page.evaluate(SMALL, 44) == []
    ben.page.go_back()
    ben.page.get_by_label("Back").first.tap()
    expect(ben.page.locator(".rooms")).to_be_visible()
    assert ben.page.evaluate(SMALL, 44) == []


def test_what_people_write_chooses_its_own_direction_and_glyphs(
    somebody: Callable[..., Person],
) -> None:
    """TX-7."""
    ana = somebody().join("ana")
    texts = ["plain words", "今天的会议改到下午三点", "> مرحبا", "مرحبا بالجميع"]
    ana.say(*texts)
    expect(ana.sent).to_have_count(len(texts))

    bodies = ana.sent.evaluate_all("(all) => all.map((it) => [it.dir, it.lang])")
    assert bodies == [["auto", ""], ["auto", "zh-CN"], ["auto", ""], ["auto", ""]]
    directions = ana.sent.evaluate_all("(all) => all.map((it) => getComputedStyle(it).direction)")
    assert (directions[0], directions[3]) == ("ltr", "rtl")
    expect(ana.page.locator(".body blockquote")).to_have_attribute("dir", "auto")
    for part in (".message-head b", "#composer-field", ".room .name", ".member .name > span", "h1"):
        assert ana.page.locator(part).first.get_attribute("dir") == "auto", part


def test_no_style_names_a_side_of_the_window() -> None:
    """TX-7: start and end are where the language has them."""
    assert SIDES.search("a { margin-left: 1px }")
    assert SIDES.search("a { top: 1px }")
    for sheet in sorted(STYLES.glob("*.css")):
        found = SIDES.findall(sheet.read_text(encoding="utf-8"))
        assert found == [], sheet.name


def test_the_title_and_the_icon_say_what_waits(somebody: Callable[..., Person]) -> None:
    """UN-6: a number is for me, a dot for what is only unread."""
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.enter("attic")
    expect(ana.page).to_have_title(re.compile(r"^attic · "))
    icon = ana.page.locator("link[rel=icon]")
    expect(icon).to_have_attribute("href", re.compile(r"favicon\.svg$"))

    ben.say("for whoever reads it")
    expect(ana.page).to_have_title(re.compile(r"^• attic · "))
    expect(icon).to_have_attribute("href", re.compile(r"favicon-unread\.svg$"))
    ben.say("@ana for you")
    expect(ana.page).to_have_title(re.compile(r"^\(1\) attic · "))


def test_the_badge_of_an_installed_page_counts_what_is_for_me(
    somebody: Callable[..., Person],
) -> None:
    """UN-6: what the page tells the browser, which takes it."""
    ana, ben = somebody(), somebody().join("ben")
    ana.page.add_init_script(NOTE_BADGES)
    ana.join("ana")
    ana.enter("attic")
    for text in ("for whoever reads it", "@ana one", "@ana two"):
        ben.say(text)
    expect(ana.page).to_have_title(re.compile(r"^\(2\) attic · "))
    ana.page.locator(".side .room", has_text="lobby").click()
    expect(ana.page).to_have_title(re.compile(r"^lobby · "))

    ana.page.wait_for_function("window.badges.at(-1) === 0")
    assert ana.page.evaluate("window.badges") == [1, 2, 0]


def test_no_script_can_read_the_session(somebody: Callable[..., Person]) -> None:
    """SEC-5: nor is it kept where scripts look, nor in the address."""
    ana = somebody().join("ana")
    cookies = ana.context.cookies()
    assert cookies
    for cookie in cookies:
        assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax"), cookie["name"]
        kept = "JSON.stringify([document.cookie, { ...localStorage }, { ...sessionStorage }])"
        assert cookie["value"] not in ana.page.evaluate(kept)
        assert cookie["value"] not in ana.page.url


def test_nobody_is_kept_from_zooming(somebody: Callable[..., Person]) -> None:
    """AX-6."""
    content = somebody().join("ana").page.locator("meta[name=viewport]").get_attribute("content")
    assert content is not None
    assert "width=device-width" in content
    assert "maximum-scale" not in content
    assert "user-scalable" not in content
