"""Programs of others read what leaves sanchat: a log, a spreadsheet, the live database."""

import io
import re
import subprocess
import sys
from html.parser import HTMLParser

import httpx
import openpyxl
import pytest
import tablib
from clients import PATIENCE_SECONDS

from sanchat.cli.formats.spreadsheet import original

TEXTS = [
    "hello",
    "second line\nof a text",
    "你好，世界 👋",
    "<b>no tags</b> & no 'entities'",
    "=1+1",
    '=HYPERLINK("http://example.org","x")',
    "'=1+1",
    "+31 20 1234",
    "@SUM(A1)",
    "007",
    "1e5",
    "2026-11-22",
    "TRUE",
    ' "quoted", with; separators | and blanks ',
]


class Table(HTMLParser):
    """The rows of the table that irclog2html draws, each as its cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self._is_cell = False
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            self._is_cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("th", "td"):
            self._is_cell = False

    def handle_data(self, data):
        if self._is_cell:
            self.rows[-1][-1] += data


def test_irclog2html_reads_who_said_what_and_when_in_a_log(admin, say, tmp_path, messages_of):
    say("ana", *TEXTS)
    say("玫", "挥手", kind="action")
    log = tmp_path / "lobby.log"
    admin("export", "lobby", "--format", "txt", "--out", str(log))

    subprocess.run(
        [sys.executable, "-m", "irclog2html.irclog2html", str(log)], check=True, timeout=60
    )

    rows = Table((tmp_path / "lobby.log.html").read_text()).rows
    said = [(row[0], row[1].replace("\xa0", " ").strip()) for row in rows if len(row) == 3]
    first_lines = [text.split("\n")[0].strip() for text in TEXTS]
    assert said == [("ana", text) for text in first_lines]
    assert all(len(row[2]) == len("18:30") for row in rows if len(row) == 3)
    others = [" ".join(row).strip() for row in rows if len(row) != 3]
    assert others[0] == "of a text"
    assert others[1].startswith("* 玫 挥手")


def test_a_spreadsheet_made_of_the_csv_holds_the_same_texts_and_no_formula(
    admin, say, tmp_path, messages_of
):
    say("=1+1", *TEXTS)
    file = tmp_path / "lobby.csv"
    admin("export", "lobby", "--out", str(file))

    with file.open(encoding="utf-8", newline="") as opened:
        read = tablib.Dataset().load(opened, format="csv")
    workbook = openpyxl.load_workbook(io.BytesIO(read.export("xlsx")))
    header, *rows = workbook.active.iter_rows()

    assert not [cell for row in rows for cell in row if cell.data_type == "f"]
    place = [cell.value for cell in header].index("text")
    assert [original(row[place].value) for row in rows] == TEXTS
    assert [original(text) for text in read["text"]] == TEXTS
    assert [int(number) for number in read["seq"]] == [each.seq for each in messages_of("lobby")]


@pytest.fixture
def datasette(server, database):
    """Datasette beside a server, on the same file; gives what it answers to a path."""
    command = [sys.executable, "-m", "datasette", str(database), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        said = b""
        while (found := re.search(rb"running on (http://[0-9.:]+)", said)) is None:
            line = process.stdout.readline()
            assert line, said
            said += line
        origin = found[1].decode()
        yield lambda path: httpx.get(f"{origin}/chat{path}", timeout=PATIENCE_SECONDS)
        process.kill()


def test_datasette_shows_the_messages_of_the_live_file_as_they_come(sanchat, datasette):
    def rows():
        return datasette("/v_messages.json?_shape=array&_sort=seq").json()

    for text in ("你好", "<b>bold</b>"):
        assert sanchat("send", "general", text, "--name", "ana").returncode == 0
        assert rows()[-1]["text"] == text

    assert [(row["room"], row["seq"], row["user"]) for row in rows()] == [
        ("general", 1, "ana"),
        ("general", 2, "ana"),
    ]
    page = datasette("/v_messages")
    assert page.status_code == 200
    assert "&lt;b&gt;bold&lt;/b&gt;" in page.text
    assert sanchat("send", "general", "and on", "--name", "ana").returncode == 0
    assert datasette("/v_messages.json?_shape=array&text=and+on").json()[0]["seq"] == 3
