"""What logs of other chats hold once read: who said what and when, or why a line is no message."""

from collections import Counter
from hashlib import blake2b

import msgspec

from sanchat.errors import BadFrame, BadName, EmptyText, TextTooLong
from sanchat.models import clean_text, clean_user_name

LINE_BYTES = 64 * 1024  # a line beyond this is skipped unread: no text of 4,000 characters needs it
NAME_LENGTH = 64  # code points; twice what people who sign in may have

EVENT, UNREADABLE, EMPTY = "event", "not_a_message", "no_text"
TOO_LONG, NOT_A_NAME, NUL = "too_long", "not_a_name", "nul"
MEANINGS = {
    EVENT: "joins, parts, renames and other events",
    UNREADABLE: "lines that are not in this format",
    EMPTY: "messages without text",
    TOO_LONG: "messages longer than 4,000 characters",
    NOT_A_NAME: "messages under a name of blanks or above 64 characters",
    NUL: "messages with the character NUL",
}


class Said(msgspec.Struct, frozen=True):
    """One message of a log. `client_message_id` is the same each time the same log is read."""

    sent_at: int  # UTC milliseconds
    name: str
    text: str
    kind: str
    client_message_id: str
    mended: bool = False  # held bytes that are not UTF-8, replaced by U+FFFD


class Skipped(msgspec.Struct, frozen=True):
    """A line that is no message, and why: a key of `MEANINGS`."""

    reason: str


class Hearing:
    """Makes messages of what lines say, each with an id of its own; `spelling` begins the ids.

    Two equal lines at the same time are two messages: they are told apart by their order.
    """

    def __init__(self, spelling: str) -> None:
        self._spelling = spelling
        self._heard_at = -1
        self._heard: Counter[tuple[str, str, str]] = Counter()

    def said(
        self, at: int, kind: str, nick: str, text: str, *, mended: bool = False
    ) -> Said | Skipped:
        """The message, or why it cannot be one here."""
        try:
            name = _shown_name(nick)
            text = clean_text(text)
        except BadName:
            return Skipped(NOT_A_NAME)
        except EmptyText:
            return Skipped(EMPTY)
        except TextTooLong:
            return Skipped(TOO_LONG)
        except BadFrame:
            return Skipped(NUL)
        if at != self._heard_at:
            self._heard_at = at
            self._heard.clear()
        self._heard[kind, name, text] += 1
        id = self._message_id(at, kind, name, text)
        return Said(at, name, text, kind, id, mended)

    def _message_id(self, at: int, kind: str, name: str, text: str) -> str:
        # NUL is in no name and no text, so that no two lines are spelled alike.
        spelled = "\0".join((str(at), kind, name, text, str(self._heard[kind, name, text])))
        return f"{self._spelling}:" + blake2b(spelled.encode(), digest_size=12).hexdigest()


def decoded(line: bytes) -> tuple[str, bool]:
    """A line without its end, and whether it held bytes that are not UTF-8."""
    line = line.removeprefix(b"\xef\xbb\xbf").rstrip(b"\r\n")
    try:
        return line.decode(), False
    except UnicodeDecodeError:
        return line.decode(errors="replace"), True


def without_rank(nick: str) -> str:
    """A nick without the sign that IRC clients put before those of operators and others."""
    return nick[1:] if len(nick) > 1 and nick[0] in "@+%&~ " else nick


def _shown_name(nick: str) -> str:
    """The name an imported user goes by, also where nobody could sign in with it."""
    try:
        return clean_user_name(nick)
    except BadName:
        shown = "".join(c if c.isprintable() else "\ufffd" for c in nick).strip()
        if not 1 <= len(shown) <= NAME_LENGTH:
            raise
        return shown
