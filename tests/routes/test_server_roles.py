"""Roles on the whole server, given over the wire: by administrators, to those below them."""

import pytest
from harness import LiveServer

PASSWORD = "seven herons in the fog"


async def account(live: LiveServer, name: str, role: str = "member"):
    """Somebody with an account and this role, connected."""
    await live.server.chat.accounts.create(name, role=role, password=PASSWORD)
    async with live.script() as http:
        answer = await http.post("/api/session", json={"name": name, "password": PASSWORD})
    client = await live.join_with(answer.json()["session"])
    client.token = answer.json()["session"]
    return client


@pytest.fixture
async def crew(live):
    """An owner, an administrator, a moderator and a member."""
    roles = {"ana": "owner", "bob": "admin", "cid": "moderator", "dee": "member"}
    return [await account(live, name, role) for name, role in roles.items()]


async def roles(live: LiveServer) -> dict[str, str]:
    return {user.name: user.role for user in await live.server.store.accounts(after=0, limit=50)}


async def test_administrators_see_who_has_an_account_page_by_page_and_no_guests(live, crew):
    _, bob, cid, _ = crew
    guest = await live.join("gil")
    await live.server.chat.invitations.create_token("helper", scopes=("read",))
    await live.server.chat.accounts.disable((await live.server.store.users_named("dee"))[0])

    first = await bob.do("people", limit=3)
    rest = await bob.do("people", after=first["people"][-1]["id"])

    assert [(user["name"], user["role"]) for user in first["people"]] == [
        ("ana", "owner"),
        ("bob", "admin"),
        ("cid", "moderator"),
    ]
    assert (first["more"], rest["more"]) == (True, False)
    assert [(user["name"], user["kind"]) for user in rest["people"]] == [
        ("dee", "member"),
        ("helper", "bot"),
    ]
    assert ["disabled_at" in user for user in rest["people"]] == [True, False]
    for client in (cid, guest):
        assert (await client.refused("people"))["code"] == "forbidden"


async def test_a_role_holds_at_once_and_whose_it_is_hears_of_it(live, crew):
    ana, _, _, dee = crew
    assert (await dee.refused("bans"))["code"] == "forbidden"

    reply = await ana.do("set_role", user="dee", role="moderator")
    event = await dee.expect("role")

    assert reply["connections"] == 1
    assert (event["user"]["name"], event["role"]) == ("dee", "moderator")
    await dee.do("bans")
    await ana.do("set_role", user="dee", role="member")
    assert (await dee.refused("bans"))["code"] == "forbidden"


async def test_administrators_give_roles_below_their_own_to_those_below_them(live, crew):
    ana, bob, cid, dee = crew

    await bob.do("set_role", user="dee", role="moderator")
    refused = [
        await bob.refused("set_role", user="dee", role="admin"),
        await bob.refused("set_role", user="dee", role="owner"),
        await bob.refused("set_role", user="ana", role="member"),
        await bob.refused("set_role", user="bob", role="owner"),
        await cid.refused("set_role", user="dee", role="member"),
        await dee.refused("set_role", user="dee", role="owner"),
    ]

    assert {error["code"] for error in refused} == {"forbidden"}
    expected = {"ana": "owner", "bob": "admin", "cid": "moderator", "dee": "moderator"}
    assert await roles(live) == expected
    await ana.do("set_role", user="bob", role="owner")
    assert (await ana.refused("set_role", user="bob", role="member"))["code"] == "forbidden"


async def test_the_last_owner_who_can_sign_in_stays_one(live, crew):
    ana, bob, _, _ = crew

    assert (await ana.refused("set_role", user="ana", role="admin"))["code"] == "conflict"
    await ana.do("set_role", user="bob", role="owner")
    await live.server.chat.accounts.disable((await live.server.store.users_named("bob"))[0])
    assert (await ana.refused("set_role", user="ana", role="admin"))["code"] == "conflict"
    assert await bob.ended() == (4505, "signed out")
    await live.server.chat.accounts.enable((await live.server.store.users_named("bob"))[0])

    await ana.do("set_role", user="ana", role="admin")
    assert (await ana.refused("set_role", user="cid", role="owner"))["code"] == "forbidden"


async def test_guests_and_strangers_get_no_role(live, crew):
    ana, *_ = crew
    await live.join("gil")

    assert (await ana.refused("set_role", user="gil", role="moderator"))["code"] == "conflict"
    assert (await ana.refused("set_role", user="nobody", role="member"))["code"] == "not_found"
    assert (await ana.refused("set_role", user="dee", role="member"))["code"] == "conflict"
    for role in ("", "king"):
        assert (await ana.refused("set_role", user="dee", role=role))["code"] == "bad_frame"


async def test_who_gave_the_role_is_on_record(live, crew):
    ana, *_ = crew
    await ana.do("set_role", user="dee", role="admin")

    [act] = (await ana.do("audit", kind="user_role"))["acts"]
    assert (act["actor"], act["user"]["name"], act["data"]) == (
        "ana",
        "dee",
        {"role": "admin", "was": "member"},
    )


async def test_roles_are_given_over_http_too_and_by_no_token_of_some_rooms(live, crew):
    invitations = live.server.chat.invitations
    _, confined = await invitations.create_token("narrow", scopes=("rooms",), rooms=("general",))
    _, reading = await invitations.create_token("reader", scopes=("read",))
    for name in ("narrow", "reader"):
        [bot] = await live.server.store.users_named(name)
        await live.server.chat.accounts.set_role(bot, "owner")
    answers = []
    async with live.script() as http:
        for token in (confined, reading, crew[0].token):
            for command, body in (
                ("people", {}),
                ("set_role", {"user": "dee", "role": "moderator"}),
            ):
                answers.append(
                    await http.post(
                        f"/api/commands/{command}",
                        json=body,
                        headers={"authorization": f"Bearer {token}"},
                    )
                )

    assert [answer.status_code for answer in answers] == [404, 404, 403, 403, 200, 200]
    assert (await roles(live))["dee"] == "moderator"
