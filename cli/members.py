"""`sanchat-admin members`: who belongs to a room, and as what."""

from typing import Annotated, Any

import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out, each
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.naming import find_room, find_user, one_of
from sanchat.cli.program import command, program
from sanchat.cli.terminal import Terminal
from sanchat.errors import Conflict
from sanchat.policy import RANK

PAGE = 500  # members

app = program(
    "Who belongs to a room. In a closed one nobody else knows that it is there.",
    "sanchat-admin members list plans",
    "sanchat-admin members add plans ana eve",
)

RoomName = Annotated[
    str, typer.Argument(metavar="ROOM", help="Its name or id.", autocompletion=room_names)
]
Names = Annotated[
    list[str],
    typer.Argument(
        metavar="USER...",
        help="Names (the newest of that name) or ids (`17`, `#17`).",
        autocompletion=user_names,
    ),
]
Role = Annotated[
    str, typer.Option("--role", metavar="|".join(RANK), help="What they are in the room.")
]
COLUMNS = ("ID", "NAME", "KIND", "ROLE")


@command(
    app,
    "list",
    "sanchat-admin members list plans",
    "sanchat-admin members list plans --json | jq -r 'select(.role == \"owner\") | .name'",
)
async def list_members(chat: Chat, terminal: Terminal, room: RoomName) -> None:
    """List the members of a room by id.

    Columns in a pipe: id, name, kind, role; no header.
    """
    found = await find_room(chat, room)
    listing = terminal.listing(COLUMNS)
    after = 0
    while page := await chat.store.members_page(found.id, after=after, limit=PAGE):
        after = page[-1].id
        for member in page:
            record = {
                "id": member.id,
                "name": member.name,
                "kind": member.kind,
                "role": member.role,
            }
            listing.add(record, (str(member.id), member.name, member.kind, member.role))
    listing.end(f"{found.name} has no members.")


@command(
    app,
    "add",
    "sanchat-admin members add plans ana eve",
    "sanchat-admin members add plans ana --role owner --if-not-exists",
)
async def add_members(
    chat: Chat,
    terminal: Terminal,
    room: RoomName,
    users: Names,
    role: Role = "member",
    if_not_exists: Annotated[
        bool, typer.Option("--if-not-exists", help="Be content with those who are members.")
    ] = False,
) -> None:
    """Make users members of a room; those who are online see it at once."""
    one_of(RANK, role, "role")
    found = await find_room(chat, room)

    async def add(given: str) -> None:
        user = await find_user(chat, given)
        record: dict[str, Any] = {"room": found.name, "user": user.name, "user_id": user.id}
        try:
            await chat.belonging.add(found.name, user, role=role, actor=actor())
        except Conflict as error:
            if not if_not_exists or found.kind == "direct":
                raise Failure(
                    str(error), exit=Exit.CONFLICT, hint="`members role` changes what they are."
                ) from None
            terminal.result(
                record | {"added": False}, f"{user.name} is a member of {found.name} already"
            )
            return
        terminal.result(
            record | {"role": role, "added": True}, f"added {user.name} to {found.name} as {role}"
        )

    async with carried_out(chat, terminal):
        await each(terminal, users, add)


@command(
    app,
    "remove",
    "sanchat-admin members remove plans ana",
    'sanchat-admin members remove plans ana eve --reason "The project is over."',
)
async def remove_members(
    chat: Chat,
    terminal: Terminal,
    room: RoomName,
    users: Names,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="For the record.")] = "",
) -> None:
    """End memberships, on live connections too. Of an open room anybody becomes one again."""
    found = await find_room(chat, room)

    async def remove(given: str) -> None:
        user = await find_user(chat, given)
        await chat.belonging.remove(found.name, user, reason=reason, actor=actor())
        terminal.result(
            {"room": found.name, "user": user.name, "user_id": user.id, "reason": reason},
            f"removed {user.name} from {found.name}",
        )

    async with carried_out(chat, terminal):
        await each(terminal, users, remove)


@command(
    app,
    "role",
    "sanchat-admin members role plans ana owner",
    "sanchat-admin members role lobby mallory moderator --json",
)
async def set_role(
    chat: Chat,
    terminal: Terminal,
    room: RoomName,
    user: Annotated[
        str, typer.Argument(metavar="USER", help="A name or an id.", autocompletion=user_names)
    ],
    role: Annotated[str, typer.Argument(metavar="|".join(RANK), help="What they become.")],
) -> None:
    """Give a member another role in a room. Roles on the whole server are another matter."""
    one_of(RANK, role, "role")
    found = await find_room(chat, room)
    person = await find_user(chat, user)
    async with carried_out(chat, terminal):
        await chat.belonging.set_role(found.name, person, role, actor=actor())
        terminal.result(
            {"room": found.name, "user": person.name, "user_id": person.id, "role": role},
            f"{person.name} is {role} in {found.name}",
        )
