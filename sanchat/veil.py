"""What somebody hears of messages that were said before they joined, where a room hides those.

Numbers have no holes for anybody: a change of a hidden message is its number and nothing else.
"""

from collections.abc import Sequence

from sanchat.models import SYSTEM_AUTHOR, Message
from sanchat.protocol import encode, frame


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
