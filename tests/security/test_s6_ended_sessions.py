"""S6, for what ends sessions: signing out, a new password, a revoked device or token, an account
switched off act on live connections, at once. Kicks, bans and mutes have tests of their own."""

import asyncio
import contextlib
import time

import pytest
from websockets.exceptions import ConnectionClosed

PASSWORD = "seven herons in the fog"
PEOPLE = 10
TABS = 3


@pytest.mark.parametrize("how", ["sign out", "password", "device", "disable", "reset", "erase"])
async def test_s6_nothing_is_delivered_or_acknowledged_once_the_session_has_ended(live, how):
    """10 people with 3 tabs each, while others talk; nothing after the command has returned."""
    accounts, store = live.server.chat.accounts, live.server.store
    hashed = await accounts.passwords.hash(PASSWORD, names=())
    ben = await live.join("ben")
    await ben.subscribe("general")
    people = []
    for number in range(PEOPLE):
        user = await accounts.create(f"person {number}", password_hash=hashed)
        async with live.script() as http:
            body = {"name": user.name, "password": PASSWORD}
            token = (await http.post("/api/session", json=body)).json()["session"]
        tabs = [await live.join_with(token, "general") for _ in range(TABS)]
        people.append((user, token, tabs))

    stop = asyncio.Event()

    async def chatter():
        number = 0
        while not stop.is_set():
            number += 1
            await ben.post("general", f"words {number}", f"w-{number}")

    talking = asyncio.ensure_future(chatter())
    for user, token, tabs in people:
        if how == "sign out":
            async with live.script() as http:
                bearer = {"authorization": f"Bearer {token}"}
                await http.delete("/api/session", headers=bearer)
        elif how == "password":
            await accounts.set_password(user, password_hash=hashed)
        elif how == "device":
            await accounts.end_sessions(user)
        elif how == "disable":
            await accounts.disable(user)
        elif how == "erase":
            await accounts.erase(user)
        else:
            _, reset = await accounts.offer_reset(user)
            async with live.script() as http:
                body = {"reset": reset, "password": "a kettle of blue rivers"}
                assert (await http.post("/api/reset", json=body)).status_code == 201
        if how not in ("sign out", "reset"):  # the commands end when the server has done its part
            await live.server.acts.carried_out(await store.last_act())
        returned, returned_ms = time.monotonic(), time.time() * 1000
        for tab in tabs:
            # Written before the close arrives, it must not be stored either.
            with contextlib.suppress(ConnectionClosed):
                await tab.send(
                    {"type": "post", "room": "general", "text": "me too", "client_message_id": "x"}
                )
            assert (await tab.ended())[0] == 4505
        assert time.monotonic() - returned < 1.0 + 4.0, "a busy machine may be late, not silent"
        late = [
            frame
            for tab in tabs
            for frame in tab.unread
            if (frame["type"] == "message" and frame["sent_at"] > returned_ms)
            or (frame["type"] == "reply" and frame.get("client_message_id") == "x" and frame["ok"])
        ]
        assert late == [], "said after the command had returned, heard all the same"
    stop.set()
    await talking
    room = await store.room("general")
    said = await store.since(room, 0, limit=10_000)
    assert {message.user.name for message in said} == {"ben"}
