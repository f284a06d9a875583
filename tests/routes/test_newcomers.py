"""Whoever comes in by a name at a room's door: one commit, one look, and nothing before either."""

import pytest
from harness import LiveServer

from sanchat.protocol import Close


async def traced(live: LiveServer, name: str) -> tuple[list[str], list[str]]:
    """What the writing and the reading connection are asked while somebody comes in."""
    written: list[str] = []
    read: list[str] = []
    store = live.server.store
    store._writer.set_trace_callback(written.append)
    await store._reader.set_trace_callback(read.append)
    client = await live.join(name, room="lobby")
    await client.expect("room")
    await store._reader.set_trace_callback(None)
    store._writer.set_trace_callback(None)
    return (
        [one.lower() for one in written if not one.startswith("--")],
        [one.lower() for one in read if not one.startswith("--")],
    )


async def test_a_newcomer_costs_one_commit_and_one_moment_of_reading(live):
    ana = await live.join("ana", room="lobby")
    await ana.expect("room")

    written, read = await traced(live, "eve")

    commits = "\n".join(written).split("begin immediate")
    (own,) = [commit for commit in commits if "insert into users" in commit]
    assert "insert into sessions" in own
    assert "insert into memberships" in own
    # The server looks for what administrators have done, whoever comes in.
    looks = [one for one in read if "from acts" not in one]
    assert (looks[0], looks[-1]) == ("begin", "rollback")
    assert looks.count("begin") == 1, [one.split()[:4] for one in looks]


async def test_a_newcomer_is_a_member_like_everybody_else(live):
    ana = await live.join("ana", room="lobby")
    await ana.post("lobby", "hello")

    eve = await live.join("eve", room="lobby")
    shown = await eve.expect("reply")

    assert [message["text"] for message in shown["messages"]] == ["hello"]
    assert shown["read_seq"] == 1
    assert shown["member_count"] == 2
    assert {member["name"]: member["online"] for member in shown["members"]} == {
        "ana": True,
        "eve": True,
    }
    assert (await eve.expect("room"))["room"]["name"] == "lobby"
    again = await live.join_with(eve.session)
    assert [room["name"] for room in again.hello["rooms"]] == ["lobby"]


@pytest.mark.parametrize("door", ["hidden", "no such room"])
async def test_a_newcomer_at_a_door_that_is_not_theirs_is_a_guest_and_no_member(live, door):
    await live.server.chat.create_room("hidden", kind="closed")

    client = await live.knock("eve", door)

    assert (await client.ended())[0] == Close.NO_SUCH_ROOM
    (eve,) = await live.server.store.users_named("eve")
    assert await live.server.store.rooms_of(eve.id) == []
