"""S21: invitations are scoped, expiring, counted, revocable and unguessable, and in no log."""

import asyncio
import logging
import sqlite3
from contextlib import closing

import pytest
from harness import serving

PASSWORD = "seven herons in the fog"
OTHER = "a kettle of blue rivers"


@pytest.fixture
async def house(tmp_path):
    """A public server with an owner, an admin, a moderator and a member, and a closed room."""
    async with serving(tmp_path / "chat.db", guests="invite") as live:
        live.people, live.bearers = {}, {}
        hashed = await live.server.chat.accounts.passwords.hash(PASSWORD, names=())
        for name, role in (("ona", "owner"), ("ada", "admin"), ("mod", "moderator"), ("mem", "")):
            live.people[name] = await live.server.chat.accounts.create(
                name, role=role or "member", password_hash=hashed
            )
            async with live.script() as http:
                body = {"name": name, "password": PASSWORD}
                token = (await http.post("/api/session", json=body)).json()["session"]
            live.bearers[name] = {"authorization": f"Bearer {token}"}
        await live.server.chat.create_room("plans", kind="closed", user=live.people["mem"])
        yield live


async def redeem(live, token, name="newcomer", password=OTHER):
    body = {"name": name, "invite": token} | ({"password": password} if password else {})
    async with live.script() as http:
        return await http.post("/api/users" if password else "/api/session", json=body)


async def issue(live, by, **fields):
    async with live.script() as http:
        return await http.post("/api/invites", json=fields, headers=live.bearers[by])


async def test_s21_every_invitation_that_is_not_valid_is_answered_alike(house):
    invitations, clock = house.server.chat.invitations, house.server.clock
    void = {"unknown": "0" * 32, "empty": "", "long": "f" * 2_000}
    invite, void["revoked"] = await invitations.create()
    await invitations.revoke(invite.id)
    _, void["used"] = await invitations.create()
    assert (await redeem(house, void["used"], "first")).status_code == 201
    invite, void["expired"] = await invitations.create(seconds=60)
    gone = await house.server.chat.create_room("gone")
    _, void["of a room that is gone"] = await invitations.create(room=gone.name)
    await house.server.chat.delete_room("gone")
    with closing(sqlite3.connect(house.server.settings.database)) as database:
        database.execute("update invites set expires_at = ? where id = ?", (clock() - 1, invite.id))
        database.commit()

    answers = {}
    for why, token in void.items():
        async with house.script() as http:
            looked = await http.post("/api/invitation", json={"invite": token})
            body = {"invite": token, "accept": True}
            accepted = await http.post("/api/invitation", json=body, headers=house.bearers["mem"])
        registered = await redeem(house, token, "late")
        guest = await redeem(house, token, "late", password=None)
        for door, answer in zip("laorg", (looked, accepted, registered, guest), strict=False):
            answers[why, door] = (answer.status_code, answer.content)

    assert set(answers.values()) == {answers["unknown", "l"]}
    assert answers["unknown", "l"][0] == 404


async def test_s21_of_many_who_redeem_at_once_as_many_come_in_as_were_invited(house):
    for uses in (1, 3):
        _, token = await house.server.chat.invitations.create(uses=uses)
        racers = [
            redeem(house, token, f"racer {uses} {number}", None if number % 2 else OTHER)
            for number in range(12)
        ]
        statuses = [answer.status_code for answer in await asyncio.gather(*racers)]
        assert statuses.count(201) == uses
        assert set(statuses) == {201, 404}


@pytest.mark.parametrize(
    ("by", "fields", "status"),
    [
        ("ona", {"role": "owner"}, 201),
        ("ada", {"role": "admin"}, 201),
        ("ada", {"role": "owner"}, 403),
        ("mod", {"role": "moderator"}, 201),
        ("mod", {"role": "admin"}, 403),
        ("mod", {}, 201),
        ("mem", {}, 403),
        ("mem", {"room": "plans", "admits": "users"}, 201),
        ("mem", {"room": "plans", "admits": "users", "role": "owner"}, 201),
        ("mem", {"room": "plans"}, 403),
        ("mem", {"room": "general", "admits": "users"}, 403),
        ("mod", {"room": "general", "role": "moderator"}, 201),
        ("mod", {"room": "general", "role": "admin"}, 403),
        ("mod", {"room": "plans"}, 403),
        ("ada", {"room": "plans"}, 403),
        ("mod", {"uses": 0}, 400),
        ("mod", {"uses": 1_001}, 400),
        ("mod", {"expires_in_s": 1}, 400),
        ("mod", {"expires_in_s": 400 * 86_400}, 400),
        ("mod", {"role": "queen"}, 400),
        ("mod", {"role": "moderator", "admits": "anyone"}, 400),
        ("mod", {"admits": "users"}, 400),
        ("mod", {"room": "nowhere"}, 404),
    ],
)
async def test_s21_nobody_invites_beyond_what_they_are(house, by, fields, status):
    answer = await issue(house, by, **fields)

    assert answer.status_code == status, answer.text


async def test_s21_guests_do_not_invite(house):
    _, token = await house.server.chat.invitations.create()
    guest = (await redeem(house, token, "gil", password=None)).json()["session"]
    async with house.script() as http:
        headers = {"authorization": f"Bearer {guest}"}
        answer = await http.post("/api/invites", json={}, headers=headers)

    assert answer.status_code == 403


