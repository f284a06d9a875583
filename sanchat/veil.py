"""What somebody hears of messages that were said before they joined, where a room hides those.

Numbers have no holes for anybody: a change of a hidden message is its number and nothing else.
"""

from collections.abc import Iterable, Sequence

from sanchat.connection import Connection
from sanchat.models import SYSTEM_AUTHOR, Message
from sanchat.protocol import encode, frame


def hide(
    room_id: int,
    connections: Iterable[Connection],
    messages: Sequence[Message],
    frames: Sequence[bytes],
    parts: dict[Connection, bytes],
) -> None:
    """Take what is hidden out of what is about to be written, which ends in these frames."""
    oldest = min(message.seq for message in messages)
    everything = b"".join(frames)
    numbered = [(0, data) for data in frames]
    for connection in connections:
        hidden_seq = connection.subscriptions[room_id].hidden_seq
        if oldest <= hidden_seq:
            pieces = veiled(messages, numbered, hidden_seq)
            before = parts[connection].removesuffix(everything)
            parts[connection] = before + b"".join(data for _, data in pieces)


def veiled(
    messages: Sequence[Message], frames: Sequence[tuple[int, bytes]], hidden_seq: int
) -> list[tuple[int, bytes]]:
    """The messages' (number, frame) pairs; those up to `hidden_seq` as if deleted and nobody's."""
    return [
        pair if message.seq > hidden_seq else (pair[0], frame(encode(_withheld(message))))
        for message, pair in zip(messages, frames, strict=True)
    ]


def _withheld(message: Message) -> Message:
    return Message(
        room=message.room,
        seq=message.seq,
        changed_seq=message.changed_seq,
        sent_at=message.sent_at,
        user=SYSTEM_AUTHOR,
        deleted_at=message.sent_at,
    )
