"""Finds what a name or an id on the command line means."""

import re
from collections.abc import Collection

from sanchat.chat import Chat
from sanchat.cli.failures import Exit, Failure
from sanchat.errors import NotFound
from sanchat.models import Room, User, room_key

_ID = re.compile(r"#?(\d{1,18})", re.ASCII)


async def find_room(chat: Chat, given: str) -> Room:
    """The room of this name, with or without `#`, or else of this id; Failure where there is none.

    A name wins over an id, except where `#` comes before digits: `#17` is the room with id 17.
    """
    found = _ID.fullmatch(given)
    room = await chat.store.room(room_key(given.removeprefix("#")))
    if found and (room is None or given.startswith("#")):
        room = await chat.store.room_by_id(int(found[1])) or room
    if room is None:
        raise Failure(
            f"There is no room {given}.",
            exit=Exit.NOT_FOUND,
            hint="`sanchat-admin rooms list` shows all of them.",
        )
    return room


async def find_user(chat: Chat, given: str) -> User:
    """The newest user of this name, or else the one of this id; Failure where there is none."""
    try:
        return await chat.find_user(given)
    except NotFound as error:
        raise Failure(
            f"There is no user {given}.",
            exit=Exit.NOT_FOUND,
            hint="`sanchat-admin users list` shows all of them, with their ids.",
        ) from error


def one_of(choices: Collection[str], given: str, noun: str) -> str:
    """`given`, where it is one of the choices; Failure that names them where it is none."""
    if given not in choices:
        raise Failure(
            f"There is no {noun} {given!r}.",
            exit=Exit.USAGE,
            hint=f"Choose from {', '.join(choices)}.",
        )
    return given
