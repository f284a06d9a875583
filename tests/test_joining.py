"""Joining a room that goes on meanwhile: nothing is missed, nothing comes twice."""

import random

import pytest
from lobby import LOBBY, deliver, hear, said, somebody
from wires import FakeConnection

from sanchat.connection import Subscription
from sanchat.hub import Hub
from sanchat.models import Message, Room


@pytest.fixture
def hub() -> Hub:
    return Hub(held_bytes=10_000)


def test_what_comes_while_the_replay_is_read_follows_it(hub):
    ana, bob = somebody(hub), somebody(hub)
    hear(hub, bob)
    subscription = hub.enlist(ana, LOBBY)
    deliver(hub, 1, 2, 3)

    held = hub.start(ana, subscription, 2)
    ana.write(held)
    deliver(hub, 4)

    assert ana.wire.numbers() == [3, 4]


def test_nothing_is_sent_before_the_replay_is_written(hub):
    ana, bob = somebody(hub), somebody(hub)
    hear(hub, bob)
    hub.enlist(ana, LOBBY)

    deliver(hub, 1)

    assert ana.wire.writes == []


def test_a_replay_that_is_ahead_of_the_feed_is_not_repeated(hub):
    ana, bob = somebody(hub), somebody(hub)
    hear(hub, bob)
    deliver(hub, 1)
    subscription = hub.enlist(ana, LOBBY)

    held = hub.start(ana, subscription, 5)
    deliver(hub, 2, 3)
    deliver(hub, 4, 5, 6)

    assert held == b""
    assert ana.wire.numbers() == [6]
    assert bob.wire.numbers() == [1, 2, 3, 4, 5, 6]


def test_two_who_join_at_different_moments_each_begin_after_their_own_cursor(hub):
    early, late = somebody(hub), somebody(hub)
    first = hub.enlist(early, LOBBY)
    deliver(hub, 1)
    second = hub.enlist(late, LOBBY)
    deliver(hub, 2)

    late.write(hub.start(late, second, 2))
    early.write(hub.start(early, first, 0))
    deliver(hub, 3)

    assert early.wire.numbers() == [1, 2, 3]
    assert late.wire.numbers() == [3]


def test_too_much_held_ends_the_subscription_instead_of_leaving_a_hole(hub):
    ana, bob = somebody(hub), somebody(hub)
    hear(hub, bob)
    subscription = hub.enlist(ana, LOBBY)

    hub.deliver({LOBBY.id: [said(n, "x" * 1_000) for n in range(1, 12)]})
    held = hub.start(ana, subscription, 3)
    deliver(hub, 12)

    assert held is None
    assert not hub.hears(ana, LOBBY.id)
    assert ana.wire.numbers() == []
    assert len(bob.wire.numbers()) == 12


def test_held_frames_are_bounded_to_the_byte():
    fits, bursts = Subscription(1), Subscription(1)

    fits.hold([(1, b"x" * 100)], bound=100)
    bursts.hold([(1, b"x" * 101)], bound=100)

    assert fits.release(0) == b"x" * 100
    assert bursts.release(0) is None


def test_a_hole_between_the_replay_and_what_was_held_ends_the_subscription(hub):
    ana, bob = somebody(hub), somebody(hub)
    hear(hub, bob)
    subscription = hub.enlist(ana, LOBBY)

    deliver(hub, 5)

    assert hub.start(ana, subscription, 3) is None


def test_who_subscribes_again_goes_on_from_the_new_cursor(hub):
    ana, bob = somebody(hub), somebody(hub)
    hear(hub, ana)
    hear(hub, bob)
    deliver(hub, 1)

    again = hub.enlist(ana, LOBBY)
    deliver(hub, 2)
    ana.write(hub.start(ana, again, 1))
    deliver(hub, 3)

    assert ana.wire.numbers() == [1, 2, 3]


def test_an_older_subscription_of_the_same_connection_is_void(hub):
    ana = somebody(hub)
    older = hub.enlist(ana, LOBBY)
    hub.enlist(ana, LOBBY)

    assert hub.start(ana, older, 0) is None


def test_who_went_while_joining_is_not_kept(hub):
    ana = somebody(hub)
    subscription = hub.enlist(ana, LOBBY)

    hub.remove(ana)

    assert hub.start(ana, subscription, 0) is None
    assert hub.positions() == {}


def test_who_is_gone_before_joining_is_not_kept(hub):
    ana = somebody(hub)
    hub.remove(ana)

    held = hub.start(ana, hub.enlist(ana, LOBBY), 0)
    hub.start_plain(ana, LOBBY)
    hub.drop(ana, LOBBY.id, stays_member=True)

    assert held is None
    assert hub.positions() == {}
    assert ana.bystands == set()


