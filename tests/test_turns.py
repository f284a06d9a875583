"""How peers take turns: a socket hears little at once, and nothing while it is paused."""

import asyncio

import pytest
from clients import masked
from websockets.frames import Opcode
from websockets.protocol import OPEN
from websockets.server import ServerProtocol

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
    socket.data_received(frames(["last", "not heard"]))
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
