"""`sanchat-admin apply`: users, rooms and memberships as a file says, and nothing that it does not.

First everything is compared, then everything that differs is done, so that a dry run and a run
agree. What the file leaves out stays as it is.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out
from sanchat.cli.confirming import DryRun
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.links import DEFAULT_URL, Url, reset_link
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal, counted
from sanchat.hashing import is_usable_hash
from sanchat.models import CLOSED, DIRECT, MEMBER, Member, Room, User, room_key, user_key
from sanchat.policy import RANK

LARGEST_FILE_BYTES = 4 << 20
PAGE = 500  # members
RULES = ("title", "topic", "posting", "history", "slow_mode_s")


class WantedUser(msgspec.Struct, forbid_unknown_fields=True):
    """An account as the file has it; None leaves something as it is."""

    name: str
    role: str | None = None
    password_hash: str | None = None
    disabled: bool | None = None


class WantedRoom(msgspec.Struct, forbid_unknown_fields=True):
    """A room as the file has it. In a closed one, members who are not in `members` are removed."""

    name: str
    kind: str | None = None
    title: str | None = None
    topic: str | None = None
    posting: str | None = None
    history: str | None = None
    slow_mode_s: int | None = None
    archived: bool | None = None
    members: dict[str, str] | None = None


class Wanted(msgspec.Struct, forbid_unknown_fields=True):
    """The whole file."""

    users: list[WantedUser] = []
    rooms: list[WantedRoom] = []


class Step(msgspec.Struct, frozen=True):
    """One difference: what to say of it, and how to end it. What it returns is said, too."""

    action: str
    what: str
    sentence: str
    do: Callable[[], Awaitable[Any]]


def add_to(app: typer.Typer) -> None:
    """Register `apply`."""

    @command(
        app,
        "apply",
        "sanchat-admin apply team.toml --dry-run",
        "sanchat-admin apply team.toml --url https://chat.example.org --json",
        creates=True,
    )
    async def apply(
        chat: Chat,
        terminal: Terminal,
        file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What there should be.")],
        url: Url = DEFAULT_URL,
        dry_run: DryRun = False,
    ) -> None:
        """Make users, rooms and memberships match a file; what it does not name stays as it is.

        Said again, it does nothing. New users without a password_hash get a link, which
        is printed this once. The file is described in docs/operating.md.
        """
        wanted = read(file)
        steps = await differences(chat, wanted, url)
        async with carried_out(chat, terminal):
            for step in steps:
                extra = None if dry_run else await step.do()
                record = {"action": step.action, "what": step.what, "dry_run": dry_run}
                details = [f"  {extra['link']}"] if extra else []
                terminal.result(
                    record | (extra or {}),
                    f"would {step.sentence}" if dry_run else step.sentence,
                    *details,
                )
        if not terminal.as_json:
            terminal.note(f"{counted(len(steps), 'change')}{' to make' if dry_run else ' made'}")


def read(file: Path) -> Wanted:
    """The file, checked for what can be checked without a database; Failure."""
    if file.stat().st_size > LARGEST_FILE_BYTES:
        raise Failure(f"{file} is too large to be meant.", exit=Exit.USAGE)
    try:
        wanted = msgspec.toml.decode(file.read_bytes(), type=Wanted)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise Failure(f"{file} cannot be applied: {error}.", exit=Exit.USAGE) from error
    for what, names in (
        ("user", [user_key(user.name) for user in wanted.users]),
        ("room", [room_key(room.name) for room in wanted.rooms]),
    ):
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise Failure(f"The {what} {min(twice)} is in {file} twice.", exit=Exit.USAGE)
    roles = [user.role for user in wanted.users if user.role is not None]
    roles += [role for room in wanted.rooms for role in (room.members or {}).values()]
    unknown = [role for role in roles if role not in RANK]
    if unknown:
        raise Failure(f"There is no role {unknown[0]}.", exit=Exit.USAGE)
    for user in wanted.users:
        if user.password_hash is not None and not is_usable_hash(user.password_hash):
            raise Failure(f"The password_hash of {user.name} is none.", exit=Exit.USAGE)
    return wanted


async def differences(chat: Chat, wanted: Wanted, url: str) -> list[Step]:
    """What to do, in an order in which it can be done; Failure where something cannot be."""
    steps: list[Step] = []
    for user in wanted.users:
        steps += await _of_user(chat, user, url)
    known = {user_key(user.name) for user in wanted.users}
    for room in wanted.rooms:
        for name in room.members or {}:
            if user_key(name) not in known and await account(chat, name) is None:
                raise Failure(
                    f"{name} is to be in {room.name}, and there is no such account.",
                    exit=Exit.NOT_FOUND,
                    hint="Put it under [[users]], or make it first.",
                )
        steps += await _of_room(chat, room)
    return steps


async def account(chat: Chat, name: str) -> User | None:
    """The account of this name."""
    found = await chat.store.users_named(user_key(name))
    return next((user for user in found if user.kind in (MEMBER, "bot")), None)


async def _of_user(chat: Chat, wanted: WantedUser, url: str) -> list[Step]:
    user = await account(chat, wanted.name)
    accounts = chat.accounts

    async def now() -> User:
        found = await account(chat, wanted.name)
        assert found is not None
        return found

    async def create() -> dict[str, str] | None:
        made = await accounts.create(
            wanted.name,
            role=wanted.role or "member",
            password_hash=wanted.password_hash,
            actor=actor(),
        )
        if wanted.password_hash is not None:
            return None
        _, token = await accounts.offer_reset(made, actor=actor())
        return {"link": reset_link(url, token)}

    async def set_role() -> None:
        await accounts.set_role(await now(), wanted.role or "member", actor=actor())

    async def set_password() -> None:
        await accounts.set_password(await now(), password_hash=wanted.password_hash, actor=actor())

    async def disable() -> None:
        await accounts.disable(await now(), actor=actor())

    async def enable() -> None:
        await accounts.enable(await now(), actor=actor())

    name, steps = wanted.name, []
    if user is None:
        steps.append(Step("user_created", name, f"create the user {name}", create))
    else:
        if wanted.role not in (None, user.role):
            sentence = f"make {name} {wanted.role} (was {user.role})"
            steps.append(Step("user_role", name, sentence, set_role))
        stored = await chat.store.password_hash(user.id)
        if wanted.password_hash not in (None, stored):
            steps.append(Step("password_set", name, f"set the password of {name}", set_password))
    is_disabled = user is not None and user.disabled_at is not None
    if wanted.disabled and not is_disabled:
        steps.append(Step("user_disabled", name, f"switch {name} off", disable))
    elif wanted.disabled is False and is_disabled:
        steps.append(Step("user_enabled", name, f"switch {name} on", enable))
    return steps


async def _of_room(chat: Chat, wanted: WantedRoom) -> list[Step]:
    room = await chat.store.room(room_key(wanted.name))
    if room is not None and room.kind == DIRECT:
        raise Failure(f"{room.name} is a direct room.", exit=Exit.REFUSED)
    if room is not None and wanted.kind not in (None, room.kind):
        raise Failure(
            f"{room.name} is {room.kind} and cannot become {wanted.kind}.", exit=Exit.CONFLICT
        )
    name, steps = wanted.name, []

    async def create() -> None:
        await chat.create_room(
            name, title=wanted.title or "", kind=wanted.kind or "open", actor=actor()
        )

    async def set_rules() -> None:
        await chat.set_room(name, **rules, actor=actor())

    async def archive() -> None:
        await chat.archive_room(name, actor=actor())

    async def restore() -> None:
        await chat.restore_room(name, actor=actor())

    rules: dict[str, Any] = {
        rule: value
        for rule in RULES
        if (value := getattr(wanted, rule)) is not None
        and (value != getattr(room, rule) if room is not None else rule != "title")
    }
    if room is None:
        steps.append(Step("room_created", name, f"create the room {name}", create))
    if rules:
        sentence = f"set {', '.join(rules)} of {name}"
        steps.append(Step("room_set", name, sentence, set_rules))
    steps += await _of_members(chat, wanted, room)
    is_archived = room is not None and room.archived_at is not None
    if wanted.archived and not is_archived:
        steps.append(Step("room_archived", name, f"archive {name}", archive))
    elif wanted.archived is False and is_archived:
        steps.insert(0, Step("room_restored", name, f"restore {name}", restore))
    return steps


async def _of_members(chat: Chat, wanted: WantedRoom, room: Room | None) -> list[Step]:
    if wanted.members is None:
        return []
    present: dict[str, Member] = {}
    after = 0
    while room and (page := await chat.store.members_page(room.id, after=after, limit=PAGE)):
        after = page[-1].id
        present |= {user_key(member.name): member for member in page}
    steps = []
    for name, role in wanted.members.items():
        member = present.pop(user_key(name), None)
        if member is None:
            sentence = f"add {name} to {wanted.name} as {role}"
            steps.append(_member_step(chat, "member_added", wanted.name, name, role, sentence))
        elif member.role != role:
            sentence = f"make {name} {role} in {wanted.name} (was {member.role})"
            steps.append(_member_step(chat, "member_role", wanted.name, name, role, sentence))
    if room is not None and room.kind == CLOSED:
        # Into an open room people come by themselves; that is no difference.
        for member in present.values():
            sentence = f"remove {member.name} from {wanted.name}"
            steps.append(_leaving(chat, wanted.name, member, sentence))
    return steps


def _member_step(chat: Chat, action: str, room: str, name: str, role: str, sentence: str) -> Step:
    async def do() -> None:
        user = await account(chat, name)
        assert user is not None
        if action == "member_added":
            await chat.belonging.add(room, user, role=role, actor=actor())
        else:
            await chat.belonging.set_role(room, user, role, actor=actor())

    return Step(action, f"{room}/{name}", sentence, do)


def _leaving(chat: Chat, room: str, member: Member, sentence: str) -> Step:
    async def do() -> None:
        user = await chat.store.user(member.id)
        assert user is not None
        await chat.belonging.remove(room, user, actor=actor())

    return Step("member_removed", f"{room}/{member.name}", sentence, do)
