"""How peers take turns: a socket hears little at once, and nothing while it is paused."""

import asyncio

import pytest
from clients import masked
from harness import serving
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

from sanchat import journal, limits
from sanchat.routes import visit
from sanchat.websocket import AT_ONCE, PONG, UNREAD_BYTES, Socket


class Pipe(asyncio.Transport):
    """A transport that leads nowhere and remembers whether it is read."""

    is_reading = True
    is_cut = False
    unsent = 0
    written = b""
    writes = 0

    def pause_reading(self):
        self.is_reading = False

    def resume_reading(self):
        self.is_reading = True

    def is_closing(self):
        return False

    def get_write_buffer_size(self):
        return self.unsent

    def write(self, data):
        self.written += data
        self.writes += 1

    def abort(self):
        self.is_cut = True


class Ear:
    """Remembers what it heard; calls `on_hearing` with each."""

    def __init__(self, on_hearing=lambda text: None):
        self.heard = []
        self._on_hearing = on_hearing

    def on_text(self, text):
        self.heard.append(text)
        self._on_hearing(text)

    def on_lost(self):
        pass


@pytest.fixture(params=[True, False], ids=["fast", "library"])
def opened(request):
    """Opens a socket for an ear, by each of the two paths."""

    def of(ear):
        pipe, loop = Pipe(), asyncio.get_running_loop()
        socket = Socket(pipe, ServerProtocol(state=OPEN), b"", loop, is_fast=request.param)
        socket.open(ear)
        return socket, pipe

    return of


async def turn():
    """One turn of the loop."""
    await asyncio.sleep(0)


def texts(count):
    return [f"{number}" * (1 + number % 200) for number in range(count)]


def frames(wanted):
    return b"".join(masked(Opcode.TEXT, text.encode()) for text in wanted)


@pytest.mark.parametrize("stop", [0, 1, 7, AT_ONCE - 1])
async def test_a_paused_peer_is_not_heard_even_in_what_has_come_already(stop, opened):
    wanted = texts(AT_ONCE)
    ear = Ear(lambda text: socket.pause() if text == wanted[stop] else None)
    socket, pipe = opened(ear)
    last = frames(["last"])

    socket.data_received(frames(wanted) + masked(Opcode.PING, b"late") + last[:3])
    for _ in range(3):
        await turn()
    assert ear.heard == wanted[: stop + 1]
    assert not pipe.is_reading
    assert b"late" not in pipe.written

    socket.resume()
    for _ in range(3):
        await turn()
    assert pipe.is_reading
    socket.data_received(last[3:])
    assert ear.heard == [*wanted, "last"]
    assert b"late" in pipe.written


async def test_who_writes_a_thousand_frames_at_once_lets_others_in_between(opened):
    wanted = texts(1_000)
    ear = Ear()
    socket, pipe = opened(ear)
    others = []

    socket.data_received(frames(wanted))
    while len(ear.heard) < len(wanted):
        assert not pipe.is_reading  # nothing more is taken meanwhile
        others.append(len(ear.heard))
        await turn()

    assert others == list(range(AT_ONCE, len(wanted), AT_ONCE))
    assert ear.heard == wanted
    assert pipe.is_reading


async def test_answers_to_what_came_in_one_piece_go_out_in_one_write_in_order(opened):
    ear = Ear(lambda text: socket.write(text.encode(), UNREAD_BYTES))
    socket, pipe = opened(ear)

    socket.data_received(frames(["a", "b"]) + masked(Opcode.PING, b"c") + frames(["d"]))
    assert pipe.written == b"ab" + bytes([PONG, 1]) + b"cd"
    assert pipe.writes == 1

    socket.write(b"later", UNREAD_BYTES)
    assert pipe.written.endswith(b"later")


async def test_answers_that_wait_for_their_piece_count_as_unsent(opened):
    taken = []
    ear = Ear(lambda text: taken.append(socket.write(text.encode(), 5)))
    socket, pipe = opened(ear)

    socket.data_received(frames(["123", "45", "6"]))
    assert taken == [True, True, False]
    assert pipe.written == b"12345"


