"""Writes messages as an IRC-like log: `[2026-11-22T18:30:00] <ana> hello`.

Each message is one line that begins with `[`; further lines of its text follow indented by two
blanks, so that no text can pass for somebody else's message. One way only: numbers, reactions and
replies stay behind.
"""

from collections.abc import Iterable, Iterator

from sanchat.cli.formats.records import Header, Record
from sanchat.cli.terminal import visible, visible_document
from sanchat.cli.times import utc
from sanchat.models import Message

CONTINUATION = "  "


class TextWriter:
    """A log; of several rooms, one after the other under a line with its name."""

    def __init__(self) -> None:
        self._has_several = False
        self._room = ""

    def write(self, record: Record) -> bytes:
        match record:
            case Header():
                self._has_several = len(record.rooms) > 1
            case Message():
                begun = self._begin(record.room)
                return (begun + "".join(lines([record]))).encode()
        return b""

    def end(self) -> bytes:
        return b""

    def _begin(self, room: str) -> str:
        if not self._has_several or room == self._room:
            return ""
        self._room = room
        return f"--- {visible(room)} ---\n"


def lines(messages: Iterable[Message]) -> Iterator[str]:
    """Each message as its line and the continuation lines; controls are written out."""
    for message in messages:
        first, *more = words(message).replace("\r\n", "\n").split("\n")
        at = utc(message.sent_at).isoformat(timespec="seconds")[:19]
        yield f"[{at}] {_speaker(message)} {visible_document(first)}\n"
        for line in more:
            yield f"{CONTINUATION}{visible_document(line)}\n"


def words(message: Message) -> str:
    """What a log says that somebody said."""
    return "deleted this message" if message.deleted_at is not None else message.text or ""


def _speaker(message: Message) -> str:
    name = nick(message)
    if message.deleted_at is not None:
        return f"=== {name}"
    return f"* {name}" if message.kind == "action" else f"<{name}>"


def nick(message: Message) -> str:
    """The author as logs name people: a tool takes the first `>` for the end of the name."""
    return visible(message.user.name).replace(">", "›")
