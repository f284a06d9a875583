"""What one message and one delivery cost, counted in calls of Python functions: no clock, no noise.

The bounds are what was counted when the paths were last made shorter, and a little more. Whoever
has to raise one says in docs/performance.md what it buys.
"""

from collections import Counter
from pathlib import Path

from benchmarks.rig import counting_calls, rig


async def calls_of_a_round(database: Path, *, members: int, messages: int) -> Counter[str]:
    """Of one round: so many messages in one piece, to a room of so many members."""
    async with rig(database, rooms=1) as here:
        visitors = [await here.visitor(f"u{n}", "room0") for n in range(members)]
        await here.round({visitors[0]: here.posts("room0", messages)})
        piece = here.posts("room0", messages)
        with counting_calls() as calls:
            await here.round({visitors[0]: piece})
    return calls


async def test_a_message_costs_few_calls_on_its_way_to_the_journal_and_back(tmp_path) -> None:
    calls = await calls_of_a_round(tmp_path / "chat.db", members=1, messages=100)

    assert calls.total() / 100 < 19, calls.most_common(40)


async def test_a_delivery_costs_two_calls(tmp_path) -> None:
    calls = await calls_of_a_round(tmp_path / "chat.db", members=200, messages=1)

    assert calls["connection.Connection.write"] == calls["websocket.Socket.write"] == 200
    assert calls.total() / 200 < 2.9, calls.most_common(40)


async def test_messages_of_one_commit_reach_a_member_in_one_write(tmp_path) -> None:
    calls = await calls_of_a_round(tmp_path / "chat.db", members=100, messages=50)

    # Whatever the loop took up at once may be a commit of its own.
    assert calls["websocket.Socket.write"] <= 2 * 100
