"""`sanchat chat`, `send` and `tail` against a real server: nothing lost, twice or torn."""

import asyncio
import json
import subprocess
import sys

from clients import PATIENCE_SECONDS
from harness import ROOT, ServerProcess

from sanchat.cli.conversation import Conversation
from sanchat.cli.failures import Exit
from sanchat.cli.lines import Timeline
from sanchat.cli.sessions import Sessions
from sanchat.cli.visit import Address


def texts(sanchat, room="general"):
    shown = sanchat("tail", room, "--no-follow", "--json", "--since", "0", "--name", "reader")
    assert shown.returncode == 0, shown.stderr
    return [json.loads(line).get("text") for line in shown.stdout.splitlines()]


# Sending


def test_what_is_sent_is_there_once_however_often_it_is_sent(sanchat):
    first, again = (
        sanchat("send", "general", "the build is green", "--name", "ci", "--id", "b-1", "--json")
        for _ in range(2)
    )

    assert json.loads(first.stdout)["duplicate"] is False, first.stderr
    assert json.loads(again.stdout) == json.loads(first.stdout) | {"duplicate": True}
    assert texts(sanchat) == ["the build is green"]


def test_standard_input_is_sent_as_it_is_but_for_its_last_line_end(sanchat):
    sanchat("send", "general", "-", "--name", "ci", input="  第一行\n\tsecond\n\n")

    assert texts(sanchat) == ["  第一行\n\tsecond\n"]


def test_what_is_not_sent_has_an_exit_code_and_a_word(sanchat):
    for arguments, code in [
        (("nowhere", "x", "--name", "ci"), Exit.NOT_FOUND),
        (("general", " ", "--name", "ci"), Exit.USAGE),
        (("general", "x" * 4_001, "--name", "ci"), Exit.USAGE),
        (("general", "x", "--name", "admin"), Exit.CONFLICT),
        (("general", "x", "--url", "http://127.0.0.1:1", "--wait", "0.2"), Exit.UNREACHABLE),
        (("general", "x", "--url", "ftp://example.org"), Exit.USAGE),
        (("general", "x", "--url", "http://ana:secret@example.org"), Exit.USAGE),
        (("general", "x", "--token-file", "/nowhere"), Exit.NOT_FOUND),
    ]:
        result = sanchat("send", *arguments, "--json")

        assert result.returncode == code, (arguments, result.stderr)
        assert set(json.loads(result.stderr)["error"]) == {"code", "message", "hint"}


def test_reading_without_following_ends_where_no_server_answers(sanchat):
    for since in ((), ("--since", "2026-11-01")):
        nowhere = ("--url", "http://127.0.0.1:1", "--no-follow", "--wait", "0.2", *since)
        result = sanchat("tail", "general", *nowhere, "--name", "reader")

        assert (result.returncode, result.stdout) == (Exit.UNREACHABLE, "")
        assert "http://127.0.0.1:1 is not reached: Connection refused." in result.stderr


def test_a_token_signs_in_from_a_file_or_the_environment(sanchat, tmp_path):
    sanchat("send", "general", "as a guest", "--name", "bot")
    (token,) = json.loads((tmp_path / "state" / "sanchat" / "sessions.json").read_text()).values()
    (tmp_path / "token").write_text(f"{token}\n")

    by_file = sanchat("send", "general", "by file", "--token-file", str(tmp_path / "token"))
    by_variable = sanchat("send", "general", "by variable", env={"SANCHAT_TOKEN": token})
    shown = sanchat("tail", "general", "--no-follow", "--json", "--name", "reader")

    assert (by_file.returncode, by_variable.returncode) == (0, 0), by_file.stderr
    names = [json.loads(line)["user"]["name"] for line in shown.stdout.splitlines()]
    assert names == ["bot", "bot", "bot"]


def test_a_name_is_the_same_person_the_next_time(sanchat, tmp_path):
    for text in ("one", "two"):
        assert sanchat("send", "general", text, "--name", "ci").returncode == 0

    shown = sanchat("tail", "general", "--no-follow", "--json", "--name", "reader").stdout
    assert len({json.loads(line)["user"]["id"] for line in shown.splitlines()}) == 1
    assert (tmp_path / "state" / "sanchat" / "sessions.json").stat().st_mode & 0o777 == 0o600


