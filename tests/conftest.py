"""What every test shares: Sanic started many times in one process, on the loop of production."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from harness import LiveServer, serving
from sanic import Sanic
from statements import Statements

# Sanic rewrites its own methods at the first start; without this the second app in a process fails.
Sanic.test_mode = True


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(autouse=True)
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No statement of the store reads all messages to find some, whatever a test has it do."""
    statements = Statements()
    monkeypatch.setattr("sanchat.store.sqlite._connect", statements.connect)
    yield
    assert statements.scans() == {}


@pytest.fixture
async def live(tmp_path: Path) -> AsyncIterator[LiveServer]:
    """A fresh server in the test's loop, without rates."""
    async with serving(tmp_path / "chat.db") as server:
        yield server
