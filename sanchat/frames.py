"""Whole text frames in what a socket received: the one kind that nearly all of them are.

A fast path beside the full parser of `websockets`, not another one: everything that is not a whole,
unfragmented, masked text frame of less than 64 KiB is left to it, frame by frame. Pure functions
over bytes; tests/test_text_frames.py compares them with that parser on frames of every kind.
"""

import sys

try:
    from websockets.speedups import apply_mask
except ImportError:  # where the library came without its C part
    from websockets.utils import apply_mask

WHOLE_TEXT = 0x81  # FIN and the opcode for text, no reserved bit (RFC 6455, section 5.2)
MASKED = 0x80


def take_texts(data: bytes, at: int = 0, most: int = sys.maxsize) -> tuple[list[bytes], int]:
    """The payloads of at most so many whole text frames from `at` on, and where they end."""
    texts: list[bytes] = []
    end = len(data)
    while end - at >= 6 and data[at] == WHOLE_TEXT and len(texts) < most:
        length = data[at + 1] - MASKED
        mask = at + 2
        if length == 126:
            length = data[at + 2] << 8 | data[at + 3]
            if length < 126:
                break  # a longer head than it needs: RFC 6455 forbids it
            mask = at + 4
        elif not 0 <= length < 126:
            break
        start = mask + 4
        stop = start + length
        if stop > end:
            break
        texts.append(apply_mask(data[start:stop], data[mask:start]))
        at = stop
    return texts, at


def whole_length(text: bytes) -> int:
    """How long the frame was that `take_texts` took this payload from."""
    return len(text) + (6 if len(text) < 126 else 8)


def frame_length(data: bytes, at: int = 0) -> int | None:
    """How long the frame from `at` on is, its head included; None while that cannot be told."""
    if len(data) - at < 2:
        return None
    head, length = 2, data[at + 1] & 0x7F
    if length > 125:
        head += 2 if length == 126 else 8
        if len(data) - at < head:
            return None
        length = int.from_bytes(data[at + 2 : at + head], "big")
    return head + (4 if data[at + 1] & MASKED else 0) + length
