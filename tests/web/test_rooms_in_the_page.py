"""Rooms and who belongs to them, on the page: making, settings, members, invitations, two alone."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.slow


@pytest.fixture
def ana(somebody: Callable[..., Person], server: ChatServer) -> Person:
    """The owner of the server."""
    link = re.search(r"/\?invite=\w+", server.log)
    assert link is not None
    person = somebody()
    person.page.goto(server.address + link[0])
    person.page.locator("#join-name").fill("ana")
    person.page.locator("#join-password").fill("correct horse battery")
    person.page.locator("#join-password").press("Enter")
    person.expect_live()
    return person


def make_closed(person: Person, name: str) -> None:
    person.page.get_by_label("New room").click()
    person.page.locator("#create-name").fill(name)
    person.page.get_by_label("Closed").check()
    person.page.get_by_role("dialog").get_by_role("button", name="Create").click()
    expect(person.page.locator("h1")).to_have_text(name)
    expect(person.page.locator(".log")).to_have_attribute("aria-busy", "false")


def open_dialog(person: Person, item: str) -> Locator:
    person.page.locator(".head").get_by_label("Room menu").click()
    person.page.get_by_role("menuitem", name=item).click()
    return person.page.get_by_role("dialog")


def member_menu(person: Person, name: str) -> Locator:
    person.page.locator(".member", has_text=name).get_by_label(f"More about {name}").click()
    return person.page.get_by_role("menu")


def test_a_closed_room_is_made_and_somebody_let_in_given_a_role_and_put_out(
    somebody: Callable[..., Person], ana: Person
) -> None:
    bob = somebody().join("bob")
    make_closed(ana, "plans")
    expect(ana.page.locator(".head h1 use")).to_have_attribute("href", re.compile("#lock$"))
    bob.page.get_by_role("button", name="Browse rooms").click()
    expect(bob.page.locator(".rooms .room", has_text="General")).to_be_visible()
    expect(bob.page.locator(".rooms .room", has_text="plans")).to_have_count(0)

    dialog = open_dialog(ana, "Invite people…")
    dialog.get_by_label("Add somebody who is here").fill("nobody")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator("#invite-name-error")).to_have_text("There is nobody of this name.")
    dialog.get_by_label("Add somebody who is here").fill("bob")
    dialog.get_by_role("button", name="Add").click()
    expect(dialog.locator(".done")).to_contain_text("bob is a member now.")
    ana.page.keyboard.press("Escape")

    bob.page.locator(".room", has_text="plans").click()
    bob.say("here I am")
    expect(ana.sent).to_have_text(["here I am"])
    member_menu(ana, "bob").get_by_role("menuitem", name="Remove from members…").click()
    expect(ana.page.get_by_role("button", name="Cancel")).to_be_focused()
    ana.page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(bob.page.locator(".rooms .room", has_text="plans")).to_have_count(0)
    expect(ana.page.locator(".member", has_text="bob")).to_have_count(0)


def test_of_a_closed_room_nothing_stays_in_the_pages_of_who_is_banned(
    somebody: Callable[..., Person], ana: Person, server: ChatServer
) -> None:
    make_closed(ana, "plans")
    ana.say("the treasure is under the oak")
    bob = somebody().join("bob")
    second = bob.page.context.new_page()
    server.admin("members", "add", "plans", "bob")
    second.goto(f"{server.address}/r/plans")
    expect(second.locator(".log")).to_contain_text("treasure")
    second.goto(f"{server.address}/r/general")
    expect(second.locator(".room", has_text="plans")).to_be_visible()
    bob.page.locator(".room", has_text="plans").click()
    expect(bob.page.locator(".log")).to_contain_text("treasure")

    server.admin("users", "ban", "bob", "--room", "plans", "--reason", "Spam.")

    expect(second.locator(".room", has_text="plans")).to_have_count(0)
    expect(second.locator("body")).not_to_contain_text("plans")
    expect(bob.page.locator(".screen")).to_contain_text("Spam.")
    expect(bob.page.locator(".room", has_text="plans")).to_have_count(0)
    bob.page.get_by_role("button", name="Back to rooms").click()
    for page in (bob.page, second):
        expect(page.locator("h1")).not_to_have_text("plans")
        expect(page.locator("body")).not_to_contain_text("treasure")

    server.admin("users", "unban", "bob", "--room", "plans")
    for page in (bob.page, second):
        expect(page.locator(".room", has_text="plans")).to_be_visible()


def test_when_a_ban_runs_out_the_closed_room_is_there_again(
    somebody: Callable[..., Person], ana: Person, server: ChatServer
) -> None:
    """Nobody has to reload, press anything, or wonder whether it is over."""
    make_closed(ana, "plans")
    ana.say("the treasure is under the oak")
    bob = somebody().join("bob")
    server.admin("members", "add", "plans", "bob")
    bob.page.locator(".room", has_text="plans").click()
    expect(bob.page.locator(".log")).to_contain_text("treasure")
    server.admin("users", "ban", "bob", "--room", "plans", "--for", "4s")
    expect(bob.page.locator(".screen")).to_contain_text("You are banned until")
    expect(bob.page.locator(".room", has_text="plans")).to_have_count(0)

    expect(bob.page.locator(".log")).to_contain_text("treasure", timeout=15_000)

    expect(bob.page.locator(".room", has_text="plans")).to_be_visible()
    bob.say("back again")
    expect(ana.sent.last).to_have_text("back again")


def test_a_link_to_a_room_is_made_copied_shown_as_a_code_and_revoked(
    somebody: Callable[..., Person], ana: Person
) -> None:
    make_closed(ana, "plans")
    dialog = open_dialog(ana, "Invite people…")
    dialog.get_by_label("For", exact=True).select_option("5")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Invitation link").input_value()
    assert link.startswith(f"{ana.address}/?invite=")
    expect(dialog.get_by_role("img", name="QR code of the link")).to_be_visible()
    expect(dialog.locator(".rows li")).to_contain_text("0 of 5")

    bob = somebody()
    bob.page.goto(link)
    expect(bob.page.locator("h1")).to_have_text("You are invited to #plans")
    bob.page.get_by_label("As a guest").check()
    bob.page.locator("#join-name").fill("bob")
    bob.page.locator("#join-name").press("Enter")
    expect(bob.page.locator("h1")).to_have_text("plans")
    bob.expect_live()

    dialog.get_by_role("button", name=re.compile("Revoke the link")).click()
    expect(dialog.locator(".rows li")).to_have_count(0)
    eve = somebody()
    eve.page.goto(link)
    expect(eve.page.locator("h1")).to_have_text("This link is not valid any more")
    eve.errors.clear()


def test_a_link_just_made_stays_while_an_older_one_is_revoked(
    somebody: Callable[..., Person], ana: Person
) -> None:
    """It is shown this once."""
    dialog = open_dialog(ana, "Invite people…")
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Invitation link")
    older = link.input_value()
    dialog.get_by_role("button", name="Another link").click()
    dialog.get_by_role("button", name="Make a link").click()
    expect(dialog.locator(".rows li")).to_have_count(2)
    newer = link.input_value()
    assert newer != older
    hint = older[-4:]
    dialog.get_by_role("button", name=f"Revoke the link …{hint}").click()

    expect(dialog.locator(".rows li")).to_have_count(1)
    expect(link).to_have_value(newer)
    expect(dialog.locator(".done")).to_contain_text(f"…{hint} lets nobody in any more")
    expect(dialog.locator(".rows .button")).to_be_focused()


def test_invitations_that_cannot_be_listed_are_said_to_be_so(ana: Person) -> None:
    ana.may_be_offline = True
    ana.page.route("**/api/invites?*", lambda route: route.abort())
    dialog = open_dialog(ana, "Invite people…")
    expect(dialog.get_by_role("alert")).to_contain_text("Not connected.")
    ana.page.unroute("**/api/invites?*")
    dialog.get_by_role("button", name="Retry").click()
    expect(dialog.get_by_role("alert")).to_have_count(0)


def test_settings_are_changed_by_who_may_and_read_by_the_others(
    somebody: Callable[..., Person], ana: Person
) -> None:
    ana.enter("lobby")
    bob = somebody().join("bob")
    dialog = open_dialog(bob, "Room settings")
    expect(dialog.locator("form")).to_have_count(0)
    expect(dialog.locator(".facts")).to_contain_text("Open to everybody")
    bob.page.keyboard.press("Escape")

    dialog = open_dialog(ana, "Room settings")
    dialog.get_by_label("Title").fill("Harbour")
    dialog.get_by_label("Topic").fill("Ships and tides")
    dialog.get_by_label("Moderators").check()
    dialog.get_by_label("Slow mode").select_option("30")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.locator(".done")).to_contain_text("Saved")

    expect(bob.page.locator("h1")).to_have_text("Harbour")
    expect(bob.page.locator(".head p")).to_contain_text("Ships and tides")
    expect(bob.field).to_have_attribute("placeholder", "Only moderators write here.")
    facts = open_dialog(bob, "Room settings").locator(".facts")
    expect(facts).to_contain_text("30 seconds between messages")
    expect(facts).to_contain_text("Moderators")

    dialog.get_by_role("button", name="Archive").click()
    expect(ana.field).to_be_disabled()
    dialog.get_by_role("button", name="Restore").click()
    expect(ana.field).to_be_enabled()


def test_two_talk_alone_in_a_room_that_is_called_by_the_other(
    somebody: Callable[..., Person], ana: Person
) -> None:
    ana.enter("lobby")
    bob, eve = somebody().join("bob"), somebody().join("eve")
    member_menu(ana, "bob").get_by_role("menuitem", name="Message", exact=True).click()

    expect(ana.page.locator("h1")).to_have_text("bob")
    expect(ana.field).to_have_attribute("placeholder", "Message bob")
    expect(ana.page.locator(".rooms")).to_contain_text("Direct messages")
    ana.say("a word between us")
    direct = bob.page.locator(".rooms .room", has_text="ana")
    expect(direct.locator(".badge")).to_have_text("mentions: 1")
    direct.click()
    expect(bob.page.locator("h1")).to_have_text("ana")
    expect(bob.sent).to_have_text(["a word between us"])
    bob.page.locator(".head").get_by_label("Room menu").click()
    expect(bob.page.get_by_role("menuitem", name="Leave room")).to_have_count(0)
    bob.page.keyboard.press("Escape")

    ana.page.reload()
    expect(ana.page.locator(".rooms .room", has_text="bob")).to_be_visible()
    expect(ana.page.locator("h1")).to_have_text("bob")
    ana.page.locator(".room", has_text="lobby").click()
    member_menu(ana, "bob").get_by_role("menuitem", name="Message", exact=True).click()
    expect(ana.sent).to_have_text(["a word between us"])
    expect(ana.page.locator(".rooms .room", has_text="bob")).to_have_count(1)
    expect(eve.page.locator(".rooms .room")).to_have_count(1)


def test_three_talk_alone_in_a_room_that_is_called_by_the_others(
    somebody: Callable[..., Person], ana: Person
) -> None:
    ana.enter("lobby")
    bob, cleo = somebody().join("bob", "lobby"), somebody().join("Cleo", "lobby")
    expect(ana.page.locator(".member")).to_have_count(3)

    def begin() -> Locator:
        ana.page.get_by_label("New direct message").click()
        dialog = ana.page.get_by_role("dialog")
        expect(dialog.get_by_role("button", name="Open")).to_be_disabled()
        expect(dialog.get_by_role("combobox")).to_be_focused()
        return dialog

    dialog = begin()
    ana.page.keyboard.type("bo")
    expect(dialog.get_by_role("option").first).to_have_text(re.compile("bob"))
    ana.page.keyboard.press("Enter")
    ana.page.keyboard.type("cleo")
    ana.page.keyboard.press("Enter")
    expect(dialog.locator(".chips li")).to_have_count(2)
    ana.page.keyboard.press("Enter")
    expect(ana.page.locator("h1")).to_have_text("bob, Cleo")
    place = ana.page.url
    ana.say("the three of us")

    for person, title in ((bob, "ana, Cleo"), (cleo, "ana, bob")):
        person.page.locator(".rooms .room", has_text=title).click()
        expect(person.page.locator("h1")).to_have_text(title)
        expect(person.sent).to_have_text([re.compile("the three of us")])
        expect(person.page).to_have_title(re.compile(f"^{title} ·"))

    ana.enter("lobby")
    dialog = begin()
    for name in ("Cleo", "bob"):  # the same people, another order
        dialog.get_by_role("option", name=name).click()
    dialog.get_by_role("button", name="Without bob").click()
    expect(dialog.locator(".chips li")).to_have_count(1)
    dialog.get_by_role("option", name="bob").click()
    dialog.get_by_role("button", name="Open").click()
    expect(ana.page).to_have_url(place)

    dialog = begin()
    for name in ("nobody here", "bob", ""):
        ana.page.keyboard.type(name)
        ana.page.keyboard.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("There is nobody of this name.")
    dialog.get_by_role("button", name="Without nobody here").click()
    expect(dialog.get_by_role("alert")).to_have_count(0)
    ana.page.keyboard.press("Enter")
    expect(ana.page.locator("h1")).to_have_text("bob")


def test_a_member_is_made_a_moderator_and_may_rule_at_once(
    somebody: Callable[..., Person], ana: Person, server: ChatServer
) -> None:
    ana.enter("lobby")
    dialog = open_dialog(ana, "Invite people…")
    dialog.get_by_label("Whole server").check()
    dialog.get_by_role("button", name="Make a link").click()
    link = dialog.get_by_label("Invitation link").input_value()
    ana.page.keyboard.press("Escape")
    mia = somebody()
    mia.page.goto(link)
    expect(mia.page.locator("h1")).to_have_text("You are invited to sanchat")
    mia.page.locator("#join-name").fill("mia")
    mia.page.locator("#join-password").fill("a long enough one")
    mia.page.locator("#join-password").press("Enter")
    mia.expect_live()
    mia.enter("lobby")
    somebody().join("bob")
    expect(member_menu(mia, "bob")).not_to_contain_text("Mute")
    mia.page.keyboard.press("Escape")

    member_menu(ana, "mia").get_by_role("menuitemradio", name="Moderator").click()

    expect(mia.page.locator(".member", has_text="mia")).to_contain_text("mod")
    expect(member_menu(mia, "bob")).to_contain_text("Mute bob…")
