"""The judge: a history and the room that is stored in, violations out. Pure: no clock, no file.

Every rule is a sentence of docs/protocol.md turned round.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple, TypeVar

from faults.history import Acked, Asked, Entered, Heard, Held, History, Row, Shown, Stored

T = TypeVar("T")


class Violation(NamedTuple):
    """A broken rule and how it shows."""

    rule: str
    detail: str


class _Evidence:
    """A history and what is stored, arranged by what the rules ask for."""

    def __init__(self, history: History, stored: Stored) -> None:
        self.history = history
        self.epoch = history.epoch
        self.stored = stored
        self.rows: dict[int, Row] = {row.seq: row for row in stored.rows}
        self.by_id: dict[str, list[Row]] = defaultdict(list)
        for row in stored.rows:
            self.by_id[row.id].append(row)
        self.asked = self.of(Asked)
        self.acked = self.of(Acked)
        self.entered = self.of(Entered)
        self.heard = self.of(Heard)
        self.shown = [shown for entry in self.entered for shown in entry.shown]
        self.shown += [heard.shown for heard in self.heard]
        self.message_at = self._message_at()
        self.changes_of: dict[int, list[int]] = defaultdict(list)
        for number, seq in sorted(self.message_at.items()):
            self.changes_of[seq].append(number)

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.history.events if isinstance(event, kind)]

    def _message_at(self) -> dict[int, int]:
        """Number to message, of all numbers that anybody has seen."""
        found = {row.seq: row.seq for row in self.stored.rows}
        found |= {row.changed_seq: row.seq for row in self.stored.rows}
        found |= {shown.changed_seq: shown.seq for shown in self.shown}
        for ack in self.acked:
            rows = self.by_id.get(ack.id)
            if rows:
                found.setdefault(ack.number, rows[0].seq)
        return found


def check(history: History, stored: Stored) -> list[Violation]:
    """Everything that is wrong, nothing if the promises were kept."""
    evidence = _Evidence(history, stored)
    rules = (_numbers, _kept, _once, _seen, _order, _replays, _live, _fresh, _views)
    return [violation for rule in rules for violation in rule(evidence)]


def _numbers(evidence: _Evidence) -> Iterator[Violation]:
    """R4: one, two, three; every number is a post or a change, and none is both."""
    last = evidence.stored.last_seq
    taken: dict[int, int] = {}
    covered = 0  # as far as some earlier message was changed: numbers below may be replaced ones
    expected = 1
    for row in sorted(evidence.stored.rows):
        for number in {row.seq, row.changed_seq}:
            if number in taken:
                yield Violation("numbers", f"{number} is {taken[number]} and {row.seq}")
            taken[number] = row.seq
            if number > last:
                yield Violation("numbers", f"{number} is above the room's last, {last}")
        if row.seq > expected and covered < row.seq - 1:
            yield Violation("numbers", f"{max(expected, covered + 1)} is nothing")
        expected = row.seq + 1
        covered = max(covered, row.changed_seq)
    if evidence.stored.rows and max(expected - 1, covered) < last:
        yield Violation("numbers", f"{max(expected, covered + 1)} is nothing, {last} is the last")


def _kept(evidence: _Evidence) -> Iterator[Violation]:
    """R1: what was confirmed is stored, under the number that was said."""
    for ack in evidence.acked:
        rows = evidence.by_id.get(ack.id, [])
        if not rows:
            yield Violation("lost", f"{ack.text} was confirmed as {ack.number}")
            continue
        row = rows[0]
        if ack.text == ack.id:
            if row.seq != ack.number:
                yield Violation("moved", f"{ack.text} was {ack.number} and is {row.seq}")
        elif row.changed_seq < ack.number:
            yield Violation("lost", f"the edit {ack.text} was confirmed as {ack.number}")
        elif row.changed_seq == ack.number and row.text != ack.text:
            yield Violation("moved", f"{ack.number} was {ack.text} and is {row.text}")


def _once(evidence: _Evidence) -> Iterator[Violation]:
    """R3: however often it is sent, it is there once, and every answer says the same."""
    for id, rows in evidence.by_id.items():
        if len(rows) > 1:
            yield Violation("twice", f"{id} is stored at {[row.seq for row in rows]}")
    first: dict[str, Acked] = {}
    for ack in evidence.acked:
        earlier = first.setdefault(ack.text, ack)
        if earlier.number != ack.number:
            yield Violation("split", f"{ack.text} was {earlier.number}, then {ack.number}")
        elif earlier is not ack and ack.text == ack.id and not ack.duplicate:
            yield Violation("split", f"{ack.text} was new twice")


def _seen(evidence: _Evidence) -> Iterator[Violation]:
    """R7: what anybody saw is stored, and everybody saw the same."""
    known: dict[int, Shown] = {}
    for shown in evidence.shown:
        first = known.setdefault(shown.changed_seq, shown)
        if first != shown:
            yield Violation("split", f"{shown.changed_seq} is {first.text} and {shown.text}")
    for shown in dict.fromkeys(evidence.shown):
        number = shown.changed_seq
        row = evidence.rows.get(shown.seq)
        if number > evidence.stored.last_seq or row is None or row.id != shown.id:
            yield Violation("phantom", f"{shown.text} was seen as {number} and is not stored")
        elif row.changed_seq < number or (row.changed_seq == number and row.text != shown.text):
            yield Violation("phantom", f"{shown.text} was seen as {number}, {row} is stored")


def _order(evidence: _Evidence) -> Iterator[Violation]:
    """R4: what was confirmed before something else was asked has the smaller number."""
    asked_at = {asked.text: asked.at for asked in reversed(evidence.asked)}
    first_acks = {ack.text: ack for ack in reversed(evidence.acked)}
    confirmed = sorted((ack.at, ack.number) for ack in first_acks.values())
    highest = _running_maximum([number for _, number in confirmed])
    times = [at for at, _ in confirmed]
    for text, ack in first_acks.items():
        before = bisect_right(times, asked_at.get(text, 0))
        if before and highest[before - 1] >= ack.number:
            yield Violation("order", f"{text} is {ack.number}, after {highest[before - 1]}")


def _replays(evidence: _Evidence) -> Iterator[Violation]:
    """R5 and R8: a replay is everything after the cursor, once; another life's cursor is void."""
    for entry in evidence.entered:
        who = f"{entry.client} after {entry.after}"
        is_own = entry.epoch in (None, evidence.epoch)
        if entry.reset and is_own:
            yield Violation("reset", f"{who} was sent to the beginning")
        if not entry.reset and not is_own:
            yield Violation("silent", f"{who} of {entry.epoch} was taken for one of this life")
        if entry.reset or not is_own:
            continue
        numbers = [shown.changed_seq for shown in entry.shown]
        if numbers != sorted(set(numbers)) or (numbers and numbers[0] <= entry.after):
            yield Violation("again", f"{who}: the replay was {_short(numbers)}")
        present = set(numbers)
        for number in range(entry.after + 1, entry.cursor + 1):
            if number not in present and not _is_replaced(evidence, entry, number):
                yield Violation("skipped", f"{who}: {number} was not in the replay")


