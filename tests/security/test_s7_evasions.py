"""S7: a ban holds against those who try to get round it. Twelve ways; what a ban does not cover is
said in docs/security.md.

The server stands behind a proxy that it trusts, so that people have addresses of the internet.
"""

import contextlib
import sqlite3
from contextlib import closing

import pytest
from clients import Client, Ended
from harness import serving, until
from websockets.exceptions import ConnectionClosed

HOME, ELSEWHERE = "8.8.4.4", "9.9.9.9"
NET6, SAME64, OTHER64 = "2620:fe::fe", "2620:fe::1234:9", "2620:fe:0:1::9"


@pytest.fixture
async def live(tmp_path):
    async with serving(tmp_path / "chat.db", trusted_proxy=("127.0.0.1",)) as server:
        yield server


async def come(live, name, address=HOME, **more):
    """Somebody from an address, or the code their connection was closed with."""
    session = f"&session={more.pop('session')}" if "session" in more else ""
    headers = {"X-Forwarded-For": address} | more.pop("headers", {})
    path = more.pop("path", f"/ws?name={name}{session}")
    client = Client(await live.connect(path, additional_headers=headers, **more))
    live._stack.push_async_callback(client.close)
    try:
        client.hello = await client.expect("hello")
    except Ended as end:
        return end.code
    return client


async def banned(live, name="mallory", address=HOME, **terms):
    """Moa, who moderates from elsewhere, bans somebody; both are returned."""
    moa, mallory = await come(live, "moa", ELSEWHERE), await come(live, name, address)
    await live.promote(moa, "moderator")
    for client in (moa, mallory):
        await client.subscribe("general")
    second = await come(live, name, address, session=mallory.session)
    await moa.do("ban", user=name, reason="Spam.", **terms)
    for client in (mallory, second):
        assert (await client.ended())[0] == 4502
    await until(lambda: len(live.server.hub.connections_of(mallory.user["id"])) == 0)
    live.server.names.free(name, mallory.user["id"])  # as half a minute later
    return moa, mallory


async def test_s7_by_name_no_way_leads_back(live):
    _, mallory = await banned(live)
    token = mallory.session
    ways = {
        "reconnect": await come(live, "mallory", session=token),
        "another tab": await come(live, "", path=f"/ws/general?name=mallory&session={token}"),
        "the session as a bearer": await come(
            live, "", path="/ws", headers={"Authorization": f"Bearer {token}"}
        ),
        "the cookie": await come(
            live,
            "",
            path="/ws",
            headers={"Cookie": f"sanchat_session={token}"},
            origin=live.origin,
        ),
        "cleared cookies": await come(live, "mallory"),
        "capitals": await come(live, "MALLORY", ELSEWHERE),
        "a look-alike": await come(live, "mаllоry", ELSEWHERE),
        "full width": await come(live, "ｍallory", ELSEWHERE),
        "the plain door": await plain(live, "mallory"),
    }
    async with live.http(headers={"X-Forwarded-For": ELSEWHERE}) as http:
        signed = await http.post("/api/session", json={"name": "mallory"})
        posted = await http.post(
            "/api/rooms/general/messages",
            json={"text": "me again"},
            headers={"Authorization": f"Bearer {token}"},
        )
        read = await http.get("/api/rooms/general/messages?name=mallory")

    assert ways == dict.fromkeys(ways, 4502)
    assert [answer.status_code for answer in (signed, posted, read)] == [403, 403, 403]


async def plain(live, name):
    connection = await live.connect(
        f"/room/general/?name={name}", additional_headers={"X-Forwarded-For": ELSEWHERE}
    )
    with contextlib.suppress(ConnectionClosed):
        while line := await connection.recv():
            assert "banned" in line
    return connection.close_code


@pytest.mark.parametrize(
    ("home", "again", "is_covered"),
    [
        (HOME, HOME, True),
        (HOME, f"::ffff:{HOME}", True),
        (HOME, ELSEWHERE, False),
        (NET6, NET6, True),
        (NET6, SAME64, True),
        (NET6, OTHER64, False),
        ("192.168.1.7", "192.168.1.7", False),
        ("fd00::1", "fd00::1", False),
        ("100.64.1.1", "100.64.1.1", False),
    ],
)
async def test_s7_a_new_name_is_kept_out_where_the_ban_covers_the_address(
    live, home, again, is_covered
):
    await banned(live, address=home, addresses=True)

    client = await come(live, "innocent", again)

    assert (client == 4502) is is_covered


async def test_s7_without_it_the_address_is_free_for_others(live):
    await banned(live)

    assert not isinstance(await come(live, "innocent"), int)


async def test_s7_who_waits_under_a_second_name_is_sent_away_with_the_first(live):
    second = await come(live, "sleeper")
    neighbour = await come(live, "neighbour", ELSEWHERE)
    moderator = await come(live, "mo2")
    await live.promote(moderator, "moderator")
    moderator = await come(live, "mo2", session=moderator.session)

    await banned(live, addresses=True)

    assert (await second.ended())[0] == 4502
    assert (await neighbour.do("ping"))["ok"]
    assert (await moderator.do("ping"))["ok"]
    assert await come(live, "sleeper", session=second.session) == 4502


async def test_s7_no_account_is_made_from_where_a_ban_holds(tmp_path):
    settings = {"trusted_proxy": ("127.0.0.1",), "registration": "open"}
    async with serving(tmp_path / "chat.db", **settings) as live:
        await banned(live, addresses=True)
        statuses = []
        for name, address in (("honest", HOME), ("mallory", ELSEWHERE), ("ann", ELSEWHERE)):
            async with live.http(headers={"X-Forwarded-For": address}) as http:
                body = {"name": name, "password": "a long enough phrase"}
                statuses.append((await http.post("/api/users", json=body)).status_code)

    assert statuses == [403, 403, 201]


async def test_s7_a_ban_that_ends_lets_them_in_and_a_lifted_one_too(live):
    moa, _ = await banned(live, addresses=True, seconds=60)
    assert await come(live, "innocent") == 4502
    with closing(sqlite3.connect(live.server.settings.database)) as database:
        database.execute("update bans set until = 1")
        database.commit()
    assert not isinstance(await come(live, "innocent"), int)

    await moa.do("ban", user="mallory", addresses=True)
    assert await come(live, "somebody") == 4502
    await moa.do("unban", user="mallory")

    assert not isinstance(await come(live, "somebody"), int)


async def test_s7_a_kick_holds_against_cleared_cookies_too(live):
    moa, ana = await come(live, "moa", ELSEWHERE), await come(live, "ana")
    await live.promote(moa, "moderator")

    await moa.do("kick", user="ana")
    assert (await ana.ended())[0] == 4501
    live.server.names.free("ana", ana.user["id"])

    assert await come(live, "ana") == 4501
