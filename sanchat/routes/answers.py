"""What HTTP answers have in common: JSON, errors, and the headers that keep pages safe."""

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING, Any, cast

import msgspec
from sanic import HTTPResponse, Request, Sanic
from sanic.exceptions import BadURL, SanicException
from sanic.response import raw

from sanchat.errors import BadFrame, ChatError, Internal, RateLimited
from sanchat.protocol import encode

if TYPE_CHECKING:
    from sanchat.server import Server

App = Sanic[Any, Any]

log = logging.getLogger("sanchat.http")

# Whoever asks too fast is told so late: who asks again at once costs the others next to nothing.
TOO_FAST_SECONDS = 0.5


def server_of(request: Request) -> "Server":
    """The server that a request came to."""
    return cast("Server", request.app.ctx.server)


def json_answer(body: Any, status: int = 200) -> HTTPResponse:
    """Personal by default: no cache keeps it."""
    return raw(
        encode(body),
        status=status,
        content_type="application/json",
        headers={"cache-control": "no-store"},
    )


def error_answer(error: ChatError) -> HTTPResponse:
    """`{"error": …}` with its status, and when to come back."""
    answer = json_answer({"error": error.payload()}, error.status)
    wait_ms = error.facts.get("retry_after_ms")
    if wait_ms is not None:
        answer.headers["retry-after"] = str(max(1, -(-int(wait_ms) // 1000)))
    return answer


def body_of(request: Request, kind: type[Any]) -> Any:
    """The JSON body as a record; BadFrame where it does not fit."""
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type != "application/json":
        raise BadFrame("The body has to be application/json.")
    try:
        return msgspec.json.decode(request.body, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise BadFrame(f"The body does not have the right shape: {error}.") from None


def number_of(request: Request, name: str) -> int | None:
    """A whole number of the query, or None where it is not given; BadFrame."""
    text = request.args.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 16):
        raise BadFrame(f"`{name}` is a whole number.")
    return int(text)


class ReadableRequest(Request):
    """A request whose address cannot be parsed asks for what is not there.

    Sanic would build its answer on the same address, fail again, and log a traceback.
    """

    def __init__(self, url_bytes: bytes, *arguments: Any, **more: Any) -> None:
        try:
            super().__init__(url_bytes, *arguments, **more)
        except BadURL:
            super().__init__(b"/unreadable", *arguments, **more)


def answer_errors(app: App) -> None:
    """Every failure is an answer of ours: a sentence and a code, never a traceback."""

    @app.exception(ChatError)
    async def refused(request: Request, error: ChatError) -> HTTPResponse:
        if isinstance(error, RateLimited):
            await asyncio.sleep(TOO_FAST_SECONDS)
        return error_answer(error)

    @app.exception(SanicException)
    async def not_ours(request: Request, error: SanicException) -> HTTPResponse:
        code = {404: "not_found", 405: "not_found", 413: "text_too_long"}.get(
            error.status_code, "bad_frame" if error.status_code < 500 else "internal"
        )
        if error.status_code >= 500 and not error.quiet:
            return _incident(request, error)
        sentence = {404: "There is nothing here.", 405: "This cannot be done here."}.get(
            error.status_code, "The request cannot be understood."
        )
        answer = json_answer({"error": {"code": code, "message": sentence}}, error.status_code)
        for name, value in (getattr(error, "headers", None) or {}).items():
            if name.lower() in ("allow", "upgrade", "sec-websocket-version"):
                answer.headers[name] = value
        return answer

    @app.exception(Exception)
    async def broken(request: Request, error: Exception) -> HTTPResponse:
        return _incident(request, error)


def _incident(request: Request, error: Exception) -> HTTPResponse:
    incident = secrets.token_hex(4)
    server_of(request).metrics.incidents.inc()
    log.error("incident %s: %s %s failed", incident, request.method, request.path, exc_info=error)
    return error_answer(Internal(incident))


def harden(app: App) -> None:
    """Headers on every answer."""

    @app.on_response
    async def headers(request: Request, response: HTTPResponse) -> None:
        response.headers.setdefault("x-content-type-options", "nosniff")
        response.headers.setdefault("referrer-policy", "no-referrer")
        response.headers.setdefault(
            "content-security-policy", "default-src 'none'; frame-ancestors 'none'"
        )
        response.headers.setdefault("cross-origin-resource-policy", "same-origin")
        if server_of(request).settings.is_https:
            response.headers.setdefault("strict-transport-security", "max-age=31536000")
