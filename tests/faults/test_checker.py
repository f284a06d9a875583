"""The judge is judged: a sound history passes, and each way of being wrong is named."""

from dataclasses import replace

import pytest

from faults.checker import check
from faults.history import Acked, Asked, Entered, Heard, Held, History, Row, Shown, Stored

EPOCH = "life"


def post(seq: int, id: str) -> Shown:
    return Shown(seq, seq, id, id)


A, B, C = post(1, "a"), post(2, "b"), post(3, "c")
B_AGAIN = Shown(2, 4, "b", "b!1")  # an edit of 2, under 4
D = post(5, "d")


def entered(at: int, after: int, cursor: int, *shown: Shown, connection: int = 1, **more):
    fields = {"epoch": EPOCH, "complete": True, "reset": False} | more
    return Entered(at - 1, at, "eve", connection, after, cursor=cursor, shown=shown, **fields)


def heard(at: int, shown: Shown, connection: int = 1) -> Heard:
    return Heard(at, "eve", connection, shown)


SOUND = [
    entered(2, 0, 0),
    Asked(3, "ana", "a"),
    heard(4, A),
    Acked(5, "ana", "a", "a", 1, False),
    Asked(6, "bob", "b"),
    Asked(7, "ana", "c"),
    heard(8, B),
    heard(9, C),
    Acked(10, "ana", "c", "c", 3, False),
    Acked(11, "bob", "b", "b", 2, False),
    Asked(12, "bob", "b!1"),
    Acked(13, "bob", "b!1", "b", 4, False),
    # Away while 4 came, and back: 4 is shown in its place, 2 and 3 are known.
    entered(16, 3, 4, B_AGAIN, connection=2),
    Asked(17, "ana", "d"),
    heard(18, D, connection=2),
    Acked(19, "ana", "d", "d", 5, True),
    # Somebody new: 2 comes as it is now, and not twice.
    Entered(20, 21, "zoe", 1, 0, None, 5, True, False, (A, C, B_AGAIN, D)),
    Held("eve", {1: A, 2: B_AGAIN, 3: C, 5: D}),
    Held("zoe", {1: A, 2: B_AGAIN, 3: C, 5: D}),
]
ROWS = (Row(1, 1, "a", "a"), Row(2, 4, "b", "b!1"), Row(3, 3, "c", "c"), Row(5, 5, "d", "d"))
STORED = Stored(5, ROWS)


def verdict(events, stored=STORED) -> set[str]:
    return {violation.rule for violation in check(History(EPOCH, list(events)), stored)}


def without(*places: int) -> list:
    return [event for place, event in enumerate(SOUND) if place not in places]


def instead(place: int, event) -> list:
    return [*SOUND[:place], event, *SOUND[place + 1 :]]


def rows(*changed: Row, last_seq: int = 5, gone: int | None = None) -> Stored:
    by_seq = {row.seq: row for row in ROWS} | {row.seq: row for row in changed}
    by_seq.pop(gone, None)
    return replace(STORED, last_seq=last_seq, rows=tuple(by_seq[seq] for seq in sorted(by_seq)))


def test_a_sound_history_passes():
    assert check(History(EPOCH, SOUND), STORED) == []


def test_an_empty_room_passes():
    assert check(History(EPOCH, []), Stored(0, ())) == []


def test_a_number_that_a_later_change_replaced_is_no_hole():
    stored = Stored(3, (Row(1, 3, "a", "a!2"),))

    assert check(History(EPOCH, []), stored) == []


