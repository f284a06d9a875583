"""Reads IRC logs of `[HH:MM] <nick> text`, `[HH:MM] * nick action` and `=== event` lines.

The lines know no date: a log begins on a given day, and its clock is followed from there, in UTC.
A twelve-hour clock is recognised where 12:xx is followed by 01:xx; twelve hours are added from
there on. Any other step back crosses midnight.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date

from sanchat.cli.formats.said import (
    EVENT,
    LINE_BYTES,
    TOO_LONG,
    UNREADABLE,
    Hearing,
    Said,
    Skipped,
    decoded,
)
from sanchat.cli.times import day_milliseconds

_MINUTE_MS = 60_000
_HOUR = 60  # minutes
_LINE = re.compile(r"\[(\d\d):(\d\d)\] +(?:<([^>]+)>(?: (.*))?|\* +(\S+)(?: (.*))?)", re.DOTALL)
_TIME = re.compile(r"\[([01]\d|2[0-3]):([0-5]\d)\] ")


def read_log(lines: Iterable[bytes], first_day: date) -> Iterator[Said | Skipped]:
    """Each line as what was said, or why it is skipped; times never run backwards.

    `lines` may keep their line ends. Two equal lines within a minute are two messages.
    """
    clock = _WallClock(first_day)
    hearing = Hearing("irc")
    for line in lines:
        if len(line) > LINE_BYTES:
            yield Skipped(TOO_LONG)
            continue
        text, mended = decoded(line)
        time = _TIME.match(text)
        if time is None:
            yield Skipped(EVENT if text.startswith("=== ") else UNREADABLE)
            continue
        # Before anything is skipped: the clock must not miss a step back.
        at = clock.at(int(time[1]), int(time[2]))
        found = _LINE.fullmatch(text)
        if found is None:
            yield Skipped(UNREADABLE)
        elif found[3]:
            yield hearing.said(at, "plain", found[3], found[4] or "", mended=mended)
        else:
            yield hearing.said(at, "action", found[5], found[6] or "", mended=mended)


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
