"""S12: sessions are random, hashed, out of reach of scripts, rotated, limited and revocable."""

import json
import sqlite3
from contextlib import closing

import pytest
from harness import serving

from sanchat.identity import token_hash

PASSWORD = "seven herons in the fog"
DAY_MS = 24 * 60 * 60 * 1000


async def sign_in(http, name="margit", password=PASSWORD, **headers):
    body = {"name": name, "password": password}
    return await http.post("/api/session", json=body, headers=headers)


@pytest.fixture
async def house(live):
    await live.server.chat.accounts.create("margit", password=PASSWORD)
    return live


async def test_s12_a_token_has_256_random_bits_and_only_its_hash_is_kept(house):
    async with house.script() as http:
        tokens = {(await sign_in(http)).json()["session"] for _ in range(20)}
        tokens |= {
            (await http.post("/api/session", json={"name": f"guest {number}"})).json()["session"]
            for number in range(20)
        }

    kept = await house.server_bytes()
    assert len(tokens) == 40
    for token in tokens:
        assert len(token) == 43  # 256 bits in base64
        assert token.encode() not in kept
        assert token_hash(token) in kept


@pytest.mark.parametrize("public_url", ["", "https://chat.example.org"])
async def test_s12_the_cookie_is_out_of_reach_of_scripts_and_other_sites(tmp_path, public_url):
    async with serving(tmp_path / "chat.db", public_url=public_url) as live:
        await live.server.chat.accounts.create("margit", password=PASSWORD)
        host = {"host": "chat.example.org"} if public_url else {}
        origin = {"origin": public_url or live.origin}
        async with live.script() as http:
            answer = await sign_in(http, **host, **origin)

    cookie = answer.headers["set-cookie"]
    flags = {part.strip().partition("=")[0].lower() for part in cookie.split(";")}
    assert {"httponly", "samesite", "path", "max-age"} <= flags
    assert "SameSite=Lax" in cookie
    assert "domain" not in flags
    assert cookie.startswith("__Host-") is bool(public_url)
    assert ("secure" in flags) is bool(public_url)
    # The page gets it nowhere else.
    assert "session" not in answer.json()
    assert answer.headers["cache-control"] == "no-store"


async def test_s12_signing_in_changes_the_token_and_voids_the_one_before(house):
    """Whoever planted a session in somebody's browser is not in when they sign in (fixation)."""
    async with house.script() as http:
        planted = (await http.post("/api/session", json={"name": "mallory"})).json()["session"]
        cookie = {"cookie": f"sanchat_session={planted}", "origin": house.origin}
        answer = await sign_in(http, **cookie)
        again = await sign_in(http, cookie=answer.headers["set-cookie"], origin=house.origin)
        mine = await http.get("/api/session", headers={"cookie": cookie["cookie"]})

    fresh = answer.cookies["sanchat_session"]
    assert fresh not in (planted, again.cookies["sanchat_session"])
    assert mine.status_code == 401
    assert await house.server.chat.session(planted) is None
    assert await house.server.chat.session(fresh) is None  # replaced, too


async def test_s12_a_token_that_was_tampered_with_is_nobodys(house):
    async with house.script() as http:
        token = (await sign_in(http)).json()["session"]
        letters = "AZaz09-_"
        wrong = {
            token[:place] + letter + token[place + 1 :]
            for place in range(len(token))
            for letter in letters
        } - {token}
        wrong |= {token[:-1], token + "A", token.swapcase(), "null", token_hash(token).hex()}
        outcomes = set()
        for one in wrong:
            answer = await http.get("/api/session", headers={"authorization": f"Bearer {one}"})
            outcomes.add(answer.status_code)

    assert outcomes == {401}


@pytest.mark.parametrize(
    ("days", "used_every", "lives"),
    [(29, None, True), (31, None, False), (170, 20, True), (190, 20, False)],
)
async def test_s12_sessions_end_by_idleness_and_by_age(house, days, used_every, lives):
    async with house.script() as http:
        token = (await sign_in(http)).json()["session"]
    now = house.server.clock()
    sessions = house.server.chat.sessions
    elapsed = 0
    clock = [now]
    sessions._clock = lambda: clock[0]
    while used_every and elapsed + used_every < days:
        elapsed += used_every
        clock[0] = now + elapsed * DAY_MS
        if await sessions.of(token) is not None:
            # What `seen_at` would say by then: the store has the clock of the server.
            with closing(sqlite3.connect(house.server.settings.database)) as database:
                database.execute("update sessions set seen_at = ?", (clock[0],))
                database.commit()
    clock[0] = now + days * DAY_MS

    assert (await sessions.of(token) is not None) is lives


@pytest.mark.parametrize("how", ["signed out", "everywhere", "by an administrator", "password"])
async def test_s12_an_ended_session_lets_nobody_in_by_any_door(house, how):
    accounts = house.server.chat.accounts
    async with house.script() as http:
        signed = (await sign_in(http)).json()
        bearer = {"authorization": f"Bearer {signed['session']}"}
        user = await house.server.store.user(signed["user"]["id"])
        if how == "signed out":
            await http.delete("/api/session", headers=bearer)
        elif how == "everywhere":
            await http.delete("/api/sessions", headers=bearer)
        elif how == "by an administrator":
            await accounts.end_sessions(user)
        else:
            await accounts.set_password(user, password="a kettle of blue rivers")
        asked = [
            await http.get("/api/session", headers=bearer),
            await http.get("/api/rooms", headers=bearer),
            await http.get("/api/rooms/general/messages", headers=bearer),
            await http.post(
                "/api/rooms/general/messages", json={"text": "still here"}, headers=bearer
            ),
            await http.post("/api/rooms", json={"name": "mine"}, headers=bearer),
            await http.post("/api/commands/members", json={"room": "general"}, headers=bearer),
        ]
    socket = await house.knock(None, additional_headers={"Authorization": bearer["authorization"]})

    assert {answer.status_code for answer in asked} == {401}
    assert (await socket.ended())[0] == 4505
    assert json.loads(asked[0].content)["error"]["code"] == "not_signed_in"
