"""A saved log or export becomes another format without a database, and loses nothing on the way."""

import json

import pytest

from sanchat.cli.failures import Exit

LOG = """\
[23:58] <ana> good night
[23:58] <ana> good night
=== cho has joined #lobby
[23:59]  * ben waves
[00:01] <cho> =1+1 <b>bold</b>
"""
TEXT = """\
[2026-11-21T23:58:00] <ana> good night
[2026-11-21T23:58:00] <ana> good night
[2026-11-21T23:59:00] * ben waves
[2026-11-22T00:01:00] <cho> =1+1 <b>bold</b>
"""


@pytest.fixture
def convert(admin, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "2026-11-21.log").write_text(LOG)

    def run(*arguments):
        result = admin("convert", *arguments)
        assert result.exit_code == 0, result.stderr
        return result.stdout

    return run


@pytest.mark.parametrize("between", ["lobby.jsonl", "lobby.weechatlog", "lobby.irssi.log"])
def test_a_log_says_the_same_by_whatever_way_it_went(convert, between):
    convert("2026-11-21.log", between, "--from", "irc", "--room", "lobby")

    assert convert(between, "-", "--to", "txt") == TEXT


def test_what_was_skipped_is_said_with_its_reason(convert):
    report = convert("2026-11-21.log", "lobby.jsonl", "--from", "irc")

    assert report == (
        "wrote 4 messages to lobby.jsonl\n  skipped 1: joins, parts, renames and other events\n"
    )


def test_a_converted_log_is_an_export_that_can_be_imported(convert, admin):
    convert("2026-11-21.log", "lobby.jsonl", "--from", "irc", "--room", "lobby")

    imported = admin("import", "lobby.jsonl", "--json")

    assert json.loads(imported.stdout)["added"] == 4, imported.stderr
    assert admin("export", "lobby", "--format", "txt").stdout == TEXT


def test_an_export_converts_to_itself(convert, tmp_path):
    convert("2026-11-21.log", "1.jsonl", "--from", "irc")
    convert("1.jsonl", "2.jsonl")

    assert (tmp_path / "1.jsonl").read_bytes() == (tmp_path / "2.jsonl").read_bytes()


def test_a_cut_off_export_makes_no_file(convert, admin, tmp_path):
    convert("2026-11-21.log", "1.jsonl", "--from", "irc")
    whole = (tmp_path / "1.jsonl").read_bytes()
    (tmp_path / "1.jsonl").write_bytes(whole[: whole.rindex(b'{"type":"footer"')])

    result = admin("convert", "1.jsonl", "1.html")

    assert result.exit_code == Exit.UNVERIFIED
    assert not (tmp_path / "1.html").exists()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("nowhere.jsonl", "x.html"), Exit.NOT_FOUND),
        (("2026-11-21.log", "x.html"), Exit.USAGE),
        (("2026-11-21.log", "x.doc", "--from", "irc"), Exit.USAGE),
    ],
)
def test_what_cannot_be_converted_is_said(convert, admin, arguments, code):
    assert admin("convert", *arguments).exit_code == code


WEECHAT = """\
2026-11-22 18:30:00\t@ana\thello there
2026-11-22 18:30:01\t-->\tcho (~cho@host) has joined #lobby
2026-11-22 18:30:02\t *\tben waves
2026-11-22 18:30:03\t--\tMode #lobby [+o ana] by ben
2026-02-30 18:30:03\tana\tno such day
rubbish
"""
IRSSI = """\
--- Log opened Sun Nov 22 18:00:00 2026
18:30 < ana> hello there
18:30 -!- cho [~cho@host] has joined #lobby
18:30  * ben waves
--- Day changed Mon Nov 23 2026
00:01 <@ana> still here
rubbish
--- Log closed Mon Nov 23 01:00:00 2026
"""


def test_logs_of_weechat_are_read(convert, tmp_path):
    (tmp_path / "lobby.weechatlog").write_text(WEECHAT)

    report = json.loads(convert("lobby.weechatlog", "x.txt", "--json"))

    assert report["skipped"] == {"event": 2, "not_a_message": 2}
    assert (tmp_path / "x.txt").read_text() == (
        "[2026-11-22T18:30:00] <ana> hello there\n[2026-11-22T18:30:02] * ben waves\n"
    )


def test_logs_of_irssi_are_read_day_by_day(convert, tmp_path):
    (tmp_path / "lobby.log").write_text(IRSSI)

    report = json.loads(convert("lobby.log", "x.txt", "--from", "irssi", "--json"))

    assert report["skipped"] == {"event": 4, "not_a_message": 1}
    assert (tmp_path / "x.txt").read_text() == (
        "[2026-11-22T18:30:00] <ana> hello there\n"
        "[2026-11-22T18:30:00] * ben waves\n"
        "[2026-11-23T00:01:00] <ana> still here\n"
    )


def test_a_log_whose_format_is_not_known_is_refused_with_the_option_that_says_it(admin, tmp_path):
    (tmp_path / "a.log").write_text("[12:00] <ana> hello\n")

    result = admin("convert", str(tmp_path / "a.log"), str(tmp_path / "a.csv"))

    assert result.exit_code == Exit.USAGE
    assert "--from jsonl|irc|weechat|irssi" in result.stderr
