"""The feed: each change once, in order, and no hole unseen."""

import random

import pytest

from sanchat.feed import Feed
from sanchat.models import Author, Message


def change(number: int) -> Message:
    return Message(
        room="lobby",
        seq=number,
        changed_seq=number,
        sent_at=0,
        user=Author(1, "ana"),
        text=f"{number}",
    )


def changes(*numbers: int) -> list[Message]:
    return [change(number) for number in numbers]


def test_what_comes_in_order_is_taken_as_it_comes():
    feed = Feed(5)

    taken = feed.take(changes(6, 7))

    assert [c.changed_seq for c in taken] == [6, 7]
    assert feed.position == 7


def test_what_was_had_is_dropped():
    feed = Feed(5)

    assert [c.changed_seq for c in feed.take(changes(4, 5, 6))] == [6]
    assert feed.take(changes(5, 6)) == []
    assert feed.position == 6


@pytest.mark.parametrize(
    ("numbers", "has_hole"),
    [((6,), False), ((5, 6), False), ((7,), True), ((5, 7), True), ((4, 5), False), ((), False)],
)
def test_a_hole_is_seen_before_the_first_new_change(numbers, has_hole):
    assert Feed(5).hole_before(changes(*numbers)) is has_hole


@pytest.mark.parametrize("seed", range(20))
def test_any_mix_of_repeats_and_repairs_gives_each_number_once_in_order(seed):
    chance = random.Random(seed)
    feed, log, heard = Feed(0), changes(*range(1, 201)), []

    while feed.position < len(log):
        start = chance.randrange(max(0, feed.position - 10), min(len(log), feed.position + 10))
        piece = log[start : start + chance.randint(1, 12)]
        if feed.hole_before(piece):
            heard += feed.take(log[feed.position : start + 1])
        heard += feed.take(piece)

    assert [c.changed_seq for c in heard] == list(range(1, 201))
