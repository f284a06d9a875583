"""Reads and writes the logs of WeeChat: date and time, who, and what, with tabs between.

Times are taken for UTC. `-->`, `<--`, `--` and `=!=` in place of a nick are events, ` *` an action.
"""

import re
from collections.abc import Iterable, Iterator

from sanchat.cli.formats.records import Record
from sanchat.cli.formats.said import (
    EVENT,
    LINE_BYTES,
    TOO_LONG,
    UNREADABLE,
    Hearing,
    Said,
    Skipped,
    decoded,
    without_rank,
)
from sanchat.cli.formats.text import nick, words
from sanchat.cli.terminal import visible
from sanchat.cli.times import milliseconds, shown, utc_moment
from sanchat.models import Message

_LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\t([^\t]*)\t(.*)", re.DOTALL)
_EVENTS = ("-->", "<--", "--", "=!=", "")


def read_log(lines: Iterable[bytes]) -> Iterator[Said | Skipped]:
    """Each line as what was said, or why it is skipped."""
    hearing = Hearing("weechat")
    for line in lines:
        if len(line) > LINE_BYTES:
            yield Skipped(TOO_LONG)
            continue
        text, mended = decoded(line)
        found = _LINE.fullmatch(text)
        moment = utc_moment(found[1]) if found is not None else None
        if found is None or moment is None:
            yield Skipped(UNREADABLE)
            continue
        at, who, what = milliseconds(moment), found[2].strip(), found[3]
        if who in _EVENTS:
            yield Skipped(EVENT)
        elif who == "*":
            name, _, action = what.partition(" ")
            yield hearing.said(at, "action", without_rank(name), action, mended=mended)
        else:
            yield hearing.said(at, "plain", without_rank(who), what, mended=mended)


class WeechatWriter:
    """A log of one room, a line for each line of a text; names without blanks."""

    def write(self, record: Record) -> bytes:
        return "".join(_lines(record)).encode() if isinstance(record, Message) else b""

    def end(self) -> bytes:
        return b""


def _lines(message: Message) -> Iterator[str]:
    name = nick(message).replace(" ", "_")
    for line in words(message).splitlines():
        if message.deleted_at is not None:
            who, what = "--", f"{name} {line}"
        elif message.kind == "action":
            who, what = " *", f"{name} {line}"
        else:
            who, what = name, line
        yield f"{shown(message.sent_at)}\t{who}\t{visible(what)}\n"