async def test_who_is_sent_away_has_had_the_answers_before(opened):
    def answer(text):
        socket.write(b"answer", UNREAD_BYTES)
        socket.close(1013)

    socket, pipe = opened(Ear(answer))
    socket.data_received(frames(["last"]))
    assert pipe.written.startswith(b"answer\x88")


async def test_pings_of_the_protocol_are_answered_by_turns_too(opened):
    socket, pipe = opened(Ear())

    socket.data_received(masked(Opcode.PING, b"") * 10 * AT_ONCE)
    assert len(pipe.written) == 2 * AT_ONCE  # a pong without a payload is two bytes

    for _ in range(9):
        await turn()
    assert len(pipe.written) == 2 * 10 * AT_ONCE


async def test_who_does_not_read_is_owed_no_more_pongs(opened):
    socket, pipe = opened(Ear())
    pipe.unsent = UNREAD_BYTES + 1

    socket.data_received(masked(Opcode.PING, b"unread") * 10)
    assert pipe.written == b""

    pipe.unsent = 0
    socket.data_received(masked(Opcode.PING, b"read"))
    assert pipe.written.endswith(b"read")


async def test_what_cannot_be_heard_ends_the_connection_and_is_not_passed_over(opened):
    wanted = texts(3 * AT_ONCE)

    def fail(text):
        if text == wanted[-1]:
            raise ValueError(text)

    socket, pipe = opened(Ear(fail))
    socket.data_received(frames(wanted))
    for _ in range(3):
        await turn()

    assert pipe.is_cut


async def test_what_waits_for_its_turn_waits_for_a_paused_listener(opened):
    wanted = texts(3 * AT_ONCE)
    ear = Ear()
    socket, pipe = opened(ear)

    socket.data_received(frames(wanted))
    socket.pause()
    for _ in range(3):
        await turn()
    assert ear.heard == wanted[:AT_ONCE]
    assert not pipe.is_reading

    socket.resume()
    for _ in range(3):
        await turn()
    assert ear.heard == wanted
    assert pipe.is_reading


async def test_who_is_sent_away_is_not_heard_in_what_has_come_already(opened):
    wanted = texts(3 * AT_ONCE)
    ear = Ear(lambda text: socket.close(1013) if text == wanted[AT_ONCE] else None)
    socket, _ = opened(ear)

    socket.data_received(frames(wanted))
    for _ in range(3):
        await turn()

    assert ear.heard == wanted[: AT_ONCE + 1]


@pytest.fixture
def for_ever(monkeypatch):
    """Who is refused is held back until the end."""
    monkeypatch.setattr(visit, "REFUSED_SECONDS", 3600)


@pytest.mark.parametrize(
    "refused",
    [
        {"type": "no such command"},
        {"type": "post", "room": "general", "text": "", "client_message_id": "1"},
        {"type": "history", "room": "nowhere"},
    ],
)
async def test_s2_s17_who_is_refused_is_held_back_and_others_are_not(tmp_path, refused, for_ever):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        for number in range(2):
            await ana.send(refused | {"ref": number})

        assert not (await ana.expect("reply", ref=0))["ok"]
        for number in range(5):  # whatever was on its way to ana has come by then
            await bob.post("general", f"{number}")
            assert (await ana.expect("message"))["text"] == f"{number}"
        assert not [frame for frame in ana.unread if frame.get("ref") == 1]
        ana.connection.transport.abort()  # her goodbye would not be heard either


NONSENSE = {"type": "no such command"}


async def blunder(client, mistakes):
    """Make so many mistakes, one after the other."""
    for _ in range(mistakes):
        await client.refused(**NONSENSE)