async def test_a_reader_who_joins_far_ahead_leaves_nobody_behind(hub):
    member = somebody(hub, "ana", LOBBY)
    ahead = somebody(hub)
    with hub.watching(LOBBY) as news:
        ahead.write(hub.start(ahead, hub.enlist(ahead, LOBBY), 5))

        deliver(hub, 1, 2, 3, 4, 5)
        hub.tell_news()

        assert news.is_set()
        assert [f["last_seq"] for f in member.wire.frames("activity")] == [5]
        assert ahead.wire.numbers() == []


class Untouched(dict):
    """What nobody looks through."""

    def items(self):
        raise AssertionError("looked at everybody")

    values = items


def test_who_goes_live_costs_no_look_at_all_the_others_who_are_joining(hub):
    others = [somebody(hub) for _ in range(3)]
    for other in others:
        hub.enlist(other, LOBBY)
    ana = somebody(hub)
    subscription = hub.enlist(ana, LOBBY)
    audience = hub.audience(LOBBY.id)
    joining, audience.joining = audience.joining, Untouched(audience.joining)

    held = hub.start(ana, subscription, 0)

    assert held == b""
    assert audience.live == {ana}
    assert audience.joining.keys() == joining.keys() - {ana}


def test_whoever_watches_is_woken_without_a_look_at_all_rooms(hub):
    somebody(hub, "ana", LOBBY)
    with hub.watching(LOBBY) as news:
        hub._audiences = Untouched(hub._audiences)
        hub.wake_watchers()

        assert news.is_set()
    with hub.watching(LOBBY) as later:
        assert not later.is_set()
    hub.wake_watchers()
    assert not later.is_set()


@pytest.mark.parametrize("seed", range(300))
def test_under_any_interleaving_each_connection_hears_each_number_once_after_its_cursor(seed):
    chance = random.Random(seed)
    hub = Hub(held_bytes=3_000)
    log: list[Message] = []  # what is committed
    people = [Reader(hub, somebody(hub)) for _ in range(6)]
    hear(hub, people[0].connection)

    for _ in range(150):
        doing = chance.random()
        reader = chance.choice(people[1:])
        if doing < 0.4:
            # A round of this process; commits of another may lie before it.
            for _ in range(chance.randint(1, 4)):
                log.append(said(len(log) + 1, "x" * chance.choice([1, 400])))
            start = len(log) - chance.randint(1, 3)
            batch = log[max(0, start) :]
            if hub.hole_before(LOBBY.id, batch):
                hub.deliver({LOBBY.id: log[hub.positions()[LOBBY.id] :]})
            hub.deliver({LOBBY.id: batch})
        elif doing < 0.5:
            log.append(said(len(log) + 1))  # another process: not heard of yet
        elif doing < 0.9:
            reader.step(log, chance)
        else:
            reader.leave()
    for reader in people[1:]:
        while not reader.is_live:
            reader.step(log, chance)
    if LOBBY.id in hub.positions():
        hub.deliver({LOBBY.id: log[hub.positions()[LOBBY.id] :]})

    for reader in people[1:]:
        assert reader.heard() == list(range(1, len(log) + 1))


class Reader:
    """Subscribes in steps, as sockets do: enlist, read the replay, start."""

    def __init__(self, hub: Hub, connection: FakeConnection) -> None:
        self.hub = hub
        self.connection = connection
        self.subscription: Subscription | None = None
        self.replay: list[Message] | None = None
        self.is_live = False
        self.before: list[int] = []  # replayed or heard in earlier subscriptions

    def heard(self) -> list[int]:
        return self.before + self.connection.wire.numbers()

    def step(self, log: list[Message], chance: random.Random) -> None:
        room = Room(
            **{f: getattr(LOBBY, f) for f in LOBBY.__struct_fields__}
            | {"last_seq": max(0, len(log) - chance.randint(0, 2))}
        )
        if self.is_live:
            return
        if self.subscription is None:
            self._keep()
            self.subscription = self.hub.enlist(self.connection, room)
        elif self.replay is None:
            self.replay = log[len(self.before) :]
        else:
            cursor = len(self.before) + len(self.replay)
            held = self.hub.start(self.connection, self.subscription, cursor)
            self.before += [message.changed_seq for message in self.replay]
            self.subscription = self.replay = None
            if held is not None:
                self.connection.write(held)
                self.is_live = True

    def leave(self) -> None:
        self.hub.drop(self.connection, LOBBY.id)
        self.subscription = self.replay = None
        self.is_live = False
        self._keep()

    def _keep(self) -> None:
        self.before = self.heard()
        self.connection.wire.writes.clear()
