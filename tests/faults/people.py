"""Those who chat: each keeps a cursor, retries under the same id, and writes down what they see.

They do what docs/protocol.md asks of a client that never loses a message, and nothing more.
"""

import asyncio
import contextlib
import random
import socket
import struct
from typing import Any
from urllib.parse import quote

import msgspec
from harness import Doors
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import WebSocketException

from faults.history import Acked, Asked, Entered, Heard, Held, Recorder, Shown

ROOM = "general"
REPLAY = 1_000
EDITED = 0.15  # of what is said is a new text for something said before
LEAKS = ("sqlite", "database", "traceback", "/tmp", "errno", "disk i/o")
OPEN_SECONDS = 10.0

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Refused(Exception):
    """The server said no."""


class Person:
    """Somebody at `/ws`. `run` for ever; `up` says whether it is worth knocking."""

    def __init__(
        self, name: str, doors: Doors, recorder: Recorder, up: asyncio.Event, *, chance: int
    ) -> None:
        self.name = name
        self.session: str | None = None
        self.epoch: str | None = None
        self.cursor = 0
        self.view: dict[int, Shown] = {}
        self.closes: list[int | None] = []
        self.leaks: list[str] = []
        self.may_write = asyncio.Event()
        self.may_write.set()
        self.is_in = False
        self.state = "not begun"
        self._doors = doors
        self._recorder = recorder
        self._up = up
        self._chance = random.Random(chance)
        self._connection: ClientConnection | None = None
        self._connections = 0
        self._said = 0
        self._pending: dict[str, Any] | None = None
        self._pending_text = ""
        self._asked: set[tuple[str | None, str]] = set()
        self._own: list[tuple[int, str]] = []  # what they may edit: number and id
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._refs = 0

    async def run(self) -> None:
        while True:
            await self._up.wait()
            with contextlib.suppress(OSError, WebSocketException, EOFError, Refused, TimeoutError):
                await self._visit()
            await asyncio.sleep(self._chance.uniform(0.005, 0.05))

    # Harm that comes to clients

    def reset(self) -> None:
        """The network goes: a reset in both directions."""
        connection = self._connection
        if connection is not None and not connection.transport.is_closing():
            raw = connection.transport.get_extra_info("socket")
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.transport.abort()

    def stall(self) -> None:
        """Read no more."""
        connection = self._connection
        if connection is not None and not connection.transport.is_closing():
            connection.transport.pause_reading()

    def go_on(self) -> None:
        connection = self._connection
        if connection is not None and not connection.transport.is_closing():
            with contextlib.suppress(RuntimeError):
                connection.transport.resume_reading()

    @property
    def is_waiting(self) -> bool:
        """Whether something they said is not confirmed yet."""
        return self._pending is not None

    def held(self) -> Held:
        return Held(self.name, dict(self.view))

    # One connection

    async def _visit(self) -> None:
        query = f"name={quote(self.name)}"
        query += f"&session={self.session}" if self.session else ""
        self.state = "knocking"
        connection = await self._doors.connect(f"/ws?{query}", ping_interval=None)
        self.state = "waiting for hello"
        self._connection = connection
        self._connections += 1
        self._answers.clear()
        try:
            hello = _decode(await connection.recv())
            self.session = hello.get("session", self.session)
            self.state = "subscribing"
            await self._subscribe(connection)
            self.state = "in"
            self.is_in = True
            tasks = [
                asyncio.ensure_future(self._read(connection)),
                asyncio.ensure_future(self._write(connection)),
            ]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                ends = await asyncio.gather(*tasks, return_exceptions=True)
            for end in ends:
                if isinstance(end, Exception):
                    raise end
        finally:
            self.is_in = False
            self._connection = None
            self.state = f"cut with {connection.close_code}"
            self.closes.append(connection.close_code)
            connection.transport.abort()

    async def _subscribe(self, connection: ClientConnection) -> None:
        complete = False
        while not complete:
            after, epoch = self.cursor, self.epoch
            asked_at = self._recorder.now()
            command = {"type": "subscribe", "ref": 0, "room": ROOM, "after": after}
            command["limit"] = REPLAY
            if epoch is not None:
                command["epoch"] = epoch
            await connection.send(_encode(command).decode())
            # Events of other kinds may come first; messages of this room may not.
            while True:
                frame = _decode(await connection.recv())
                if frame["type"] == "reply" and frame["ref"] == 0:
                    break
                if frame["type"] == "message":
                    self._hear(frame)
            if not frame["ok"]:
                self._note_refusal(frame["error"])
                raise Refused
            shown = tuple(_shown(message) for message in frame["messages"])
            entered = Entered(
                asked_at,
                self._recorder.now(),
                self.name,
                self._connections,
                after,
                epoch,
                frame["cursor"],
                frame["complete"],
                frame["reset"],
                shown,
            )
            self._recorder.record(frame["epoch"], entered)
            if frame["reset"]:
                # A fresh page is the newest alone: begin at the beginning to hold it all.
                self.epoch, self.cursor = frame["epoch"], 0
                self.view.clear()
                self._own.clear()
                if self._pending is not None and self._pending["type"] == "edit":
                    self._pending = None
                continue
            self.epoch, self.cursor = frame["epoch"], frame["cursor"]
            complete = frame["complete"]
            for one in shown:
                self._keep(one)

    async def _read(self, connection: ClientConnection) -> None:
        async for text in connection:
            frame = _decode(text)
            if frame["type"] == "message":
                self._hear(frame)
            elif frame["type"] == "reply":
                answer = self._answers.pop(frame["ref"], None)
                if answer is not None and not answer.done():
                    answer.set_result(frame)
                    self._note_ack(frame)
                    # Whoever reads while much is there lets others read too.
                    await asyncio.sleep(0)

    def _hear(self, frame: dict[str, Any]) -> None:
        shown = _shown(frame)
        at = self._recorder.now()
        self._recorder.record(self.epoch or "", Heard(at, self.name, self._connections, shown))
        self._keep(shown)
        self.cursor = max(self.cursor, shown.changed_seq)

    def _keep(self, shown: Shown) -> None:
        known = self.view.get(shown.seq)
        if known is None or known.changed_seq <= shown.changed_seq:
            self.view[shown.seq] = shown

    # What they say

    async def _write(self, connection: ClientConnection) -> None:
        while True:
            if self._pending is None:
                await self.may_write.wait()
                self._think()
            assert self._pending is not None
            self._refs += 1
            command = self._pending | {"ref": self._refs}
            answer = self._answers[self._refs] = asyncio.get_running_loop().create_future()
            if (self.epoch, self._pending_text) not in self._asked:
                self._asked.add((self.epoch, self._pending_text))
                asked = Asked(self._recorder.now(), self.name, self._pending_text)
                self._recorder.record(self.epoch or "", asked)
            await connection.send(_encode(command).decode())
            frame = await answer
            if frame["ok"]:
                continue
            self._note_refusal(frame["error"])
            if not frame["error"].get("temporary"):
                self._pending = None
            await asyncio.sleep(self._chance.uniform(0.02, 0.1))

    def _think(self) -> None:
        self._said += 1
        if self._own and self._chance.random() < EDITED:
            seq, id = self._chance.choice(self._own[-50:])
            self._pending_text = f"{id}!{self._said}"
            self._pending = {"type": "edit", "room": ROOM, "seq": seq, "text": self._pending_text}
        else:
            self._pending_text = f"{self.name}-{self._said}"
            self._pending = {
                "type": "post",
                "room": ROOM,
                "text": self._pending_text,
                "client_message_id": self._pending_text,
            }

    def _note_ack(self, frame: dict[str, Any]) -> None:
        # At the moment it is read, not when the writer comes to it: the order is the judge's.
        if not frame["ok"] or self._pending is None:
            return
        text = self._pending_text
        id = text.partition("!")[0]
        number = frame["seq"] if self._pending["type"] == "post" else frame["changed_seq"]
        if self._pending["type"] == "post":
            self._own.append((number, id))
        self._pending = None
        ack = Acked(
            self._recorder.now(), self.name, text, id, number, frame.get("duplicate", False)
        )
        self._recorder.record(self.epoch or "", ack)

    def _note_refusal(self, error: dict[str, Any]) -> None:
        refusals = self._recorder.refusals
        refusals[error["code"]] = refusals.get(error["code"], 0) + 1
        if any(word in error["message"].lower() for word in LEAKS):
            self.leaks.append(error["message"])


def _shown(message: dict[str, Any]) -> Shown:
    return Shown(
        message["seq"],
        message["changed_seq"],
        message.get("client_message_id", ""),
        message.get("text", ""),
    )
