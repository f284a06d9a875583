"""What live people cost as there are more of them, in one room, in many, or idle."""

import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.crowd import (
    Crowd,
    Effort,
    Figures,
    Person,
    on_core,
    post,
    processor_seconds,
)
from benchmarks.filled import make_members, make_rooms
from benchmarks.load import MARK, memory_bytes
from harness import ServerProcess, serving_process

DELIVERIES = 200_000  # in one turn, so that each size measures as long
MESSAGES = (32, 1_600)  # in one turn, fewest and most
NEWCOMERS = 50  # in one turn
POSTS = 10_000  # in one turn, over all rooms: one for each where there are most
ON_THE_WAY = 100
STRIDE = 7_919  # from one room to the next: neighbours on the disk are not taken together
RETURNS = 10  # in one turn
ROOM = 100  # people of one room where nobody says anything


@contextmanager
def a_server(fill: Callable[[Path], None] | None = None) -> Iterator[ServerProcess]:
    """A server of its own on the first core, its database filled before."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "bench.db"
        if fill is not None:
            fill(database)
        with serving_process(database) as server:
            on_core(server.pid, 0)
            yield server


def median_of(server: ServerProcess, turns: int, work: Callable[[], int]) -> float:
    """Microseconds of the server's processor time for a piece of the work; it says how many."""
    work()  # to get warm
    spent = []
    for _ in range(turns):
        before = processor_seconds(server.pid)
        pieces = work()
        spent.append((processor_seconds(server.pid) - before) / pieces)
    return statistics.median(spent) * 1e6


def members_of_a_room(size: int, effort: Effort) -> Figures:
    """A message and its deliveries, alone and with 32 of them on the way; and who comes in."""
    figures: Figures = {}
    with a_server() as server:
        paths = [f"/ws/bench?name=u{number}" for number in range(size)]
        crowd = Crowd(server.port, paths, until=b'"cursor"')
        sender, numbers = crowd.people[0], itertools.count()
        least, most = MESSAGES
        messages = max(least, min(most, DELIVERIES // size))
        for window, name in ((1, "alone"), (32, "of 32 at once")):

            def post_some(window: int = window) -> int:
                for _ in range(messages // window):
                    piece = b"".join(post("bench", next(numbers)) for _ in range(window))
                    sender.socket.sendall(piece)
                    crowd.hear_all(window * size)
                return messages // window * window

            cost = median_of(server, effort.turns, post_some)
            figures[f"a message {name}, µs"] = cost
            figures[f"a delivery {name}, µs"] = cost / size
        crowd.hear(0.5)
        figures["a newcomer, all others there, µs"] = median_of(
            server, effort.turns, newcomers(server)
        )
        crowd.close()
    with a_server(lambda database: make_members(database, "bench", size)) as server:
        cost = median_of(server, effort.turns, newcomers(server))
        figures["a newcomer, nobody there, µs"] = cost
    return figures


def newcomers(server: ServerProcess) -> Callable[[], int]:
    """People who come into the room with the first frame, and go."""
    names = itertools.count()

    def come_in() -> int:
        for _ in range(NEWCOMERS):
            newcomer = Person(server.port, f"/ws/bench?name=n{next(names)}")
            newcomer.come_in(b'"cursor"')
            newcomer.close()
        return NEWCOMERS

    return come_in


def rooms(size: int, effort: Effort) -> Figures:
    """One person who hears all rooms and posts to each of them in turn, and comes back."""
    figures: Figures = {}
    with a_server(lambda database: make_rooms(database, size)) as server:
        ana = Person(server.port, "/ws?name=ana")
        session = json.loads(ana.come_in())["session"]
        before = processor_seconds(server.pid)
        for number in range(size):
            ana.ask(type="subscribe", room=f"room{number}")
        figures["joining one of them, µs"] = (processor_seconds(server.pid) - before) / size * 1e6

        def come_back() -> int:
            for _ in range(RETURNS):
                back = Person(server.port, f"/ws?name=ana&session={session}")
                back.come_in()
                back.close()
            return RETURNS

        numbers = itertools.count()

        def post_all() -> int:
            for _ in range(0, POSTS, ON_THE_WAY):
                some = itertools.islice(numbers, ON_THE_WAY)
                ana.socket.sendall(b"".join(post(f"room{n * STRIDE % size}", n) for n in some))
                left = ON_THE_WAY
                while left:
                    left -= ana.count()
            return POSTS

        figures["a message, µs"] = median_of(server, effort.turns, post_all)
        figures["hello to a member of all, µs"] = median_of(server, effort.turns, come_back)
        ana.close()
    return figures


def connections(size: int, effort: Effort) -> Figures:
    """People in rooms of a hundred who say nothing; and one more, who is welcome."""
    figures: Figures = {}
    # Rooms that are there before: a new one is told to everybody.
    with a_server(lambda database: make_rooms(database, -(-size // ROOM))) as server:
        warm = Crowd(server.port, ["/ws/room0?name=warm"], until=b'"cursor"')
        warm.hear(1.5)
        memory = memory_bytes(server.pid)
        before, began = processor_seconds(server.pid), time.monotonic()
        paths = [f"/ws/room{number // ROOM}?name=u{number}" for number in range(size)]
        crowd = Crowd(server.port, paths, until=b'"cursor"')
        seconds = time.monotonic() - began
        figures["coming in, µs"] = (processor_seconds(server.pid) - before) / size * 1e6
        figures["coming in, people a second"] = size / seconds
        crowd.hear(2.0)
        grown = memory_bytes(server.pid) - memory
        figures["memory, KB a connection"] = grown / size / 1e3
        figures["memory, MB"] = grown / 1e6
        before, began = processor_seconds(server.pid), time.monotonic()
        crowd.hear(effort.idle_seconds)
        idle = (processor_seconds(server.pid) - before) / (time.monotonic() - began)
        figures["doing nothing, µs a second and connection"] = idle / size * 1e6
        figures["doing nothing, % of a core"] = idle * 100
        welcome_one_more(server, crowd)
        crowd.close()
        warm.close()
    return figures


def welcome_one_more(server: ServerProcess, crowd: Crowd) -> None:
    """One more comes in, speaks, and is heard by those who are there, who are all still there."""
    one_more = Person(server.port, "/ws/room0?name=onemore")
    one_more.come_in(b'"cursor"')
    one_more.socket.sendall(post("room0", 1))
    while MARK not in one_more.next_text():
        pass
    crowd.hear_all(min(ROOM, len(crowd.people)))
    for person in crowd.people:
        person.ask(type="ping")
    print(f"{len(crowd.people):,} are there, and one more was welcome.", file=sys.stderr)
    one_more.close()
