"""Another name for oneself: `POST /api/name`, for guests and accounts alike (S9)."""

import asyncio

import pytest
from harness import LiveServer

PASSWORD = "seven herons in the fog"


async def rename(live: LiveServer, session: str, name: str):
    async with live.script(headers={"authorization": f"Bearer {session}"}) as http:
        return await http.post("/api/name", json={"name": name})


async def account(live: LiveServer, name: str):
    """A new account, signed in: its `user` and `session`."""
    await live.server.chat.accounts.create(name, password=PASSWORD)
    async with live.script() as http:
        answer = await http.post("/api/session", json={"name": name, "password": PASSWORD})
    return answer.json()


async def test_a_guest_is_called_otherwise_before_the_answer_comes_also_in_what_was_said(live):
    ana, bob = await live.gather("general", "ana", "bob")
    await ana.post("general", "hello")

    answer = await rename(live, ana.session, " Anna ")

    assert answer.status_code == 200
    assert answer.json()["user"] == ana.user | {"name": "Anna"}
    for client in (ana, bob):
        heard = {(event["user"]["name"], event["was"]) for event in await client.settled("user")}
        assert heard == {("Anna", "ana")}
    page = await bob.do("history", room="general", before=100)
    assert page["messages"][-1]["user"]["name"] == "Anna"
    await ana.post("general", "still me")
    message = await bob.expect("message", text="still me")
    assert message["user"]["name"] == "Anna"


async def test_an_account_signs_in_with_its_new_name_from_then_on(live):
    ana = await account(live, "ana")

    assert (await rename(live, ana["session"], "Anna")).status_code == 200

    async with live.script() as http:
        old = await http.post("/api/session", json={"name": "ana", "password": PASSWORD})
        new = await http.post("/api/session", json={"name": "Anna", "password": PASSWORD})
    assert (old.status_code, new.status_code) == (403, 201)


async def test_a_name_of_ones_own_is_on_record_as_ones_own_doing(live):
    ana = await account(live, "ana")
    await rename(live, ana["session"], "Anna")

    [act] = await live.server.store.acts(kind="user_renamed")
    assert (act.actor, act.user, act.data) == ("ana", "Anna", {"was": "ana"})

    await live.server.chat.accounts.erase(await live.server.store.user(ana["user"]["id"]))
    [act] = await live.server.store.acts(kind="user_renamed")
    assert (act.actor, act.user, act.data) == ("erased", "erased", {})


async def test_s9_nobody_takes_the_name_of_another_or_one_that_looks_like_it(live):
    await live.server.chat.accounts.create("margit", password=PASSWORD)
    ana, _ = await live.gather("general", "ana", "bob")
    names = ("bob", "ВОВ", "Margit", "mаrgit", "system", "Adm1n", "", "a\u200bna", "x" * 33)
    codes = [(await rename(live, ana.session, name)).json()["error"]["code"] for name in names]

    assert set(codes[:4]) == {"name_taken"}
    assert set(codes[4:]) == {"bad_name"}
    assert (await live.session_of(ana)).user.name == "ana"


async def test_a_name_that_was_laid_down_is_free_for_others(live):
    [ana] = await live.gather("general", "ana")
    await rename(live, ana.session, "anna")

    assert (await live.join("ana")).user["name"] == "ana"


async def test_of_two_who_want_one_name_at_once_one_gets_it(live):
    people = await live.gather("general", "ana", "bob", "cy")
    answers = await asyncio.gather(*(rename(live, one.session, "zoe") for one in people))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]


async def test_nobody_takes_a_name_that_a_ban_keeps_out_and_so_shuts_themselves_out(live):
    ana, mal = await live.gather("general", "ana", "mallory")
    mallory = (await live.session_of(mal)).user
    await live.server.chat.moderation.ban(mallory)

    answer = await rename(live, ana.session, "mallory")

    assert answer.json()["error"]["code"] == "name_taken"
    await ana.post("general", "still here")


async def test_who_is_muted_everywhere_says_nothing_by_a_name_either(live):
    ana, bob = await live.gather("general", "ana", "bob")
    await live.server.chat.moderation.mute((await live.session_of(ana)).user, reason="Enough.")
    await live.server.chat.moderation.mute((await live.session_of(bob)).user, room="general")

    assert (await rename(live, ana.session, "anna")).json()["error"]["code"] == "muted"
    assert (await rename(live, bob.session, "bobby")).status_code == 200


@pytest.mark.parametrize("token", [None, "not-a-session"])
async def test_a_stranger_renames_nobody(live, token):
    headers = {"authorization": f"Bearer {token}"} if token else {}
    async with live.script(headers=headers) as http:
        answer = await http.post("/api/name?name=ana", json={"name": "anna"})

    assert answer.status_code == 401


async def test_a_bot_keeps_the_name_it_was_given(live):
    _, token = await live.server.chat.invitations.create_token("helper", scopes=("rooms",))

    assert (await rename(live, token, "bob")).status_code == 403
    assert (await live.server.store.users_named("helper"))[0].name == "helper"


async def test_names_change_no_faster_than_people_come_in(live):
    ana = await live.join("ana")
    live.freeze_rates()

    answers = [await rename(live, ana.session, f"ana {number}") for number in range(70)]

    assert answers[-1].status_code == 429
    assert answers[-1].json()["error"]["retry_after_ms"] > 0
