"""Accounts over HTTP: making one by invitation, signing in and out, passwords, devices."""

import sqlite3
from contextlib import closing

import httpx
import pytest
from harness import LiveServer, serving

PASSWORD = "seven herons in the fog"
OTHER = "a kettle of blue rivers"


async def account(live: LiveServer, name: str, role: str = "member", password: str = PASSWORD):
    return await live.server.chat.accounts.create(name, role=role, password=password)


async def sign_in(client: httpx.AsyncClient, name: str, password: str = PASSWORD) -> httpx.Response:
    return await client.post("/api/session", json={"name": name, "password": password})


async def test_a_member_signs_in_and_is_told_apart_from_a_guest(live):
    user = await account(live, "ana", "moderator")
    async with live.script() as http:
        answer = await sign_in(http, "ANA")

    assert answer.status_code == 201
    assert answer.json()["user"] == {
        "id": user.id,
        "name": "ana",
        "kind": "member",
        "role": "moderator",
    }
    ana = await live.join_with(answer.json()["session"])
    assert ana.user["kind"] == "member"
    guest = await live.join("gil")
    assert guest.user["kind"] == "guest"


async def test_signing_in_ends_the_session_it_replaces_and_the_sockets_of_it(live):
    await account(live, "ana")
    guest = await live.join("guest-of-ana")
    async with live.http(cookies={"sanchat_session": guest.session}) as http:
        answer = await http.post(
            "/api/session",
            json={"name": "ana", "password": PASSWORD},
            headers={"origin": live.origin},
        )

    assert answer.status_code == 201
    assert answer.cookies["sanchat_session"] != guest.session
    assert await guest.ended() == (4505, "signed out")
    assert await live.server.chat.session(guest.session) is None


async def test_a_guest_who_signs_in_keeps_nothing_of_what_the_guest_had(live):
    user = await account(live, "ana")
    guest = await live.join("gil")
    await guest.subscribe("general")
    async with live.http(cookies={"sanchat_session": guest.session}) as http:
        await http.post(
            "/api/session",
            json={"name": "ana", "password": PASSWORD},
            headers={"origin": live.origin},
        )

    store = live.server.store
    assert await store.rooms_of(guest.user["id"]) == []
    assert await store.rooms_of(user.id) == []


async def test_registration_needs_an_invitation_which_is_used_up(live):
    invite, token = await live.server.chat.invitations.create()
    body = {"name": "ana", "password": PASSWORD, "invite": token}
    async with live.script() as http:
        without = await http.post("/api/users", json={"name": "ana", "password": PASSWORD})
        first = await http.post("/api/users", json=body)
        second = await http.post("/api/users", json=body | {"name": "ben"})

    assert (without.status_code, without.json()["error"]["code"]) == (403, "forbidden")
    assert (first.status_code, first.json()["user"]["kind"]) == (201, "member")
    assert (second.status_code, second.json()["error"]["code"]) == (404, "not_found")
    (stored,) = [i for i in await live.server.store.invites() if i.id == invite.id]
    assert stored.used == 1


async def test_registration_can_be_open_or_closed(tmp_path):
    for registration, status in (("open", 201), ("closed", 403)):
        database = tmp_path / f"{registration}.db"
        async with (
            serving(database, registration=registration) as live,
            live.script() as http,
        ):
            body = {"name": "ana", "password": PASSWORD}
            assert (await http.post("/api/users", json=body)).status_code == status


@pytest.mark.parametrize(
    ("password", "is_taken"),
    [
        ("1234567", False),
        ("password1", False),
        ("qwertyuiop", False),
        ("anaanaana", False),
        ("aaaaaaaaaaaa", False),
        ("x" * 129, False),
        ("herring tea", True),
        ("密码由许多字组成", True),
    ],
)
async def test_a_password_is_long_enough_and_in_no_list(live, password, is_taken):
    _, token = await live.server.chat.invitations.create()
    async with live.script() as http:
        body = {"name": "ana", "password": password, "invite": token}
        answer = await http.post("/api/users", json=body)

    if is_taken:
        assert answer.status_code == 201
    else:
        assert answer.json()["error"]["code"] == "bad_password"
        assert answer.json()["error"]["least"] == 8
        # Nothing is lost by it.
        assert (await live.server.store.invites())[0].used == 0


