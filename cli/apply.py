"""`sanchat-admin apply`: users, rooms and memberships as a file says, and nothing that it does not.

First everything is compared, then everything that differs is done, so that a dry run and a run
agree. What the file leaves out stays as it is.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out
from sanchat.cli.confirming import DryRun
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.links import Url, note_address, reset_link, url_of
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal, counted
from sanchat.cli.wanted import Wanted, WantedRoom, WantedUser, read
from sanchat.errors import NotFound
from sanchat.models import (
    BOT,
    CLOSED,
    DIRECT,
    MEMBER,
    ROLES,
    Member,
    Room,
    User,
    room_key,
    user_key,
)
from sanchat.skeleton import skeleton

OWNER = ROLES[0]
PAGE = 500  # members, accounts
RULES = ("title", "topic", "posting", "history", "slow_mode_s")


class Step(msgspec.Struct, frozen=True):
    """One difference: what to say of it, and how to end it. What it returns is said, too."""

    action: str
    what: str
    sentence: str
    do: Callable[[], Awaitable[Any]]
    is_last: bool = False  # takes something away that other steps need


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
        url: Url = None,
        dry_run: DryRun = False,
    ) -> None:
        """Make users, rooms and memberships match a file; what it does not name stays as it is.

        Said again, it does nothing. New users without a password_hash get a link, which
        is printed this once. The file is described in docs/operating.md.
        """
        wanted = read(file)
        url = url_of(chat, url)
        steps = await differences(chat, wanted, url)
        has_link = False
        async with carried_out(chat, terminal):
            for step in steps:
                extra = None if dry_run else await step.do()
                has_link = has_link or extra is not None
                record = {"action": step.action, "what": step.what, "dry_run": dry_run}
                details = [f"  {extra['link']}"] if extra else []
                terminal.result(
                    record | (extra or {}),
                    f"would {step.sentence}" if dry_run else step.sentence,
                    *details,
                )
        if has_link:
            note_address(terminal, url)
        if not terminal.as_json:
            terminal.note(f"{counted(len(steps), 'change')}{' to make' if dry_run else ' made'}")


async def differences(chat: Chat, wanted: Wanted, url: str) -> list[Step]:
    """What to do, in an order in which it can be done; Failure where something cannot be."""
    accounts = await _accounts(chat)
    on = _who_is_on(accounts, wanted)
    steps: list[Step] = []
    for user in wanted.users:
        steps += await _of_user(chat, user, accounts.get(user_key(user.name)), url)
    for room in wanted.rooms:
        _refuse_strangers(room, accounts, on)
        steps += await _of_room(chat, room, accounts, on)
    return sorted(steps, key=lambda step: step.is_last)


async def _accounts(chat: Chat) -> dict[str, User]:
    """Everybody with an account, and bots, by the name as it is compared."""
    found: dict[str, User] = {}
    after = 0
    while page := await chat.store.accounts(after=after, limit=PAGE):
        after = page[-1].id
        found |= {user_key(user.name): user for user in page}
    return found


def _who_is_on(accounts: dict[str, User], wanted: Wanted) -> set[str]:
    """Those who can be given rooms, the new ones too, by their names as they are compared.

    Failure for what would be refused in the middle, with half of the file done.
    """
    looks = {skeleton(user.name): user for user in accounts.values()}
    on = {key for key, user in accounts.items() if _is_on(user)}
    # Bots apart, who cannot sign in.
    owners = {key for key in on if accounts[key].role == OWNER and accounts[key].kind == MEMBER}
    had_owner = bool(owners)
    for entry in wanted.users:
        key = user_key(entry.name)
        user, alike = accounts.get(key), looks.get(skeleton(entry.name))
        if user is None and alike is not None:
            sentence = f"The name {entry.name} looks like that of the account {alike.name}."
            raise Failure(sentence, exit=Exit.CONFLICT)
        if user is not None and user.kind == BOT and entry.password_hash is not None:
            raise Failure(f"{user.name} is a bot, which has no password.", exit=Exit.CONFLICT)
        # Who is switched off by the file is so at the end: they can be given rooms before.
        if user is None or entry.disabled is False:
            on.add(key)
        stays_on = key in on and not entry.disabled
        role = entry.role or (user.role if user is not None else "member")
        is_owner = stays_on and role == OWNER and (user is None or user.kind == MEMBER)
        (owners.add if is_owner else owners.discard)(key)
    if had_owner and not owners:
        raise Failure(
            "It would leave the server without an owner.",
            exit=Exit.CONFLICT,
            hint="Make somebody else an owner in the file.",
        )
    return on


def _refuse_strangers(room: WantedRoom, accounts: dict[str, User], on: set[str]) -> None:
    for name in room.members or {}:
        if user_key(name) not in on and user_key(name) not in accounts:
            raise Failure(
                f"{name} is to be in {room.name}, and there is no such account.",
                exit=Exit.NOT_FOUND,
                hint="Put it under [[users]], or make it first.",
            )


def _is_on(user: User) -> bool:
    return user.disabled_at is None


async def account(chat: Chat, name: str) -> User | None:
    """The account of this name."""
    found = await chat.store.users_named(user_key(name))
    return next((user for user in found if user.kind in (MEMBER, "bot")), None)


async def _of_user(chat: Chat, wanted: WantedUser, user: User | None, url: str) -> list[Step]:
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
            is_last = user.role == OWNER  # who steps down is followed by another
            steps.append(Step("user_role", name, sentence, set_role, is_last))
        stored = await chat.store.password_hash(user.id)
        if wanted.password_hash not in (None, stored):
            steps.append(Step("password_set", name, f"set the password of {name}", set_password))
    is_disabled = user is not None and user.disabled_at is not None
    if wanted.disabled and not is_disabled:
        steps.append(Step("user_disabled", name, f"switch {name} off", disable, is_last=True))
    elif wanted.disabled is False and is_disabled:
        steps.append(Step("user_enabled", name, f"switch {name} on", enable))
    return steps


async def _of_room(
    chat: Chat, wanted: WantedRoom, accounts: dict[str, User], on: set[str]
) -> list[Step]:
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
    steps += await _of_members(chat, wanted, room, accounts, on)
    is_archived = room is not None and room.archived_at is not None
    if wanted.archived and not is_archived:
        steps.append(Step("room_archived", name, f"archive {name}", archive))
    elif wanted.archived is False and is_archived:
        steps.insert(0, Step("room_restored", name, f"restore {name}", restore))
    return steps


async def _of_members(
    chat: Chat, wanted: WantedRoom, room: Room | None, accounts: dict[str, User], on: set[str]
) -> list[Step]:
    if wanted.members is None:
        return []
    present: dict[int, Member] = {}
    after = 0
    while room and (page := await chat.store.members_page(room.id, after=after, limit=PAGE)):
        after = page[-1].id
        present |= {member.id: member for member in page}
    steps = []
    for name, role in wanted.members.items():
        user = accounts.get(user_key(name))
        member = present.pop(user.id, None) if user is not None else None
        if member is None:
            if user_key(name) not in on:
                sentence = f"{name} is switched off, and cannot come into {wanted.name}."
                raise Failure(sentence, exit=Exit.CONFLICT)
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
        with suppress(NotFound):  # a guest whose name has just become an account's
            await chat.belonging.remove(room, user, actor=actor())

    return Step("member_removed", f"{room}/{member.name}", sentence, do)
