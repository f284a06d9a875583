"""The errors sanchat answers with: one tree, each with a wire code, an HTTP status and advice.

ChatError
├── BadFrame            bad_frame
├── UnknownCommand      unknown_command
├── BadName             bad_name
├── NameTaken           name_taken
├── BadPassword         bad_password
├── NotSignedIn         not_signed_in
├── NotFound            not_found
├── Forbidden           forbidden
├── Kicked              forbidden, with a time to wait
├── Banned              banned
├── Muted               muted
├── Archived            archived
├── EmptyText           empty_text
├── TextTooLong         text_too_long
├── RateLimited         rate_limited
├── SlowMode            slow_mode
├── NotSubscribed       not_subscribed
├── Conflict            conflict
├── Unavailable         unavailable
└── Internal            internal
StartupError            a sentence for the person who started the program, no wire code
"""

from typing import Any, ClassVar


class ChatError(Exception):
    """Something sanchat refuses, in words for a person (`str(error)`) and facts for a program."""

    code: ClassVar[str] = "internal"
    status: ClassVar[int] = 400
    temporary: ClassVar[bool] = False

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.facts = facts

    def payload(self) -> dict[str, Any]:
        """The JSON object `error` of replies and HTTP answers."""
        body: dict[str, Any] = {"code": self.code, "message": str(self)}
        if self.temporary:
            body["temporary"] = True
        return body | self.facts


class BadFrame(ChatError):
    """A frame, body or query that cannot be read as what was asked for."""

    code = "bad_frame"


class UnknownCommand(ChatError):
    """A well-formed frame whose `type` this server does not know."""

    code = "unknown_command"


class BadName(ChatError):
    """A name that nobody may have."""

    code = "bad_name"


class NameTaken(ChatError):
    """A name that somebody else has or holds."""

    code = "name_taken"
    status = 409


class BadPassword(ChatError):
    """A new password that would be guessed; carries `least`, its smallest length."""

    code = "bad_password"

    def __init__(self, message: str, least: int) -> None:
        super().__init__(message, least=least)


class NotSignedIn(ChatError):
    """Nobody is signed in, or the session has ended."""

    code = "not_signed_in"
    status = 401


class NotFound(ChatError):
    """There is no such thing, as far as this person may know."""

    code = "not_found"
    status = 404


class Forbidden(ChatError):
    """The person may not do this."""

    code = "forbidden"
    status = 403


class Kicked(Forbidden):
    """Removed a moment ago; carries `retry_after_ms`."""

    temporary = True


class Banned(ChatError):
    """Kept out of a room or of the server; carries `until` (UTC milliseconds) where it ends."""

    code = "banned"
    status = 403


class Muted(ChatError):
    """May read but not write; carries `until` (UTC milliseconds) where it ends."""

    code = "muted"
    status = 403


class Archived(ChatError):
    """The room is read only."""

    code = "archived"
    status = 403


class EmptyText(ChatError):
    """A message of blanks alone."""

    code = "empty_text"


class TextTooLong(ChatError):
    """A message above the limit; carries `limit` (code points)."""

    code = "text_too_long"
    status = 413

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(
            f"The message has {length:,} characters; at most {limit:,} are allowed.", limit=limit
        )


class RateLimited(ChatError):
    """Too much at once; carries `retry_after_ms`."""

    code = "rate_limited"
    status = 429
    temporary = True

    def __init__(self, retry_after_ms: int, doing: str = "send") -> None:
        super().__init__(
            f"Slow down. You can {doing} again in {retry_after_ms / 1000:.1f} s.",
            retry_after_ms=retry_after_ms,
        )


class SlowMode(ChatError):
    """The room takes one message per person and interval; carries `retry_after_ms`."""

    code = "slow_mode"
    status = 429
    temporary = True

    def __init__(self, interval_s: int, retry_after_ms: int) -> None:
        super().__init__(
            f"One message every {interval_s} s here. "
            f"You can send again in {retry_after_ms / 1000:.1f} s.",
            retry_after_ms=retry_after_ms,
        )


class NotSubscribed(ChatError):
    """The command needs a subscription to the room first."""

    code = "not_subscribed"


class Conflict(ChatError):
    """The thing is there already, or in a state that forbids this."""

    code = "conflict"
    status = 409


class Unavailable(ChatError):
    """Nothing was stored; the same command may succeed later."""

    code = "unavailable"
    status = 503
    temporary = True


class Internal(ChatError):
    """A fault of the server; carries `incident`, the id of its log line."""

    code = "internal"
    status = 500

    def __init__(self, incident: str) -> None:
        super().__init__(
            f"Something went wrong on the server (incident {incident}).", incident=incident
        )


class StartupError(Exception):
    """The program cannot start; `str(error)` says why and what to do."""