WRONG = {
    "a confirmed post is gone": (SOUND, rows(gone=3), {"lost"}),
    "the last confirmed post is gone, and its number too": (
        SOUND,
        rows(gone=5, last_seq=4),
        {"lost", "phantom"},
    ),
    "a confirmed edit is gone": (SOUND, rows(Row(2, 2, "b", "b"), last_seq=5), {"lost"}),
    "a confirmed post has another number": (
        instead(3, Acked(5, "ana", "a", "a", 2, False)),
        STORED,
        {"moved"},
    ),
    "a post is stored twice": (SOUND, rows(Row(6, 6, "a", "a"), last_seq=6), {"twice"}),
    "two confirmations say different numbers": (
        [*SOUND, Acked(30, "ana", "a", "a", 3, True)],
        STORED,
        {"split"},
    ),
    "a retry is answered as if it were new": (
        [*SOUND, Acked(30, "ana", "a", "a", 1, False)],
        STORED,
        {"split"},
    ),
    "two people see different things under one number": (
        instead(7, heard(9, post(3, "x"))),
        STORED,
        {"split"},
    ),
    "somebody saw what is not stored": ([*SOUND, heard(30, post(6, "x"), 2)], STORED, {"phantom"}),
    "somebody saw another text than the stored one": (
        instead(14, heard(18, Shown(5, 5, "d", "x"), 2)),
        STORED,
        {"phantom"},
    ),
    "a number is nothing": (SOUND, rows(last_seq=6), {"numbers"}),
    "a number in the middle is nothing": (SOUND, rows(gone=1), {"numbers"}),
    "a number is above the last": (SOUND, rows(last_seq=4), {"numbers"}),
    "a number is a post and a change": (SOUND, rows(Row(1, 3, "a", "a!9")), {"numbers"}),
    "what was asked after a confirmation comes before it": (
        [*without(4)[:9], Asked(10, "bob", "b"), *without(4)[9:]],
        STORED,
        {"order"},
    ),
    "an event was skipped": (without(6), STORED, {"skipped"}),
    "an event came twice": ([*SOUND[:7], SOUND[6], *SOUND[7:]], STORED, {"again"}),
    "two events came in the wrong order": (
        [*SOUND[:6], SOUND[7], SOUND[6], *SOUND[8:]],
        STORED,
        {"again", "skipped"},
    ),
    "an event came before the replay": ([heard(1, A, 7), *SOUND], STORED, {"again"}),
    "the replay leaves something out": (
        instead(12, entered(16, 3, 4, connection=2)),
        STORED,
        {"skipped"},
    ),
    "the replay of a full page leaves something out": (
        instead(12, entered(16, 1, 3, C, connection=2, complete=False)),
        STORED,
        # 2 may be missing: it had changed by then. Its change would have been on the next page.
        {"again"},  # which never came, so that the event after it was not to be sent yet
    ),
    "the replay repeats the cursor": (
        instead(12, entered(16, 3, 4, C, B_AGAIN, connection=2)),
        STORED,
        {"again"},
    ),
    "the replay shows something twice": (
        instead(12, entered(16, 3, 4, B_AGAIN, B_AGAIN, connection=2)),
        STORED,
        {"again"},
    ),
    "a fresh join lacks what was confirmed": (
        instead(16, Entered(20, 21, "zoe", 1, 0, None, 4, True, False, (A, C, B_AGAIN))),
        STORED,
        {"stale"},
    ),
    "a good cursor is sent to the beginning": (
        instead(12, entered(16, 3, 4, B_AGAIN, connection=2, reset=True)),
        STORED,
        {"reset"},
    ),
    "a cursor of another life is taken for one of this": (
        instead(12, entered(16, 3, 4, B_AGAIN, connection=2, epoch="other")),
        STORED,
        {"silent"},
    ),
    "somebody holds less than is stored": (
        [*SOUND[:-1], Held("zoe", {1: A, 2: B_AGAIN, 3: C})],
        STORED,
        {"view"},
    ),
    "somebody holds an old text": (
        [*SOUND[:-1], Held("zoe", {1: A, 2: B, 3: C, 5: D})],
        STORED,
        {"view"},
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_every_kind_of_wrong_is_named(wrong):
    events, stored, expected = WRONG[wrong]

    found = verdict(events, stored)

    assert expected <= found
    assert bool(found) == bool(expected)
