"""Reads and writes `sanchat-jsonl` version 1: everything a room holds, one JSON object a line.

A header, the users, rooms and memberships, the messages by number with the reactions to each, acts
where asked for, and a footer with the counts by type and the SHA-256 of every line between header
and footer, line ends included.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from sanchat.cli.formats.records import (
    FORMAT,
    VERSION,
    Footer,
    Header,
    Line,
    MembershipLine,
    Quoted,
    ReactionLine,
    Record,
    RoomLine,
    UserLine,
)
from sanchat.errors import ChatError
from sanchat.models import EMOJI_LENGTH, Message, clean_room_name, clean_text

LINE_BYTES = 1 << 20  # the longest line that is read; a message of 4,000 characters needs far less
NAME_LENGTH = 64  # code points; as long as names of imported users may be
LARGEST_SEQ = 1 << 40
LARGEST_ROOM_ID = 1 << 22  # the two share 63 bits in the ids of messages

_COUNTED = ("user", "room", "membership", "message", "reaction", "act")
_ALWAYS_COUNTED = ("user", "room", "message")

_encode = msgspec.json.Encoder().encode
_decoder: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class NotAnExport(Exception):
    """A file that is no whole export; says where, and what is wrong there."""


class JsonlWriter:
    """Turns records into lines, keeping the footer's counts and digest."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._digest = hashlib.sha256()

    def write(self, record: Record) -> bytes:
        """The record's line; a message exactly as clients and bots receive it."""
        if isinstance(record, Quoted | Footer):
            return b""
        line = _encode(record) + b"\n"
        if not isinstance(record, Header):
            self._counts[str(type(record).__struct_config__.tag)] += 1
            self._digest.update(line)
        return line

    def end(self) -> bytes:
        """The last line: how much there was, and its digest."""
        counts = {
            kind: self._counts[kind]
            for kind in _COUNTED
            if kind in _ALWAYS_COUNTED or self._counts[kind]
        }
        return _encode(Footer(counts, self._digest.hexdigest())) + b"\n"


def read_jsonl(lines: Iterable[bytes]) -> Iterator[Line]:
    """The records of a whole export, header and footer included; NotAnExport where it is not one.

    What comes before the last record is not known to be right until that has come.
    """
    digest = hashlib.sha256()
    counts: Counter[str] = Counter()
    record: Line | None = None
    number = 0
    for number, line in enumerate(lines, 1):
        if isinstance(record, Footer):
            raise NotAnExport(f"line {number} comes after the footer")
        record = _record(line, number)
        if isinstance(record, Header) != (number == 1):
            raise NotAnExport("the first line is not a header")
        if isinstance(record, Header):
            if record.format != FORMAT or record.version != VERSION:
                raise NotAnExport(f"it is {record.format} {record.version}, not {FORMAT} {VERSION}")
        elif isinstance(record, Footer):
            found = {kind: counts[kind] for kind in {*record.counts, *counts}}
            if record.sha256 != digest.hexdigest() or record.counts != found:
                raise NotAnExport("what it holds is not what its footer says: it was changed")
        else:
            digest.update(line)
            counts[str(type(record).__struct_config__.tag)] += 1
        yield record
    if not isinstance(record, Footer):
        raise NotAnExport(f"it ends after line {number} without a footer: it is not whole")


def _record(line: bytes, number: int) -> Line:
    if len(line) > LINE_BYTES:
        raise NotAnExport(f"line {number} is too long")
    try:
        record = _decoder.decode(line)
        _check(record)
    except (msgspec.DecodeError, ChatError, ValueError, RecursionError) as error:
        raise NotAnExport(f"line {number}: {error}") from None
    return record


def _check(record: Line) -> None:
    """ValueError or ChatError for what no export of ours holds and no store should take."""
    match record:
        case Message():
            if record.text is not None:
                clean_text(record.text)
            elif record.deleted_at is None:
                raise ValueError("a message without text that was not deleted")
            if not 1 <= record.seq <= record.changed_seq < LARGEST_SEQ:
                raise ValueError("a message whose numbers cannot be")
            if not 1 <= len(record.user.name) <= NAME_LENGTH:
                raise ValueError("a name that is too long")
        case UserLine():
            if not 1 <= len(record.name) <= NAME_LENGTH or record.id < 1:
                raise ValueError("a user that cannot be")
        case RoomLine():
            # A name becomes the name of a file where rooms are written to a folder.
            if clean_room_name(record.name) != record.name:
                raise ValueError("a room's name that cannot be")
            if not (0 <= record.last_seq < LARGEST_SEQ and 1 <= record.id < LARGEST_ROOM_ID):
                raise ValueError("a room that cannot be")
        case ReactionLine():
            if not 1 <= len(record.emoji) <= EMOJI_LENGTH:
                raise ValueError("a reaction that cannot be")
        case MembershipLine():
            if record.read_seq < 0:
                raise ValueError("a membership that cannot be")
