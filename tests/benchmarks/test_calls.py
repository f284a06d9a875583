"""What one message and one delivery cost, counted in calls of Python functions: no clock, no noise.

The bounds are what was counted when the paths were last made shorter, and a little more. Whoever
has to raise one says in docs/performance.md what it buys.
"""

from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.rig import counting_calls, rig

TURN = 60  # messages of one piece that a socket hears at once: they are one commit


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
    calls = await calls_of_a_round(tmp_path / "chat.db", members=1, messages=TURN)

    assert calls.total() / TURN < 17.5, calls.most_common(40)


async def test_a_delivery_costs_two_calls(tmp_path) -> None:
    calls = await calls_of_a_round(tmp_path / "chat.db", members=200, messages=1)

    assert calls["connection.Connection.write"] == calls["websocket.Socket.write"] == 200
    assert calls.total() / 200 < 2.9, calls.most_common(40)


async def test_messages_of_one_commit_reach_a_member_in_one_write(tmp_path) -> None:
    calls = await calls_of_a_round(tmp_path / "chat.db", members=100, messages=50)

    # Whatever the loop took up at once may be a commit of its own.
    assert calls["websocket.Socket.write"] <= 2 * 100


async def statements_of_a_round(database: Path, text: str) -> list[str]:
    """What SQLite is asked for a turn of messages of that text, in a room where u0 and u1 are."""
    async with rig(database, rooms=1) as here:
        ana, _ = [await here.visitor(f"u{n}", "room0") for n in range(2)]
        await here.round({ana: here.posts("room0", TURN, text=text)})
        found: list[str] = []
        store: Any = here.server.store
        store._writer.set_trace_callback(found.append)
        await here.round({ana: here.posts("room0", TURN, text=text)})
        store._writer.set_trace_callback(None)
    return [statement for statement in found if not statement.startswith("--")]


async def test_what_is_behind_an_at_sign_and_is_no_name_costs_one_look_for_all(tmp_path) -> None:
    plain = await statements_of_a_round(tmp_path / "plain.db", "nobody is called, joe at home")
    calling = await statements_of_a_round(tmp_path / "calling.db", "@nobody is called, @ home")
    naming = await statements_of_a_round(tmp_path / "naming.db", "@u1 is called")

    assert len(calling) == len(plain) + 1
    assert len(naming) == len(plain) + 1 + TURN
