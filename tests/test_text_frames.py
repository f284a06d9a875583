"""The fast path for text frames takes what the library's parser takes, and nothing else."""

import asyncio
import os
import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from websockets.protocol import OPEN
from websockets.server import ServerProtocol
from websockets.utils import apply_mask

from sanchat.frames import frame_length, take_texts
from sanchat.protocol import FRAME_BYTES
from sanchat.websocket import TAIL_BYTES, Socket


def frame(payload: bytes, *, head: int = 0x81, masked: bool = True, form: int = 0) -> bytes:
    """A frame as a client sends it; `form` 126 or 127 writes a small length in a long form."""
    length = len(payload)
    form = form or (length if length < 126 else 126 if length < 65_536 else 127)
    size = {126: struct.pack("!H", length & 0xFFFF), 127: struct.pack("!Q", length)}.get(form, b"")
    mask = b"\x12\x34\x56\x78" if masked else b""
    body = apply_mask(payload, mask) if masked else payload
    return bytes((head, form | (0x80 if masked else 0))) + size + mask + body


class Transport:
    """What a socket writes and does to its transport, in order."""

    def __init__(self) -> None:
        self.done: list[object] = []

    def write(self, data: bytes) -> None:
        self.done.append(bytes(data))

    def get_write_buffer_size(self) -> int:
        return 0

    def is_closing(self) -> bool:
        return "close" in self.done or "abort" in self.done

    def close(self) -> None:
        self.done.append("close")

    def abort(self) -> None:
        self.done.append("abort")

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Ear:
    """A listener that says goodbye to whoever says so."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        self.heard: list[str] = []

    def on_text(self, text: str) -> None:
        self.heard.append(text)
        if text == "bye":
            self._socket.close(4000, "bye")

    def on_lost(self) -> None:
        self.heard.append("lost")


def outcome(chunks: list[bytes], *, is_fast: bool) -> tuple[list[str], bytes, list[object]]:
    """What was heard, written and done when these chunks came."""
    loop = asyncio.new_event_loop()
    try:
        transport = Transport()
        core = ServerProtocol(state=OPEN, max_size=FRAME_BYTES)
        socket = Socket(transport, core, b"", loop, is_fast=is_fast)  # type: ignore[arg-type]
        ear = Ear(socket)
        socket.open(ear)
        for chunk in chunks:
            socket.data_received(chunk)
    finally:
        loop.close()
    written = b"".join(item for item in transport.done if isinstance(item, bytes))
    return ear.heard, written, [item for item in transport.done if isinstance(item, str)]


def one_by_one(data: bytes) -> list[bytes]:
    """The data in chunks of one frame each, as long as there are whole ones."""
    chunks = []
    while (length := frame_length(data)) is not None and length <= len(data):
        chunks.append(data[:length])
        data = data[length:]
    return [*chunks, data]


def cut(data: bytes, sizes: list[int]) -> list[bytes]:
    """The data in chunks of these sizes, over and over."""
    chunks, at, turn = [], 0, 0
    while at < len(data):
        size = sizes[turn % len(sizes)]
        chunks.append(data[at : at + size])
        at, turn = at + size, turn + 1
    return chunks


HEADS = st.one_of(
    st.sampled_from([0x81, 0x81, 0x81, 0x01, 0x80, 0x00, 0x89, 0x8A, 0x88, 0x82]),
    st.integers(0, 255),
)
PAYLOADS = st.one_of(
    st.text(max_size=40).map(str.encode),
    st.binary(max_size=200),
    st.integers(120, 5_000).map(lambda size: b"x" * size),
    st.sampled_from([b"bye", b"\x03\xe8", b"\xff", "好".encode(), b"x" * 65_535, b"x" * 65_537]),
)
FRAMES = st.builds(
    frame,
    PAYLOADS,
    head=HEADS,
    masked=st.sampled_from([True] * 9 + [False]),
    form=st.sampled_from([0] * 8 + [126, 127]),
)
# Enough at the end that neither path still waits for the rest of a frame.
END = frame(b"end") * 3 + bytes(TAIL_BYTES + 100)


@settings(max_examples=500, deadline=None)
@given(st.lists(FRAMES, max_size=12), st.lists(st.integers(1, 300), min_size=1, max_size=5))
@example([frame(b"a" * 60_000)], [1_000])
@example([frame(b"one"), frame(b"bye"), frame(b"not heard")], [300])
@example([frame(b"fra", head=0x01), frame(b"", head=0x89), frame(b"gment", head=0x80)], [3])
@example([frame(b"fra", head=0x01), frame(b"whole, which is wrong here")], [200])
def test_both_paths_hear_and_answer_the_same_frame_by_frame(
    frames: list[bytes], sizes: list[int]
) -> None:
    data = b"".join(frames) + END

    assert outcome(cut(data, sizes), is_fast=True) == outcome(one_by_one(data), is_fast=False)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.lists(st.integers(1, 50), min_size=1, max_size=4))
def test_both_paths_meet_noise_in_the_same_way(noise: bytes, sizes: list[int]) -> None:
    data = frame(b"first") + noise + END

    assert outcome(cut(data, sizes), is_fast=True) == outcome(one_by_one(data), is_fast=False)


@pytest.mark.parametrize("is_fast", [True, False])
@pytest.mark.parametrize("goodbye", [frame(b"\x03\xe8", head=0x88), frame(b"bad", head=0xF3)])
def test_last_words_in_one_piece_with_the_goodbye_are_heard(goodbye: bytes, is_fast: bool) -> None:
    heard, _, _ = outcome([frame(b"last words") + goodbye + frame(b"after")], is_fast=is_fast)

    assert heard == ["last words"]


def test_what_the_fast_path_takes_never_reaches_the_library() -> None:
    texts = [b"", b"x", b"x" * 125, b"x" * 126, b"x" * 65_535, "你好".encode()]

    assert take_texts(b"".join(map(frame, texts))) == (texts, sum(len(frame(t)) for t in texts))


@pytest.mark.parametrize(
    "other",
    [
        frame(b"fragment", head=0x01),
        frame(b"binary", head=0x82),
        frame(b"ping", head=0x89),
        frame(b"reserved bit", head=0xC1),
        frame(b"not masked", masked=False),
        frame(b"x" * 65_536),
        frame(b"short", form=127),
        frame(b"cut off")[:-1],
        b"\x81",
    ],
)
def test_the_fast_path_leaves_every_other_frame_alone(other: bytes) -> None:
    first = frame(b"first")

    assert take_texts(first + other) == ([b"first"], len(first))


@given(PAYLOADS, HEADS, st.booleans(), st.sampled_from([0, 126, 127]))
def test_a_frames_length_is_told_from_its_head(payload, head, masked, form) -> None:
    if form == 126 and len(payload) > 65_535:
        form = 127
    data = frame(payload, head=head, masked=masked, form=form)

    assert frame_length(data + os.urandom(3)) == len(data)
    assert frame_length(data[: len(data) - len(payload) - 4]) in (None, len(data))
    assert frame_length(data[:1]) is None