async def test_s2_who_makes_too_many_mistakes_is_read_later_than_who_makes_few(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(limits, "LATER_CHANCES_APART_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        await ana.send(NONSENSE | {"ref": "too much"})

        await blunder(bob, limits.MISTAKES.burst)

        await bob.post("general", "hi")
        await ana.expect("message")  # whatever was on its way to ana has come by then
        assert [frame for frame in ana.unread if frame.get("ref") == "too much"] == []
        ana.connection.transport.abort()  # her goodbye would not be heard either


async def test_s17_who_goes_on_being_too_fast_is_refused_several_times_at_once_then_held_back(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(limits, "FLOODS_APART_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        live.freeze_rates()
        ana, bob = await live.gather("general", "ana", "bob")
        wanted = 10 + limits.MISTAKES.burst + visit.TOGETHER
        for number in range(wanted + visit.TOGETHER):
            said = {"type": "post", "room": "general", "text": "flood"}
            await ana.send(said | {"ref": number, "client_message_id": f"{number}"})

        for number in range(10, wanted):
            assert (await ana.expect("reply", ref=number))["error"]["code"] == "rate_limited"
        for number in range(5):  # whatever was on its way to ana has come by then
            await bob.post("general", f"{number}")
            await ana.expect("message", text=f"{number}")
        assert not [frame for frame in ana.unread if frame.get("ref", 0) >= wanted]
        ana.connection.transport.abort()  # her goodbye would not be heard either


async def test_s17_who_is_held_back_for_long_stands_behind_once_they_are_read_again(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(limits, "LATER_CHANCES_APART_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana = await live.join("ana")
        (connection,) = live.server.hub.connections
        await blunder(ana, limits.MISTAKES.burst + 1)
        await ana.send(NONSENSE)

        held_until = asyncio.get_running_loop().time() + 3_500
        assert connection._wire.listener._behind_until > held_until
        ana.connection.transport.abort()  # her goodbye would not be heard either


async def test_s17_who_makes_too_many_mistakes_lets_the_messages_of_others_go_first(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        said = {"type": "post", "room": "general", "text": "late", "client_message_id": "1"}
        await ana.send(said | {"ref": "late"})
        assert (await ana.do("ping"))["ok"]  # what came before it has been heard

        await bob.post("general", "in time")

        assert (await ana.expect("message"))["text"] == "in time"
        assert live.server.journal.waiting == 1


async def test_s2_what_else_is_asked_after_too_many_mistakes_is_set_aside_as_well(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        assert (await ana.do("ping"))["ok"]  # she is heard again
        await ana.send({"type": "read", "room": "general", "seq": 0, "ref": "late"})

        for number in range(5):  # whatever was on its way to ana has come by then
            await bob.post("general", f"{number}")
            await ana.expect("message")
        assert (await bob.do("read", room="general", seq=1))["ok"]

        assert [frame for frame in ana.unread if frame.get("ref") == "late"] == []


async def test_who_was_set_aside_is_answered_when_it_is_their_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 0.1)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        (ana,) = await live.gather("general", "ana")
        await blunder(ana, limits.MISTAKES.burst + 1)

        for command in ("unsubscribe", "subscribe", "leave"):
            assert (await ana.do(command, room="general"))["ok"]


async def test_r4_what_is_set_aside_is_not_overtaken_by_a_leave_behind_it(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 0.1)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, _ = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        said = {"type": "post", "room": "general", "text": "goodbye", "client_message_id": "1"}

        await ana.send(said | {"ref": "said"})
        await ana.send({"type": "leave", "room": "general", "ref": "left"})

        first, second = await ana.expect("reply"), await ana.expect("reply")
        assert [(first["ref"], first["ok"]), (second["ref"], second["ok"])] == [
            ("said", True),
            ("left", True),
        ]


async def test_who_is_held_back_is_heard_again_in_order(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana = await live.join("ana")
        for number in range(20):
            await ana.send({"type": "no such command" if number % 2 else "ping", "ref": number})

        answers = [(await ana.expect("reply"))["ref"] for _ in range(20)]

        assert answers == list(range(20))
