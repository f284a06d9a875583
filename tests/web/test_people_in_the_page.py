"""People on the page: the name one goes by, and who is in charge of the server."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

PASSWORD = "correct horse battery"


def open_account(person: Person) -> None:
    person.page.locator(".me .who").click()
    expect(person.page.locator(".rows li").first).to_be_visible()


def sign_in(person: Person, name: str) -> Person:
    person.page.goto(person.address)
    person.page.get_by_role("button", name="Sign in with an account").click()
    person.page.locator("#join-name").fill(name)
    person.page.locator("#join-password").fill(PASSWORD)
    person.page.locator("#join-password").press("Enter")
    person.expect_live()
    return person


def owner(person: Person, server: ChatServer) -> Person:
    link = re.search(r"/\?invite=\w+", server.log)
    assert link is not None
    person.page.goto(person.address + link[0])
    person.page.locator("#join-name").fill("ana")
    person.page.locator("#join-password").fill(PASSWORD)
    person.page.locator("#join-password").press("Enter")
    expect(person.field).to_be_visible()
    person.expect_live()
    return person


def test_a_guest_takes_another_name_and_everybody_sees_it_at_once(
    somebody: Callable[..., Person], examine: Callable[[Person], None]
) -> None:
    gus, bob = somebody(reduced_motion="reduce").join("gus"), somebody().join("bob")
    gus.say("before")
    gus.field.fill("half a sentence")
    open_account(gus)
    gus.page.get_by_role("button", name="Change name").click()
    field = gus.page.locator("#account-called")
    expect(field).to_be_focused()
    expect(field).to_have_value("gus")
    examine(gus)

    field.fill("BOB")
    field.press("Enter")
    expect(gus.page.locator("#account-called-error")).to_have_text("That name is in use")
    expect(field).to_be_focused()
    gus.errors.clear()  # Chromium reports the refusal itself
    field.fill("Gustav")
    field.press("Enter")

    expect(gus.page.locator(".done")).to_have_text("You are called Gustav now.")
    expect(gus.page.locator("#account-rename")).to_be_focused()
    gus.page.keyboard.press("Escape")
    expect(gus.page.locator(".me b")).to_have_text("Gustav")
    expect(bob.page.locator(".message-head b")).to_have_text(["Gustav"])
    expect(bob.page.locator(".member .name").filter(has_text="Gustav")).to_have_count(1)
    expect(gus.field).to_have_value("half a sentence")
    gus.page.reload()
    gus.expect_live()
    expect(gus.page.locator(".me b")).to_have_text("Gustav")
    expect(gus.field).to_have_value("half a sentence")


def test_an_account_is_told_that_it_signs_in_with_the_new_name(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = owner(somebody(), server)
    open_account(ana)
    ana.page.get_by_role("button", name="Change name").click()
    expect(ana.page.locator("#account-called-help")).to_contain_text("You sign in with it")
    ana.page.locator("#account-called").fill("Anna")
    ana.page.locator("#account-called").press("Enter")
    expect(ana.page.locator(".done")).to_contain_text("Anna")

    elsewhere = sign_in(somebody(), "Anna")
    expect(elsewhere.page.locator(".me b")).to_have_text("Anna")


def test_a_name_is_changed_in_chinese(somebody: Callable[..., Person]) -> None:
    somebody().join("bob")
    wei = somebody(locale="zh-CN").join("wei")
    open_account(wei)
    wei.page.get_by_role("button", name="更改昵称").click()
    for name, words in (("bob", "昵称已被使用"), ("system", "这个昵称不可用")):
        wei.page.locator("#account-called").fill(name)
        wei.page.locator("#account-called").press("Enter")
        expect(wei.page.locator("#account-called-error")).to_contain_text(words)
    wei.errors.clear()
    wei.page.locator("#account-called").fill("王小明")
    wei.page.locator("#account-called").press("Enter")
    expect(wei.page.locator(".done")).to_have_text("你现在的昵称是“王小明”。")


def open_people(person: Person) -> None:
    open_account(person)
    person.page.get_by_role("button", name="People and roles").click()
    expect(person.page.locator("sc-people .rows")).to_have_attribute("aria-busy", "false")


def make(server: ChatServer, *names: str) -> None:
    for name in names:
        server.admin("users", "create", name, "--link")


def test_the_owner_makes_somebody_a_moderator_who_keeps_order_at_once(
    somebody: Callable[..., Person], server: ChatServer, examine: Callable[[Person], None]
) -> None:
    ana = owner(somebody(reduced_motion="reduce"), server)
    make(server, "ben", "cy")
    ben = somebody()
    link = re.search(r"/\?reset=\w+", server.admin("users", "reset-link", "ben"))
    assert link is not None
    ben.page.goto(ben.address + link[0])
    ben.page.locator("[type=password]").fill(PASSWORD)
    ben.page.locator("form .primary").click()
    ben.expect_live()
    expect(ben.page.locator(".me small")).to_have_text("Member")
    open_people(ana)
    expect(ana.page.locator("sc-people .rows b")).to_have_text(["ana", "ben", "cy"])
    examine(ana)

    role = ana.page.get_by_label("Role of ben")
    role.select_option(label="Moderator")
    expect(ana.page.locator(".question b")).to_have_text("Make ben Moderator on the whole server?")
    expect(ana.page.get_by_role("button", name="Cancel")).to_be_focused()
    examine(ana)
    ana.page.keyboard.press("Enter")
    expect(role).to_be_focused()
    expect(role).to_have_value("member")
    role.select_option(label="Moderator")
    ana.page.get_by_role("button", name="Set role").click()

    expect(ana.page.locator("sc-people .done")).to_have_text("ben: Moderator.")
    expect(role).to_have_value("moderator")
    expect(role).to_be_focused()
    open_account(ben)
    expect(ben.page.locator(".account .who small")).to_have_text("Moderator")
    expect(ben.page.get_by_role("button", name="People and roles")).to_have_count(0)
    [act] = server.admin("audit", "list", "--kind", "user_role", "--json").splitlines()
    assert (json.loads(act)["actor"], json.loads(act)["user"]) == ("ana", "ben")


def test_the_last_owner_stays_one_and_a_second_lets_the_first_step_down(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = owner(somebody(), server)
    make(server, "ben")
    open_people(ana)

    def make_own(role: str) -> None:
        ana.page.get_by_label("Role of ana").select_option(label=role)
        ana.page.locator(".question .danger").click()

    make_own("Administrator")
    expect(ana.page.locator("sc-people .field-error")).to_contain_text("is the only owner")
    ana.page.get_by_label("Role of ben").select_option(label="Owner")
    ana.page.get_by_role("button", name="Set role").click()
    expect(ana.page.locator("sc-people .done")).to_have_text("ben: Owner.")
    expect(ana.page.get_by_label("Role of ben")).to_have_count(0)

    make_own("Member")
    expect(ana.page.get_by_role("dialog")).to_have_count(0)
    open_account(ana)
    expect(ana.page.locator(".account .who small")).to_have_text("Member")
    expect(ana.page.get_by_role("button", name="People and roles")).to_have_count(0)


def test_roles_are_given_in_chinese_among_many_people(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = owner(somebody(locale="zh-CN"), server)
    make(server, *(f"member {number}" for number in range(10)))
    open_account(ana)
    ana.page.get_by_role("button", name="用户与角色").click()
    expect(ana.page.locator("sc-people .rows li")).to_have_count(11)
    ana.page.get_by_label("查找用户").fill("MEMBER 7")
    expect(ana.page.locator("sc-people .rows b")).to_have_text(["member 7"])
    ana.page.get_by_label("member 7 的角色").select_option(label="管理员")
    expect(ana.page.locator(".question b")).to_have_text("要让 member 7 成为整个服务器的管理员吗？")
    ana.page.get_by_role("button", name="设置角色").click()
    expect(ana.page.locator("sc-people .done")).to_have_text("member 7：管理员。")
    ana.page.get_by_label("查找用户").fill("ana")
    ana.page.get_by_label("ana 的角色").select_option(label="成员")
    ana.page.get_by_role("button", name="设置角色").click()
    expect(ana.page.locator("sc-people .field-error")).to_contain_text("唯一")


def test_who_cannot_be_signed_out_now_is_told_and_it_is_not_called_done(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = owner(somebody(), server)
    sign_in(somebody(), "ana")
    ana.may_be_offline = True
    open_account(ana)
    ana.page.route("**/api/sessions*", lambda route: route.abort())
    ana.page.get_by_role("button", name="Sign out everywhere").click()

    expect(ana.page.locator("sc-account [role=alert]")).to_contain_text("cannot be reached")
    expect(ana.page.locator("sc-account .done")).to_have_text("")
    ana.page.unroute("**/api/sessions*")
    ana.page.get_by_role("button", name="Sign out everywhere").click()
    expect(ana.page.locator("#join-name")).to_be_visible()


def test_a_server_that_is_busy_does_not_call_a_good_link_void(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody()
    busy = {"error": {"code": "unavailable", "message": "The server is busy.", "temporary": True}}
    ana.page.route("**/api/invitation", lambda route: route.fulfill(status=503, json=busy))
    link = re.search(r"/\?invite=\w+", server.log)
    assert link is not None
    ana.page.goto(server.address + link[0])
    expect(ana.page.locator("h1")).to_have_text("The link could not be looked at")
    expect(ana.page.locator(".card")).to_contain_text("The server is busy.")

    ana.page.unroute("**/api/invitation")
    ana.page.get_by_role("button", name="Retry").click()
    expect(ana.page.locator("h1")).to_have_text("sanchat is yours")
    ana.errors.clear()  # Chromium reports the refusal itself


def test_who_looks_for_a_member_that_is_not_there_is_told_so(
    somebody: Callable[..., Person], server: ChatServer, tmp_path: Path
) -> None:
    ana = owner(somebody(), server)
    crowd = [f"person{number}" for number in range(20)]
    members = ", ".join(f"{name} = 'member'" for name in ("ana", *crowd))
    file = tmp_path / "crowd.toml"
    file.write_text(
        "".join(f"[[users]]\nname = '{name}'\n" for name in crowd)
        + f"[[rooms]]\nname = 'crowd'\nkind = 'closed'\nmembers = {{ {members} }}\n"
    )
    server.admin("apply", str(file))
    ana.enter("crowd")
    find = ana.page.get_by_label("Find a member")

    find.fill("person1")
    expect(ana.page.locator(".member")).to_have_count(11)
    find.fill("nobody")

    expect(ana.page.locator("sc-members [role=status]")).to_have_text("Nobody here by this name.")
    expect(ana.page.locator(".member")).to_have_count(0)
