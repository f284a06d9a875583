"""How messages look on a terminal: who, when, what; nothing of others' text steers it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zlib import crc32

from sanchat.cli.terminal import visible, visible_document

Frame = dict[str, Any]
Fragments = list[tuple[str, str]]  # (style, text), as prompt_toolkit takes them

_COLOURS = ("ansicyan", "ansigreen", "ansiyellow", "ansimagenta", "ansiblue", "ansired")
FAINT = "ansibrightblack"
REMEMBERED = 1_000  # messages whose state is known, to say what changed


def colour_of(name: str) -> str:
    """One of six colours, the same each time for a name."""
    return _COLOURS[crc32(name.encode()) % len(_COLOURS)]


class Timeline:
    """Turns messages, as they come and change, into lines."""

    def __init__(self, own_id: int | None = None) -> None:
        self.own_id = own_id
        self._known: dict[int, Frame] = {}
        self._day = ""

    def last_own(self) -> Frame | None:
        """The newest message of one's own that is still there."""
        for message in sorted(self._known.values(), key=lambda each: -int(each["seq"])):
            if message["user"]["id"] == self.own_id and "deleted_at" not in message:
                return message
        return None

    def of(self, seq: int) -> Frame | None:
        return self._known.get(seq)

    def clear(self) -> None:
        self._known.clear()

    def lines(self, message: Frame) -> Iterator[Fragments]:
        """What to print when this message comes: itself, or how it has changed."""
        before = self._known.pop(message["seq"], None)
        self._known[message["seq"]] = message
        if len(self._known) > REMEMBERED:
            del self._known[next(iter(self._known))]
        if before is not None:
            yield from self._change(before, message)
            return
        moment = datetime.fromtimestamp(message["sent_at"] / 1_000).astimezone()
        day = f"{moment:%Y-%m-%d}"
        if day != self._day:
            self._day = day
            yield [(FAINT, f"── {day} ──")]
        if message.get("reply_to") is not None:
            yield self._quote(message["reply_to"])
        head: Fragments = [(FAINT, f"{moment:%H:%M} {message['seq']:>4} ")]
        yield from self._body(head, message)

    def _body(self, head: Fragments, message: Frame) -> Iterator[Fragments]:
        name = visible(message["user"]["name"])
        who = f"{colour_of(name)} bold"
        after: Fragments = [(FAINT, " (edited)")] if "edited_at" in message else []
        if "deleted_at" in message:
            yield [*head, (who, name), (FAINT, " deleted this message")]
            return
        first, *more = visible_document(message.get("text", "")).expandtabs(4).split("\n")
        match message.get("kind"):
            case "action":
                said: Fragments = [("", "* "), (who, name), ("italic", f" {first}")]
            case "notice":
                said = [(FAINT, f"-- {first}")]
            case _:
                said = [(who, name), ("", f"  {first}")]
        if not more:
            yield [*head, *said, *after]
            return
        yield [*head, *said]
        for line in more[:-1]:
            yield [("", f"           {line}")]
        yield [("", f"           {more[-1]}"), *after]

    def _change(self, before: Frame, message: Frame) -> Iterator[Fragments]:
        head: Fragments = [(FAINT, f"  ~   {message['seq']:>4} ")]
        said = ("text", "edited_at", "deleted_at", "kind")
        if any(before.get(field) != message.get(field) for field in said):
            yield from self._body(head, message)
        elif before.get("reactions") != message.get("reactions"):
            shown = "  ".join(
                f"{visible(each['emoji'])} {each['count']}" for each in message.get("reactions", [])
            )
            name = visible(message["user"]["name"])
            yield [*head, (FAINT, f"{name}: {shown or 'no reactions any more'}")]

    def _quote(self, seq: int) -> Fragments:
        quoted = self._known.get(seq)
        if quoted is None:
            return [(FAINT, f"           ↱ {seq}")]
        words = " ".join(str(quoted.get("text", "deleted message")).split())
        short = words if len(words) <= 60 else f"{words[:60]}…"
        return [(FAINT, f"           ↱ {visible(quoted['user']['name'])}: {visible(short)}")]
