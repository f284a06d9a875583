"""Passwords: which are good enough, and the queue of those to be hashed and compared.

One at a time, by `hashing` in a process of its own, and only so many may wait for it.
"""

import asyncio
import logging
import os
import selectors
import subprocess
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sanchat import hashing
from sanchat.errors import BadPassword, Unavailable
from sanchat.hashing import LONGEST, Verdict
from sanchat.models import ADMINS

log = logging.getLogger("sanchat.passwords")

LEAST, LEAST_OF_ADMINS = 8, 15  # code points
WAITING = 64
ANSWER_SECONDS = 30.0  # a thousand times what a hash takes on a core that is free
UNUSED_SECONDS = 60.0  # then the process ends, and with it what it holds of the memory


class Passwords:
    """Hashes and compares. `runs` counts the hashes that were computed."""

    def __init__(self, *, waiting: int = WAITING, unused_seconds: float = UNUSED_SECONDS) -> None:
        self._waiting = waiting
        self._unused_seconds = unused_seconds
        self._hasher = _Hasher()
        self._thread: ThreadPoolExecutor | None = None  # waits for the hasher
        self._unused: asyncio.TimerHandle | None = None
        self._pending = 0
        self.runs = 0

    @property
    def pid(self) -> int | None:
        """The number of the process that hashes, while there is one."""
        return self._hasher.pid

    async def hash(self, password: str, *, names: tuple[str, ...], role: str = "member") -> str:
        """The hash of a new password of somebody of these names; BadPassword, Unavailable."""
        least = least_length(role)
        if not least <= len(password) <= LONGEST:
            raise BadPassword(f"A password has {least} to {LONGEST} characters here.", least)
        hashed: str | None = await self._ask("hashed", password, names)
        if hashed is None:
            raise BadPassword(
                "This password is one of the first that somebody would try. "
                "A few words that have nothing to do with each other are better.",
                least,
            )
        self.runs += 1
        return hashed

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether the password fits the hash; None costs the same and fits nothing. Unavailable."""
        verdict = Verdict(*await self._ask("compared", stored, password))
        self.runs += 1 if verdict.fresh is None else 2
        return verdict

    def close(self) -> None:
        """End the process and whoever waits for it."""
        if self._unused is not None:
            self._unused.cancel()
        if self._thread is not None:
            self._thread.shutdown(wait=False, cancel_futures=True)
            self._thread = None
        self._hasher.end(for_good=True)

    async def _ask(self, name: str, *arguments: Any) -> Any:
        if self._pending >= self._waiting:
            raise Unavailable("Too many people sign in at once. Try again in a moment.")
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="sanchat-passwords")
        if self._unused is not None:
            self._unused.cancel()
        self._pending += 1
        loop = asyncio.get_running_loop()
        try:
            question = hashing.asked(name, *arguments)
            return await loop.run_in_executor(self._thread, self._hasher.ask, question)
        finally:
            self._pending -= 1
            if not self._pending and self._thread is not None:
                self._unused = loop.call_later(
                    self._unused_seconds, self._thread.submit, self._hasher.end
                )


class _Hasher:
    """The process that hashes, begun when it is first asked. All but `end` belong to one thread."""

    def __init__(self, answer_seconds: float = ANSWER_SECONDS) -> None:
        self._answer_seconds = answer_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._is_over = False

    @property
    def pid(self) -> int | None:
        process = self._process
        return None if process is None else process.pid

    def ask(self, question: bytes) -> Any:
        """The answer; Unavailable where the process ends twice without one."""
        for _ in range(2):
            answer = self._answer(question)
            if answer:
                return hashing.answered(answer)
            self.end()
        raise Unavailable("No password can be compared at the moment.")

    def _answer(self, question: bytes) -> bytes:
        if self._is_over:
            return b""
        try:
            process = self._process = self._process or self._begin()
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(question)
            process.stdin.flush()
            with selectors.DefaultSelector() as selector:
                selector.register(process.stdout, selectors.EVENT_READ)
                # One that has come to a halt is begun again.
                is_answered = selector.select(self._answer_seconds)
            return process.stdout.readline() if is_answered else b""
        except OSError as error:
            log.warning("the process for passwords: %s", error)
            return b""

    def _begin(self) -> "subprocess.Popen[bytes]":
        # Of the same session, whose processes Linux may weigh together; but what is typed to end
        # the server does not reach it.
        return subprocess.Popen(
            hashing.command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0 if os.name == "posix" else None,
        )

    def end(self, *, for_good: bool = False) -> None:
        self._is_over = self._is_over or for_good
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()


def least_length(role: str) -> int:
    """The smallest length of a password for somebody of this role on the server."""
    return LEAST_OF_ADMINS if role in ADMINS else LEAST
