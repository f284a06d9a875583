"""Lengths and moments of time as people type them."""

from datetime import UTC, datetime

import pytest

from sanchat.cli.failures import Exit, Failure
from sanchat.cli.times import Bound, bound, duration_seconds, shown


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("10m", 600), ("2h", 7200), ("7d", 604_800), ("4w", 2_419_200), ("1h30m", 5400)],
)
def test_a_length_of_time_has_a_unit(text: str, seconds: int) -> None:
    assert duration_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "h", "1y", "-1h", "1 h", "0s", "999999999d", "１h"])
def test_other_lengths_are_refused_as_a_slip_of_the_command_line(text: str) -> None:
    with pytest.raises(Failure) as refusal:
        duration_seconds(text)

    assert refusal.value.exit == Exit.USAGE


@pytest.mark.parametrize("text", ["17", "#17"])
def test_digits_are_a_number(text: str) -> None:
    assert bound(text, end=False) == Bound(seq=17)


def at(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) * 1000  # type: ignore[misc, arg-type]


def test_a_day_begins_at_its_first_moment_and_ends_at_its_last() -> None:
    assert bound("2026-11-22", end=False) == Bound(at=at(2026, 11, 22))
    assert bound("2026-11-22", end=True) == Bound(at=at(2026, 11, 23) - 1)


def test_a_time_is_utc_unless_it_says_otherwise() -> None:
    assert bound("2026-11-22 18:30", end=True) == Bound(at=at(2026, 11, 22, 18, 30))
    assert bound("2026-11-22T18:30:00+02:00", end=True) == Bound(at=at(2026, 11, 22, 16, 30))


@pytest.mark.parametrize("text", ["yesterday", "", "9999-12-31x", "2026-13-01", "#", "1.5"])
def test_other_moments_are_refused(text: str) -> None:
    with pytest.raises(Failure):
        bound(text, end=False)


def test_the_last_day_of_the_calendar_has_a_last_moment_too() -> None:
    assert bound("9999-12-31", end=True) == Bound(at=at(9999, 12, 31, 23, 59, 59) + 999)


def test_times_are_shown_to_the_second() -> None:
    assert shown(at(2026, 11, 22, 18, 30)) == "2026-11-22 18:30:00"
    assert shown(None) == ""
