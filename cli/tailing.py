"""`sanchat tail`: a room's messages as lines or as JSON, from anywhere on."""

import asyncio
import contextlib
import time

import msgspec

from sanchat.cli.conversation import Conversation, Pending
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.formats.text import lines as text_lines
from sanchat.cli.sessions import Sessions
from sanchat.cli.terminal import Terminal, json_line
from sanchat.cli.times import Bound
from sanchat.cli.visit import Address, Cut, Frame, Refused, Visit, visiting
from sanchat.models import Message


class Printer:
    """Prints what comes; says what else happens on standard error."""

    def __init__(self, terminal: Terminal, since: Bound, patience_seconds: float | None) -> None:
        self._terminal = terminal
        self._since = since
        self._patience_seconds = patience_seconds
        self._cut_at: float | None = None  # since when nothing comes
        self._was_cut = False
        self.caught_up = asyncio.Event()

    def greeted(self, hello: Frame) -> None:
        pass

    def joined(self, reply: Frame) -> None:
        if self._was_cut:
            self._terminal.note("Connected again.")
        self._was_cut = False
        self._cut_at = None
        self._terminal.out.flush()
        self.caught_up.set()

    def message(self, frame: Frame) -> None:
        self._cut_at = None
        if self._since.at is not None and frame["sent_at"] < self._since.at:
            return
        if self._terminal.as_json:
            print(json_line(frame), file=self._terminal.out)
        else:
            message = msgspec.convert(frame, Message)
            print("".join(text_lines([message])), end="", file=self._terminal.out)
        if self.caught_up.is_set():
            self._terminal.out.flush()

    def event(self, frame: Frame) -> None:
        pass

    def void(self) -> None:
        self._terminal.note("The server's history has begun anew.")

    def cut(self, reason: str, delay_seconds: float) -> None:
        now = time.monotonic()
        self._cut_at = now if self._cut_at is None else self._cut_at
        if self._patience_seconds is not None:
            if now + delay_seconds > self._cut_at + self._patience_seconds:
                raise _unreachable(reason)
        elif not self._was_cut:
            self._terminal.note(f"{_begun(reason)}; trying again.")
        self._was_cut = True

    def refused(self, pending: Pending, refusal: Refused) -> None:
        pass


async def tail(
    where: Address,
    room: str,
    terminal: Terminal,
    *,
    since: Bound,
    lines: int,
    follow: bool,
    patience_seconds: float,
) -> None:
    """Print until the server ends it for good; without `follow` until everything is printed.

    Whoever follows waits for a server as long as it takes, others for so many seconds: Failure.
    """
    patience = None if follow else patience_seconds
    after = None
    if since.seq is not None:
        after = max(0, since.seq - 1)
    elif since.at is not None:
        after = await _before(where, room, since.at, patience)
    printer = Printer(terminal, since, patience)
    conversation = Conversation(where, room, printer, after=after, limit=max(1, lines))
    following = asyncio.create_task(conversation.run())
    waiting = {following}
    done = asyncio.create_task(printer.caught_up.wait())
    if not follow:
        waiting.add(done)  # type: ignore[arg-type]
    try:
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        if following.done():
            await following
    finally:
        for task in (following, done):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, Failure):
            await following


def _unreachable(reason: str) -> Failure:
    return Failure(
        f"{_begun(reason)}.",
        exit=Exit.UNREACHABLE,
        hint="See whether the server runs; --wait waits for it.",
    )


def _begun(reason: str) -> str:
    # An address stays as it is written.
    return reason if "://" in reason.split(" ")[0] else reason[:1].upper() + reason[1:]


async def _before(where: Address, room: str, at: int, patience_seconds: float | None) -> int:
    """A number before the first message of that time on, found by halving."""
    began = time.monotonic()
    while True:
        try:
            async with visiting(where, Sessions()) as visit:
                listening = asyncio.create_task(visit.listen())
                try:
                    return await _halve(visit, room, at)
                finally:
                    listening.cancel()
                    await asyncio.gather(listening, return_exceptions=True)
        except Refused as refusal:
            if refusal.wait_seconds is None:
                raise refusal.failure() from None
            await asyncio.sleep(refusal.wait_seconds)
        except Cut as cut:
            if patience_seconds is not None and time.monotonic() - began + 1 > patience_seconds:
                raise _unreachable(str(cut)) from None
            await asyncio.sleep(1)


async def _halve(visit: Visit, room: str, at: int) -> int:
    newest = (await visit.ask("history", room=room, before=2**53, limit=1))["messages"]
    low, high = 0, newest[-1]["seq"] + 1 if newest else 0
    # Everything up to `low` is earlier, `high` and what follows is not.
    while high - low > 1:
        middle = (low + high) // 2
        page = (await visit.ask("history", room=room, before=middle + 1, limit=1))["messages"]
        if page and page[-1]["sent_at"] >= at:
            high = page[-1]["seq"]
        else:
            low = middle
    return low
