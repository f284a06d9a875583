"""The hub: who hears what, from which number on, whatever happens at the same time."""

import pytest
from lobby import LOBBY, deliver, hear, said, somebody
from wires import FakeConnection

from sanchat.hub import Hub
from sanchat.models import User
from sanchat.protocol import encode_reply


@pytest.fixture
def hub() -> Hub:
    return Hub(held_bytes=10_000)


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
