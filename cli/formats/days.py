"""What documents for people share: days as headings, links in texts, what replies reply to."""

import re
from collections import OrderedDict
from collections.abc import Iterator

from sanchat.cli.terminal import visible
from sanchat.cli.times import utc
from sanchat.models import Message

REMEMBERED = 5_000  # messages whose beginning can be quoted by a reply
SNIPPET = 120  # characters of a quote

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"'`\\^{}|]+", re.IGNORECASE)
_AFTER_LINKS = ".,;:!?，。；：！？、…"
_BRACKETS = {")": "(", "]": "[", "）": "（", "】": "【", "」": "「", "》": "《"}


def day_of(at: int) -> str:
    """`Friday 20 November 2026`, of UTC milliseconds."""
    moment = utc(at)
    return f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in pieces, each with whether it is a link: to http, https or mailto alone."""
    place = 0
    for found in _LINK.finditer(text):
        link = _trimmed(found[0])
        if not link.partition(":")[2].strip("/"):
            continue
        yield text[place : found.start()], False
        yield link, True
        place = found.start() + len(link)
    yield text[place:], False


def _trimmed(link: str) -> str:
    """The link without the punctuation of the sentence around it."""
    while link:
        last = link[-1]
        unopened = last in _BRACKETS and link.count(_BRACKETS[last]) < link.count(last)
        if last not in _AFTER_LINKS and not unopened:
            break
        link = link[:-1]
    return link


class Memory:
    """How the latest messages begin, for those who reply to them; of a bounded number."""

    def __init__(self) -> None:
        self._snippets: OrderedDict[tuple[str, int], tuple[str, str]] = OrderedDict()

    def keep(self, message: Message) -> None:
        if message.deleted_at is not None:
            words = "deleted message"
        else:
            words = " ".join((message.text or "")[: SNIPPET * 2].split())
        snippet = words if len(words) <= SNIPPET else f"{words[:SNIPPET]}…"
        key = (message.room, message.seq)
        self._snippets[key] = (visible(message.user.name), visible(snippet))
        if len(self._snippets) > REMEMBERED:
            self._snippets.popitem(last=False)

    def of(self, room: str, seq: int) -> tuple[str, str] | None:
        """(author, beginning) of a message, where it is remembered."""
        return self._snippets.get((room, seq))
