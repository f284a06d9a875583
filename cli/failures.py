"""Why a command did not do what it was asked, and the exit code that says so to a script."""

import sqlite3
from enum import IntEnum

from sanchat.errors import ChatError, StartupError


class Exit(IntEnum):
    """The exit codes of every command, as `docs/cli.md` promises them."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    NOT_FOUND = 3
    CONFLICT = 4
    REFUSED = 5
    UNREACHABLE = 6
    UNVERIFIED = 7


MEANINGS = {
    Exit.DONE: "done",
    Exit.FAILED: "failed",
    Exit.USAGE: "the command line, or a value on it, makes no sense",
    Exit.NOT_FOUND: "there is no such room, user, file or database",
    Exit.CONFLICT: "it exists already, or its state forbids this",
    Exit.REFUSED: "refused: it needs `--yes`, or is not allowed",
    Exit.UNREACHABLE: "the running server did not answer",
    Exit.UNVERIFIED: "what was checked is not in order",
}

# What the server, or the store, refuses: by its code, wherever it was asked from.
_EXIT_BY_CODE = {
    "bad_name": Exit.USAGE,
    "bad_password": Exit.USAGE,
    "bad_frame": Exit.USAGE,
    "empty_text": Exit.USAGE,
    "text_too_long": Exit.USAGE,
    "not_found": Exit.NOT_FOUND,
    "conflict": Exit.CONFLICT,
    "name_taken": Exit.CONFLICT,
    "forbidden": Exit.REFUSED,
    "archived": Exit.REFUSED,
    "banned": Exit.REFUSED,
    "muted": Exit.REFUSED,
    "unavailable": Exit.UNREACHABLE,
}
_HINT_BY_CODE = {
    "bad_name": "Choose another name.",
    "name_taken": "Choose another name.",
    "empty_text": "Give it a text with something to see in it.",
    "text_too_long": "Say it in several messages.",
    "not_found": "See how it is written in the lists of rooms, users or messages.",
    "forbidden": "Those who run the server can allow it.",
    "banned": "Those who run the server can let you in again.",
    "muted": "Those who run the server can let you write again.",
    "archived": "`sanchat-admin rooms restore` makes a room writable again.",
    "unavailable": "Try again in a moment.",
}
_HINT_BY_EXIT = {
    Exit.USAGE: "--help shows what is possible.",
    Exit.NOT_FOUND: "See whether the name and the path are right.",
    Exit.UNVERIFIED: "Take another copy: this one was cut off or changed.",
}
_CODE_BY_EXIT = {
    Exit.FAILED: "failed",
    Exit.USAGE: "usage",
    Exit.NOT_FOUND: "not_found",
    Exit.CONFLICT: "conflict",
    Exit.REFUSED: "refused",
    Exit.UNREACHABLE: "server_unreachable",
    Exit.UNVERIFIED: "verification_failed",
}


class Failure(Exception):
    """One sentence for a person, a hint on what to do, a code for programs and an exit code."""

    def __init__(self, message: str, *, exit: Exit, hint: str = "", code: str = "") -> None:
        super().__init__(message)
        self.exit = exit
        self.hint = hint or _HINT_BY_CODE.get(code) or _HINT_BY_EXIT.get(exit, "")
        self.code = code or _CODE_BY_EXIT[exit]

    def payload(self) -> dict[str, dict[str, str]]:
        """The JSON object that `--json` prints instead of the sentence."""
        return {"error": {"code": self.code, "message": str(self), "hint": self.hint}}


def refused(code: str, message: str, *, hint: str = "") -> Failure:
    """The failure that a refusal of the server or the store amounts to, by its code."""
    return Failure(message, exit=_EXIT_BY_CODE.get(code, Exit.FAILED), hint=hint, code=code)


def failure_from(error: Exception, hint: str = "") -> Failure | None:
    """The failure that an expected error amounts to; None for what nobody expected."""
    match error:
        case Failure():
            return error
        case ChatError():
            return refused(error.code, str(error), hint=hint)
        case StartupError():
            return Failure(str(error), exit=Exit.FAILED, hint=hint)
        case sqlite3.Error():
            return Failure(f"The database cannot be used: {error}.", exit=Exit.FAILED, hint=hint)
        case BrokenPipeError():
            return None  # the reader has had enough: no sentence is owed
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            return Failure(f"{where}{error.strerror or error}.", exit=Exit.FAILED, hint=hint)
    return None
