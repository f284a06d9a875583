"""Times on the command line: `10m`, `2026-11-22`, and milliseconds made readable."""

import re
from datetime import UTC, date, datetime, timedelta

import msgspec

from sanchat.cli.failures import Exit, Failure

_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_DURATION = re.compile(r"(?:\d{1,9}[smhdw])+", re.ASCII)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
LONGEST_DURATION_SECONDS = 100 * 366 * 86_400


class Bound(msgspec.Struct, frozen=True):
    """One end of a range, included in it: a message's number, or a time in UTC milliseconds."""

    seq: int | None = None
    at: int | None = None


def duration_seconds(text: str) -> int:
    """Seconds in `30s`, `10m`, `2h`, `7d`, `4w` or a sum such as `1h30m`; Failure otherwise."""
    if not _DURATION.fullmatch(text):
        raise Failure(
            f"{text!r} is not a length of time.",
            exit=Exit.USAGE,
            hint="Give a number and a unit: 30s, 10m, 2h, 7d, 4w or 1h30m.",
        )
    seconds = sum(int(part[:-1]) * _SECONDS[part[-1]] for part in re.findall(r"\d+[smhdw]", text))
    if not 1 <= seconds <= LONGEST_DURATION_SECONDS:
        raise Failure(
            f"{text!r} is not a length of time between a second and a hundred years.",
            exit=Exit.USAGE,
            hint="For good means to leave it out, where that is possible.",
        )
    return seconds


def bound(text: str, *, end: bool) -> Bound:
    """The bound that `17`, `#17`, `2026-11-22` or an ISO 8601 time means; Failure otherwise.

    Times without an offset are UTC. As the `end` of a range a day is meant to its last moment.
    """
    number = text.removeprefix("#")
    if number.isascii() and number.isdigit():
        return Bound(seq=int(number))
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        if end and _DAY.fullmatch(text):
            moment += timedelta(days=1, milliseconds=-1)
    except (ValueError, OverflowError):
        raise Failure(
            f"{text!r} is neither a message's number nor a time.",
            exit=Exit.USAGE,
            hint='Give a number, a day as 2026-11-22, or a time as "2026-11-22 18:30" (UTC).',
        ) from None
    return Bound(at=milliseconds(moment))


def milliseconds(moment: datetime) -> int:
    """UTC milliseconds since 1970 of a moment with an offset."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def day_milliseconds(day: date) -> int:
    """UTC milliseconds at which a day begins."""
    return milliseconds(datetime(day.year, day.month, day.day, tzinfo=UTC))


def utc(at: int) -> datetime:
    """The moment that many UTC milliseconds mean, exactly."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at)


def utc_moment(text: str) -> datetime | None:
    """The moment that an ISO 8601 time without an offset means in UTC; None where it means none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return None


def shown(at: int | None) -> str:
    """UTC milliseconds as people read them, to the second; nothing for None."""
    return "" if at is None else f"{utc(at):%Y-%m-%d %H:%M:%S}"
