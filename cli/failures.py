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

_EXIT_BY_CODE = {
    "bad_name": Exit.USAGE,
    "bad_frame": Exit.USAGE,
    "not_found": Exit.NOT_FOUND,
    "conflict": Exit.CONFLICT,
    "name_taken": Exit.CONFLICT,
    "forbidden": Exit.REFUSED,
    "archived": Exit.REFUSED,
    "banned": Exit.REFUSED,
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
        self.hint = hint
        self.code = code or _CODE_BY_EXIT[exit]

    def payload(self) -> dict[str, dict[str, str]]:
        """The JSON object that `--json` prints instead of the sentence."""
        return {"error": {"code": self.code, "message": str(self), "hint": self.hint}}


def failure_from(error: Exception, hint: str = "") -> Failure | None:
    """The failure that an expected error amounts to; None for what nobody expected."""
    match error:
        case Failure():
            return error
        case ChatError():
            exit = _EXIT_BY_CODE.get(error.code, Exit.FAILED)
            return Failure(str(error), exit=exit, hint=hint, code=error.code)
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
