"""A real server in the test's own loop, or in a process to be killed, and clients that never sleep.

Every wait is for a frame, an answer or an end; `PATIENCE_SECONDS` only bounds failure.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
from clients import LARGEST_FRAME, PATIENCE_SECONDS, Client, PlainClient, RawClient, handshake
from sanic import Sanic
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import Opcode

from sanchat.app import create_app
from sanchat.limits import Limits
from sanchat.models import Session, room_key
from sanchat.server import Server
from sanchat.settings import Settings

ROOT = Path(__file__).resolve().parents[1]


class Doors:
    """Ways to a server at a port of this machine."""

    port: int

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def origin(self) -> str:
        return f"http://{self.host}"

    async def connect(
        self, path: str, *, called: str | None = None, **options: Any
    ) -> ClientConnection:
        """A websocket at a path; whoever opens it closes it, or the end of `serving` does.

        `called` is the name that the server is asked for by.
        """
        usual = {"max_size": LARGEST_FRAME, "max_queue": None, "compression": None}
        options = usual | {"ping_interval": None, "host": "127.0.0.1", "port": self.port} | options
        return await connect(
            f"ws://{called or self.host}{path}",
            open_timeout=PATIENCE_SECONDS,
            proxy=None,
            **options,
        )

    def http(self, **options: Any) -> httpx.AsyncClient:
        """An HTTP client without proxies; `async with` it."""
        return httpx.AsyncClient(
            base_url=self.origin, trust_env=False, timeout=PATIENCE_SECONDS, **options
        )

    def script(self, **options: Any) -> httpx.AsyncClient:
        """As `http`, for a program that keeps no cookies."""
        return self.http(cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])), **options)

    async def raw(self) -> RawClient:
        return RawClient(*await asyncio.open_connection("127.0.0.1", self.port))


class LiveServer(Doors):
    """A server in this loop: `server` and `app` can be looked into."""

    def __init__(self, app: Sanic, port: int) -> None:
        self.app = app
        self.port = port
        self._stack = contextlib.AsyncExitStack()

    @property
    def server(self) -> Server:
        server: Server = self.app.ctx.server
        return server

    async def join(
        self,
        name: str | None,
        room: str | None = None,
        *,
        session: str | None = None,
        query: str = "",
        **options: Any,
    ) -> Client:
        """Connect to `/ws` (or `/ws/<room>`), with the hello read; closed when the test ends."""
        client = await self.knock(name, room, session=session, query=query, **options)
        client.hello = await client.expect("hello")
        return client

    async def join_with(self, token: str, room: str | None = None) -> Client:
        """As `join`, with a token of an account or a bot."""
        headers = {"Authorization": f"Bearer {token}"}
        return await self.join(None, room, additional_headers=headers)

    async def knock(
        self,
        name: str | None,
        room: str | None = None,
        *,
        session: str | None = None,
        query: str = "",
        **options: Any,
    ) -> Client:
        """As `join`, with nothing read yet."""
        path = "/ws" if room is None else f"/ws/{quote(room, safe='')}"
        asked = [f"name={quote(name)}"] if name is not None else []
        asked += [f"session={session}"] if session is not None else []
        asked += [query] if query else []
        connection = await self.connect(f"{path}?{'&'.join(asked)}", **options)
        self._stack.push_async_callback(connection.close)
        return Client(connection)

    async def gather(self, room: str, *names: str) -> list[Client]:
        """People who hear a room, each with everything so far read."""
        clients = [await self.join(name) for name in names]
        if await self.server.store.room(room) is None:
            await self.server.chat.create_room(room)
        for client in clients:
            await client.subscribe(room)
        for client in clients:
            await client.settled()
            client.unread.clear()
        return clients

    async def plain(self, room: str, name: str | None = None) -> PlainClient:
        query = f"?name={quote(name)}" if name is not None else ""
        connection = await self.connect(f"/room/{quote(room, safe='')}/{query}")
        self._stack.push_async_callback(connection.close)
        return PlainClient(connection)

    async def raw(self) -> RawClient:
        client = await super().raw()
        self._stack.callback(client.writer.close)
        return client

    async def raw_websocket(self, path: str = "/ws?name=ana", **headers: str) -> RawClient:
        """A websocket without a library behind it, its handshake done."""
        client = await self.raw()
        await client.write(handshake(path, self.host, **headers))
        assert (await client.head()).startswith("HTTP/1.1 101 ")
        return client

    async def greeted(self, path: str = "/ws?name=ana", **headers: str) -> RawClient:
        """A websocket without a library behind it, that has read its hello."""
        raw = await self.raw_websocket(path, **headers)
        await raw.message_of(Opcode.TEXT)
        return raw

    async def session_of(self, client: Client) -> Session:
        """The durable session behind a client."""
        session = await self.server.chat.session(client.session)
        assert session is not None
        return session

    def freeze_rates(self) -> None:
        """From here on no time passes for whoever is too fast."""
        self.server.limits = self.server.chat.limits = Limits(lambda: 0.0)

    async def promote(self, client: Client, role: str, kind: str = "guest") -> None:
        """Give somebody a role on the server, or an account."""
        with contextlib.closing(sqlite3.connect(self.server.settings.database)) as database:
            database.execute(
                "update users set role = ?, kind = ? where id = ?", (role, kind, client.user["id"])
            )
            database.commit()

    async def close_off(self, room: str, owner: Client, *others: Client) -> None:
        """A closed room with its owner and members."""
        user = (await self.session_of(owner)).user
        await self.server.chat.create_room(room, kind="closed", user=user)
        for other in others:
            member = (await self.session_of(other)).user
            act = await self.server.chat.belonging.add(room, member)
            await self.server.acts.carried_out(act)

    async def set_slow_mode(self, room: str, seconds: int) -> None:
        """As an administrator would; there is no command for it yet."""
        with contextlib.closing(sqlite3.connect(self.server.settings.database)) as database:
            database.execute(
                "update rooms set slow_mode_s = ? where name_key = ?", (seconds, room_key(room))
            )
            database.commit()

    async def server_bytes(self) -> bytes:
        """Everything the database files hold, the log moved in."""
        await self.server.store.checkpoint()
        files = sorted(self.server.settings.database.parent.glob("*.db*"))
        return b"".join(path.read_bytes() for path in files if path.is_file())

    async def aclose(self) -> None:
        await self._stack.aclose()


@contextlib.asynccontextmanager
async def serving(database: Path, **settings: Any) -> AsyncIterator[LiveServer]:
    """A server on a free port, in this loop. Rates are unlimited unless `limits=True`."""
    chosen = Settings(**({"limits": False, "database": database} | settings))
    app, protocol = create_app(chosen)
    app.config.TOUCHUP = False  # Sanic rewriting its methods takes longer than most tests
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = await app.create_server(
        sock=listener,
        protocol=protocol,
        return_asyncio_server=True,
        asyncio_server_kwargs={"start_serving": False},
    )
    assert server is not None
    await server.startup()
    await server.before_start()
    await server.after_start()
    await server.start_serving()
    live = LiveServer(app, listener.getsockname()[1])
    try:
        yield live
    finally:
        await live.aclose()
        server.close()
        await server.before_stop()
        for connection in list(server.connections):
            connection.abort()
        await server.wait_closed()
        await server.after_stop()
        Sanic.unregister_app(app)


async def until(condition: Callable[[], Any]) -> None:
    """Let the loop work until the condition holds: for what sends no frame."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110 (what is waited for belongs to the server)
            # Not 0: a loop that never rests keeps the interpreter from the journal's thread.
            await asyncio.sleep(0.001)


