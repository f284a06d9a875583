"""Guests, rooms and messages for tests below the sockets: one line each, and a clock to turn."""

import os
from collections.abc import Sequence
from typing import Any

from sanchat.changes import Change, CreateRoom, Delete, Edit, Post, React, Subscribe
from sanchat.errors import ChatError
from sanchat.identity import SignInGuest
from sanchat.models import Message, Room, User, room_key
from sanchat.store import Store

NOON = 1_790_000_000_000  # UTC milliseconds


class HandClock:
    """A clock that stands still until it is turned."""

    def __init__(self, now_ms: int = NOON) -> None:
        self.now_ms = now_ms

    def __call__(self) -> int:
        return self.now_ms

    def turn(self, *, seconds: float = 0, days: float = 0) -> None:
        self.now_ms += round((seconds + days * 24 * 3600) * 1000)


async def do(store: Store, change: Change) -> Any:
    """Carry out one change; its refusal is raised."""
    (answer,) = (await store.append([change])).answers
    if isinstance(answer, ChatError):
        raise answer
    return answer


async def do_all(store: Store, changes: Sequence[Change]) -> list[Any]:
    """Carry out a batch; refusals are among the answers."""
    return (await store.append(changes)).answers


async def guest(store: Store, name: str, *rooms: str, token: bytes | None = None) -> User:
    """A new guest, a member of these rooms."""
    session = await do(store, SignInGuest(name=name, token_hash=token or os.urandom(32)))
    for room in rooms:
        await do(store, Subscribe(room_key=room_key(room), user_id=session.user.id))
    user: User = session.user
    return user


async def open_room(store: Store, name: str) -> Room:
    room: Room = await do(store, CreateRoom(name=name))
    return room


async def present(store: Store, name: str) -> Room:
    """The room as it is now."""
    room = await store.room(room_key(name))
    assert room is not None
    return room


def saying(
    user: User, text: str, id: str | None = None, *, room: str = "lobby", **more: Any
) -> Post:
    return Post(
        room_key=room_key(room),
        author_id=user.id,
        text=text,
        client_message_id=id or text,
        **more,
    )


def editing(user: User, seq: int, text: str, *, room: str = "lobby") -> Edit:
    return Edit(room_key=room_key(room), user_id=user.id, seq=seq, text=text)


def deleting(user: User, seq: int, *, room: str = "lobby") -> Delete:
    return Delete(room_key=room_key(room), user_id=user.id, seq=seq)


def reacting(
    user: User, seq: int, emoji: str = "👍", *, on: bool = True, room: str = "lobby"
) -> React:
    return React(room_key=room_key(room), user_id=user.id, seq=seq, emoji=emoji, on=on)


async def everything(store: Store, room: str = "lobby") -> list[Message]:
    """All messages of a room, by number."""
    return await store.since(await present(store, room), 0, limit=100_000)
