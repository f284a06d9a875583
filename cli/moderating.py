"""`/kick`, `/mute`, `/ban` and the like, as they are typed in `sanchat chat`.

The server reads no text: what is typed becomes a command here, for the room one is in.
"""

import re
from typing import Any

from sanchat.cli.conversation import Pending
from sanchat.cli.failures import Failure
from sanchat.cli.times import duration_seconds

HELP = """\
/kick name [why]            out of the room, for a minute
/mute name [1h] [why]       may read but not write; /unmute name
/ban name [7d] [why]        out of the room, for good without a time; /unban name
/topic text                 what the room is about"""
COMMANDS = ("/kick", "/mute", "/unmute", "/ban", "/unban", "/topic")

_WHO = re.compile(r"\s*@?(?:\"([^\"]+)\"|(\S+))\s*(.*)", re.DOTALL)
_TIME = re.compile(r"((?:\d+[smhd])+)(?:\s+|$)(.*)", re.DOTALL)


def order(word: str, rest: str) -> Pending | None:
    """The command that a line means; None where it lacks something. Names with blanks in quotes."""
    if word == "/topic":
        return Pending("set_room", {"topic": rest.strip()})
    found = _WHO.fullmatch(rest)
    if word not in COMMANDS or found is None:
        return None
    name = found[1] or found[2]
    fields: dict[str, Any] = {"user": int(name[1:]) if re.fullmatch(r"#\d{1,15}", name) else name}
    more = found[3].strip()
    if word in ("/mute", "/ban"):
        timed = _TIME.fullmatch(more)
        if timed is not None:
            try:
                fields["seconds"] = duration_seconds(timed[1])
            except Failure:
                return None
            more = timed[2].strip()
    if word in ("/kick", "/mute", "/ban"):
        fields["reason"] = more
    elif more:
        return None
    return Pending(word[1:], fields)
