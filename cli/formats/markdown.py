"""Writes rooms as Markdown (CommonMark) that shows what people wrote and obeys none of it."""

import re

from sanchat.cli.formats.days import Memory, day_of, pieces
from sanchat.cli.formats.records import Quoted, Record, RoomLine
from sanchat.cli.terminal import visible, visible_document
from sanchat.cli.times import utc
from sanchat.models import Message

_MARKS = re.compile(r"([\\`*_\[\]<>|~&$])")
_AT_LINE_START = re.compile(r"(?m)^( *)([#+=-])")
_NUMBERED = re.compile(r"(?m)^( *\d{1,9})([.)])")


class MarkdownWriter:
    """A heading for each room and each day, then one paragraph a message."""

    def __init__(self) -> None:
        self._memory = Memory()
        self._rooms: dict[str, RoomLine] = {}
        self._room = ""
        self._day = ""

    def write(self, record: Record) -> bytes:
        match record:
            case RoomLine():
                self._rooms[record.name] = record
            case Quoted():
                self._memory.keep(record.message)
            case Message():
                written = self._begin(record) + self._message(record)
                self._memory.keep(record)
                return written.encode()
        return b""

    def end(self) -> bytes:
        return b""

    def _begin(self, message: Message) -> str:
        begun = ""
        if message.room != self._room:
            self._room, self._day = message.room, ""
            room = self._rooms.get(message.room)
            begun += f"# {escaped(message.room)}\n\n"
            if room is not None:
                begun += "".join(
                    f"{escaped(line)}\n\n" for line in (room.title, room.topic) if line
                )
        day = day_of(message.sent_at)
        if day != self._day:
            self._day = day
            begun += f"## {day}\n\n"
        return begun

    def _message(self, message: Message) -> str:
        name = escaped(message.user.name)
        time = f"{utc(message.sent_at):%H:%M}"
        quote = ""
        if message.reply_to is not None:
            quoted = self._memory.of(message.room, message.reply_to)
            words = (
                f"**{escaped(quoted[0])}**: {escaped(quoted[1])}" if quoted else "an older message"
            )
            quote = f"> {words} (#{message.reply_to})\n\n"
        if message.deleted_at is not None:
            return f"**{name}** {time} · #{message.seq}\n\n*deleted this message*\n\n"
        if message.kind == "action":
            said = f"{time} · #{message.seq} · **{name}** {_body(message.text or '')}"
            return f"{quote}{said}{_after(message)}\n\n"
        head = f"**{name}** {time} · #{message.seq}\n\n"
        return f"{quote}{head}{_body(message.text or '')}{_after(message)}\n\n"


def escaped(text: str) -> str:
    """One line of text in which nothing is markup."""
    text = _MARKS.sub(r"\\\1", visible(text))
    return _NUMBERED.sub(r"\1\\\2", _AT_LINE_START.sub(r"\1\\\2", text))


def _body(text: str) -> str:
    return "  \n".join(_line(line) for line in text.replace("\r\n", "\n").split("\n")).strip("\n")


def _line(line: str) -> str:
    parts = [
        f"<{visible_document(piece)}>" if is_link else escaped(piece.replace("\t", "    "))
        for piece, is_link in pieces(line)
    ]
    # Four blanks would make it code.
    shown = "".join(parts)
    indent = len(shown) - len(shown.lstrip(" "))
    return "&nbsp;" * indent + shown[indent:]


def _after(message: Message) -> str:
    edited = " *(edited)*" if message.edited_at is not None else ""
    if not message.reactions:
        return edited
    shown = ", ".join(
        f"{escaped(reaction.emoji)} {reaction.count} ({', '.join(map(escaped, reaction.users))})"
        for reaction in message.reactions
    )
    return f"{edited}\n\n{shown}"
