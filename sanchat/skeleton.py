"""One spelling for all names that look alike, after Unicode's UTS 39.

The look-alikes come from the package confusable_homoglyphs; how upper and lower case join them is
decided here. A skeleton is for comparing only: it is not a name and nobody is shown it.
"""

import json
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from string import ascii_letters

_RIGHT_TO_LEFT_WRAPPER = "\u200e"  # the data puts it around Hebrew and Arabic
_NEVER_SEEN = {
    *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0),
    *range(0x180B, 0x1810),
    *range(0xFE00, 0xFE10),
    *range(0xE0000, 0xE1000),
}


_COMMON_BELOW = {"LATIN": 0x100, "GREEK": 0x400, "CYRILLIC": 0x460}


def skeleton(name: str) -> str:
    """Equal for two names that look alike in some letter case: `rn` and `m`, `I`, `l` and `1`.

    Names that differ in case alone are equal too, but for a few letters (a Greek Ν looks like N,
    its small ν like v): whoever needs all of them compares the case-folded names as well.
    """
    if name.isascii():
        return name.translate(_spellings())
    visible = "".join(
        character
        for character in unicodedata.normalize("NFKC", name)
        if ord(character) not in _NEVER_SEEN and unicodedata.category(character) != "Cf"
    )
    text = unicodedata.normalize("NFD", visible)
    for letter in "iIj":
        # A dot above a letter that has its own, or has one in lower case, tells nobody apart.
        text = text.replace(letter + "\u0307", letter)
    return unicodedata.normalize("NFD", text.translate(_spellings()))


@cache
def _spellings() -> dict[int, str]:
    """What to write for each character that is not its own spelling; made once, at first use."""
    group = _Groups()
    for character, other in _look_alikes():
        group.join(character, other)
    for letter in ascii_letters:
        group.join(letter, letter.lower())
    for letter, small in _case_pairs():
        if group.may_join(letter, small):
            group.join(letter, small)
    return {
        ord(text): spelling
        for members in group
        for spelling in [group.spelling(members)]
        for text in members
        if len(text) == 1 and text != spelling
    }


def _look_alikes() -> Iterator[tuple[str, str]]:
    from importlib.resources import files  # 10 ms that only the first comparison needs

    data = files("confusable_homoglyphs").joinpath("confusables.json").read_text("utf-8")
    for character, others in json.loads(data).items():
        for other in others:
            yield (
                character.replace(_RIGHT_TO_LEFT_WRAPPER, ""),
                other["c"].replace(_RIGHT_TO_LEFT_WRAPPER, ""),
            )


def _case_pairs() -> Iterator[tuple[str, str]]:
    for code in range(0xC0, 0x1E944):
        small = chr(code).casefold()
        if len(small) == 1 and small != chr(code):
            yield chr(code), small


class _Groups:
    """Characters, and sequences like `rn`, that count as one. Iterating gives each group."""

    def __init__(self) -> None:
        self._members: dict[str, list[str]] = {}

    def __iter__(self) -> Iterator[list[str]]:
        return iter({id(members): members for members in self._members.values()}.values())

    def join(self, one: str, other: str) -> None:
        members, others = self._of(one), self._of(other)
        if members is not others:
            members.extend(others)
            for text in others:
                self._members[text] = members

    def may_join(self, letter: str, small: str) -> bool:
        """Whether that leaves any two letters of one alphabet apart that were apart before."""
        ours, theirs = _letters(self._of(letter)), _letters(self._of(small))
        return all(
            ours[script] <= theirs[script] or theirs[script] <= ours[script]
            for script in ours.keys() & theirs.keys()
        )

    def spelling(self, members: list[str]) -> str:
        """How the whole group is written: a sequence if it has one, else its plainest letter."""
        best = min(members, key=_plainness)
        if len(best) == 1:
            return best
        parts = ((part, self._of(part)) for part in unicodedata.normalize("NFKD", best))
        return "".join(
            part if others is members else self.spelling(others) for part, others in parts
        )

    def _of(self, text: str) -> list[str]:
        if text not in self._members:
            self._members[text] = [text]
        return self._members[text]


def _letters(texts: list[str]) -> dict[str, set[str]]:
    """Those in use for names, by script; phonetic and historic ones may be taken for any other."""
    found: dict[str, set[str]] = defaultdict(set)
    for text in texts:
        if len(text) > 1 or (text.isascii() and text.isalnum()):
            found["LATIN"].add(text.casefold())
        elif text.isalpha() and unicodedata.is_normalized("NFKC", text):
            script = unicodedata.name(text, "").partition(" ")[0]
            if ord(text) < _COMMON_BELOW.get(script, ord(text) + 1):
                found[script].add(text.casefold())
    return found


def _plainness(text: str) -> tuple[bool, bool, bool, int, str]:
    plain = text.isascii()
    return len(text) == 1, not (plain and text.islower()), not plain, len(text), text
