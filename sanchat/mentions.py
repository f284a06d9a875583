"""Whom a text names: `@ana`, whatever the case, and not within another name or an address."""

import re
from collections.abc import Sequence
from itertools import islice

from sanchat.models import USER_NAME_LENGTH, User, user_key

CALLS = 20  # in one text; further ones name nobody
LONGEST_KEY = 3 * USER_NAME_LENGTH  # folding makes three characters of one, at most
_CALL = re.compile(rf"@(?<![0-9A-Za-z]@)(?=(.{{1,{LONGEST_KEY + 1}}}))", re.DOTALL)


def mentions_of(user: User, texts: Sequence[str]) -> int:
    """How often case-folded texts name the user."""
    name = "@" + user_key(user.name)
    return sum(_names(name, text) for text in texts)


def calls_in(text: str) -> list[str]:
    """What stands behind each `@` of a case-folded text, as far as a name and its end may reach."""
    return [found[1] for found in islice(_CALL.finditer(text), CALLS)]


def keys_called(call: str, neighbour: str | None = None) -> set[str]:
    """The compared names that a call may mean, most of which nobody has.

    A `neighbour` is the last of all names, in their order, that is not behind the call: a name that
    the call begins with is the beginning of the neighbour too.
    """
    most = min(len(call), LONGEST_KEY)
    if neighbour is not None:
        most = min(most, len(neighbour))
    keys: set[str] = set()
    for end in range(1, most + 1):
        last = call[end - 1]
        if not last.isprintable() or (neighbour is not None and neighbour[end - 1] != last):
            break  # no name has it
        if not _joins(call[end : end + 1]):
            keys.add(call[:end])
    return keys


def keys_named(text: str) -> set[str]:
    """What a case-folded text may name."""
    return {key for call in calls_in(text) for key in keys_called(call)}


def _names(name: str, text: str) -> bool:
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        # "@ana" is not named by "@anabel", nor by "joe@ana.example"; Chinese goes without blanks.
        if not (_joins(text[end : end + 1]) or _joins(text[max(0, start - 1) : start])):
            return True
        start = text.find(name, start + 1)
    return False


def _joins(neighbour: str) -> bool:
    return neighbour.isascii() and neighbour.isalnum()
