"""S14: a log of one line an event, that nobody outside can forge and every program can read."""

import json
import logging
import sys

import pytest
from harness import ServerProcess, serving_process, until

from sanchat import server
from sanchat.logs import JsonLines, Seldom, TextLines

EVIL = "eve\n2026-11-22T18:30:00.000Z ERROR sanchat: forged \x1b[2J\x9b31m \u202e\r\x00"


def record(text: str, *values: object, fault: bool = False) -> logging.LogRecord:
    trace = None
    if fault:
        try:
            raise ValueError("no\nsuch \x1b[31mluck")
        except ValueError:
            trace = sys.exc_info()
    return logging.LogRecord("sanchat.test", logging.WARNING, "", 0, text, values, trace)


def test_a_line_of_text_says_when_how_grave_and_where():
    line = TextLines().format(record("%d changes", 3))

    moment, level, place, words = line.split(" ", 3)
    assert moment.endswith("Z")
    assert (level, place, words) == ("WARNING", "sanchat.test:", "3 changes")


@pytest.mark.parametrize("lines", [TextLines(), JsonLines()])
def test_s14_what_comes_from_outside_stays_in_its_line_and_paints_nothing(lines):
    written = lines.format(record("a name: %s", EVIL))

    assert "\n" not in written
    assert not any(ord(c) < 32 or 127 <= ord(c) < 160 or c in "\u202e\u2028" for c in written)


def test_a_traceback_is_indented_below_its_line():
    first, *rest = TextLines().format(record("a fault", fault=True)).split("\n")

    assert first.endswith("a fault")
    assert all(line.startswith("    ") for line in rest)
    assert not any("\x1b" in line for line in rest)


def test_json_has_one_object_a_line_with_the_trace_in_it():
    fields = json.loads(JsonLines().format(record("a fault of %s", EVIL, fault=True)))

    assert fields["message"] == f"a fault of {EVIL}"
    assert (fields["level"], fields["logger"]) == ("warning", "sanchat.test")
    assert "ValueError" in fields["trace"]


def test_s14_a_server_logs_its_start_and_its_end_as_json_and_nothing_that_was_said(tmp_path):
    with serving_process(tmp_path / "chat.db", SANCHAT_LOG_FORMAT="json") as process:
        process.stop()
        lines = [json.loads(line) for line in process.log.read_text().splitlines()]

    messages = [line["message"] for line in lines]
    assert any(message.startswith("serving ") for message in messages)
    assert messages[-1] == "stopped"


def test_at_level_error_a_sound_server_writes_nothing(tmp_path):
    process = ServerProcess(tmp_path / "chat.db", SANCHAT_LOG_LEVEL="error")
    process.start()
    process.stop()

    assert process.log.read_text() == ""


async def test_what_goes_wrong_many_times_a_second_is_said_once(live, monkeypatch, caplog):
    looks = 0

    def log_in_use():
        nonlocal looks
        looks += 1
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(server, "LOG_SECONDS", 0.001)
    monkeypatch.setattr(live.server.store, "log_in_use", log_in_use)

    await until(lambda: looks > 20)

    warnings = [record for record in caplog.records if "has to wait" in record.getMessage()]
    assert [record.getMessage() for record in warnings] == [
        "the checkpoint has to wait: [Errno 24] Too many open files"
    ]


def test_what_goes_on_going_wrong_is_said_again():
    now = 0.0
    seldom = Seldom(lambda: now)
    said = []
    for now in range(12):
        said += [now] if seldom.is_due() else []

    assert said == [0, 5, 10]