@pytest.mark.parametrize("fate", ["demoted", "switched off", "banned", "erased"])
async def test_s21_an_invitation_ends_with_the_rights_of_whoever_made_it(house, fate):
    token = (await issue(house, "mod")).json()["token"]
    accounts, mod = house.server.chat.accounts, house.people["mod"]
    if fate == "demoted":
        await accounts.set_role(mod, "member")
    elif fate == "switched off":
        await accounts.disable(mod)
    elif fate == "banned":
        await house.server.chat.moderation.ban(mod)
    else:
        await accounts.erase(mod)

    assert (await redeem(house, token)).status_code == 404


async def test_s21_an_invitation_is_for_what_it_says(house):
    invitations = house.server.chat.invitations
    _, accounts_only = await invitations.create(admits="accounts")
    _, users_only = await invitations.create(room="plans", admits="users")
    _, to_the_room = await invitations.create(room="plans")

    as_guest = await redeem(house, accounts_only, "gil", password=None)
    as_newcomer = await redeem(house, users_only, "gil")
    joined = await redeem(house, to_the_room, "gil")
    async with house.script() as http:
        accept = {"invite": users_only, "accept": True}
        mod = await http.post("/api/invitation", json=accept, headers=house.bearers["mod"])

    assert (as_guest.status_code, as_newcomer.status_code) == (404, 404)
    assert joined.json()["user"]["role"] == "member"
    assert joined.json()["room"]["name"] == "plans"
    store = house.server.store
    gil = joined.json()["user"]["id"]
    assert [m.room.name for m in await store.rooms_of(gil)] == ["plans"]
    assert mod.json()["joined"] is True
    assert [m.room.name for m in await store.rooms_of(house.people["mod"].id)] == ["plans"]


async def test_s21_a_member_who_accepts_again_uses_nothing_up(house):
    _, token = await house.server.chat.invitations.create(room="plans")
    async with house.script() as http:
        body = {"invite": token, "accept": True}
        first = await http.post("/api/invitation", json=body, headers=house.bearers["mem"])
        second = await http.post("/api/invitation", json=body, headers=house.bearers["mod"])

    assert first.json()["joined"] is False  # the room is theirs
    assert second.json()["joined"] is True


async def test_s21_whoever_is_invited_to_a_room_hears_of_it_at_once(house):
    mod = await house.join_with(house.bearers["mod"]["authorization"].partition(" ")[2])
    _, token = await house.server.chat.invitations.create(room="plans")
    async with house.script() as http:
        body = {"invite": token, "accept": True}
        await http.post("/api/invitation", json=body, headers=house.bearers["mod"])

    event = await mod.expect("room")
    assert event["room"]["name"] == "plans"
    await mod.subscribe("plans")


async def test_s21_revoking_is_for_the_issuer_and_those_above(house):
    made = (await issue(house, "mod")).json()["invite"]
    async with house.script() as http:
        path = f"/api/invites/{made['id']}"
        stranger = await http.delete(path, headers=house.bearers["mem"])
        listed = (await http.get("/api/invites", headers=house.bearers["mem"])).json()
        above = await http.delete(path, headers=house.bearers["ada"])
        again = await http.delete(path, headers=house.bearers["mod"])

    assert (stranger.status_code, listed["invites"]) == (404, [])
    assert above.status_code == 204
    assert again.status_code == 409


async def test_s21_the_token_is_128_bits_kept_as_a_hash_and_in_no_log(house, caplog):
    caplog.set_level(logging.DEBUG)
    _, token = await house.server.chat.invitations.create()
    async with house.script() as http:
        page = await http.get(f"/?invite={token}")
        await http.post("/api/invitation", json={"invite": token})
    await redeem(house, token)
    await redeem(house, token, "second")

    assert len(bytes.fromhex(token)) == 16
    assert token.encode() not in await house.server_bytes()
    assert page.headers["referrer-policy"] == "no-referrer"
    ours = [record for record in caplog.records if record.name.startswith("sanchat")]
    assert not any(token in record.getMessage() for record in ours)


@pytest.mark.parametrize("how", ["another link", "the shell", "a role"])
async def test_s21_links_for_the_first_owner_are_void_once_there_is_one(tmp_path, how):
    async with serving(tmp_path / "chat.db") as live:
        chat, printed = live.server.chat, live.server.owner_invite
        _, second = await chat.invitations.create(role="owner", admits="accounts", seconds=3600)
        _, for_guests = await chat.invitations.create(seconds=3600)
        if how == "another link":
            assert (await redeem(live, second, "ona")).status_code == 201
        elif how == "the shell":
            await chat.accounts.create("ona", role="owner")
        else:
            await chat.accounts.set_role(await chat.accounts.create("ona"), "owner")

        for link in (printed, second):
            refusal = await redeem(live, link, "eve")
            assert (refusal.status_code, refusal.json()["error"]["code"]) == (404, "not_found")
        assert (await redeem(live, for_guests, "gus", None)).status_code == 201
        _, meant = await chat.invitations.create(role="owner", admits="accounts", seconds=3600)
        assert (await redeem(live, meant, "two")).json()["user"]["role"] == "owner"
