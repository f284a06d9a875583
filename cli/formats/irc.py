"""Reads IRC logs of `[HH:MM] <nick> text`, `[HH:MM] * nick action` and `=== event` lines.

The lines know no date: a log begins on a given day, and its clock is followed from there, in UTC.
A twelve-hour clock is recognised where 12:xx is followed by 01:xx; twelve hours are added from
there on. Any other step back crosses midnight.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from hashlib import blake2b

import msgspec

from sanchat.cli.times import day_milliseconds
from sanchat.errors import BadFrame, BadName, EmptyText, TextTooLong
from sanchat.models import clean_text, clean_user_name

LINE_BYTES = 64 * 1024  # a line beyond this is skipped unread: no text of 4,000 characters needs it

NAME_LENGTH = 64  # code points; twice what people who sign in may have

_MINUTE_MS = 60_000
_HOUR = 60  # minutes
_LINE = re.compile(r"\[(\d\d):(\d\d)\] +(?:<([^>]+)>(?: (.*))?|\* +(\S+)(?: (.*))?)", re.DOTALL)
_TIME = re.compile(r"\[([01]\d|2[0-3]):([0-5]\d)\] ")

EVENT, UNREADABLE, EMPTY = "event", "not_a_message", "no_text"
TOO_LONG, NOT_A_NAME, NUL = "too_long", "not_a_name", "nul"
MEANINGS = {
    EVENT: "joins, parts, renames and other events",
    UNREADABLE: "lines that are not in this format",
    EMPTY: "messages without text",
    TOO_LONG: "messages longer than 4,000 characters",
    NOT_A_NAME: "messages under a name of blanks or above 64 characters",
    NUL: "messages with the character NUL",
}


class Said(msgspec.Struct, frozen=True):
    """One message of a log. `client_message_id` is the same each time the same log is read."""

    sent_at: int  # UTC milliseconds, to the minute
    name: str
    text: str
    kind: str
    client_message_id: str
    mended: bool = False  # held bytes that are not UTF-8, replaced by U+FFFD


class Skipped(msgspec.Struct, frozen=True):
    """A line that is no message, and why: a key of `MEANINGS`."""

    reason: str


def read_log(lines: Iterable[bytes], first_day: date) -> Iterator[Said | Skipped]:
    """Each line as what was said, or why it is skipped; times never run backwards.

    `lines` may keep their line ends. Two equal lines within a minute are two messages.
    """
    clock = _WallClock(first_day)
    heard_at = -1
    heard: Counter[tuple[str, str, str]] = Counter()
    for line in lines:
        if len(line) > LINE_BYTES:
            yield Skipped(TOO_LONG)
            continue
        text, mended = _decoded(line)
        time = _TIME.match(text)
        if time is None:
            yield Skipped(EVENT if text.startswith("=== ") else UNREADABLE)
            continue
        # Before anything is skipped: the clock must not miss a step back.
        at = clock.at(int(time[1]), int(time[2]))
        said = _said(text)
        if isinstance(said, Skipped):
            yield said
            continue
        if at != heard_at:
            heard_at = at
            heard.clear()
        heard[said] += 1
        kind, name, words = said
        id = _message_id(at, kind, name, words, heard[said])
        yield Said(at, name, words, kind, id, mended)


def _decoded(line: bytes) -> tuple[str, bool]:
    line = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
    try:
        return line.decode(), False
    except UnicodeDecodeError:
        return line.decode(errors="replace"), True


def _said(line: str) -> tuple[str, str, str] | Skipped:
    found = _LINE.fullmatch(line)
    if found is None:
        return Skipped(UNREADABLE)
    kind, nick, text = ("plain", found[3], found[4]) if found[3] else ("action", found[5], found[6])
    try:
        return kind, _shown_name(nick), clean_text(text or "")
    except BadName:
        return Skipped(NOT_A_NAME)
    except EmptyText:
        return Skipped(EMPTY)
    except TextTooLong:
        return Skipped(TOO_LONG)
    except BadFrame:
        return Skipped(NUL)


def _shown_name(nick: str) -> str:
    """The name an imported user goes by, also where nobody could sign in with it."""
    try:
        return clean_user_name(nick)
    except BadName:
        shown = "".join(c if c.isprintable() else "\ufffd" for c in nick).strip()
        if not 1 <= len(shown) <= NAME_LENGTH:
            raise
        return shown


def _message_id(at: int, kind: str, name: str, text: str, occurrence: int) -> str:
    # NUL is in no name and no text, so that no two lines are spelled alike.
    spelled = "\0".join((str(at), kind, name, text, str(occurrence)))
    return "irc:" + blake2b(spelled.encode(), digest_size=12).hexdigest()


class _WallClock:
    """Turns the hours and minutes of one log into milliseconds that never run backwards."""

    def __init__(self, first_day: date) -> None:
        self._midnight = day_milliseconds(first_day)
        self._added = 0  # minutes
        self._last = -1

    def at(self, hour: int, minute: int) -> int:
        now = hour * _HOUR + minute
        if now < self._last:
            noon_to_one = self._last // _HOUR == 12 and hour == 1
            self._added += (12 if noon_to_one else 24) * _HOUR
        self._last = now
        return self._midnight + (now + self._added) * _MINUTE_MS