async def test_the_first_owner_comes_by_a_link_and_needs_a_long_password(live):
    token = live.server.owner_invite
    assert token is not None
    async with live.script() as http:
        looked = await http.post("/api/invitation", json={"invite": token})
        body = {"name": "ona", "invite": token}
        short = await http.post("/api/users", json=body | {"password": "blue heron"})
        made = await http.post("/api/users", json=body | {"password": PASSWORD})

    assert looked.json()["role"] == "owner"
    assert (looked.json()["guests"], looked.json()["accounts"]) == (False, True)
    assert looked.json()["password_least"] == 15
    assert short.json()["error"] == short.json()["error"] | {"code": "bad_password", "least": 15}
    assert made.json()["user"]["role"] == "owner"


async def test_the_owners_link_is_offered_once_in_a_databases_life(tmp_path):
    offered = []
    for _ in range(3):
        async with serving(tmp_path / "chat.db") as live:
            offered.append(live.server.owner_invite)

    assert offered[0] is not None
    assert offered[1:] == [None, None]


async def test_changing_the_password_ends_all_other_sessions_and_rotates_this_one(live):
    await account(live, "ana")
    async with live.script() as http:
        here = (await sign_in(http, "ana")).json()["session"]
        there = (await sign_in(http, "ana")).json()["session"]
        at_home = await live.join_with(here)
        elsewhere = await live.join_with(there)
        bearer = {"authorization": f"Bearer {here}"}
        body = {"password": PASSWORD, "new_password": OTHER}
        wrong = await http.post("/api/password", json=body | {"password": "no"}, headers=bearer)
        right = await http.post("/api/password", json=body, headers=bearer)
        stale = await http.get("/api/session", headers=bearer)
        old, new = await sign_in(http, "ana"), await sign_in(http, "ana", OTHER)

    assert wrong.status_code == 403
    assert right.status_code == 200
    assert await elsewhere.ended() == (4505, "signed out")
    await at_home.settled()  # its socket lives on
    assert await live.server.chat.session(right.json()["session"]) is not None
    assert stale.status_code == 401
    assert (old.status_code, new.status_code) == (403, 201)


async def test_a_forgotten_password_is_replaced_by_a_link_that_works_once(live):
    user = await account(live, "ana")
    async with live.script() as http:
        before = (await sign_in(http, "ana")).json()["session"]
        _, first = await live.server.chat.accounts.offer_reset(user)
        _, token = await live.server.chat.accounts.offer_reset(user)
        replaced = await http.post("/api/reset", json={"reset": first})
        looked = await http.post("/api/reset", json={"reset": token})
        used = await http.post("/api/reset", json={"reset": token, "password": OTHER})
        again = await http.post("/api/reset", json={"reset": token, "password": PASSWORD})

    assert replaced.status_code == 404
    assert looked.json() == {"user": {"name": "ana"}, "password_least": 8}
    assert used.status_code == 201
    assert again.status_code == 404
    assert await live.server.chat.session(before) is None


async def test_devices_are_listed_and_each_can_be_signed_out(live):
    await account(live, "ana")
    async with live.script(headers={"user-agent": "Kettle/1"}) as http:
        here = (await sign_in(http, "ana")).json()
        there = (await sign_in(http, "ana")).json()
        bearer = {"authorization": f"Bearer {here['session']}"}
        tab = await live.join_with(there["session"])
        listed = (await http.get("/api/sessions", headers=bearer)).json()["sessions"]
        ended = await http.delete(f"/api/sessions/{there['session_id']}", headers=bearer)
        nobodys = await http.delete("/api/sessions/987654", headers=bearer)
        left = (await http.get("/api/sessions", headers=bearer)).json()["sessions"]

    assert {device["id"] for device in listed} == {here["session_id"], there["session_id"]}
    assert [device["id"] for device in listed if device.get("current")] == [here["session_id"]]
    assert listed[0]["agent"] == "Kettle/1"
    assert listed[0]["address"] == "127.0.0.1"
    assert ended.status_code == 204
    assert await tab.ended() == (4505, "signed out")
    assert nobodys.status_code == 404
    assert [device["id"] for device in left] == [here["session_id"]]


async def test_administrators_end_the_sessions_of_people_below_them(live):
    ana = await account(live, "ana")
    await account(live, "ada", "admin")
    ona = await account(live, "ona", "owner")
    async with live.script() as http:
        await sign_in(http, "ana")
        ada = (await sign_in(http, "ada")).json()["session"]
        mine = (await sign_in(http, "ana")).json()["session"]
        as_ada = {"authorization": f"Bearer {ada}"}
        as_ana = {"authorization": f"Bearer {mine}"}
        up = await http.get(f"/api/users/{ona.id}/sessions", headers=as_ada)
        aside = await http.get(f"/api/users/{ona.id}/sessions", headers=as_ana)
        down = await http.delete(f"/api/users/{ana.id}/sessions", headers=as_ada)
        gone = await http.get("/api/session", headers=as_ana)

    assert [answer.status_code for answer in (up, aside, down, gone)] == [403, 403, 204, 401]
    (act,) = await live.server.store.acts(kind="sessions_ended")
    assert (act.user, act.actor) == ("ana", "ada")


