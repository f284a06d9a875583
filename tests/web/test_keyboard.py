"""Every key of the keyboard map does what is said of it; docs/page.md names the test of each."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import Locator, expect
from test_shell import LOOK_AWAY

pytestmark = pytest.mark.slow

MAC = "Object.defineProperty(Navigator.prototype, 'platform', { get: () => 'MacIntel' })"
TOP = "(it) => it.scrollTop"
IS_AT_END = "(it) => it.scrollHeight - it.scrollTop - it.clientHeight < 2"


def room(person: Person, name: str) -> Locator:
    return person.page.locator(".side .room", has_text=name)


def heading(person: Person) -> Locator:
    return person.page.locator("h1")


def select_all(person: Person) -> None:
    person.field.evaluate("(it) => it.setSelectionRange(0, it.value.length)")


def on_a_mac(somebody: Callable[..., Person], name: str) -> Person:
    person = somebody()
    person.page.add_init_script(MAC)
    return person.join(name)


def test_enter_sends_and_shift_enter_breaks_the_line(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.page.keyboard.type("one")
    ana.page.keyboard.press("Shift+Enter")
    ana.page.keyboard.type("two")
    expect(ana.field).to_have_value("one\ntwo")
    expect(ana.page.locator(".message")).to_have_count(0)

    ana.page.keyboard.press("Enter")

    expect(ana.field).to_have_value("")
    expect(ana.sent).to_have_text(["one\ntwo"], use_inner_text=True)


def test_the_arrow_up_edits_the_last_own_message_from_an_empty_field_alone(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.say("mine")
    ben.say("not mine")
    expect(ana.sent).to_have_count(2)
    ana.page.keyboard.type("typed")
    ana.page.keyboard.press("ArrowUp")
    expect(ana.field).to_have_value("typed")
    expect(ana.page.locator(".target")).to_have_count(0)
    ana.field.fill("")

    ana.page.keyboard.press("ArrowUp")

    expect(ana.field).to_have_value("mine")
    expect(ana.page.locator(".target")).to_contain_text("Editing your message")


def test_escape_closes_the_list_then_ends_the_reply_then_marks_read(
    somebody: Callable[..., Person],
) -> None:
    """One thing with each press, and nothing typed is lost by it."""
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ben.say("first")
    expect(ana.sent).to_have_count(1)
    ana.page.evaluate(LOOK_AWAY, False)
    ben.say("second")
    divider = ana.page.locator("[data-divider]")
    expect(divider).to_be_visible()
    ana.page.evaluate(LOOK_AWAY, True)
    ana.page.locator(".message").last.focus()
    ana.page.keyboard.press("r")
    target = ana.page.locator(".target")
    expect(target).to_contain_text("Replying to ben")
    ana.page.keyboard.type("well @be")
    completion = ana.page.get_by_role("listbox")
    expect(completion).to_be_visible()

    ana.page.keyboard.press("Escape")
    expect(completion).to_have_count(0)
    expect(target).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(target).to_have_count(0)
    expect(divider).to_be_visible()
    ana.page.keyboard.press("Escape")
    expect(divider).to_have_count(0)

    expect(ana.field).to_have_value("well @be")


def test_escape_ends_an_edit_and_gives_the_draft_back(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say("said")
    expect(ana.sent).to_have_count(1)
    ana.page.keyboard.type("half a sentence")
    ana.page.locator(".message").last.focus()
    ana.page.keyboard.press("e")
    expect(ana.field).to_have_value("said")

    ana.page.keyboard.press("Escape")

    expect(ana.field).to_have_value("half a sentence")
    expect(ana.page.locator(".target")).to_have_count(0)


def test_escape_marks_nothing_read_for_who_reads_above(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ben.say(*(f"line {number}" for number in range(30)))
    expect(ana.sent).to_have_count(30)
    ana.page.evaluate(LOOK_AWAY, False)
    ben.say("news")
    divider = ana.page.locator("[data-divider]")
    expect(divider).to_have_count(1)
    ana.page.evaluate(LOOK_AWAY, True)
    ana.page.locator(".scroll").evaluate("(it) => { it.scrollTop = 0 }")
    expect(ana.page.locator(".pill")).to_be_visible()

    ana.page.keyboard.press("Escape")
    ana.page.locator(".pill").click()

    expect(ana.page.locator(".message").last).to_be_in_viewport()
    expect(divider).to_have_count(1)


@pytest.mark.parametrize(("key", "mark"), [("b", "**"), ("i", "*"), ("e", "`")])
def test_control_and_a_letter_mark_what_is_selected(
    somebody: Callable[..., Person], key: str, mark: str
) -> None:
    """With the other key of a Mac there, where Control moves the caret; and by a button."""
    ana = somebody().join("ana")
    ana.field.fill("word")
    select_all(ana)
    ana.page.keyboard.press(f"Control+{key}")
    expect(ana.field).to_have_value(f"{mark}word{mark}")
    ana.page.keyboard.press(f"Control+{key}")
    expect(ana.field).to_have_value("word")
    name = {"b": "bold", "i": "italic", "e": "code"}[key]
    ana.page.get_by_role("button", name=name, exact=True).click()
    expect(ana.field).to_have_value(f"{mark}word{mark}")
    expect(ana.field).to_be_focused()

    mac = on_a_mac(somebody, "mac")
    mac.field.fill("word")
    select_all(mac)
    mac.page.keyboard.press(f"Control+{key}")
    mac.page.keyboard.press(f"Meta+{key}")
    expect(mac.field).to_have_value(re.compile(re.escape(f"{mark}word{mark}")))


def test_page_up_and_page_down_in_the_field_scroll_the_log(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.say(*(f"line {number}" for number in range(40)))
    expect(ana.sent).to_have_count(40)
    log = ana.page.locator(".scroll")
    assert log.evaluate(IS_AT_END)
    end = log.evaluate(TOP)
    ana.page.keyboard.type("half")

    ana.page.keyboard.press("PageUp")
    ana.page.wait_for_function(
        "(end) => document.querySelector('.scroll').scrollTop < end - 200", arg=end
    )
    ana.page.keyboard.press("PageDown")
    ana.page.wait_for_function(
        "(end) => document.querySelector('.scroll').scrollTop > end - 2", arg=end
    )

    expect(ana.field).to_be_focused()
    expect(ana.field).to_have_value("half")


def test_shift_escape_marks_every_room_read_and_asks_once(
    somebody: Callable[..., Person],
) -> None:
    """The menu of the room does the same, where there is something unread."""
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.enter("attic")
    ana.page.locator(".head").get_by_label("Room menu").click()
    everything = ana.page.get_by_role("menuitem", name="Mark all rooms as read…")
    expect(ana.page.get_by_role("menuitem").first).to_be_visible()
    expect(everything).to_have_count(0)
    ana.page.keyboard.press("Escape")
    for act in (
        lambda: ana.page.keyboard.press("Shift+Escape"),
        lambda: (
            ana.page.locator(".head").get_by_label("Room menu").click(),
            everything.click(),
        ),
    ):
        ben.say("news")
        expect(room(ana, "lobby")).to_have_class(re.compile("unread"))
        act()
        expect(ana.page.get_by_role("dialog")).to_contain_text("Mark 1 room as read?")
        expect(ana.page.get_by_role("button", name="Cancel")).to_be_focused()
        ana.page.get_by_role("button", name="Mark as read").click()
        expect(ana.page.locator(".side .unread")).to_have_count(0)


@pytest.mark.parametrize("modifier", ["Control", "Meta"])
def test_k_with_control_or_command_jumps_to_a_room_or_person(
    somebody: Callable[..., Person], modifier: str
) -> None:
    ana = somebody().join("ana")
    ana.enter("attic")
    ana.page.keyboard.press(f"{modifier}+k")
    expect(ana.page.get_by_role("combobox", name="Room or person")).to_be_focused()
    ana.page.keyboard.type("lob")
    expect(ana.page.get_by_role("option")).to_have_count(1)

    ana.page.keyboard.press("Enter")

    expect(heading(ana)).to_have_text("lobby")


def test_alt_and_the_arrows_go_to_the_room_before_and_the_room_after(
    somebody: Callable[..., Person],
) -> None:
    """In the order of the list and round its ends; drafts stay where they are."""
    ana = somebody().join("ana")
    for name in ("attic", "kitchen"):
        ana.enter(name)
        ana.say("hello")
        expect(ana.sent).to_have_count(1)
    ana.page.locator(".side .room").first.click()
    names = ana.page.locator(".side .room .name").all_inner_texts()
    assert sorted(names) == ["attic", "kitchen", "lobby"]
    expect(heading(ana)).to_have_text(names[0])
    ana.page.keyboard.type("a draft")
    for key, name in (
        ("Alt+ArrowDown", names[1]),
        ("Alt+ArrowDown", names[2]),
        ("Alt+ArrowDown", names[0]),
        ("Alt+ArrowUp", names[2]),
        ("Alt+ArrowUp", names[1]),
    ):
        ana.page.keyboard.press(key)
        expect(heading(ana)).to_have_text(name)
        expect(ana.field).to_have_value("a draft" if name == names[0] else "")


def test_alt_shift_and_the_arrows_go_to_unread_rooms_alone(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    for name in ("attic", "kitchen", "cellar"):
        ana.enter(name)
    ben.enter("kitchen")
    ben.say("news")
    expect(room(ana, "kitchen")).to_have_class(re.compile("unread"))
    for key in ("Alt+Shift+ArrowDown", "Alt+Shift+ArrowUp"):
        ana.page.keyboard.press(key)
        expect(heading(ana)).to_have_text("kitchen")
        expect(ana.page.locator(".side .unread")).to_have_count(0)
        ana.page.keyboard.press(key)  # there is none to go to
        expect(heading(ana)).to_have_text("kitchen")
        room(ana, "lobby").click()
        expect(heading(ana)).to_have_text("lobby")
        ben.say("more")
        expect(room(ana, "kitchen")).to_have_class(re.compile("unread"))


@pytest.mark.parametrize("key", ["F6", "Control+F6", "Meta+F6"])
def test_f6_goes_from_region_to_region_and_back_with_shift(
    somebody: Callable[..., Person], key: str
) -> None:
    ana = somebody().join("ana")
    ana.say("hello")
    expect(ana.sent).to_have_count(1)
    expect(ana.page.locator(".member").first).to_be_visible()
    expect(ana.field).to_be_focused()
    regions = (".panel", ".side", "sc-timeline article", "sc-composer")
    held = {place: ana.page.locator(f"{place}:focus, {place} :focus") for place in regions}
    for place in regions:
        ana.page.keyboard.press(key)
        expect(held[place]).to_have_count(1)
    expect(ana.field).to_be_focused()
    before = key.replace("F6", "Shift+F6")
    for place in reversed(regions[:3]):
        ana.page.keyboard.press(before)
        expect(held[place]).to_have_count(1)


@pytest.mark.parametrize("key", ["Control+/", "Meta+/"])
def test_the_slash_with_control_or_command_shows_the_list_of_keys(
    somebody: Callable[..., Person], key: str
) -> None:
    """The button below the field does, too; and the focus comes back."""
    ana = somebody().join("ana")
    dialog = ana.page.get_by_role("dialog", name="Keyboard")
    ana.page.keyboard.press(key)
    expect(dialog.locator("dt")).to_have_count(16)
    ana.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(ana.field).to_be_focused()

    ana.page.get_by_role("button", name="all keys").click()

    expect(dialog).to_be_visible()
