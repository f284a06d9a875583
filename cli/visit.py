"""One websocket connection to a server, for the programs that chat: greeting, commands, replies.

What comes unasked goes to `on_event`. Nothing is tried again here.
"""

import asyncio
import contextlib
import itertools
import os
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidURI

import sanchat
from sanchat.cli.failures import Exit, Failure, refused
from sanchat.cli.sessions import Sessions

DEFAULT_URL = "http://127.0.0.1:8000"
OPEN_SECONDS = 10
REPLY_SECONDS = 20
SILENCE_SECONDS = 20  # between pings, and for their answers
LARGEST_FRAME = 1 << 20

Frame = dict[str, Any]


class Address(msgspec.Struct, frozen=True):
    """Where the server is, and as whom to come: under a guest's name or with a token."""

    url: str
    name: str | None
    token: str | None

    @property
    def websocket(self) -> str:
        parts = urlsplit(self.url)
        scheme = {"http": "ws", "https": "wss"}[parts.scheme]
        return f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/ws"


def address(url: str, name: str | None, token_file: Path | None, token: str | None) -> Address:
    """The address that the command line means; Failure where it makes none."""
    if "://" not in url:
        url = f"http://{url}"
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Failure(
            f"{url} is not the address of a server.",
            exit=Exit.USAGE,
            hint=f"Write it like {DEFAULT_URL} or https://chat.example.org.",
        )
    if parts.username or parts.password:
        raise Failure("An address with a password in it is seen by others.", exit=Exit.USAGE)
    if token_file is not None:
        if not token_file.is_file():
            raise Failure(f"There is no file {token_file}.", exit=Exit.NOT_FOUND)
        token = token_file.read_text().strip()
    if token is not None and (not token or not token.isprintable() or not token.isascii()):
        raise Failure("The token is not one.", exit=Exit.USAGE)
    return Address(url.rstrip("/"), name, token)


class Cut(Exception):
    """The connection is gone, or was never made; coming back may help."""


class Refused(Exception):
    """The server said no to a command; `error` is its reason."""

    def __init__(self, error: Frame) -> None:
        super().__init__(error.get("message", ""))
        self.error = error

    @property
    def wait_seconds(self) -> float | None:
        """When the same command may succeed, or None where it never will."""
        if not self.error.get("temporary"):
            return None
        return max(0.1, float(self.error.get("retry_after_ms", 1_000)) / 1_000)

    def failure(self) -> Failure:
        """The same as the end of a command."""
        return refused(self.error.get("code", ""), str(self))


_ENDINGS = {
    4501: ("banned", "You were kicked"),
    4502: ("banned", "You are banned"),
    4503: ("failed", "The server does not understand this program"),
    4504: ("not_found", "There is no such room"),
    4505: ("forbidden", "The server wants you to sign in"),
    4506: ("name_taken", "The name is in use or not allowed"),
}


class Visit:
    """An open connection that has been greeted."""

    def __init__(self, socket: ClientConnection, hello: Frame) -> None:
        self.hello = hello
        self.on_event: Callable[[Frame], None] = lambda frame: None
        self._socket = socket
        self._refs = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Frame]] = {}

    async def ask(self, type: str, **fields: Any) -> Frame:
        """Send a command and wait for the reply; Refused where it is no, Cut where none came."""
        ref = next(self._refs)
        answer: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()
        self._asked[ref] = answer
        command = {"type": type, "ref": ref} | fields
        try:
            await self._socket.send(msgspec.json.encode(command).decode())
            async with asyncio.timeout(REPLY_SECONDS):
                reply = await answer
        except ConnectionClosed as closed:
            raise _ending(closed) from None
        except TimeoutError:
            raise Cut("the server does not answer") from None
        finally:
            self._asked.pop(ref, None)
        if not reply.get("ok"):
            raise Refused(reply.get("error") or {})
        return reply

    async def listen(self) -> None:
        """Take in frames until the connection ends; raises Cut, or Failure where it is for good."""
        try:
            while True:
                frame = msgspec.json.decode(await self._socket.recv())
                if frame.get("type") != "reply":
                    self.on_event(frame)
                elif (answer := self._asked.get(frame.get("ref"))) and not answer.done():
                    answer.set_result(frame)
        except ConnectionClosed as closed:
            raise _ending(closed) from None
        finally:
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(Cut("the connection was cut"))
                    answer.exception()  # whoever waits sees it; nobody may be waiting


@asynccontextmanager
async def visiting(where: Address, sessions: Sessions) -> AsyncIterator[Visit]:
    """A connection that has been greeted. Cut where there is none now, Failure where never."""
    query, headers = "", {}
    if where.token is not None:
        headers["Authorization"] = f"Bearer {where.token}"
    elif where.name is not None:
        query = f"?name={quote(where.name, safe='')}"
        session = sessions.of(where.url, where.name)
        query += f"&session={quote(session, safe='')}" if session else ""
    async with contextlib.AsyncExitStack() as stack:
        try:
            socket = await stack.enter_async_context(
                connect(
                    where.websocket + query,
                    additional_headers=headers,
                    user_agent_header=f"sanchat/{sanchat.__version__}",
                    compression=None,
                    max_size=LARGEST_FRAME,
                    open_timeout=OPEN_SECONDS,
                    ping_interval=SILENCE_SECONDS,
                    ping_timeout=SILENCE_SECONDS,
                    close_timeout=1,
                )
            )
            async with asyncio.timeout(OPEN_SECONDS):
                hello = msgspec.json.decode(await socket.recv())
        except ConnectionClosed as closed:
            raise _ending(closed) from None
        except ssl.SSLCertVerificationError as error:
            raise Failure(f"{where.url}: {error.verify_message}.", exit=Exit.UNREACHABLE) from None
        except InvalidURI as error:
            raise Failure(f"{where.url} is not an address.", exit=Exit.USAGE) from error
        except InvalidHandshake as error:
            raise Cut(f"{where.url} does not answer as a sanchat: {error}") from None
        except TimeoutError:
            raise Cut(f"{where.url} does not answer") from None
        except OSError as error:
            raise Cut(f"{where.url} is not reached: {_why(error)}") from None
        if where.name is not None and isinstance(hello.get("session"), str):
            sessions.keep(where.url, where.name, hello["session"])
        yield Visit(socket, hello)


def _why(error: OSError) -> str:
    # asyncio makes sentences of its own of several addresses that fail.
    known = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else ""
    return known or error.strerror or str(error)


def _ending(closed: ConnectionClosed) -> Exception:
    """What the end of a connection means: codes from 4500 on are for good."""
    code = closed.rcvd.code if closed.rcvd is not None else 1006
    reason = closed.rcvd.reason if closed.rcvd is not None else ""
    if code in _ENDINGS:
        kind, sentence = _ENDINGS[code]
        # The server's own reason may say no more than the sentence.
        because = f" ({reason.rstrip('.')})" if reason.rstrip(".") not in ("", sentence) else ""
        return refused(kind, f"{sentence}{because}.")
    if code >= 4500 or code in (1003, 1007, 1009):
        return Failure(f"The server ended the connection ({code} {reason}).", exit=Exit.FAILED)
    return Cut(reason or "the connection was cut")