async def test_no_account_keeps_more_than_fifty_sessions(live):
    user = await account(live, "ana")
    async with live.script() as http:
        tokens = []
        for _ in range(52):
            tokens.append((await sign_in(http, "ana")).json()["session"])

    assert len(await live.server.store.devices(user.id)) == 50
    assert await live.server.chat.session(tokens[1]) is None
    assert await live.server.chat.session(tokens[-1]) is not None


async def test_an_old_hash_is_made_anew_at_the_next_sign_in(live):
    from argon2 import PasswordHasher

    old = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    user = await live.server.chat.accounts.create("ana", password_hash=old)
    async with live.script() as http:
        assert (await sign_in(http, "ana")).status_code == 201
        fresh = await live.server.store.password_hash(user.id)
        assert (await sign_in(http, "ana")).status_code == 201

    assert fresh is not None
    assert fresh.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


async def test_a_new_account_takes_its_name_from_a_guest_who_wears_it(live):
    guest = await live.join("ana")

    await account(live, "аna")  # with a Cyrillic а: it looks the same

    assert await guest.ended() == (4505, "signed out")
    refused = await live.knock("ana")
    assert (await refused.ended())[0] == 4506


async def test_nobody_registers_the_name_of_a_guest_who_is_here(live):
    await live.join("ana")
    _, token = await live.server.chat.invitations.create()
    async with live.script() as http:
        body = {"name": "Ana", "password": PASSWORD, "invite": token}
        answer = await http.post("/api/users", json=body)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "name_taken")


async def test_a_role_holds_on_open_connections_from_now_on(live):
    user = await account(live, "ana")
    async with live.script() as http:
        token = (await sign_in(http, "ana")).json()["session"]
    ana = await live.join_with(token)

    await live.server.chat.accounts.set_role(user, "admin")

    event = await ana.expect("role")
    assert event == {"type": "role", "user": {"id": user.id, "name": "ana"}, "role": "admin"}


async def test_who_is_switched_off_is_out_and_cannot_come_in(live):
    user = await account(live, "ana")
    async with live.script() as http:
        token = (await sign_in(http, "ana")).json()["session"]
        tab = await live.join_with(token)
        await live.server.chat.accounts.disable(user)
        ended = await tab.ended()
        refused = await sign_in(http, "ana")
        unknown = await sign_in(http, "nobody")
        await live.server.chat.accounts.enable(user)
        back = await sign_in(http, "ana")

    assert ended == (4505, "signed out")
    assert refused.status_code == 403
    assert refused.content == unknown.content
    assert back.status_code == 201


async def test_erasing_somebody_leaves_their_words_and_nothing_of_who_they_were(live):
    user = await account(live, "mireille")
    async with live.script() as http:
        token = (await sign_in(http, "mireille")).json()["session"]
    tab = await live.join_with(token)
    await tab.subscribe("general")
    await tab.post("general", "the tide is out", "1")
    await live.server.chat.moderation.mute(user, reason="sang", seconds=1)

    await live.server.chat.accounts.erase(user)
    await tab.ended()

    bob = await live.join("bob")
    reply = await bob.subscribe("general")
    (message,) = reply["messages"]
    assert (message["text"], message["user"]["name"]) == ("the tide is out", "erased")
    with closing(sqlite3.connect(live.server.settings.database)) as database:
        dump = "\n".join(database.iterdump())
    assert "mireille" not in dump
    assert "sang" not in dump


async def test_the_only_owner_stays_owner(live):
    from sanchat.errors import Conflict

    ona = await account(live, "ona", "owner")
    accounts = live.server.chat.accounts

    for verb in (accounts.disable(ona), accounts.erase(ona), accounts.set_role(ona, "member")):
        with pytest.raises(Conflict, match="only owner"):
            await verb
    await live.server.chat.invitations.create_token("helper", scopes=("read",))
    helper = await live.server.chat.find_user("helper")
    await accounts.set_role(helper, "owner")  # a bot, who cannot sign in
    with pytest.raises(Conflict, match="only owner"):
        await accounts.disable(ona)
    await account(live, "oz", "owner")
    await accounts.disable(ona)
