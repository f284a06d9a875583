"""argon2id, and the process beside the server that computes it.

A hash takes 25 ms and more of a processor core on purpose. A thread would take them in the server's
name, and hold the interpreter whenever the system lets it wait; a process of a lower rank has what
those who chat leave.
"""

import base64
import ctypes
import json
import os
import platform
import secrets
import struct
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO, NamedTuple

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

# OWASP's least for argon2id. Twice as much memory halves how many can sign in at once.
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
_HASHER = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)
LARGEST_MEMORY_KIB, MOST_PASSES = 256 * 1024, 10  # of hashes that come from elsewhere
LONGEST = 128  # code points of a password
FEWEST_GUESSES = 1e6  # at ten a minute, two months
NICENESS = 19  # of the process: behind all who chat, see docs/decisions
SLICE_SECONDS = 0.05  # longer than that of those who chat, see `stand_back`
JUDGED = 20  # characters; the whole is no easier to guess than its beginning


class Verdict(NamedTuple):
    """Whether a password fits; `fresh` is a new hash where the stored one is out of date."""

    is_right: bool
    fresh: str | None = None


def hashed(password: str, names: Iterable[str]) -> str | None:
    """The hash of a new password of somebody of these names; None if it would be guessed."""
    if not is_hard_to_guess(password, names):
        return None
    return _HASHER.hash(_normalised(password))


def compared(stored: str | None, password: str) -> Verdict:
    """Whether the password fits the hash; None costs the same and fits nothing."""
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
    return Verdict(True, _HASHER.hash(_normalised(password)))


def is_hard_to_guess(password: str, names: Iterable[str] = ()) -> bool:
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


# The process: a line of JSON asks, a line of JSON answers, until the one who asks is gone.

BEGIN = "import sys; sys.path[:] = sys.argv[1:]; from sanchat import hashing; hashing.main()"
WORK = {"hashed": hashed, "compared": compared}


def command() -> Sequence[str]:
    """What starts the process: this interpreter, with the same places to import from."""
    return sys.executable, "-c", BEGIN, *sys.path


def asked(name: str, *arguments: Any) -> bytes:
    """The line that asks for a piece of WORK."""
    return json.dumps([name, *arguments]).encode() + b"\n"


def answered(line: bytes) -> Any:
    """What a line of answer says."""
    return json.loads(line)


def main(questions: BinaryIO | None = None, answers: BinaryIO | None = None) -> None:
    """Answer line by line."""
    stand_back()
    answers = answers or sys.stdout.buffer
    for line in questions or sys.stdin.buffer:
        name, *arguments = json.loads(line)
        answers.write(json.dumps(WORK[name](*arguments)).encode() + b"\n")
        answers.flush()


def stand_back() -> None:
    """Let everybody else go first: on a busy core a hash takes a second or two, and not 30 ms.

    Linux takes the core from a process at once where one wakes that works in shorter slices, and
    otherwise may leave it there for three milliseconds, whatever its rank. Slices can be set since
    Linux 6.12; elsewhere the rank is all there is.
    """
    os.nice(NICENESS)
    number = _SCHED_SETATTR.get((sys.platform, platform.machine()))
    if number is not None:
        # The structure is that of sched_setattr(2); Python has no call for it.
        rank = os.getpriority(os.PRIO_PROCESS, 0)
        slice_nanoseconds = round(SLICE_SECONDS * 1e9)
        wish = struct.pack("=IIQiIQQQ", 48, os.SCHED_OTHER, 0, rank, 0, slice_nanoseconds, 0, 0)
        # Where the system refuses, the rank stays.
        ctypes.CDLL(None).syscall(number, 0, wish, 0)


_SCHED_SETATTR = {("linux", "x86_64"): 314, ("linux", "aarch64"): 274}
