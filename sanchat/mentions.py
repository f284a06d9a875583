"""Whom a text names: `@ana`, whatever the case, and not within another name or an address."""

from collections.abc import Sequence

from sanchat.models import User, user_key


def mentions_of(user: User, texts: Sequence[str]) -> int:
    """How often case-folded texts name the user."""
    name = "@" + user_key(user.name)
    return sum(_names(name, text) for text in texts)


def _names(name: str, text: str) -> bool:
    start = text.find(name)
    while start >= 0:
        end = start + len(name)
        # "@ana" is not named by "@anabel", nor by "joe@ana.example"; Chinese goes without blanks.
        if not (_joins(text[end : end + 1]) or _joins(text[max(0, start - 1) : start])):
            return True
        start = text.find(name, end)
    return False


def _joins(neighbour: str) -> bool:
    return neighbour.isascii() and neighbour.isalnum()
