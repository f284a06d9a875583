"""What moderators type in `sanchat chat` becomes a command; what makes no sense becomes none."""

import pytest

from sanchat.cli.moderating import order


@pytest.mark.parametrize(
    ("line", "command", "fields"),
    [
        ("/kick bob", "kick", {"user": "bob", "reason": ""}),
        ("/kick @bob take a break", "kick", {"user": "bob", "reason": "take a break"}),
        ('/kick "bob smith" out', "kick", {"user": "bob smith", "reason": "out"}),
        ("/kick #17", "kick", {"user": 17, "reason": ""}),
        ("/mute bob 1h30m calm", "mute", {"user": "bob", "seconds": 5_400, "reason": "calm"}),
        ("/mute bob 7 words", "mute", {"user": "bob", "reason": "7 words"}),
        ("/ban 玫 7d", "ban", {"user": "玫", "seconds": 604_800, "reason": ""}),
        ("/ban bob", "ban", {"user": "bob", "reason": ""}),
        ("/unban bob", "unban", {"user": "bob"}),
        ("/unmute bob", "unmute", {"user": "bob"}),
        ("/topic  Tea at five", "set_room", {"topic": "Tea at five"}),
        ("/topic", "set_room", {"topic": ""}),
    ],
)
def test_a_line_of_a_moderator_is_a_command(line, command, fields):
    word, _, rest = line.partition(" ")

    pending = order(word, rest)

    assert (pending.command, pending.fields) == (command, fields)


@pytest.mark.parametrize("line", ["/kick", "/ban ", "/unban bob eve", "/mute bob 0s", "/shout hi"])
def test_what_lacks_something_is_none(line):
    word, _, rest = line.partition(" ")

    assert order(word, rest) is None
