"""What is printed, where it goes, and what can never reach a terminal."""

import io
import json

import pytest
from rich.cells import cell_len

from sanchat.cli.failures import Exit, Failure
from sanchat.cli.terminal import Terminal, json_line, visible, visible_document


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


HOSTILE = [
    "\x1b[2J",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\rb",
    "a\x08b",
    "\x7f",
    "\x00",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\u2028forged",
    "\ud800",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_steering_characters_are_written_out(text: str) -> None:
    for shown in (
        visible(text),
        visible_document(text),
        json_line({"text": text.encode("utf-8", "replace").decode()}),
    ):
        assert shown.isprintable() or shown == shown.encode("ascii", "replace").decode()
        assert not set(shown) & set("\x1b\x9b\r\x08\x7f\0\u202e\u2066\u2069\u2028\ud800\x07")


def test_written_out_they_can_still_be_told_apart() -> None:
    assert visible("a\x1b\n\t\u202e\x9b") == "a\\x1b\\n\\t\\u202e\\x9b"
    assert visible("上海 é 👩‍👩‍👧") == "上海 é 👩‍👩‍👧"
    assert json.loads(json_line({"text": "\x1b\x9b\u202e"})) == {"text": "\x1b\x9b\u202e"}


def test_a_list_is_tab_separated_in_a_pipe() -> None:
    out = io.StringIO()
    listing = Terminal(out=out).listing(("ID", "NAME"))

    listing.add({"id": 1}, ("1", "tab\there"))
    listing.end("nothing")

    assert out.getvalue() == "1\ttab\\there\n"


def test_a_list_is_a_table_on_a_terminal() -> None:
    out = Screen()
    listing = Terminal(out=out, no_color=True).listing(("ID", "NAME"))

    listing.add({"id": 1}, ("1", "[red]\x1b[2J"))
    listing.end("nothing")

    header, row = out.getvalue().splitlines()
    assert header.split() == ["ID", "NAME"] or "ID" in header
    assert "[red]\\x1b[2J" in row
    assert "\x1b[2J" not in out.getvalue()


def test_a_narrow_terminal_folds_long_texts_and_keeps_times_whole(monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    out = Screen()
    listing = Terminal(out=out, no_color=True).listing(("ID", "DONE", "BY", "WHAT", "DETAILS"))

    listing.add({}, ("1", "2026-11-23 01:28:26", "玫", "room_created", "长" * 60))
    listing.add({}, ("2", "2026-11-23 01:28:27", "ana", "ban", "x"))
    listing.end("nothing")

    lines = out.getvalue().splitlines()
    first, second = (line for line in lines if "2026" in line)
    assert first.startswith("1   2026-11-23 01:28:26  玫   room_created")
    assert second.startswith("2   2026-11-23 01:28:27  ana  ban")
    assert out.getvalue().count("长") == 60
    assert all(cell_len(line) <= 60 for line in lines[1:])


def test_an_empty_table_says_so_to_people_alone() -> None:
    screen, err = Screen(), io.StringIO()
    Terminal(out=screen, err=err).listing(("ID",)).end("There are none.")
    pipe, err_of_pipe = io.StringIO(), io.StringIO()
    Terminal(out=pipe, err=err_of_pipe).listing(("ID",)).end("There are none.")

    assert (screen.getvalue(), err.getvalue()) == ("", "There are none.\n")
    assert (pipe.getvalue(), err_of_pipe.getvalue()) == ("", "")


def test_quiet_leaves_out_sentences_but_not_errors() -> None:
    out, err = io.StringIO(), io.StringIO()
    terminal = Terminal(quiet=True, out=out, err=err)

    terminal.result({}, "done")
    terminal.note("by the way")
    terminal.fail(Failure("It failed.", exit=Exit.CONFLICT))

    assert (out.getvalue(), err.getvalue()) == ("", "Error: It failed.\n")


def test_the_first_failure_decides_the_exit_code() -> None:
    terminal = Terminal(out=io.StringIO(), err=io.StringIO())

    terminal.fail(Failure("a", exit=Exit.CONFLICT))
    terminal.fail(Failure("b", exit=Exit.NOT_FOUND))

    assert terminal.exit_code == Exit.CONFLICT


def test_an_error_is_an_object_for_programs() -> None:
    err = io.StringIO()

    Terminal(as_json=True, err=err).fail(
        Failure("There is no room \x1b.", exit=Exit.NOT_FOUND, hint="Look.")
    )

    assert json.loads(err.getvalue()) == {
        "error": {"code": "not_found", "message": "There is no room \x1b.", "hint": "Look."}
    }
    assert "\x1b" not in err.getvalue()


@pytest.mark.parametrize("no_color", [True, False])
def test_colour_is_for_terminals_that_want_it(
    no_color: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    err = Screen()

    Terminal(no_color=no_color, err=err).fail(Failure("No.", exit=Exit.FAILED))

    assert ("\x1b[31m" in err.getvalue()) is not no_color