class ServerProcess(Doors):
    """`sanchat serve` as a process of its own, on one port for all its lives."""

    program: tuple[str, ...] = ("-m", "sanchat")

    def __init__(self, database: Path, *arguments: str, **environment: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.database = database
        self.log = database.with_suffix(".log")
        self._arguments = arguments
        self._environment = os.environ | environment
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and wait for the greeting: the port is open then."""
        command = [sys.executable, *self.program, "serve", "--port", str(self.port)]
        command += ["--database", str(self.database), *self._arguments]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                # To be killed as one; of the same session, whose processes Linux weighs together.
                process_group=0,
            )
        assert self._process.stdout is not None
        # An early death ends the pipe, and so this.
        greeting = self._process.stdout.readline()
        assert b"ready" in greeting, self.log.read_text(errors="replace")

    def kill(self) -> None:
        """As a power cut: `kill -9`, nothing is said to anybody."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        return self._end(signal.SIGTERM)

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def wait(self) -> int:
        assert self._process is not None
        assert self._process.stdout is not None
        code = self._process.wait(timeout=PATIENCE_SECONDS)
        self._process.stdout.close()
        self._process = None
        return code

    def _end(self, number: int) -> int:
        if self._process is None:
            return 0
        if self._process.poll() is None:
            self._process.send_signal(number)
        return self.wait()


@contextlib.contextmanager
def serving_process(database: Path, *arguments: str, **more: str) -> Iterator[ServerProcess]:
    """A running `sanchat serve --no-limits`, killed at the end where it still runs."""
    process = ServerProcess(database, "--no-limits", *arguments, **more)
    try:
        process.start()
        yield process
    finally:
        process.kill()
