"""Passwords: which are good enough, and argon2id on threads of its own.

Hashing takes 70 ms and 19 MiB on purpose, so two threads do it, behind those that chat, and only
so many may wait for them.
"""

import asyncio
import base64
import os
import secrets
import sys
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple, TypeVar

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from sanchat.errors import BadPassword, Unavailable
from sanchat.models import ADMINS

LEAST, LEAST_OF_ADMINS = 8, 15  # code points
LONGEST = 128
THREADS = 2
WAITING = 64
FEWEST_GUESSES = 1e6  # at ten a minute, two months
JUDGED = 20  # characters; the whole is no easier to guess than its beginning

# OWASP's least for argon2id. Twice as much memory halves how many can sign in at once.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
_HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
LARGEST_MEMORY_KIB, MOST_PASSES = 256 * 1024, 10  # of hashes that come from elsewhere

_Answer = TypeVar("_Answer")


class Verdict(NamedTuple):
    """Whether a password fits; `fresh` is a new hash where the stored one is out of date."""

    is_right: bool
    fresh: str | None = None


class Passwords:
    """Hashes and compares. `runs` counts the hashes that were computed."""

    def __init__(self, *, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._threads = threads
        self._waiting = waiting
        self._pool: ThreadPoolExecutor | None = None
        self._pending = 0
        self.runs = 0

    async def hash(self, password: str, *, names: tuple[str, ...], role: str = "member") -> str:
        """The hash of a new password of somebody of these names; BadPassword, Unavailable."""
        least = least_length(role)
        if not least <= len(password) <= LONGEST:
            raise BadPassword(f"A password has {least} to {LONGEST} characters here.", least)
        return await self._run(lambda: self._judge_and_hash(password, names, least))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Whether the password fits the hash; None costs the same and fits nothing. Unavailable."""
        return await self._run(lambda: self._verify(stored, password))

    def close(self) -> None:
        """End the threads once they are done."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)
            self._pool = None

    async def _run(self, work: Callable[[], _Answer]) -> _Answer:
        if self._pending >= self._waiting:
            raise Unavailable("Too many people sign in at once. Try again in a moment.")
        if self._pool is None:
            self._pool = ThreadPoolExecutor(
                self._threads, thread_name_prefix="sanchat-passwords", initializer=_stand_back
            )
        self._pending += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, work)
        finally:
            self._pending -= 1

    def _judge_and_hash(self, password: str, names: tuple[str, ...], least: int) -> str:
        if not is_hard_to_guess(password, names):
            raise BadPassword(
                "This password is one of the first that somebody would try. "
                "A few words that have nothing to do with each other are better.",
                least,
            )
        self.runs += 1
        return _HASHER.hash(_normalised(password))

    def _verify(self, stored: str | None, password: str) -> Verdict:
        self.runs += 1
        if len(password) > LONGEST:
            stored, password = None, password[:LONGEST]
        try:
            _HASHER.verify(stored or _nobodys_hash(), _normalised(password))
        except (VerificationError, InvalidHashError):
            return Verdict(False)
        if stored is None:
            return Verdict(False)
        if not _HASHER.check_needs_rehash(stored):
            return Verdict(True)
        self.runs += 1
        return Verdict(True, _HASHER.hash(_normalised(password)))


def least_length(role: str) -> int:
    """The smallest length of a password for somebody of this role on the server."""
    return LEAST_OF_ADMINS if role in ADMINS else LEAST


def is_hard_to_guess(password: str, names: tuple[str, ...] = ()) -> bool:
    """Whether it is in none of the lists, nor close to one: 30,000 passwords, names and words."""
    from zxcvbn import zxcvbn  # its lists take a moment to load, and are seldom needed

    guesses = zxcvbn(password[:JUDGED], user_inputs=["sanchat", *names])["guesses"]
    return bool(guesses >= FEWEST_GUESSES)


def is_usable_hash(stored: str) -> bool:
    """Whether a hash made elsewhere is argon2id, and no dearer than a server should pay for."""
    try:
        found = extract_parameters(stored)
        if found.type is not Type.ID or len(stored) > 512:
            return False
        if found.memory_cost > LARGEST_MEMORY_KIB or found.time_cost > MOST_PASSES:
            return False
        # Only a comparison tells whether salt and hash can be read.
        _HASHER.verify(stored, "")
    except VerifyMismatchError:
        return True
    except (VerificationError, InvalidHashError, ValueError):
        return False
    return True


def _nobodys_hash() -> str:
    """A hash that nothing fits, and that costs what all others cost."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(size)).decode().rstrip("=") for size in (16, 32)
    )
    return f"$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${salt}${digest}"


def _normalised(password: str) -> str:
    # The same characters may be typed in two ways, by keyboard.
    return unicodedata.normalize("NFKC", password)


def _stand_back() -> None:
    # Linux has priorities for threads: those who chat go first. Elsewhere it would be the process.
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 10)
