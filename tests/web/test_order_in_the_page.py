"""Keeping order on the page: in menus, by what is typed behind a slash, and undoing it."""

import json
import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from line import Line
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


@pytest.fixture
def mod(somebody: Callable[..., Person], server: ChatServer) -> Person:
    """The owner of the server, in the lobby."""
    link = re.search(r"/\?invite=\w+", server.log)
    assert link is not None
    person = somebody()
    person.page.goto(server.address + link[0])
    person.page.locator("#join-name").fill("mod")
    person.page.locator("#join-password").fill(PASSWORD)
    person.page.locator("#join-password").press("Enter")
    person.expect_live()
    person.enter("lobby")
    return person


def menu_of(person: Person, name: str) -> Locator:
    person.page.locator(".member", has_text=name).get_by_label(f"More about {name}").click()
    return person.page.get_by_role("menu")


def choose(person: Person, name: str, item: str) -> Locator:
    """Opens the menu of a member, and the question behind one of its items."""
    menu_of(person, name).get_by_role("menuitem", name=item).click()
    dialog = person.page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    expect(dialog.locator("h2")).to_contain_text(name)
    return dialog


def strip(person: Person) -> Locator:
    return person.page.locator(".strip", has=person.page.locator("use[href$='#check']"))


def test_a_mute_is_asked_about_holds_at_once_and_is_undone_where_it_was_made(
    somebody: Callable[..., Person], mod: Person
) -> None:
    bob = somebody().join("bob")
    dialog = choose(mod, "bob", "Mute bob…")
    dialog.get_by_role("button", name="Cancel").press("Enter")
    expect(mod.page.get_by_role("dialog")).to_have_count(0)
    expect(bob.field).to_be_enabled()

    dialog = choose(mod, "bob", "Mute bob…")
    dialog.get_by_label("1 hour").check()
    dialog.get_by_label("Reason").fill("Cool down.")
    dialog.get_by_role("button", name="Mute").click()

    expect(bob.field).to_be_disabled()
    expect(bob.field).to_have_attribute(
        "placeholder", re.compile(r"You cannot write here until .*\d\d:\d\d")
    )
    expect(strip(mod)).to_contain_text("bob cannot write for now.")
    expect(menu_of(mod, "bob")).not_to_contain_text("Mute bob")
    mod.page.get_by_role("menuitem", name="Let bob write again").click()
    expect(bob.field).to_be_enabled()
    expect(menu_of(mod, "bob")).to_contain_text("Mute bob…")


def test_a_ban_takes_the_messages_along_is_listed_and_undone_there(
    somebody: Callable[..., Person], mod: Person
) -> None:
    bob = somebody().join("bob")
    bob.say("spam", "more spam")
    expect(mod.sent).to_have_count(2)
    dialog = choose(mod, "bob", "Ban bob…")
    dialog.get_by_label("1 week").check()
    dialog.get_by_label("Reason").fill("Spam.")
    dialog.get_by_label("Delete their messages, too").check()
    expect(dialog.get_by_label("Their addresses, too")).to_have_count(0)
    dialog.get_by_role("button", name="Ban", exact=True).click()

    expect(bob.page.locator(".screen h2")).to_contain_text("You are banned until")
    expect(bob.page.locator(".screen p")).to_contain_text("Spam.")
    expect(bob.field).to_have_count(0)
    expect(mod.page.locator(".tombstone")).to_have_count(2)

    mod.page.locator(".head").get_by_label("Room menu").click()
    mod.page.get_by_role("menuitem", name="Kept out and muted…").click()
    row = mod.page.locator(".rows li")
    expect(row).to_have_count(1)
    expect(row).to_contain_text("by mod · Spam.")
    row.get_by_role("button", name="Let bob in again").click()
    expect(mod.page.get_by_role("dialog")).to_contain_text("Nobody is kept out or muted.")
    expect(mod.page.locator("sc-bans .done")).to_have_text("bob may come in again.")
    expect(mod.page.get_by_label("Close", exact=True)).to_be_focused()
    bob.page.reload()
    expect(bob.field).to_be_visible()
    bob.page.locator(".room", has_text="lobby").click()
    bob.say("sorry")
    expect(mod.sent.last).to_have_text("sorry")


