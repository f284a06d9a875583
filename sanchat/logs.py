"""What the server writes about itself: one line an event on standard error, as text or as JSON.

No message text, no token and no address belongs there. What comes from outside (a name, a header)
is written so that it can neither begin a line of its own nor paint a terminal.
"""

import json
import logging
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")
SELDOM_SECONDS = 5.0
# Their words about themselves are not for operators, and aiosqlite's hold whatever is stored; what
# goes wrong in them is.
_LIBRARIES = (
    "sanic.root",
    "sanic.error",
    "sanic.server",
    "sanic.websockets",
    "asyncio",
    "aiosqlite",
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class TextLines(logging.Formatter):
    """`2026-11-22T18:30:00.000Z WARNING sanchat.journal: words`, a traceback indented below."""

    def format(self, record: logging.LogRecord) -> str:
        head = f"{_moment(record)} {record.levelname} {record.name}: "
        return (head + _inert(_words(self, record))).replace("\n", "\n    ")


class JsonLines(logging.Formatter):
    """One object a line: `time`, `level`, `logger`, `message`, and `trace` after a fault."""

    def format(self, record: logging.LogRecord) -> str:
        fields = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            fields["trace"] = self.formatException(record.exc_info)
        return json.dumps(fields)


class Seldom:
    """Whether it is time to say again what there may be reason to say many times a second."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said_at = float("-inf")

    def is_due(self) -> bool:
        """True at most once in some seconds; whoever is told so says it."""
        now = self._clock()
        if now - self._said_at < SELDOM_SECONDS:
            return False
        self._said_at = now
        return True


def begin_logging(level: str, *, as_json: bool) -> None:
    """Write everything of that level and above to standard error, from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if as_json else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.ERROR)


def _words(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    # What somebody sent must not begin a line; a traceback may.
    words = record.getMessage().replace("\n", "\\n")
    if record.exc_info:
        words += "\n" + formatter.formatException(record.exc_info)
    return words


def _inert(text: str) -> str:
    return _CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", text)


def _moment(record: logging.LogRecord) -> str:
    moment = datetime.fromtimestamp(record.created, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
