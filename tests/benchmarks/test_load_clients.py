"""The benchmark's clients believe nothing: what is lost, doubled or out of order is counted."""

import contextlib
import socket
import sqlite3

import pytest
from benchmarks.connecting import come_in
from benchmarks.load import MARK, SANCHAT, Client, Load, Workload
from harness import ServerProcess


def text(sender: int, number: int) -> bytes:
    return b"\x81\x40" + MARK + f"{sender}.{number}|".encode().ljust(50, b"x")


@pytest.fixture
def ends():
    """Both ends of one connection."""
    near, far = socket.socketpair()
    yield near, far
    near.close()
    far.close()


def client_of(near: socket.socket, *, is_reader: bool) -> Client:
    client = Client(0, 0, is_reader=is_reader, is_sender=False)
    client.socket = near
    return client


@pytest.mark.parametrize("is_reader", [True, False])
def test_messages_are_counted_wherever_the_stream_is_cut(ends, is_reader) -> None:
    near, far = ends
    client = client_of(near, is_reader=is_reader)
    stream = b"".join(text(7, number) for number in range(1, 21))
    for at in range(0, len(stream), 13):
        far.sendall(stream[at : at + 13])
        client.receive()

    assert (client.received, client.disorder) == (20, 0)


@pytest.mark.parametrize("numbers", [[1, 3], [1, 1], [2], [1, 2, 1]])
def test_a_reader_notices_what_is_missing_doubled_or_out_of_order(ends, numbers) -> None:
    near, far = ends
    client = client_of(near, is_reader=True)
    far.sendall(b"".join(text(7, number) for number in numbers))
    client.receive()

    assert client.disorder


def test_a_run_against_a_server_loses_nothing(tmp_path) -> None:
    server = ServerProcess(tmp_path / "chat.db", "--no-limits")
    server.start()
    try:
        load = Load(server.port, SANCHAT, Workload(rooms=2, members=3, senders=2, window=4))
        result = load.run(seconds=0.2)
        load.close()
    finally:
        server.stop()

    assert result.sent >= 16
    assert (result.lost, result.disorder) == (0, 0)
    assert len(result.waits) == result.sent


def test_newcomers_all_come_in_and_their_number_is_true(tmp_path) -> None:
    server = ServerProcess(tmp_path / "chat.db", "--no-limits")
    server.start()
    try:
        arrival = come_in(server.port, server.pid, SANCHAT, people=20, rooms=2, at_once=8)
    finally:
        server.stop()

    assert arrival.people == 20
    assert arrival.rate > 0
    assert arrival.cpu_us > 0
    with contextlib.closing(sqlite3.connect(tmp_path / "chat.db")) as database:
        rooms = "room_id in (select id from rooms where name like 'bench%')"
        seats = database.execute(f"select count(*) from memberships where {rooms}").fetchone()
    assert seats == (20,)
