"""Reads and writes the logs of irssi: `HH:MM <@nick> text` between lines that say which day it is.

Times are taken for UTC. Lines with `-!-` and everything before the first day are events.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from sanchat.cli.formats.records import Record
from sanchat.cli.formats.said import (
    EVENT,
    LINE_BYTES,
    TOO_LONG,
    UNREADABLE,
    Hearing,
    Said,
    Skipped,
    decoded,
    without_rank,
)
from sanchat.cli.formats.text import nick, words
from sanchat.cli.terminal import visible
from sanchat.cli.times import day_milliseconds, utc
from sanchat.models import Message

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY = re.compile(
    r"--- (?:Log opened|Day changed) \S+ (\S+) +(\d{1,2})(?: \d\d:\d\d:\d\d)? (\d{4})\s*"
)
_LINE = re.compile(
    r"([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))? +(?:<([^>]+)>(?: (.*))?|\* +(\S+)(?: (.*))?)",
    re.DOTALL,
)
_EVENT = re.compile(r"--- |\d\d:\d\d(?::\d\d)? +-!- ")


def read_log(lines: Iterable[bytes]) -> Iterator[Said | Skipped]:
    """Each line as what was said, or why it is skipped."""
    hearing = Hearing("irssi")
    midnight: int | None = None
    for line in lines:
        if len(line) > LINE_BYTES:
            yield Skipped(TOO_LONG)
            continue
        text, mended = decoded(line)
        day = _day(text)
        if day is not None:
            midnight = day_milliseconds(day)
        found = _LINE.fullmatch(text)
        if found is None or midnight is None:
            yield Skipped(EVENT if _EVENT.match(text) else UNREADABLE)
            continue
        seconds = int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3] or 0)
        at = midnight + seconds * 1000
        if found[4]:
            name = without_rank(found[4])
            yield hearing.said(at, "plain", name, found[5] or "", mended=mended)
        else:
            yield hearing.said(at, "action", found[6], found[7] or "", mended=mended)


def _day(text: str) -> date | None:
    found = _DAY.fullmatch(text)
    if found is None or found[1] not in _MONTHS:
        return None
    try:
        return date(int(found[3]), _MONTHS.index(found[1]) + 1, int(found[2]))
    except ValueError:
        return None


class IrssiWriter:
    """A log of one room, a line for each line of a text; names without blanks."""

    def __init__(self) -> None:
        self._day: date | None = None

    def write(self, record: Record) -> bytes:
        return "".join(self._lines(record)).encode() if isinstance(record, Message) else b""

    def end(self) -> bytes:
        return b""

    def _lines(self, message: Message) -> Iterator[str]:
        moment = utc(message.sent_at)
        if self._day is None:
            yield f"--- Log opened {_spelled(moment)} {moment:%H:%M:%S} {moment:%Y}\n"
        elif self._day != moment.date():
            yield f"--- Day changed {_spelled(moment)} {moment:%Y}\n"
        self._day = moment.date()
        name = nick(message).replace(" ", "_")
        for line in words(message).splitlines():
            if message.deleted_at is not None:
                said = f"-!- {name} {line}"
            elif message.kind == "action":
                said = f" * {name} {line}"
            else:
                said = f"<{name}> {line}"
            yield f"{moment:%H:%M} {visible(said)}\n"


def _spelled(moment: datetime) -> str:
    return f"{_DAYS[moment.weekday()]} {_MONTHS[moment.month - 1]} {moment:%d}"