def test_a_ban_from_the_whole_server_covers_addresses_and_ends_the_connection(
    somebody: Callable[..., Person], mod: Person
) -> None:
    bob = somebody().join("bob")
    dialog = choose(mod, "bob", "Ban bob…")
    dialog.get_by_label("Whole server").check()
    expect(dialog.get_by_label("Their addresses, too")).to_be_visible()
    dialog.get_by_role("button", name="Ban", exact=True).click()

    expect(bob.page.locator(".screen h2")).to_contain_text("You are banned until")
    strip(mod).get_by_role("button", name="Undo").click()
    expect(strip(mod)).to_contain_text("bob may come in again.")
    bob.page.reload()
    expect(bob.field).to_be_visible()


def test_orders_are_typed_and_ask_once_too(somebody: Callable[..., Person], mod: Person) -> None:
    bob = somebody().join("Bob Lee")
    mod.field.press_sequentially("/mu")
    expect(mod.page.get_by_role("option")).to_have_text([re.compile("mute"), re.compile("unmute")])
    mod.page.keyboard.press("Tab")
    mod.field.press_sequentially("@bob lee 10m Cool down.")
    mod.field.press("Enter")
    dialog = mod.page.get_by_role("dialog")
    expect(dialog.locator("h2")).to_have_text("Mute Bob Lee?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    expect(dialog.get_by_label("10 minutes")).to_be_checked()
    expect(dialog.get_by_label("Reason")).to_have_value("Cool down.")
    dialog.get_by_role("button", name="Mute").click()
    expect(bob.field).to_be_disabled()
    expect(mod.field).to_have_value("")

    mod.say("/unmute Bob Lee")
    expect(bob.field).to_be_enabled()
    mod.say("/topic Cutting 0.4 on Friday")
    expect(bob.page.locator(".head p")).to_contain_text("Cutting 0.4 on Friday")
    mod.field.fill("/kick bob lee wrong room")
    mod.field.press("Enter")
    dialog.get_by_role("button", name="Remove").click()
    expect(bob.page.locator(".screen h2")).to_have_text("You were removed")
    expect(bob.page.locator(".screen p")).to_contain_text("wrong room")

    mod.field.fill("/ban ")
    mod.field.press("Enter")
    expect(mod.page.locator(".strip[role=alert]")).to_contain_text("Whom?")
    expect(mod.field).to_have_value("/ban ")
    expect(mod.sent).to_have_count(0)


def test_who_keeps_no_order_is_offered_none_of_it(
    somebody: Callable[..., Person], mod: Person
) -> None:
    bob, eve = somebody().join("bob"), somebody().join("eve")
    expect(menu_of(bob, "eve").get_by_role("menuitem")).to_have_text(["Message", "Mention"])
    bob.page.keyboard.press("Escape")
    bob.field.press_sequentially("/")
    expect(bob.page.get_by_role("option")).to_have_count(2)
    bob.field.fill("/kick eve")
    bob.field.press("Enter")
    dialog = bob.page.get_by_role("dialog")
    dialog.get_by_role("button", name="Remove").click()

    expect(dialog.get_by_role("alert")).to_contain_text("Only moderators")
    dialog.get_by_role("button", name="Cancel").click()
    expect(bob.field).to_have_value("/kick eve")
    expect(eve.field).to_be_enabled()
    expect(menu_of(mod, "eve")).to_contain_text("Ban eve…")


def test_the_message_of_another_is_deleted_by_name_and_leaves_one_line(
    somebody: Callable[..., Person], mod: Person
) -> None:
    bob = somebody().join("bob")
    bob.say("rude words")
    expect(mod.sent).to_have_text(["rude words"])
    mod.page.locator(".message").last.focus()
    mod.page.keyboard.press("Delete")
    dialog = mod.page.get_by_role("dialog")
    expect(dialog.locator("h2")).to_have_text("Delete this message of bob?")
    expect(dialog).to_contain_text("rude words")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()

    dialog.get_by_role("button", name="Delete").click()

    for person in (mod, bob):
        expect(person.page.locator(".tombstone")).to_have_text("Message deleted")


def test_why_the_server_refuses_something_is_said_in_the_language_of_the_page(
    somebody: Callable[..., Person], server: ChatServer, mod: Person
) -> None:
    somebody().join("张伟", "lobby")

    def refused(words: str) -> None:
        mod.field.fill("/unmute 张伟")
        mod.field.press("Enter")
        expect(mod.page.get_by_text(words, exact=True)).to_be_visible()

    refused("张伟 is not muted in lobby.")
    chinese = json.dumps({"locale": "zh-CN"})
    mod.page.evaluate("chosen => localStorage.setItem('sanchat.preferences', chosen)", chinese)
    with mod.page.expect_response("**/refusals.zh-CN.json"):
        mod.page.reload()
    mod.expect_live()
    refused("张伟 没有在“lobby”被禁言。")


def test_what_was_typed_about_somebody_stays_where_the_server_refuses_it(
    somebody: Callable[..., Person], mod: Person
) -> None:
    """Busy for a moment, or away: the reason is not typed twice."""
    line = Line(mod)
    mod.page.reload()
    mod.expect_live()
    bob = somebody().join("bob")
    for verb, item, action in (("mute", "Mute bob…", "Mute"), ("ban", "Ban bob…", "Ban")):
        dialog = choose(mod, "bob", item)
        dialog.get_by_label("1 day").check()
        dialog.get_by_label("Reason").fill("A long and careful reason.")
        line.refusals[verb] = {"code": "unavailable", "message": "Busy.", "temporary": True}
        dialog.get_by_role("button", name=action, exact=True).click()

        expect(dialog.get_by_role("alert")).to_contain_text("Busy.")
        expect(dialog.get_by_label("Reason")).to_have_value("A long and careful reason.")
        expect(dialog.get_by_label("1 day")).to_be_checked()
        line.mend()
        dialog.get_by_role("button", name=action, exact=True).click()
        expect(mod.page.get_by_role("dialog")).to_have_count(0)
    expect(bob.page.locator(".screen p")).to_contain_text("A long and careful reason.")


def test_a_dialog_closes_by_a_click_beside_it_and_by_no_other(
    somebody: Callable[..., Person], mod: Person
) -> None:
    """A selection that ends beside it, or a click on its edge, takes nothing typed away."""
    somebody().join("bob")
    dialog = choose(mod, "bob", "Mute bob…")
    reason = dialog.get_by_label("Reason")
    reason.fill("Cool down.")
    edge = mod.page.locator("sc-moderate dialog").bounding_box()
    field = reason.bounding_box()
    assert edge is not None
    assert field is not None
    mouse = mod.page.mouse
    mouse.click(edge["x"] + 6, edge["y"] + 6)
    mouse.move(field["x"] + 90, field["y"] + 10)
    mouse.down()
    mouse.move(edge["x"] - 40, field["y"] + 10)
    mouse.up()
    expect(reason).to_have_value("Cool down.")
    expect(reason).to_be_visible()

    mouse.click(edge["x"] - 40, field["y"] + 10)
    expect(mod.page.get_by_role("dialog")).to_have_count(0)


def test_the_list_of_who_is_kept_out_is_lifted_one_after_the_other_by_keys(
    somebody: Callable[..., Person], server: ChatServer, mod: Person
) -> None:
    for name in ("bob", "eve"):
        somebody().join(name)
        server.admin("users", "mute", name, "--room", "lobby")
    mod.page.locator(".head").get_by_label("Room menu").click()
    mod.page.get_by_role("menuitem", name="Kept out and muted…").click()
    undo = mod.page.locator("sc-bans .rows .button")
    expect(undo).to_have_count(2)
    undo.first.focus()
    mod.page.keyboard.press("Enter")
    expect(undo).to_have_count(1)
    expect(undo).to_be_focused()
    [rest] = [name for name in ("bob", "eve") if name in mod.page.locator(".rows li").inner_text()]
    server.admin("users", "unmute", rest, "--room", "lobby")
    mod.page.keyboard.press("Enter")

    expect(mod.page.locator("sc-bans [role=alert]")).to_contain_text(f"{rest} is not muted")
    expect(undo).to_have_count(0)
    expect(mod.page.get_by_label("Close", exact=True)).to_be_focused()