def _is_replaced(evidence: _Evidence, entry: Entered, number: int) -> bool:
    """Whether the message of a number had changed again when the replay was read."""
    seq = evidence.message_at.get(number)
    if seq is None:
        return True  # nobody has seen it; whether it may be missing is said by `_numbers`
    changes = evidence.changes_of[seq]
    later = bisect_right(changes, number)
    if later == len(changes):
        return False
    # A full page was read at some later moment; a last page at its cursor.
    return not entry.complete or changes[later] <= entry.cursor


def _live(evidence: _Evidence) -> Iterator[Violation]:
    """R5: after a complete replay every number comes, once, in its order."""
    position: dict[tuple[str, int], int] = {}
    for event in evidence.history.events:
        if isinstance(event, Entered):
            position.pop((event.client, event.connection), None)
            if event.complete:
                position[event.client, event.connection] = event.cursor
        elif isinstance(event, Heard):
            key = event.client, event.connection
            number = event.shown.changed_seq
            at = position.get(key)
            if at is None:
                yield Violation("again", f"{event.client} heard {number} before being told to")
            elif number <= at:
                yield Violation("again", f"{event.client} heard {number} after {at}")
            elif number > at + 1:
                yield Violation("skipped", f"{event.client} heard {number} after {at}")
            position[key] = max(number, at or 0)


def _fresh(evidence: _Evidence) -> Iterator[Violation]:
    """R6: who comes in has everything that was confirmed before they asked."""
    confirmed = sorted((ack.at, ack.number) for ack in evidence.acked)
    highest = _running_maximum([number for _, number in confirmed])
    times = [at for at, _ in confirmed]
    for entry in evidence.entered:
        before = bisect_right(times, entry.asked_at)
        if entry.complete and before and entry.cursor < highest[before - 1]:
            yield Violation(
                "stale", f"{entry.client} was told {entry.cursor} after {highest[before - 1]}"
            )


def _views(evidence: _Evidence) -> Iterator[Violation]:
    """R5: replay equals live. At the end everybody holds what is stored."""
    stored = {row.seq: (row.changed_seq, row.id, row.text) for row in evidence.stored.rows}
    for held in evidence.of(Held):
        view = {seq: (s.changed_seq, s.id, s.text) for seq, s in held.view.items()}
        if view != stored:
            wrong = sorted(
                seq for seq in view.keys() | stored.keys() if view.get(seq) != stored.get(seq)
            )
            yield Violation("view", f"{held.client} differs at {_short(wrong)}")


def _running_maximum(numbers: list[int]) -> list[int]:
    found, highest = [], 0
    for number in numbers:
        highest = max(highest, number)
        found.append(highest)
    return found


def _short(numbers: list[int]) -> str:
    text = ", ".join(map(str, numbers[:10]))
    return f"{text} …" if len(numbers) > 10 else text
