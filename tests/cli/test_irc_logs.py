"""What the parser of IRC logs makes of lines, of clocks and of rubbish."""

from datetime import UTC, date, datetime

import pytest

from sanchat.cli.formats import said
from sanchat.cli.formats.irc import read_log
from sanchat.cli.formats.said import Said, Skipped

DAY = date(2004, 11, 15)


def read(*lines: str | bytes, day: date = DAY) -> list[Said | Skipped]:
    return list(
        read_log((line if isinstance(line, bytes) else line.encode() for line in lines), day)
    )


def times(*lines: str) -> list[str]:
    said = [line for line in read(*lines) if isinstance(line, Said)]
    return [f"{datetime.fromtimestamp(line.sent_at / 1000, UTC):%d %H:%M}" for line in said]


def reasons(*lines: str | bytes) -> list[str | None]:
    return [line.reason if isinstance(line, Skipped) else None for line in read(*lines)]


def test_a_line_is_a_message_at_its_minute_in_utc() -> None:
    (said,) = read("[12:18] <|trey|> usual, quite stable though  :)\n")

    assert isinstance(said, Said)
    assert (said.name, said.text, said.kind) == (
        "|trey|",
        "usual, quite stable though  :)",
        "plain",
    )
    assert datetime.fromtimestamp(said.sent_at / 1000, UTC) == datetime(
        2004, 11, 15, 12, 18, tzinfo=UTC
    )


def test_a_star_before_the_nick_is_an_action() -> None:
    (said,) = read("[10:00]  * ActionParsnip gives quibbler a spoon\n")

    assert isinstance(said, Said)
    assert (said.name, said.text, said.kind) == (
        "ActionParsnip",
        "gives quibbler a spoon",
        "action",
    )


def test_from_twelve_to_one_is_a_twelve_hour_clock() -> None:
    assert times(
        "[12:59] <a> noon", "[01:00] <a> one", "[11:59] <a> late", "[12:00] <a> midnight"
    ) == ["15 12:59", "15 13:00", "15 23:59", "16 00:00"]


def test_any_other_step_back_crosses_midnight() -> None:
    assert times("[23:59] <a> late", "[00:00] <a> early", "[12:30] <a> x", "[02:00] <a> y") == [
        "15 23:59",
        "16 00:00",
        "16 12:30",
        "17 02:00",
    ]


def test_a_skipped_line_still_moves_the_clock() -> None:
    assert times("[23:59] <a> late", "[00:10] <a>", "[23:58] <a> a day on") == [
        "15 23:59",
        "16 23:58",
    ]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("=== bob has left #ubuntu []", said.EVENT),
        ("[12:15] <opteron>", said.EMPTY),
        ("[12:15] <opteron> ", said.EMPTY),
        ("[07:09]  * homejoe", said.EMPTY),
        ("hello", said.UNREADABLE),
        ("", said.UNREADABLE),
        ("[25:00] <a> b", said.UNREADABLE),
        ("[12:60] <a> b", said.UNREADABLE),
        ("[12:00] -- a notice", said.UNREADABLE),
        ("[12:00] <" + "n" * 65 + "> hi", said.NOT_A_NAME),
        ("[12:00] <  > hi", said.NOT_A_NAME),
        ("[12:00] <a> " + "x" * 4001, said.TOO_LONG),
        ("[12:00] <a> " + "x" * said.LINE_BYTES, said.TOO_LONG),
        ("[12:00] <a> nul \0 here", said.NUL),
    ],
)
def test_what_is_no_message_is_skipped_with_a_reason(line: str, reason: str) -> None:
    assert reasons(line + "\n", "[12:01] <a> fine\n") == [reason, None]
    assert reason in said.MEANINGS


def test_a_name_that_nobody_could_sign_in_with_is_kept_to_be_shown() -> None:
    said = read("[12:00] <" + "n" * 40 + "> hi", "[12:00] <a\x1b[31m> hi")

    assert [line.name for line in said if isinstance(line, Said)] == ["n" * 40, "a\ufffd[31m"]


def test_the_longest_text_is_taken() -> None:
    assert reasons("[12:00] <a> " + "x" * 4000) == [None]


def test_bytes_that_are_not_utf8_are_replaced_and_told() -> None:
    (said,) = read(b"[12:00] <a> caf\xe9 ol\xc3\xa9\n")

    assert isinstance(said, Said)
    assert said.text == "caf\ufffd olé"
    assert said.mended


def test_unusual_line_breaks_stay_within_the_text() -> None:
    (said,) = read("[12:00] <a> one\u2028two\x0bthree\r\n")

    assert isinstance(said, Said)
    assert said.text == "one\u2028two\x0bthree"


def test_reading_again_gives_the_same_ids_and_every_line_has_its_own() -> None:
    lines = (
        "[12:00] <a> hi",
        "[12:00] <a> hi",
        "[12:00] * a hi",
        "[12:00] <b> hi",
        "[12:01] <a> hi",
        "[12:01] <a> ho",
    )

    ids = [line.client_message_id for line in read(*lines) if isinstance(line, Said)]
    again = [line.client_message_id for line in read(*lines) if isinstance(line, Said)]
    elsewhere = [
        line.client_message_id
        for line in read(*lines, day=date(2004, 11, 16))
        if isinstance(line, Said)
    ]

    assert len(set(ids)) == len(lines)
    assert ids == again
    assert not set(ids) & set(elsewhere)
    assert all(id.startswith("irc:") and len(id) <= 64 for id in ids)


def test_an_overlapping_log_repeats_the_ids_of_its_whole_minutes() -> None:
    first = read("[12:00] <a> one", "[12:01] <a> two", "[12:01] <a> two")
    second = read("[12:01] <a> two", "[12:01] <a> two", "[12:02] <a> three")

    assert first[1:] == second[:2]
