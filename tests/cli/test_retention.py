"""`sanchat-admin rooms set --retain`, on a file and on a running server."""

import json

import pytest
from harness import serving

from sanchat import retention
from sanchat.cli.failures import Exit


@pytest.mark.parametrize(
    ("given", "seconds"), [("90d", 7_776_000), ("1h30m", 5_400), ("forever", 0)]
)
def test_a_room_is_told_how_long_to_keep_messages(admin, given, seconds):
    admin("rooms", "create", "lobby", "--quiet")
    admin("rooms", "set", "lobby", "--retain", "1d", "--quiet")

    result = admin("rooms", "set", "lobby", "--retain", given, "--json")

    assert json.loads(result.stdout)["retain_s"] == seconds


@pytest.mark.parametrize("given", ["90", "soon", "0d", "-1d", "999999999d"])
def test_what_is_no_length_of_time_is_refused(admin, given):
    admin("rooms", "create", "lobby", "--quiet")

    result = admin("rooms", "set", "lobby", f"--retain={given}")

    assert result.exit_code == Exit.USAGE
    assert result.stdout == ""


async def test_a_running_server_forgets_by_itself_and_those_who_come_back_start_afresh(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(retention, "LOOK_SECONDS", 0.05)
    async with serving(tmp_path / "chat.db") as live:
        (ana,) = await live.gather("lobby", "ana")
        await ana.post("lobby", "old")
        await ana.post("lobby", "old too")
        await live.server.chat.set_room("lobby", retain_s=1)
        store = live.server.store
        room = await store.room("lobby")
        while await store.since(room, 0, limit=1):
            await ana.do("ping")
        await live.server.chat.set_room("lobby", retain_s=0)
        posted = await ana.post("lobby", "new")
        replay = await (await live.join("bob")).subscribe("lobby", after=1)

    assert posted["seq"] == 3
    assert replay["reset"]
    assert [message["text"] for message in replay["messages"]] == ["new"]


async def test_those_who_are_there_are_told_the_rule_and_what_is_gone(tmp_path, monkeypatch):
    monkeypatch.setattr(retention, "LOOK_SECONDS", 0.05)
    async with serving(tmp_path / "chat.db") as live:
        ana, bob = await live.gather("lobby", "ana", "bob")
        elsewhere = await live.join("eve", "general")
        await ana.post("lobby", "old")
        await ana.post("lobby", "old too")

        await live.server.chat.set_room("lobby", retain_s=1)

        rule = await bob.expect("room")
        gone = 0
        while gone < 2:
            gone = (await bob.expect("forgotten", room="lobby"))["seq"]
        left = (await bob.do("history", room="lobby", before=3))["messages"]
        entered = await (await live.join("cid")).subscribe("lobby")
        await live.server.chat.set_room("lobby", retain_s=0)
        rule_ended = await bob.expect("room")
        unasked = await elsewhere.settled("forgotten")

    assert rule["room"]["retain_s"] == entered["room"]["retain_s"] == 1
    assert "retain_s" not in rule_ended["room"]
    assert gone == 2
    assert left == []
    assert unasked == []
