"""A store of each kind with a lobby and two people in it, for whichever test asks for them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import (
    HandClock,
    guest,
    open_room,
)

from sanchat.models import Room, User
from sanchat.store import Store, open_store


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["sqlite"])
async def store(request, tmp_path: Path, clock: HandClock) -> AsyncIterator[Store]:
    addresses = {"sqlite": tmp_path / "chat.db"}
    opened = await open_store(addresses[request.param], server=True, clock=clock)
    yield opened
    await opened.close()


@pytest.fixture
async def lobby(store: Store) -> Room:
    return await open_room(store, "lobby")


@pytest.fixture
async def ana(store: Store, lobby: Room) -> User:
    return await guest(store, "ana", "lobby")


@pytest.fixture
async def bob(store: Store, lobby: Room) -> User:
    return await guest(store, "bob", "lobby")
