"""The file of `sanchat-admin apply`: read, and checked for all that shows without a database.

What is wrong is told with the line at which its entry begins, before anything is done.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from sanchat.cli.failures import Exit, Failure
from sanchat.errors import ChatError
from sanchat.hashing import is_usable_hash
from sanchat.models import (
    CLOSED,
    OPEN,
    clean_room_name,
    clean_user_name,
    is_reserved,
    room_key,
    user_key,
)
from sanchat.policy import RANK
from sanchat.room_acts import check_rules, check_words
from sanchat.skeleton import skeleton

LARGEST_FILE_BYTES = 4 << 20
_HEAD = re.compile(r"\s*\[\[\s*(users|rooms)\s*\]\]")
_PLACE = re.compile(r" - at `\$\.(users|rooms)\[(\d+)\](?:\.?([^`]*))`$")


class WantedUser(msgspec.Struct, forbid_unknown_fields=True):
    """An account as the file has it; None leaves something as it is."""

    name: str
    role: str | None = None
    password_hash: str | None = None
    disabled: bool | None = None


class WantedRoom(msgspec.Struct, forbid_unknown_fields=True):
    """A room as the file has it. In a closed one, members who are not in `members` are removed."""

    name: str
    kind: str | None = None
    title: str | None = None
    topic: str | None = None
    posting: str | None = None
    history: str | None = None
    slow_mode_s: int | None = None
    archived: bool | None = None
    members: dict[str, str] | None = None


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    users: list[WantedUser] = []
    rooms: list[WantedRoom] = []


def read(file: Path) -> Wanted:
    """What there should be, with the names as they will be stored; Failure."""
    if not file.is_file():
        raise Failure(f"There is no file {file}.", exit=Exit.NOT_FOUND)
    if file.stat().st_size > LARGEST_FILE_BYTES:
        raise Failure(f"{file} is too large to be meant.", exit=Exit.USAGE)
    data = file.read_bytes()
    lines = _heads(data)
    try:
        wanted = msgspec.toml.decode(data, type=Wanted)
    except UnicodeDecodeError as error:
        raise _refused(file, "It is not UTF-8.", None) from error
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise _refused(file, *_placed(str(error), lines)) from error
    looks: dict[tuple[str, str], WantedUser | WantedRoom] = {}
    tables: dict[str, Sequence[WantedUser | WantedRoom]] = {
        "users": wanted.users,
        "rooms": wanted.rooms,
    }
    for table, entries in tables.items():
        for index, entry in enumerate(entries):
            try:
                entry.name = _checked(entry)
                _refuse_twice(entry, looks)
            except ChatError as error:
                sentence = f"{entry.name!r}: {error}"
                raise _refused(file, sentence, lines.get((table, index))) from error
            except ValueError as error:
                raise _refused(file, str(error), lines.get((table, index))) from error
    return wanted


def _checked(entry: WantedUser | WantedRoom) -> str:
    """The name of an entry that can be; ChatError or ValueError with what cannot."""
    if isinstance(entry, WantedUser):
        name = clean_user_name(entry.name)
        if is_reserved(name):
            raise ValueError(f"Nobody but the server itself can be called {name}.")
        _check_role(entry.role)
        if entry.password_hash is not None and not is_usable_hash(entry.password_hash):
            raise ValueError(f"The password_hash of {name} is none.")
        return name
    name = clean_room_name(entry.name)
    if entry.kind not in (None, OPEN, CLOSED):
        raise ValueError(f"{name} is to be {entry.kind}: a room is `open` or `closed`.")
    check_words(title=entry.title, topic=entry.topic)
    check_rules(posting=entry.posting, history=entry.history, slow_mode_s=entry.slow_mode_s)
    keys = []
    for member, role in (entry.members or {}).items():
        _check_role(role)
        keys.append(user_key(clean_user_name(member)))
        if keys.count(keys[-1]) > 1:
            raise ValueError(f"{member} is in {name} twice.")
    return name


def _check_role(role: str | None) -> None:
    if role not in (None, *RANK):
        raise ValueError(f"There is no role {role}.")


def _refuse_twice(
    entry: WantedUser | WantedRoom, looks: dict[tuple[str, str], WantedUser | WantedRoom]
) -> None:
    what = "user" if isinstance(entry, WantedUser) else "room"
    for look in _looks(entry):
        other = looks.setdefault((what, look), entry)
        if other is not entry:
            same = "" if other.name == entry.name else f": {other.name} counts as the same"
            raise ValueError(f"The {what} {entry.name} is in it twice{same}.")


def _looks(entry: WantedUser | WantedRoom) -> Iterator[str]:
    """All by which a name is one with another."""
    if isinstance(entry, WantedRoom):
        yield room_key(entry.name)
    else:
        yield f"key:{user_key(entry.name)}"
        yield f"look:{skeleton(entry.name)}"


def _heads(data: bytes) -> dict[tuple[str, int], int]:
    """At which line each entry begins, as far as it is written in the usual way."""
    found: dict[tuple[str, int], int] = {}
    counts: dict[Any, int] = {}
    for number, line in enumerate(data.decode(errors="replace").splitlines(), 1):
        head = _HEAD.match(line)
        if head is not None:
            index = counts[head[1]] = counts.get(head[1], -1) + 1
            found[head[1], index] = number
    return found


def _placed(words: str, lines: dict[tuple[str, int], int]) -> tuple[str, int | None]:
    """The words of a parser, and the line of the entry that they are about."""
    place = _PLACE.search(words)
    line = lines.get((place[1], int(place[2]))) if place is not None else None
    if place is None or line is None:
        return f"{words}.", None
    about = f" ({place[3]})" if place[3] else ""
    return f"{words[: place.start()]}{about}.", line


def _refused(file: Path, sentence: str, line: int | None) -> Failure:
    where = f"{file}, the entry at line {line}" if line is not None else str(file)
    return Failure(f"{where}, cannot be applied: {sentence}", exit=Exit.USAGE)
