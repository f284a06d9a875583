"""Whom a text names: `@ana`, whatever the case, and not within another name or an address."""

from collections.abc import Sequence

from sanchat.models import USER_NAME_LENGTH, User, user_key

CALLS = 20  # in one text; further ones name nobody
LONGEST_KEY = 3 * USER_NAME_LENGTH  # folding makes three characters of one, at most


def mentions_of(user: User, texts: Sequence[str]) -> int:
    """How often case-folded texts name the user."""
    name = "@" + user_key(user.name)
    return sum(_names(name, text) for text in texts)


def keys_named(text: str) -> set[str]:
    """What a case-folded text may name: compared names, most of which nobody has."""
    keys: set[str] = set()
    start = text.find("@")
    for _ in range(CALLS):
        if start < 0:
            break
        if not _joins(text[max(0, start - 1) : start]):
            called = text[start + 1 : start + 1 + LONGEST_KEY]
            for end in range(1, len(called) + 1):
                if not called[end - 1].isprintable():
                    break  # no name has it
                if not _joins(text[start + 1 + end : start + 2 + end]):
                    keys.add(called[:end])
        start = text.find("@", start + 1)
    return keys


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
