"""Manners: tables for people, tabs for pipes, JSON for programs.

Nothing that steers a terminal passes. Data goes to standard output, everything else to standard
error.
"""

import os
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

import msgspec

from sanchat.cli.failures import Exit, Failure

# Controls, direction marks and overrides, line and paragraph separators, lone surrogates.
SHORT, FOLDED, GAP = 20, 4, 2  # columns of the screen: a time, the narrowest cell, between two
_UNSEEN = "\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff"
_STEERING = re.compile(f"[{_UNSEEN}]")
_STEERING_IN_DOCUMENTS = re.compile("(?![\n\t])" + _STEERING.pattern)
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "\0": "\\0"}


def visible(text: str) -> str:
    """The text with every character that could steer a terminal or forge a line written out."""
    return _STEERING.sub(_written_out, text)


def visible_document(text: str) -> str:
    """Like `visible`, but lines stay lines and tabs stay tabs."""
    return _STEERING_IN_DOCUMENTS.sub(_written_out, text)


def json_line(record: Any) -> str:
    """One object as one line of JSON, any steering character in it as a JSON escape."""
    return visible_json(msgspec.json.encode(record).decode())


def visible_json(text: str) -> str:
    """JSON with every steering character in it as a JSON escape; line ends stay."""
    return _STEERING_IN_DOCUMENTS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def counted(count: int, noun: str) -> str:
    """`1 message`, `2 messages`, `1,000 messages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _written_out(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    return _SHORT.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


class Terminal:
    """Where a command says things. `exit_code` is that of the first thing that went wrong."""

    def __init__(
        self,
        *,
        as_json: bool = False,
        quiet: bool = False,
        no_color: bool = False,
        out: TextIO | None = None,
        err: TextIO | None = None,
    ) -> None:
        self.as_json = as_json
        self.quiet = quiet
        self.no_color = no_color or bool(os.environ.get("NO_COLOR"))
        self.out = out or sys.stdout
        self.err = err or sys.stderr
        self.exit_code = Exit.DONE

    def result(self, record: Mapping[str, Any], sentence: str, *details: str) -> None:
        """What the command did: the record under `--json`, else sentences unless `--quiet`."""
        if self.as_json:
            print(json_line(record), file=self.out)
        elif not self.quiet:
            for line in (sentence, *details):
                print(visible(line), file=self.out)

    def card(self, record: Mapping[str, Any], rows: Mapping[str, str]) -> None:
        """Everything about one thing: the record under `--json`, else a line for each row."""
        if self.as_json:
            print(json_line(record), file=self.out)
            return
        width = max(map(len, rows)) + 2 if self.out.isatty() else 0
        for label, value in rows.items():
            print(f"{label:<{width}}" if width else f"{label}\t", end="", file=self.out)
            print(visible(value), file=self.out)

    def note(self, sentence: str) -> None:
        """Something worth knowing that is not the answer; never under `--quiet`."""
        if not self.quiet:
            print(visible(sentence), file=self.err, flush=True)

    def fail(self, failure: Failure) -> None:
        """Say what went wrong, and go on; the first failure decides the exit code."""
        self.exit_code = self.exit_code or failure.exit
        if self.as_json:
            print(json_line(failure.payload()), file=self.err, flush=True)
            return
        label = "Error:" if self.no_color or not self.err.isatty() else "\x1b[31mError:\x1b[0m"
        print(f"{label} {visible(str(failure))}", file=self.err)
        if failure.hint:
            print(f"Hint: {visible(failure.hint)}", file=self.err)
        self.err.flush()

    def listing(self, columns: Sequence[str]) -> "Listing":
        """A list to add rows to; call `end` after the last one."""
        return Listing(self, columns)

    def ask(self, question: str) -> str | None:
        """What the person typed, or None where there is no person to ask."""
        if not (sys.stdin.isatty() and self.err.isatty()):
            return None
        print(visible(question), end=" ", file=self.err, flush=True)
        return sys.stdin.readline().rstrip("\n")


class Listing:
    """Rows as a table on a terminal, tab-separated in a pipe, one JSON object a line on request.

    Only the table waits for its last row: its widths depend on all of them.
    """

    def __init__(self, terminal: Terminal, columns: Sequence[str]) -> None:
        self._terminal = terminal
        self._columns = columns
        self._rows: list[Sequence[str]] = []
        self._as_table = not terminal.as_json and terminal.out.isatty()

    def add(self, record: Mapping[str, Any], cells: Sequence[str]) -> None:
        """One row: the whole record for programs, the cells for people, in the columns' order."""
        if self._terminal.as_json:
            print(json_line(record), file=self._terminal.out)
        elif self._as_table:
            self._rows.append(cells)
        else:
            print("\t".join(map(visible, cells)), file=self._terminal.out)

    def end(self, nothing: str) -> None:
        """Draw the table; say the sentence `nothing` where a person would see an empty screen."""
        if not self._as_table:
            return
        if not self._rows:
            self._terminal.note(nothing)
            return
        from rich.cells import cell_len
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        console = Console(
            file=self._terminal.out, no_color=self._terminal.no_color, highlight=False
        )
        rows = [[visible(cell) for cell in cells] for cells in self._rows]
        widths = [max(map(cell_len, column)) for column in zip(self._columns, *rows, strict=True)]
        table = Table(box=None, pad_edge=False, header_style="bold")
        left = console.width - sum(min(width, FOLDED) + GAP for width in widths)
        for column, width in zip(self._columns, widths, strict=True):
            # Numbers, times and names stay in one piece while the others have some place.
            more = max(0, width - FOLDED)
            is_whole = width <= SHORT and more <= left
            left -= more if is_whole else 0
            table.add_column(column, overflow="fold", no_wrap=is_whole)
        for cells in rows:
            # Text, not markup: a room may be titled "[red]".
            table.add_row(*map(Text, cells))
        console.print(table)
