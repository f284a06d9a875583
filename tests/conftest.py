"""What every test shares: Sanic started many times in one process, on the loop of production."""

import pytest
from sanic import Sanic

# Sanic rewrites its own methods at the first start; without this the second app in a process fails.
Sanic.test_mode = True


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    return "asyncio", {"use_uvloop": True}
