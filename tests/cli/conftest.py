"""A database file of its own for each test, and the programs run as a person or a script would."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from terminals import open_screen, outside, sanchat, server  # noqa: F401
from typer.testing import CliRunner, Result

from sanchat.changes import Post, Subscribe
from sanchat.chat import Chat, open_chat
from sanchat.cli.admin import app
from sanchat.identity import SignInGuest
from sanchat.models import Message, User, room_key

ROOT = Path(__file__).resolve().parents[2]
UBUNTU = ROOT.parent / "shared" / "data" / "ubuntu-irc"


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the test's database is or will be."""
    return tmp_path / "chat.db"


@pytest.fixture
def admin(database: Path) -> Callable[..., Result]:
    """Runs `sanchat-admin` in this process, as in a pipe."""

    def run(*arguments: str, **more: Any) -> Result:
        environment = {"SANCHAT_DATABASE": str(database), "NO_COLOR": "1"}
        return CliRunner().invoke(app, list(arguments), env=environment, **more)

    return run


@pytest.fixture
def program(database: Path) -> Callable[..., subprocess.CompletedProcess[bytes]]:
    """Runs one of the programs as a process: `program("sanchat.cli.admin", "rooms", "list")`."""

    def run(module: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=ROOT,
            env=os.environ | {"SANCHAT_DATABASE": str(database)},
            capture_output=True,
            timeout=30,
            check=False,
            **more,
        )

    return run


@pytest.fixture
def in_chat(database: Path) -> Callable[[Callable[[Chat], Awaitable[Any]]], Any]:
    """Does something with an open `Chat` on the test's database, and closes it again."""

    def run(act: Callable[[Chat], Awaitable[Any]]) -> Any:
        async def opened() -> Any:
            async with open_chat(database, create=True) as chat:
                return await act(chat)

        return asyncio.run(opened())

    return run


@pytest.fixture
def say(in_chat: Any) -> Callable[..., User]:
    """Lets a new guest say things in a room, which is made if there is none."""

    def run(name: str, *texts: str, room: str = "lobby", kind: str = "plain") -> User:
        async def posted(chat: Chat) -> User:
            if await chat.store.room(room_key(room)) is None:
                await chat.create_room(room)
            session = await chat.journal.write(SignInGuest(name=name, token_hash=os.urandom(32)))
            user: User = session.user
            await chat.journal.write(Subscribe(room_key=room_key(room), user_id=user.id))
            for number, text in enumerate(texts):
                post = Post(
                    room_key=room_key(room),
                    author_id=user.id,
                    text=text,
                    client_message_id=f"{name}-{number}",
                    kind=kind,
                )
                await chat.journal.write(post)
            return user

        result: User = in_chat(posted)
        return result

    return run


@pytest.fixture
def messages_of(in_chat: Any) -> Callable[[str], list[Message]]:
    """All messages of a room, as the store has them."""

    def run(room: str) -> list[Message]:
        async def read(chat: Chat) -> list[Message]:
            found = await chat.room(room)
            messages: list[Message] = []
            while page := await chat.store.since(
                found, messages[-1].seq if messages else 0, limit=1_000
            ):
                messages += page
            return messages

        result: list[Message] = in_chat(read)
        return result

    return run
