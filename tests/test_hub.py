"""The hub: who hears what, from which number on, whatever happens at the same time."""

import random

import pytest
from wires import FakeConnection

from sanchat.connection import Subscription
from sanchat.hub import Hub
from sanchat.models import Author, Message, Room, User
from sanchat.protocol import encode_reply

LOBBY = Room(
    id=1,
    name="lobby",
    title="",
    topic="",
    kind="open",
    last_seq=0,
    floor_seq=0,
    slow_mode_s=0,
    created_at=0,
)


@pytest.fixture
def hub() -> Hub:
    return Hub(held_bytes=10_000)


def somebody(hub: Hub, name: str = "ana", *rooms: Room, **more) -> FakeConnection:
    """A connection of a new user, a member of these rooms."""
    user = User(id=len(hub.connections) + 1, name=name, kind="guest")
    connection = FakeConnection(user, **more)
    hub.add(connection, rooms)
    return connection


def said(number: int, text: str = "hi", *, seq: int | None = None) -> Message:
    return Message(
        room="lobby",
        seq=seq or number,
        changed_seq=number,
        sent_at=0,
        user=Author(9, "eve"),
        text=text,
    )


def deliver(hub: Hub, *numbers: int, replies=()) -> None:
    hub.deliver({LOBBY.id: [said(number) for number in numbers]}, replies)


def hear(hub: Hub, connection: FakeConnection, cursor: int = 0) -> None:
    """Subscribe with an empty replay."""
    held = hub.start(connection, hub.enlist(connection, LOBBY), cursor)
    assert held is not None
    connection.write(held)


# Delivery


def test_everybody_who_hears_the_room_gets_the_message_and_nobody_else(hub):
    ana, bob, outsider = somebody(hub), somebody(hub), somebody(hub)
    hear(hub, ana)
    hear(hub, bob)

    deliver(hub, 1)

    assert [c.wire.numbers() for c in (ana, bob, outsider)] == [[1], [1], []]


def test_a_batch_and_its_replies_are_one_write(hub):
    ana = somebody(hub)
    hear(hub, ana)
    before = len(ana.wire.writes)

    deliver(hub, 1, 2, 3, replies=[(ana, encode_reply(7)), (ana, encode_reply(8))])

    assert len(ana.wire.writes) == before + 1
    assert [f.get("changed_seq", f.get("ref")) for f in ana.wire.frames()] == [1, 2, 3, 7, 8]


def test_a_reply_reaches_who_hears_nothing(hub):
    ana = somebody(hub)

    hub.deliver({}, [(ana, encode_reply(7))])

    assert [f["ref"] for f in ana.wire.frames("reply")] == [7]


def test_a_repeated_batch_is_delivered_once(hub):
    ana = somebody(hub)
    hear(hub, ana)

    deliver(hub, 1, 2)
    deliver(hub, 2, 3)

    assert ana.wire.numbers() == [1, 2, 3]


def test_who_stopped_reading_is_cut_at_the_bound_and_hurts_nobody(hub):
    stalled, healthy = somebody(hub, outbox_bytes=1_000), somebody(hub, outbox_bytes=1_000)
    for connection in (stalled, healthy):
        hear(hub, connection)
    stalled.wire.stalled = True

    for number in range(1, 101):
        deliver(hub, number)

    assert stalled.wire.closed == (4001, "reading too slowly")
    assert stalled.wire.unsent() <= 1_000
    assert healthy.wire.closed is None
    assert healthy.wire.numbers() == list(range(1, 101))


def test_the_outbox_takes_its_last_byte_and_not_one_more():
    connection = FakeConnection(User(id=1, name="ana", kind="guest"), outbox_bytes=100)
    connection.wire.stalled = True

    assert connection.write(b"x" * 100)
    assert not connection.write(b"x")


def test_who_dropped_the_room_hears_no_more(hub):
    ana, bob = somebody(hub), somebody(hub)
    hear(hub, ana)
    hear(hub, bob)
    deliver(hub, 1)

    hub.drop(ana, LOBBY.id)
    deliver(hub, 2)

    assert ana.wire.numbers() == [1]
    assert bob.wire.numbers() == [1, 2]


