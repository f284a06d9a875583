"""Coming in by a link or with a password, on the page: owners, members, guests, new passwords."""

import json
import re
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person, running_server
from playwright.sync_api import Browser, Request, expect

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"
LINK = re.compile(r"/\?(?:invite|reset)=\w+")


@pytest.fixture
def public(tmp_path: Path) -> Iterator[ChatServer]:
    """A server whose guests come by invitation."""
    settings = tmp_path / "settings.toml"
    settings.write_text('guests = "invite"\n', encoding="utf-8")
    with running_server(tmp_path, "--config", str(settings)) as server:
        yield server


@pytest.fixture
def visitor(browser: Browser, public: ChatServer) -> Iterator[Callable[..., Person]]:
    people: list[Person] = []

    def come(**look: object) -> Person:
        people.append(Person(browser, public.address, **look))
        return people[-1]

    yield come
    for person in people:
        person.check()
        person.context.close()


def owner_link(server: ChatServer) -> str:
    found = LINK.search(server.log)
    assert found is not None, server.log
    return found[0]


def link_of(output: str) -> str:
    found = LINK.search(output)
    assert found is not None, output
    return found[0]


def open_link(person: Person, link: str) -> None:
    person.page.goto(person.address + link)
    expect(person.page.locator(".card")).to_be_visible()


def fill(person: Person, name: str | None = None, password: str | None = None) -> None:
    if name is not None:
        person.page.locator("#join-name").fill(name)
    if password is not None:
        person.page.locator("[type=password]").last.fill(password)
    person.page.locator("form .primary").click()


def expect_inside(person: Person) -> None:
    person.expect_live()
    expect(person.field).to_be_visible()


def become_owner(person: Person, server: ChatServer, name: str = "ana") -> Person:
    open_link(person, owner_link(server))
    fill(person, name, PASSWORD)
    expect_inside(person)
    return person


