"""Logs come in once however often they are imported, and go out as they are."""

import csv
import hashlib
import io
import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from sanchat.cli.failures import Exit
from sanchat.cli.formats.spreadsheet import original
from sanchat.models import Message

UBUNTU = Path(__file__).resolve().parents[3] / "shared" / "data" / "ubuntu-irc"
LOG = """\
[23:58] <ana> good night
[23:58] <ana> good night
=== cho has joined #lobby
[23:59]  * ben waves
[23:59] <ben>
rubbish
[00:01] <cho> =1+1
[00:02] <cho> caf\xe9 \x1b[31mred
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "2026-11-21_23.log"
    path.write_bytes(LOG.encode("latin-1"))
    return path


@pytest.fixture
def imported(admin, log):
    result = admin("import", str(log), "--format", "irc", "--room", "lobby", "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_a_log_becomes_a_room_and_the_report_adds_up(imported, messages_of):
    said = messages_of("lobby")

    assert [(message.user.name, message.user.kind, message.kind) for message in said] == [
        ("ana", "imported", "plain"),
        ("ana", "imported", "plain"),
        ("ben", "imported", "action"),
        ("cho", "imported", "plain"),
        ("cho", "imported", "plain"),
    ]
    assert imported == {
        "room": "lobby",
        "room_id": 1,
        "room_made": True,
        "files": 1,
        "users": 3,
        "added": 5,
        "already_there": 0,
        "skipped": 3,
        "skipped_by_reason": {"event": 1, "no_text": 1, "not_a_message": 1},
        "mended": 1,
        "older": 0,
    }


def test_importing_again_adds_nothing(admin, log, imported, messages_of):
    before = messages_of("lobby")

    again = admin("import", str(log), "--format", "irc", "--room", "lobby")

    assert again.stdout.startswith("lobby: 0 added, 5 already there, 3 skipped\n")
    assert messages_of("lobby") == before


def test_a_log_that_grew_adds_what_is_new(admin, log, imported, messages_of):
    with open(log, "a") as file:
        file.write("[00:02] <ana> one more\n")

    again = admin("import", str(log), "--format", "irc", "--room", "lobby")

    assert again.stdout.startswith("lobby: 1 added, 5 already there")
    assert messages_of("lobby")[-1].text == "one more"


def test_logs_are_imported_oldest_first_in_whatever_order_they_are_named(
    admin, tmp_path, messages_of
):
    for day in (21, 20, 22):
        (tmp_path / f"2026-11-{day}_10.log").write_text(f"[10:00] <ana> on the {day}th\n")
    names = [str(tmp_path / f"2026-11-{day}_10.log") for day in (22, 20, 21)]

    admin("import", *names, "--format", "irc", "--room", "lobby")

    assert [message.text for message in messages_of("lobby")] == [
        "on the 20th",
        "on the 21th",
        "on the 22th",
    ]


def test_older_messages_keep_their_times_and_are_told_of(admin, tmp_path, log, imported):
    older = tmp_path / "2025-01-01.log"
    older.write_text("[10:00] <ana> last year\n")

    result = admin("import", str(older), "--format", "irc", "--room", "lobby")

    assert "1 message of a time before what lobby held already" in result.stderr


@pytest.mark.parametrize(
    ("name", "more", "code"),
    [
        ("nowhere.log", (), Exit.NOT_FOUND),
        ("undated.log", (), Exit.USAGE),
        ("undated.log", ("--date", "2026-02-30"), Exit.USAGE),
        ("undated.log", ("--date", "2026-02-28"), Exit.DONE),
    ],
)
def test_a_log_needs_a_day(admin, tmp_path, name, more, code):
    (tmp_path / "undated.log").write_text("[10:00] <ana> hello\n")

    result = admin("import", str(tmp_path / name), "--format", "irc", "--room", "lobby", *more)

    assert result.exit_code == code


def test_a_text_export_has_a_line_for_each_message(admin, imported):
    exported = admin("export", "lobby", "--format", "txt")

    assert exported.stdout == (
        "[2026-11-21T23:58:00] <ana> good night\n"
        "[2026-11-21T23:58:00] <ana> good night\n"
        "[2026-11-21T23:59:00] * ben waves\n"
        "[2026-11-22T00:01:00] <cho> =1+1\n"
        "[2026-11-22T00:02:00] <cho> caf\ufffd \\x1b[31mred\n"
    )


def test_a_csv_export_gives_the_texts_back(admin, imported, messages_of):
    exported = admin("export", "lobby", "--format", "csv")

    rows = list(csv.DictReader(io.StringIO(exported.stdout_bytes.decode(), newline="")))
    assert [original(row["text"]) for row in rows] == [m.text for m in messages_of("lobby")]
    assert rows[3]["text"] == "'=1+1"
    assert rows[0]["sent_at"] == "2026-11-21T23:58:00.000Z"


def test_a_jsonl_export_is_lossless_and_says_so_in_its_footer(admin, imported, messages_of):
    lines = admin("export", "lobby").stdout_bytes.splitlines(keepends=True)

    records = [json.loads(line) for line in lines]
    assert [record["type"] for record in records] == [
        *("header", "user", "user", "user", "room"),
        *["message"] * 5,
        "footer",
    ]
    assert [msgspec.json.decode(line, type=Message) for line in lines[5:-1]] == messages_of("lobby")
    assert records[0]["rooms"] == [{"name": "lobby", "first_seq": 1, "last_seq": 5}]
    assert records[-1]["counts"] == {"user": 3, "room": 1, "message": 5}
    assert records[-1]["sha256"] == hashlib.sha256(b"".join(lines[1:-1])).hexdigest()


@pytest.mark.parametrize(
    ("span", "seqs"),
    [
        (("--since", "2"), [2, 3, 4, 5]),
        (("--until", "#2"), [1, 2]),
        (("--since", "2", "--until", "4"), [2, 3, 4]),
        (("--since", "2026-11-22"), [4, 5]),
        (("--until", "2026-11-21"), [1, 2, 3]),
        (("--since", "2026-11-21 23:59", "--until", "2026-11-22 00:01"), [3, 4]),
        (("--since", "2027-01-01"), []),
    ],
)
def test_an_export_may_be_of_a_span(admin, imported, span, seqs):
    for format in ("csv", "jsonl", "txt"):
        exported = admin("export", "lobby", "--format", format, *span)
        assert exported.exit_code == 0

    rows = csv.DictReader(io.StringIO(admin("export", "lobby", "--format", "csv", *span).stdout))
    assert [int(row["seq"]) for row in rows] == seqs


def test_a_file_is_written_whole_for_its_owner_and_not_over_another(admin, imported, tmp_path):
    out = tmp_path / "lobby.csv"

    first = admin("export", "lobby", "--out", str(out))
    second = admin("export", "lobby", "--out", str(out))
    written = out.read_bytes()
    third = admin("export", "lobby", "--out", str(out), "--format", "txt", "--force")

    assert first.stdout == f"wrote 5 messages of lobby to {out}\n"
    assert written.startswith(b"room,seq,sent_at,")
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert second.exit_code == Exit.CONFLICT
    assert third.exit_code == 0
    assert out.read_bytes().startswith(b"[2026-11-21")
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_an_export_that_fails_leaves_nothing_behind(admin, imported, tmp_path):
    (tmp_path / "folder").mkdir()

    assert admin("export", "lobby", "--out", str(tmp_path / "no") + "/").exit_code == Exit.NOT_FOUND
    assert admin("export", "lobby", "--out", str(tmp_path / "no" / "x")).exit_code == Exit.NOT_FOUND
    assert admin("export", "nowhere", "--out", str(tmp_path / "x")).exit_code == Exit.NOT_FOUND
    assert list((tmp_path / "folder").iterdir()) == []
    assert not (tmp_path / "x").exists()


def test_a_device_is_written_to_and_not_replaced(admin, imported):
    assert admin("export", "lobby", "--out", os.devnull).exit_code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_reader_that_has_had_enough_ends_an_export_quietly(program, database, imported):
    command = [sys.executable, "-m", "sanchat.cli.admin", "export", "lobby"]
    with subprocess.Popen(
        command,
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"SANCHAT_DATABASE": str(database)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()


def test_an_export_reads_more_than_one_page(admin, tmp_path):
    log = tmp_path / "2026-11-22.log"
    log.write_text("".join(f"[10:{n // 50:02}] <ana> number {n}\n" for n in range(2_001)))
    admin("import", str(log), "--format", "irc", "--room", "lobby")

    lines = admin("export", "lobby", "--format", "txt").stdout.splitlines()

    assert [line.rpartition(" ")[2] for line in lines] == [str(n) for n in range(2_001)]


@pytest.mark.skipif(not UBUNTU.is_dir(), reason="the IRC logs are not beside this checkout")
def test_real_logs_are_imported_once_and_exported_in_full(program, messages_of):
    logs = sorted(map(str, UBUNTU.glob("*.log")))
    said = re.compile(r"\[\d\d:\d\d\] +(<[^>]+> .*\S|\* +\S+ .*\S)")
    lines = [line for log in logs for line in Path(log).read_text().split("\n") if line]
    expected = sum(bool(said.match(line)) for line in lines)

    def run(*arguments):
        result = program("sanchat.cli.admin", *arguments)
        assert result.returncode == 0, result.stderr
        return result.stdout

    command = ("import", *logs, "--format", "irc", "--room", "ubuntu", "--json")
    first, second = json.loads(run(*command)), json.loads(run(*command))

    assert expected > 11_000
    assert (first["added"], first["already_there"]) == (expected, 0)
    assert (second["added"], second["already_there"]) == (0, expected)
    assert first["added"] + first["skipped"] == len(lines)
    messages = messages_of("ubuntu")
    times = [message.sent_at for message in messages]
    assert times == sorted(times)
    assert run("export", "ubuntu", "--format", "txt").count(b"\n[") == expected - 1
    rows = csv.DictReader(io.StringIO(run("export", "ubuntu", "--format", "csv").decode()))
    assert [original(row["text"]) for row in rows] == [message.text for message in messages]
    *_, footer = run("export", "ubuntu").splitlines()
    assert json.loads(footer)["counts"]["message"] == expected
