"""Reads what `strace` saw of a server: whether an answer left before the disk had the message.

Pure: lines in, findings out. The lines are those of `strace -f -y -s 8192` for CALLS.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

CALLS = "pwrite64,write,writev,sendto,sendmsg,fsync,fdatasync"

_LINE = re.compile(
    r"(?P<pid>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<call>\w+)\()(?P<rest>.*)"
)
_UNFINISHED = "<unfinished ...>"


class Audit(NamedTuple):
    """Ids whose first answer came after the sync of their message, and those too early."""

    in_order: set[str]
    too_early: set[str]


def audit(lines: Iterable[str], ids: re.Pattern[str]) -> Audit:
    """Follow each id (a text that is said once) into the log, through a sync, to a socket.

    A sync counts for what was written before it began, and from when it has ended.
    """
    written: set[str] = set()  # in the log, not synced
    syncing: dict[str, set[str]] = {}  # by thread: what the sync under way covers
    synced: set[str] = set()
    in_order: set[str] = set()
    too_early: set[str] = set()
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            continue
        pid, rest = match["pid"], match["rest"]
        call = match["call"] or match["resumed"]
        if call in ("fsync", "fdatasync"):
            if match["call"] and "-wal>" in rest:
                syncing[pid] = set(written)
            if not rest.endswith(_UNFINISHED) and re.search(r"= 0$", rest):
                done = syncing.pop(pid, set())
                synced |= done
                written -= done
        elif match["call"] is None:
            continue  # what a call has written is in its first half
        elif call == "pwrite64" and "-wal>" in rest:
            written |= set(ids.findall(rest)) - synced
        elif "socket:" in rest or "TCP:" in rest:
            for id in set(ids.findall(rest)) - in_order - too_early:
                (in_order if id in synced else too_early).add(id)
    return Audit(in_order, too_early)
