"""A room of real people's lines from long ago, as an import brings it: does it read well?"""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.slow

LINES = 80  # a day
NICKS = ("|trey|", "_icebreaker_", "ThE__OnE", "`^_^`")
LONG = "http://tides.example/content/preview.php?" + "file=low-water-at-nine.png&" * 9
PHONE = {"width": 390, "height": 844}
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def import_days(server: ChatServer, *days: str) -> None:
    for day in days:
        lines = [
            f"[{number // 60 + 9:02}:{number % 60:02}] <{NICKS[number % len(NICKS)]}> "
            f"{LONG if number % 20 == 7 else f'line {number} of {day}'}\n"
            for number in range(LINES)
        ]
        log = server.folder / f"{day}.log"
        log.write_text("".join(lines), encoding="utf-8")
        server.admin("import", str(log), "--format", "irc", "--room", "ubuntu")


def lead_to(person: Person, seq: int) -> Locator:
    person.page.goto(f"{person.address}/r/ubuntu#{seq}")
    message = person.page.locator(f"[data-seq='{seq}']")
    expect(message).to_be_in_viewport()
    return message


def test_who_reads_far_back_sees_which_day_it_is(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    import_days(server, "2004-11-15", "2011-11-13")
    ana = somebody(timezone_id="UTC").join("ana", "ubuntu")
    label = ana.page.locator(".day-label")
    expect(label).to_have_count(0)

    lead_to(ana, LINES // 2)
    expect(label).to_have_text("Monday 15 November 2004")
    lead_to(ana, LINES + LINES // 2)
    expect(label).to_have_text("Sunday 13 November 2011")
    rule = ana.page.locator(".rule", has_text="Sunday 13 November 2011")
    ana.page.locator(".scroll").evaluate(
        "(it, rule) => { it.scrollTop += rule.getBoundingClientRect().top - 400 }",
        rule.element_handle(),
    )
    expect(rule).to_be_in_viewport()
    expect(label).to_have_text("Monday 15 November 2004")

    ana.page.locator(".pill").click()
    expect(label).to_have_count(0)


def test_names_as_people_had_them_on_irc_have_initials(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    import_days(server, "2004-11-15")
    ana = somebody().join("ana", "ubuntu")
    expect(ana.page.locator(".message").first).to_be_visible()

    for name, initials in (("|trey|", "T"), ("_icebreaker_", "I"), ("ThE__OnE", "TO")):
        message = ana.page.locator(".message", has=ana.page.get_by_text(name, exact=True)).last
        expect(message.locator(".avatar")).to_have_text(initials)


def test_an_address_without_end_is_broken_and_widens_nothing(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    import_days(server, "2004-11-15")
    ana = somebody(viewport=PHONE, locale="zh-CN").join("ana", "ubuntu")
    lead_to(ana, 68)

    link = ana.page.locator("[data-seq='68'] a")
    expect(link).to_have_text(re.compile("^http://tides.example/content"))
    assert ana.page.evaluate(OVERFLOW) == 0
    box = link.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= PHONE["width"]
