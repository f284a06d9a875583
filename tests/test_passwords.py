"""The process that hashes passwords: behind everybody else, and there only while it is needed."""

import asyncio
import ctypes
import os
import platform
import re
import resource
import signal
import struct
import subprocess
import sys

import pytest
from harness import until

from sanchat import hashing
from sanchat import passwords as passwords_module
from sanchat.errors import BadPassword, Unavailable
from sanchat.passwords import Passwords

PASSWORD = "seven herons in the fog"


@pytest.fixture
async def passwords():
    made = Passwords()
    yield made
    made.close()


async def test_what_was_hashed_fits_and_nothing_else_does(passwords):
    hashed = await passwords.hash(PASSWORD, names=("ana",))

    assert (await passwords.verify(hashed, PASSWORD)).is_right
    assert not (await passwords.verify(hashed, PASSWORD + "!")).is_right
    assert not (await passwords.verify(None, PASSWORD)).is_right
    assert passwords.runs == 4


@pytest.mark.parametrize("odd", ["ʻokina and 🐦", "nul\0 and \n lines\r\n of it"])
async def test_a_password_of_any_characters_is_compared_whole(passwords, odd):
    other = odd.replace("n", "m")
    hashed = await passwords.hash(PASSWORD, names=())

    assert not (await passwords.verify(hashed, odd)).is_right
    assert not (await passwords.verify(hashed, other)).is_right
    assert (await passwords.verify(hashed, PASSWORD)).is_right


async def test_what_would_be_guessed_is_refused_and_the_next_is_hashed(passwords):
    with pytest.raises(BadPassword):
        await passwords.hash("password1", names=())

    assert await passwords.hash(PASSWORD, names=())


async def test_s11_whoever_hashes_stands_behind_those_who_chat(passwords):
    await passwords.verify(None, PASSWORD)

    here = os.getpriority(os.PRIO_PROCESS, 0)
    assert os.getpriority(os.PRIO_PROCESS, passwords.pid) == min(19, here + hashing.NICENESS)
    assert os.getsid(passwords.pid) == os.getsid(0), "it would be weighed apart"
    assert os.getpgid(passwords.pid) != os.getpgid(0), "Ctrl-C would reach it"


@pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64")
    or tuple(map(int, re.findall(r"\d+", platform.release())[:2])) < (6, 12),
    reason="slices can be set since Linux 6.12",
)
async def test_s11_whoever_hashes_works_in_long_slices_so_that_who_wakes_goes_first(passwords):
    await passwords.verify(None, PASSWORD)

    found = ctypes.create_string_buffer(48)
    sched_getattr = 315
    assert ctypes.CDLL(None).syscall(sched_getattr, passwords.pid, found, 48, 0) == 0
    *_, slice_nanoseconds, _, _ = struct.unpack("=IIQiIQQQ", found)
    assert slice_nanoseconds == hashing.SLICE_SECONDS * 1e9


@pytest.fixture
def many_connections():
    """As many descriptors are open as of a server with more than a thousand connections."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2_048)), hard))
    with open(os.devnull, "rb") as nothing:
        held = [os.dup(nothing.fileno()) for _ in range(1_100)]
        yield
        for descriptor in held:
            os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_a_password_is_compared_beside_more_than_a_thousand_connections(
    many_connections, passwords
):
    stored = await passwords.hash(PASSWORD, names=())

    assert (await passwords.verify(stored, PASSWORD)).is_right


def test_a_process_that_has_come_to_a_halt_is_begun_again():
    hasher = passwords_module._Hasher(answer_seconds=5)
    question = hashing.asked("compared", None, PASSWORD)
    hasher.ask(question)
    os.kill(halted := hasher.pid, signal.SIGSTOP)

    assert hasher.ask(question) == [False, None]

    assert hasher.pid != halted
    hasher.end()


async def test_a_process_that_was_killed_is_begun_again(passwords):
    hashed = await passwords.hash(PASSWORD, names=())
    os.kill(passwords.pid, signal.SIGKILL)

    assert (await passwords.verify(hashed, PASSWORD)).is_right


def test_it_ends_with_the_server_however_that_ends():
    process = subprocess.Popen(hashing.command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    output, _ = process.communicate(hashing.asked("compared", None, PASSWORD), timeout=60)

    assert hashing.answered(output) == [False, None]
    assert process.returncode == 0


async def test_where_none_can_be_begun_it_is_said(passwords, monkeypatch):
    monkeypatch.setattr(hashing, "command", lambda: ["/no/such/program"])

    with pytest.raises(Unavailable):
        await passwords.verify(None, PASSWORD)


async def test_the_process_ends_once_it_is_not_used():
    passwords = Passwords(unused_seconds=0.0)
    hashed = await passwords.hash(PASSWORD, names=())
    await until(lambda: passwords.pid is None)

    assert (await passwords.verify(hashed, PASSWORD)).is_right
    passwords.close()


async def test_who_waits_when_it_is_over_is_told(passwords):
    await passwords.verify(None, PASSWORD)
    pid = passwords.pid
    waiting = asyncio.ensure_future(passwords.verify(None, PASSWORD))
    behind = asyncio.ensure_future(passwords.verify(None, PASSWORD))
    await asyncio.sleep(0)
    passwords.close()

    outcomes = await asyncio.gather(waiting, behind, return_exceptions=True)

    assert isinstance(outcomes[1], (Unavailable, asyncio.CancelledError))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