# Tailing


def test_a_tail_begins_where_it_is_told(sanchat):
    for number in range(1, 6):
        sanchat("send", "general", f"number {number}", "--name", "ci")

    def numbers(*arguments):
        shown = sanchat("tail", "general", "--no-follow", "--name", "reader", *arguments)
        return [int(line.rpartition(" ")[2]) for line in shown.stdout.splitlines()]

    assert numbers("--lines", "2") == [4, 5]
    assert numbers("--since", "3") == [3, 4, 5]
    assert numbers("--since", "2020-01-01") == [1, 2, 3, 4, 5]
    assert numbers("--since", "2100-01-01") == []


def test_a_tail_gets_no_escape_codes(sanchat):
    sanchat("send", "general", "\x1b[2J\x1b]0;pwned\x07\u202egnp.exe", "--name", "mallory")

    plain = sanchat("tail", "general", "--no-follow", "--name", "reader").stdout
    as_json = sanchat("tail", "general", "--no-follow", "--name", "reader", "--json").stdout

    assert not {"\x1b", "\x07", "\u202e"} & set(plain + as_json)
    assert json.loads(as_json)["text"] == "\x1b[2J\x1b]0;pwned\x07\u202egnp.exe"


def test_a_tail_goes_on_over_a_restart_without_a_hole(server, sanchat, outside):
    sanchat("send", "general", "before", "--name", "ci")
    command = [sys.executable, "-m", "sanchat", "tail", "general", "--json", "--name", "reader"]
    with subprocess.Popen(
        command, cwd=ROOT, env=outside, stdout=subprocess.PIPE, text=True
    ) as tail:
        assert tail.stdout is not None
        heard = [tail.stdout.readline()]
        server.kill()
        server.start()
        for text in ("after", "and on"):
            sanchat("send", "general", text, "--name", "ci")
        heard += [tail.stdout.readline() for _ in range(2)]
        tail.kill()

    assert [json.loads(line)["text"] for line in heard] == ["before", "after", "and on"]


# Following a room


