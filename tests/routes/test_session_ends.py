"""How long sessions last: what keeps them, what ends them, and the sockets they hold open."""

import pytest
from clients import Ended
from harness import serving

from sanchat.protocol import Close

DAY_MS = 24 * 60 * 60 * 1000


def later(live, days):
    """From now on the server believes that so many days have gone by."""
    server, before = live.server, live.server.clock
    server.clock = lambda: before() + days * DAY_MS
    for part in (server.tidying, server.chat, server.chat.sessions, server.store):
        part._clock = server.clock


async def last_words(plain):
    while True:
        try:
            await plain.line()
        except Ended as end:
            return end.code


async def test_a_session_that_has_lasted_long_enough_ends_with_its_open_sockets(tmp_path):
    async with serving(tmp_path / "chat.db", session_absolute_days=3) as live:
        ana = await live.join("ana")
        bob = await live.plain("general", "bob")
        await bob.say("hi")
        assert await bob.line() == "bob: hi"

        later(live, 2)
        live.server.tidying.end_old_sessions()
        await ana.do("ping")
        later(live, 2)

        assert await ana.ended() == (Close.NOT_SIGNED_IN, "the session has ended")
        assert await last_words(bob) == Close.NOT_SIGNED_IN
        assert await live.server.chat.session(ana.session) is None


async def test_unused_sessions_are_tidied_away_but_none_with_an_open_socket(live):
    gone, here = await live.gather("lobby", "ana", "bob")
    await gone.close()
    await here.expect("presence", online=1)
    later(live, 31)

    await live.server.tidying.tidy()

    assert await live.server.chat.session(gone.session) is None
    assert await live.server.chat.session(here.session) is not None
    room = await live.server.chat.room("lobby")
    members = await live.server.store.members(room.id, limit=9)
    assert [member.name for member in members] == ["bob"]


async def test_more_sessions_than_fit_one_piece_are_tidied_away(live, monkeypatch):
    monkeypatch.setattr("sanchat.tidying.TIDY_LIMIT", 1)
    monkeypatch.setattr("sanchat.store.people.TIDY_LIMIT", 1)
    for number in range(3):
        await live.server.chat.sign_in_guest(f"guest {number}")
    later(live, 31)

    await live.server.tidying.tidy()

    assert (await live.server.store.counts())["sessions"] == {"all": 0}


async def test_opening_the_page_keeps_the_cookie_for_as_long_again(live):
    async with live.http() as http:
        made = await http.post(
            "/api/session", json={"name": "ana"}, headers={"Origin": live.origin}
        )
        pages = [await http.get(path) for path in ("/", "/r/general")]

    for page in pages:
        assert page.headers["set-cookie"] == made.headers["set-cookie"]
        assert page.headers["cache-control"] == "no-store"
    assert "max-age=2592000" in made.headers["set-cookie"].lower()


@pytest.mark.parametrize("cookie", [{}, {"cookie": "sanchat_session=unknown"}])
async def test_who_has_no_session_is_given_no_cookie_by_the_page(live, cookie):
    async with live.http() as http:
        page = await http.get("/", headers=cookie)

    assert page.status_code == 200
    assert "set-cookie" not in page.headers


@pytest.mark.parametrize("scheme", ["https", "HTTPS"])
async def test_https_is_https_however_it_is_written(tmp_path, scheme):
    url = f"{scheme}://chat.example.org"
    async with serving(tmp_path / "chat.db", public_url=url) as live, live.http() as http:
        answer = await http.get("/healthz", headers={"Host": "chat.example.org"})

    assert answer.headers["strict-transport-security"] == "max-age=31536000"
