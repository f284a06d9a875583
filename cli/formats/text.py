"""Writes messages as an IRC-like log: `[2026-11-22 18:30:00] <ana> hello`.

Each message is one line that begins with `[`; further lines of its text follow indented by two
blanks, so that no text can pass for somebody else's message. One way only: numbers, reactions and
replies stay behind.
"""

from collections.abc import Iterable, Iterator

from sanchat.cli.terminal import visible, visible_document
from sanchat.cli.times import shown
from sanchat.models import Message

CONTINUATION = "  "


def lines(messages: Iterable[Message]) -> Iterator[str]:
    """Each message as its line and the continuation lines; controls are written out."""
    for message in messages:
        first, *more = _text(message).replace("\r\n", "\n").split("\n")
        yield f"[{shown(message.sent_at)}] {_speaker(message)} {visible_document(first)}\n"
        for line in more:
            yield f"{CONTINUATION}{visible_document(line)}\n"


def _speaker(message: Message) -> str:
    # A name may hold ">"; a log tool takes the first one for the end of the name.
    name = visible(message.user.name).replace(">", "›")
    if message.deleted_at is not None:
        return f"=== {name}"
    return f"* {name}" if message.kind == "action" else f"<{name}>"


def _text(message: Message) -> str:
    return "deleted this message" if message.deleted_at is not None else message.text or ""