def test_an_audience_ends_with_its_last_listener(hub):
    ana = somebody(hub)
    hear(hub, ana)

    hub.remove(ana)

    assert hub.positions() == {}
    assert hub.connections == set()
    assert hub.connections_of(ana.user.id) == []


# Subscribing while the room goes on


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


# Members who do not hear the room


def test_members_elsewhere_learn_once_that_there_is_news_and_who_was_named(hub):
    ana, anabel = somebody(hub, "Ana", LOBBY), somebody(hub, "anabel", LOBBY)

    hub.deliver({LOBBY.id: [said(1, "hello @ana"), said(2, "@ANABEL?"), said(3, "no one")]})
    hub.tell_news()
    hub.tell_news()

    expected = {
        **{"type": "activity", "room": "lobby", "last_seq": 3, "active_at": 0},
        **{"messages": 3, "mentions": 1},
    }
    assert ana.wire.frames() == [expected]
    assert anabel.wire.frames() == [expected]


def test_edits_and_deletions_name_nobody_again(hub):
    ana = somebody(hub, "ana", LOBBY)

    hub.deliver({LOBBY.id: [said(2, "@ana", seq=1)]})
    hub.tell_news()

    assert [f["mentions"] for f in ana.wire.frames("activity")] == [0]


def test_who_hears_the_room_needs_no_word_of_it(hub):
    ana = somebody(hub, "ana", LOBBY)
    hear(hub, ana)

    deliver(hub, 1)
    hub.tell_news()

    assert ana.wire.frames("activity") == []


def test_who_stops_hearing_hears_of_the_room_as_a_member(hub):
    ana = somebody(hub, "ana", LOBBY)
    hear(hub, ana)

    hub.drop(ana, LOBBY.id, stays_member=True)
    deliver(hub, 1)
    hub.tell_news()

    assert [f["type"] for f in ana.wire.frames()] == ["activity"]


def test_who_never_heard_a_room_hears_nothing_of_it_by_leaving_it(hub):
    member, outsider = somebody(hub, "ana", LOBBY), somebody(hub, "eve")

    hub.drop(outsider, LOBBY.id, stays_member=True)
    deliver(hub, 1)
    hub.tell_news()

    assert len(member.wire.frames("activity")) == 1
    assert outsider.wire.frames() == []


# Plain lines


def test_plain_lines_come_once_after_the_history(hub):
    ana = somebody(hub, "ana", is_plain=True)
    hub.start_plain(ana, LOBBY)
    hub.deliver({LOBBY.id: [said(1, "old"), said(2, "held"), said(3, "old!", seq=1)]})

    ana.write(hub.release_plain(ana, LOBBY.id, [said(1, "old")]))
    hub.deliver({LOBBY.id: [said(4, "live")]})

    assert ana.wire.payloads == [b"eve: held", b"eve: live"]


# Events without numbers


def test_what_a_room_is_told_reaches_its_listeners_but_not_its_teller(hub):
    ana, bob, outsider = somebody(hub), somebody(hub), somebody(hub)
    hear(hub, ana)
    hear(hub, bob)

    hub.tell_room(LOBBY.id, b'{"type":"typing"}', besides=ana)

    assert [len(c.wire.frames("typing")) for c in (ana, bob, outsider)] == [0, 1, 0]


def test_nobody_is_told_anything_before_the_greeting(hub):
    ana = somebody(hub)
    ana.is_greeted = False

    hub.tell_everybody(b'{"type":"announcement"}')
    hub.tell_user(ana.user.id, b'{"type":"room"}')

    assert ana.wire.writes == []


def test_a_door_moves_with_its_room(hub):
    ana = somebody(hub, "ana", door="lobby")
    hear(hub, ana)

    hub.rename(LOBBY.id, "Hall")

    assert ana.door == "hall"
    assert hub.audience(LOBBY.id).name == "Hall"


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536, 200_000])
def test_frames_of_every_length_can_be_read_back(length):
    connection = FakeConnection(User(id=1, name="ana", kind="guest"))
    payload = b'"' + b"x" * length + b'"'

    connection.send(payload)

    assert connection.wire.payloads == [payload]
