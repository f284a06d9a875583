"""Writes messages as CSV (RFC 4180) that no spreadsheet takes for formulas."""

import csv
import io
import re
from collections.abc import Iterable, Iterator

from sanchat.cli.formats.records import Header, Record
from sanchat.cli.times import utc
from sanchat.models import Message

COLUMNS = (
    "room",
    "seq",
    "sent_at",
    "user_id",
    "user",
    "kind",
    "text",
    "reply_to",
    "edited_at",
    "deleted_at",
    "reactions",
    "client_message_id",
)

# Spreadsheets calculate a cell that begins with one of these, full-width ones included.
_FORMULA = re.compile("'*[=+\\-@\t\r\n\0＝＋－＠]")


class CsvWriter:
    """A header, then one record a message."""

    def write(self, record: Record) -> bytes:
        match record:
            case Header():
                return header().encode()
            case Message():
                return "".join(rows([record])).encode()
        return b""

    def end(self) -> bytes:
        return b""


def header() -> str:
    """The first line."""
    return _row(COLUMNS)


def rows(messages: Iterable[Message]) -> Iterator[str]:
    """One record a message; times are ISO 8601 in UTC, reactions `emoji count` by blanks."""
    for message in messages:
        yield _row(
            (
                inert(message.room),
                str(message.seq),
                _time(message.sent_at),
                str(message.user.id),
                inert(message.user.name),
                inert(message.kind),
                inert(message.text or ""),
                str(message.reply_to or ""),
                _time(message.edited_at),
                _time(message.deleted_at),
                inert(" ".join(f"{r.emoji} {r.count}" for r in message.reactions or ())),
                inert(message.client_message_id or ""),
            )
        )


def inert(text: str) -> str:
    """The text as a cell that is never calculated: an apostrophe goes before what looks like one.

    `original` takes it back. A text that has the apostrophe already gets a second one, so that
    nothing is lost.
    """
    return f"'{text}" if _FORMULA.match(text) else text


def original(cell: str) -> str:
    """The text that `inert` made this cell of."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def _time(at: int | None) -> str:
    return "" if at is None else utc(at).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _row(cells: Iterable[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerow(cells)
    return buffer.getvalue()