class Listener:
    """Hears everything; `heard` is told of each message."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        self.cuts = 0
        self.news = asyncio.Event()

    def greeted(self, hello):
        self.news.set()

    def joined(self, reply):
        self.news.set()

    def message(self, message):
        self.messages.append(message)
        self.news.set()

    def event(self, frame):
        pass

    def void(self):
        self.messages.clear()

    def cut(self, reason, delay_seconds):
        self.cuts += 1
        self.news.set()

    def refused(self, pending, refusal):
        self.news.set()

    async def until(self, condition):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not condition():
                await self.news.wait()
                self.news.clear()


async def test_what_was_typed_while_cut_off_is_there_once_and_in_order(tmp_path):
    server = ServerProcess(tmp_path / "chat.db", "--no-limits")
    server.start()
    listener = Listener()
    where = Address(server.origin, "ana", None)
    ana = Conversation(
        where, "general", listener, sessions=Sessions(tmp_path / "s.json"), random_share=lambda: 0.0
    )
    following = asyncio.create_task(ana.run())
    try:
        await listener.until(lambda: ana.is_connected)
        for number in range(50):
            ana.post(f"line {number}")
        await listener.until(lambda: len(listener.messages) >= 10)
        server.kill()
        await listener.until(lambda: listener.cuts)
        ana.post("typed while cut off")
        server.start()
        await listener.until(lambda: len(listener.messages) == 51)
        async with asyncio.timeout(PATIENCE_SECONDS):
            await ana.said()
    finally:
        following.cancel()
        server.kill()

    expected = [*(f"line {number}" for number in range(50)), "typed while cut off"]
    assert [message["text"] for message in listener.messages] == expected
    assert [message["seq"] for message in listener.messages] == list(range(1, 52))
    assert len({message["user"]["id"] for message in listener.messages}) == 1


# Chatting


def test_two_people_talk_in_two_terminals(open_screen, sanchat):
    ana = open_screen("--name", "ana")
    mei = open_screen("--name", "玫")
    for screen in (ana, mei):
        screen.wait_for("/help shows the commands")

    ana.type("hello there\r")
    mei.wait_for("ana  hello there")
    mei.type("你好，安娜！\r")
    ana.wait_for("玫  你好，安娜！")
    mei.type("/me 挥手\r")
    ana.wait_for("* 玫 挥手")
    mei.type("/edit 招手\r")
    ana.wait_for("招手 (edited)")
    mei.type("/delete\r")
    ana.wait_for("玫 deleted this message")
    ana.type("/reply #1 to myself\r")
    mei.wait_for("↱ ana: hello there")
    ana.type("/who\r")
    ana.wait_for("2 here: ")
    ana.type("/quit\r")

    assert ana.process.wait(timeout=PATIENCE_SECONDS) == 0
    assert texts(sanchat) == ["hello there", "你好，安娜！", None, "to myself"]


def test_others_cannot_steer_the_terminal(open_screen, sanchat):
    ana = open_screen("--name", "ana")
    ana.wait_for("/help shows the commands")

    sanchat("send", "general", "\x1b]0;pwned\x07\u202egnp.exe", "--name", "mallory")

    ana.wait_for("mallory  \\x1b]0;pwned\\x07\\u202egnp.exe")


def test_who_is_removed_from_the_room_is_told_and_does_not_stay_before_a_dead_prompt(
    open_screen, server, program
):
    ana = open_screen("--name", "ana")
    ana.wait_for("/help shows the commands")

    program("sanchat.cli.admin", "users", "ban", "ana", "--room", "general", "--reason", "Enough")

    ana.wait_for("You were removed from general (Enough).")
    assert ana.process.wait(timeout=PATIENCE_SECONDS) == Exit.REFUSED


def test_what_the_server_says_to_one_is_not_said_to_be_for_everybody(open_screen, program):
    ana = open_screen("--name", "ana")
    ana.wait_for("/help shows the commands")

    program("sanchat.cli.admin", "users", "mute", "ana", "--reason", "Calm")

    ana.wait_for("-- sanchat: You cannot write here for now: Calm")


def test_a_command_that_makes_no_sense_is_not_lost_and_not_sent(open_screen, sanchat):
    ana = open_screen("--name", "ana")
    ana.wait_for("/help shows the commands")

    ana.type("/wave at ben\rtyped ahead\r")
    seen = ana.wait_for("ana  typed ahead")
    assert "there is no /wave" in seen
    assert "the Up key brings the line back" in seen
    ana.type("\x1b[A\x1b[A")
    ana.wait_for("/wave at ben")
    ana.type("\x01/\r")
    ana.wait_for("ana  /wave at ben")

    assert texts(sanchat) == ["typed ahead", "/wave at ben"]


def test_lines_typed_while_cut_off_come_after_the_connection_does(open_screen, server, sanchat):
    ana = open_screen("--name", "ana")
    ana.wait_for("/help shows the commands")
    server.kill()
    ana.wait_for("trying again")

    ana.type("断线时输入的\r")
    server.start()
    ana.wait_for("ana  断线时输入的")

    assert texts(sanchat) == ["断线时输入的"]


def test_a_chat_without_a_terminal_is_refused(sanchat):
    result = sanchat("chat", "--name", "ana", input="")

    assert result.returncode == Exit.USAGE
    assert "sanchat send" in result.stderr


def test_a_change_says_what_became_of_a_message():
    timeline = Timeline(own_id=1)
    said = {"seq": 1, "changed_seq": 1, "sent_at": 0, "user": {"id": 1, "name": "ana"}, "text": "a"}

    def shown(message):
        return ["".join(text for _, text in line) for line in timeline.lines(message)]

    assert shown(said)[-1].endswith("ana  a")
    assert shown(said | {"reactions": [{"emoji": "👍", "count": 2, "users": []}]}) == [
        "  ~      1 ana: 👍 2"
    ]
    assert shown(said | {"text": "b", "edited_at": 5}) == ["  ~      1 ana  b (edited)"]
    assert timeline.last_own() is not None
    assert shown({**said, "text": None, "deleted_at": 6}) == ["  ~      1 ana deleted this message"]
    assert timeline.last_own() is None
