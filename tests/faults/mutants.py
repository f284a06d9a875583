"""Servers that are broken on purpose: each breaks one promise, and the campaign has to see it.

`python tests/faults/mutants.py NAME serve …` patches the server in this process and serves. The
product knows nothing of it. A mutant that has a window for a crash keeps it open for some
milliseconds, so that it does not take luck to strike there.
"""

import asyncio
import sys
from collections.abc import Callable
from typing import Any, NamedTuple

WINDOW_SECONDS = 0.005


class Mutant(NamedTuple):
    """A way to break the server, the faults that bring it to light, and the rules it breaks."""

    break_it: Callable[[], None]
    faults: tuple[str, ...]
    rules: frozenset[str]


def acknowledge_before_commit() -> None:
    _in_another_order(answers_first=True, events_first=False)


def broadcast_before_commit() -> None:
    _in_another_order(answers_first=False, events_first=True)


def no_deduplication() -> None:
    """Ids are not compared: the index that finds repeats is gone."""
    from sanchat.store import sqlite

    open_writer = sqlite._open_writer

    def open_without_index(*arguments: Any) -> Any:
        connection, epoch = open_writer(*arguments)
        for name, sql in connection.execute(
            "select name, sql from sqlite_master where type = 'index' and sql is not null"
        ).fetchall():
            if "client_message_id" in sql:
                connection.execute(f"drop index {name}")
        return connection, epoch

    sqlite._open_writer = open_without_index


def gap_on_resume() -> None:
    """A replay begins one too late."""
    _with_other_cursor(+1)


def replay_twice() -> None:
    """A replay begins one too early."""
    _with_other_cursor(-1)


def number_in_memory() -> None:
    """The room's number is counted in the process and written down now and then."""
    from sanchat.store.seats import Seats

    numbers: dict[int, int] = {}
    rounds = 0
    take_number, write_numbers = Seats.take_number, Seats.write_numbers

    def count(self: Any, place: Any) -> int:
        place.seq = max(place.seq, numbers.get(place.id, 0))
        numbers[place.id] = take_number(self, place)
        return numbers[place.id]

    def write_now_and_then(self: Any) -> None:
        nonlocal rounds
        rounds += 1
        if rounds % 20 == 0:
            write_numbers(self)
        else:
            self._taken.clear()

    Seats.take_number = count  # type: ignore[method-assign]
    Seats.write_numbers = write_now_and_then  # type: ignore[method-assign]


def _with_other_cursor(by: int) -> None:
    from sanchat.opening import Wanted
    from sanchat.routes import hearing

    wanted = hearing.wanted

    def elsewhere(own_epoch: str, room: Any, **asked: Any) -> Wanted:
        want = wanted(own_epoch, room, **asked)
        if want.after is None or not 0 < want.after < room.last_seq:
            return want
        return Wanted(want.after + by, want.limit)

    hearing.wanted = elsewhere


def _in_another_order(*, answers_first: bool, events_first: bool) -> None:
    from sanchat.changes import Edit, Post
    from sanchat.journal import Journal
    from sanchat.store import batch as batches

    whole_round = Journal._round

    async def hasty_round(self: Any, entries: list[Any]) -> None:
        if not all(isinstance(entry.change, Post | Edit) for entry in entries):
            await whole_round(self, entries)
            return
        store = self._store
        writer = store._writer

        def carry_out() -> Any:
            writer.execute("begin immediate")
            changes = [entry.change for entry in entries]
            return batches._carry_out(store._seats, changes, store._clock())

        posting, _, answers = await store._on_writer(carry_out)
        replies = []
        for entry, answer in zip(entries, answers, strict=True):
            payload = entry.recipient.settle(entry.mark, answer)
            if payload is not None:
                replies.append((entry.recipient.connection, payload))
        if answers_first:
            self._hub.deliver({}, replies)
        if events_first:
            self._hub.deliver(await self._without_holes(self._hub, posting.committed))
        await asyncio.sleep(WINDOW_SECONDS)
        await store._on_writer(writer.execute, "commit")
        if not events_first:
            self._hub.deliver(await self._without_holes(self._hub, posting.committed))
        if not answers_first:
            self._hub.deliver({}, replies)

    Journal._round = hasty_round  # type: ignore[method-assign]


MUTANTS = {
    "acknowledge-before-commit": Mutant(
        acknowledge_before_commit, ("kill",), frozenset({"lost", "moved"})
    ),
    "broadcast-before-commit": Mutant(
        broadcast_before_commit, ("kill",), frozenset({"phantom", "split"})
    ),
    "no-deduplication": Mutant(no_deduplication, ("kill", "reset"), frozenset({"twice", "split"})),
    "gap-on-resume": Mutant(gap_on_resume, ("reset",), frozenset({"skipped"})),
    "number-in-memory": Mutant(number_in_memory, ("kill",), frozenset({"numbers", "moved"})),
    "replay-twice": Mutant(replay_twice, ("reset",), frozenset({"again"})),
}


def main() -> None:
    name = sys.argv.pop(1)
    MUTANTS[name].break_it()
    from sanchat.__main__ import app

    app(prog_name="sanchat")


if __name__ == "__main__":
    main()