def test_the_first_link_makes_the_owner_and_leaves_the_address_at_once(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody()
    referers: list[str] = []

    def note(request: Request) -> None:
        referers.append(request.all_headers().get("referer", ""))

    ana.page.on("request", note)
    open_link(ana, owner_link(server))
    assert ana.page.url == f"{server.address}/"
    assert ana.page.evaluate("history.length") <= 2
    expect(ana.page.locator("h1")).to_have_text("sanchat is yours")
    expect(ana.page.locator("#join-name")).to_be_focused()

    fill(ana, "ana", "too short")
    expect(ana.page.locator("#join-password-error")).to_contain_text("15 characters")
    expect(ana.page.locator("#join-password")).to_be_focused()
    fill(ana, "ana", "password1password1")
    expect(ana.page.locator("#join-password-error")).to_contain_text("first that somebody")
    fill(ana, "system", PASSWORD)
    expect(ana.page.locator("#join-name-error")).to_contain_text("cannot be used")
    fill(ana, "ana", PASSWORD)

    expect_inside(ana)
    expect(ana.page.locator("h1")).to_have_text("General")
    expect(ana.page.locator(".me small")).to_have_text("Owner of this server")
    assert set(referers) <= {""}, "what is asked for tells where from"
    ana.errors.clear()  # Chromium reports the refusals itself

    eve = somebody()
    open_link(eve, owner_link(server))
    expect(eve.page.locator("h1")).to_have_text("This link is not valid any more")
    eve.page.get_by_role("button", name="Go on to the chat").click()
    expect(eve.page.locator("h1")).to_have_text("Join sanchat")
    eve.errors.clear()


def test_an_invitation_says_who_invites_to_what_and_leads_into_the_room(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = become_owner(somebody(), server)
    room_link = invite(ana, {"room": make_room(ana, "plans"), "uses": 2})

    ben = somebody()
    open_link(ben, room_link)
    expect(ben.page.locator("h1")).to_have_text("You are invited to #plans")
    expect(ben.page.locator("h1 + p")).to_contain_text("By ana, on sanchat.")
    fill(ben, "ana", "a long enough one")
    expect(ben.page.locator("#join-name-error")).to_have_text("That name is in use")
    ben.errors.clear()
    fill(ben, "ben", "a long enough one")
    expect_inside(ben)
    expect(ben.page.locator("h1")).to_have_text("plans")
    expect(ben.page.locator(".head h1 use")).to_have_attribute("href", re.compile("#lock$"))

    guest = somebody()
    open_link(guest, room_link)
    guest.page.get_by_label("As a guest").check()
    expect(guest.page.locator("[type=password]")).to_have_count(0)
    fill(guest, "gus")
    expect_inside(guest)
    expect(guest.page.locator("h1")).to_have_text("plans")
    expect(guest.page.locator(".me small")).to_have_text("Guest")
    guest.say("hello plans")
    expect(ben.sent).to_have_text(["hello plans"])


def test_who_is_here_already_joins_as_who_they_are_or_lets_it_be(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = become_owner(somebody(), server)
    link = invite(ana, {"room": make_room(ana, "plans"), "uses": 3})
    ben = somebody().join("ben")

    open_link(ben, link)
    ben.page.get_by_role("button", name="Not now").click()
    expect(ben.page.locator("h1")).to_have_text("lobby")
    open_link(ben, link)
    ben.page.get_by_role("button", name="Join as ben").click()

    expect_inside(ben)
    expect(ben.page.locator("h1")).to_have_text("plans")

    open_link(ana, invite(ana, {}))
    expect(ana.page.locator("h1")).to_have_text("You are here already, ana")
    ana.page.get_by_role("button", name="Go on to the chat").click()
    expect_inside(ana)


def test_where_guests_are_not_admitted_one_signs_in(
    visitor: Callable[..., Person], public: ChatServer
) -> None:
    ana = become_owner(visitor(), public)
    ana.say("only for us")

    eve = visitor()
    eve.page.goto(f"{public.address}/r/general")
    expect(eve.page.locator("h1")).to_have_text("Sign in to sanchat")
    expect(eve.page.locator(".ways")).to_contain_text("You come in by an invitation")
    expect(eve.page.locator("#join-room")).to_have_count(0)
    fill(eve, "ana", "not the password")
    error = eve.page.locator("#join-password-error")
    expect(error).to_have_text("The name and the password do not belong together.")
    expect(eve.page.locator("#join-password")).to_be_focused()
    eve.page.get_by_role("button", name="Show password").click()
    expect(eve.page.locator("#join-password")).to_have_attribute("type", "text")
    eve.page.locator("#join-password").fill(PASSWORD)
    eve.page.locator("#join-password").press("Enter")

    expect_inside(eve)
    expect(eve.sent).to_have_text(["only for us"])
    eve.errors.clear()


def test_who_guesses_too_often_is_told_how_long_to_wait(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    become_owner(somebody(), server)
    eve = somebody()
    eve.page.goto(server.address)
    eve.page.get_by_role("button", name="Sign in with an account").click()
    for guess in range(5):
        fill(eve, "ana", f"a wrong guess {guess}")
        expect(eve.page.locator("#join-password-error")).to_be_visible()
    fill(eve, "ana", "a wrong guess more")

    expect(eve.page.locator(".field-error")).to_have_text("Too many tries.")
    button = eve.page.locator("form .primary")
    expect(button).to_be_disabled()
    expect(button).to_have_text(re.compile(r"^Try again in \d+ s$"))
    eve.errors.clear()


def test_a_forgotten_password_is_set_by_a_link_once(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = become_owner(somebody(), server)
    link = link_of(server.admin("users", "reset-link", "ana"))
    again = somebody()

    open_link(again, link)
    assert again.page.url == f"{server.address}/"
    expect(again.page.locator("h1")).to_have_text("A new password for ana")
    fill(again, password="another battery of horses")
    expect_inside(again)

    expect(ana.page.locator("#join-name")).to_be_visible()
    late = somebody()
    open_link(late, link)
    expect(late.page.locator(".card")).to_contain_text("Ask an administrator for another one.")
    for person in (ana, late):
        person.errors.clear()


def test_a_link_is_read_in_chinese(somebody: Callable[..., Person], server: ChatServer) -> None:
    ana = somebody(locale="zh-CN")
    open_link(ana, owner_link(server))

    expect(ana.page.locator("h1")).to_have_text("sanchat 由你做主")
    fill(ana, "安娜", "短")
    expect(ana.page.locator("#join-password-error")).to_have_text("太短了：至少需要 15 个字符。")
    ana.errors.clear()


def invite(person: Person, wish: dict[str, object]) -> str:
    """A link that this person makes, as a program of theirs would."""
    answer = ask(person, "/api/invites", wish)
    return link_of(answer["url"])


def make_room(person: Person, name: str) -> str:
    ask(person, "/api/rooms", {"name": name, "kind": "closed"})
    return name


def ask(person: Person, path: str, body: dict[str, object]) -> dict[str, str]:
    cookies = "; ".join(f"{each['name']}={each['value']}" for each in person.context.cookies())
    request = urllib.request.Request(
        person.address + path,
        data=json.dumps(body).encode(),
        headers={
            "Content-Type": "application/json",
            "Cookie": cookies,
            "Origin": person.address,
        },
    )
    with urllib.request.urlopen(request, timeout=10) as response:
        answer: dict[str, str] = json.load(response)
        return answer


def open_account(person: Person) -> None:
    person.page.locator(".me .who").click()
    expect(person.page.get_by_role("dialog")).to_contain_text("Devices")
    expect(person.page.locator(".rows")).to_have_attribute("aria-busy", "false")


def sign_in(person: Person, name: str, password: str) -> Person:
    person.page.goto(person.address)
    person.page.get_by_role("button", name="Sign in with an account").click()
    fill(person, name, password)
    expect_inside(person)
    return person


def test_one_signs_out_a_device_and_it_is_out_at_once(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = become_owner(somebody(), server)
    elsewhere = sign_in(somebody(), "ana", PASSWORD)
    open_account(ana)
    devices = ana.page.locator(".rows li")
    expect(devices).to_have_count(2)
    expect(devices.filter(has_text="this device")).to_have_count(1)
    expect(devices.filter(has_text="this device").get_by_role("button")).to_have_count(0)

    ana.page.get_by_role("button", name=re.compile("^Sign out Chrome on")).click()

    expect(devices).to_have_count(1)
    expect(ana.page.locator(".done")).to_contain_text("is signed out")
    expect(elsewhere.page.locator("#join-name")).to_be_visible()


def test_one_signs_out_everywhere_this_device_too(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = become_owner(somebody(), server)
    elsewhere = sign_in(somebody(), "ana", PASSWORD)
    open_account(ana)

    ana.page.get_by_role("button", name="Sign out everywhere").click()

    for person in (ana, elsewhere):
        expect(person.page.locator("#join-name")).to_be_visible()
        person.page.reload()
        expect(person.page.locator("#join-name")).to_be_visible()


def test_one_signs_out_here_and_in_again(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = become_owner(somebody(), server)
    open_account(ana)
    ana.page.get_by_role("button", name="Sign out", exact=True).click()
    expect(ana.page.locator("#join-name")).to_be_visible()

    sign_in(ana, "ana", PASSWORD)
    expect(ana.page.locator("h1")).to_have_text("General")


def test_a_new_password_signs_out_the_other_devices_and_not_this_one(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = become_owner(somebody(), server)
    elsewhere = sign_in(somebody(), "ana", PASSWORD)
    open_account(ana)
    ana.page.get_by_role("button", name="Change password").click()
    expect(ana.page.locator("#account-old")).to_be_focused()
    ana.page.locator("#account-old").fill("not my password")
    ana.page.locator("#account-new").fill("another battery of horses")
    ana.page.locator("#account-new").press("Enter")
    expect(ana.page.locator("#account-old-error")).to_have_text("This is not your password.")
    ana.errors.clear()
    ana.page.locator("#account-old").fill(PASSWORD)
    ana.page.locator("#account-old").press("Enter")

    expect(ana.page.locator(".done")).to_contain_text("The password is changed.")
    expect(ana.page.locator(".rows li")).to_have_count(1)
    expect(elsewhere.page.locator("#join-name")).to_be_visible()
    ana.page.keyboard.press("Escape")
    ana.say("still here")
    expect(ana.sent).to_have_text(["still here"])
    ana.page.reload()
    expect_inside(ana)


def test_a_guest_becomes_a_member_where_everybody_may(
    tmp_path: Path, browser: Browser, somebody: Callable[..., Person]
) -> None:
    closed = somebody().join("cleo")
    open_account(closed)
    expect(closed.page.get_by_role("dialog")).to_contain_text("An account needs an invitation")

    settings = tmp_path / "settings.toml"
    settings.write_text('registration = "open"\n', encoding="utf-8")
    folder = tmp_path / "open"
    folder.mkdir()
    with running_server(folder, "--config", str(settings)) as server:
        gus = Person(browser, server.address).join("gus")
        gus.field.fill("half a sentence")
        open_account(gus)
        gus.page.locator("#account-password").fill("a long enough one")
        gus.page.locator("#account-password").press("Enter")

        expect(gus.page.get_by_role("dialog")).to_have_count(0)
        expect_inside(gus)
        expect(gus.page.locator(".me small")).to_have_text("Member")
        expect(gus.page.locator(".me b")).to_have_text("gus")
        expect(gus.field).to_have_value("half a sentence")
        expect(gus.page.locator("h1")).to_have_text("lobby")
        gus.say("now for good")
        expect(gus.sent).to_have_text(["now for good"])
        gus.check()
        gus.context.close()
