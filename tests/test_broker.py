"""Doorbells between the processes of one machine: a ring may get lost, but never in the way."""

import asyncio
import os
import resource
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from people import do, saying

from sanchat.broker import open_broker
from sanchat.broker.local import bell_folder
from sanchat.store import open_store

RINGER = """
import sys
from pathlib import Path
from sanchat.broker import open_broker
open_broker(Path(sys.argv[1])).ring()
"""
LISTENER = """
import asyncio, sys
from pathlib import Path
from sanchat.broker import open_broker
async def listen():
    await open_broker(Path(sys.argv[1])).listen()
    print("listening", flush=True)
    await asyncio.sleep(60)
asyncio.run(listen())
"""


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "chat.db"


@pytest.fixture
async def listener(database: Path):
    broker = open_broker(database)
    await broker.listen()
    yield broker
    await broker.close()


async def test_a_ring_of_another_process_is_heard(database, listener):
    heard = asyncio.ensure_future(listener.heard(10))

    await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", RINGER, str(database)], check=True
    )

    assert await heard


async def test_one_does_not_hear_ones_own_ring(listener):
    listener.ring()

    assert not await listener.heard(0.05)


async def test_many_rings_are_one_piece_of_news(database, listener):
    ringer = open_broker(database)
    for _ in range(100):
        ringer.ring()

    assert await listener.heard(10)
    assert not await listener.heard(0.05)


async def test_everybody_who_listens_is_rung(database, listener):
    second, ringer = open_broker(database), open_broker(database)
    await second.listen()
    ringer.ring()

    heard = await asyncio.gather(listener.heard(10), second.heard(10))
    await second.close()

    assert heard == [True, True]


async def test_who_begins_to_listen_later_is_rung_too(database, listener):
    ringer = open_broker(database)
    ringer.ring()
    late = open_broker(database)
    await late.listen()

    ringer.ring()
    heard = await late.heard(10)
    await late.close()

    assert heard


def test_ringing_where_nobody_ever_listened_is_nothing(database):
    open_broker(database).ring()

    assert list(database.parent.iterdir()) == []


async def test_the_bell_of_a_dead_process_is_taken_down(database, listener):
    dead = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LISTENER, str(database), stdout=subprocess.PIPE
    )
    assert await dead.stdout.readline() == b"listening\n"
    bells = len(list(bell_folder(database).iterdir()))
    dead.kill()
    await dead.wait()
    ringer = open_broker(database)

    ringer.ring()

    assert bells == 2
    assert len(list(bell_folder(database).iterdir())) == 1
    assert await listener.heard(10)


async def test_a_bell_that_cannot_take_more_does_not_hold_up_the_ringer(database):
    deaf = open_broker(database)
    await deaf.listen()
    asyncio.get_running_loop().remove_reader(deaf._socket)
    ringer = open_broker(database)

    for _ in range(1_000):
        ringer.ring()

    asyncio.get_running_loop().add_reader(deaf._socket, deaf._hear)
    assert await deaf.heard(10)
    await deaf.close()


async def test_ringing_without_a_free_descriptor_is_a_lost_ring_and_no_more(database, listener):
    ringer = open_broker(database)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as highest:
        resource.setrlimit(resource.RLIMIT_NOFILE, (highest.fileno(), hard))
        try:
            ringer.ring()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    ringer.ring()

    assert await listener.heard(10)


async def test_bells_are_their_owners_alone(database, listener):
    folder = bell_folder(database)

    (bell,) = folder.iterdir()

    assert folder.stat().st_mode & 0o777 == 0o700
    assert bell.stat().st_mode & 0o777 == 0o600


async def test_who_stops_listening_takes_the_bell_down(database):
    broker = open_broker(database)
    await broker.listen()

    await broker.close()

    assert list(bell_folder(database).iterdir()) == []


async def test_a_path_too_long_for_a_socket_moves_to_a_private_folder(tmp_path):
    deep = tmp_path / ("d" * 100) / "chat.db"
    deep.parent.mkdir()
    listener, ringer = open_broker(deep), open_broker(deep)
    await listener.listen()

    ringer.ring()
    heard = await listener.heard(10)
    folder = bell_folder(deep)
    modes = [path.stat().st_mode & 0o777 for path in (folder, folder.parent)]
    await listener.close()
    folder.rmdir()

    assert heard
    assert str(os.getuid()) in str(folder)
    assert modes == [0o700, 0o700]


async def test_a_lost_ring_costs_a_second_and_nothing_else(live):
    (ana,) = await live.gather("general", "ana")
    beside = await open_store(live.server.settings.database)
    user = await beside.user(ana.user["id"])

    await do(beside, saying(user, "nobody rang", room="general"))
    message = await ana.expect("message")
    await beside.close()

    assert message["text"] == "nobody rang"
