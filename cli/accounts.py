"""`sanchat-admin users create|passwd|reset-link`: accounts, and how people get into them."""

from typing import Annotated, Any

import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out
from sanchat.cli.completion import user_names
from sanchat.cli.failures import Exit, Failure
from sanchat.cli.links import Url, invite_link, note_address, qr_code, reset_link, url_of
from sanchat.cli.naming import find_user
from sanchat.cli.passwords import FromStdin, Hashed, secret
from sanchat.cli.profiles import app as app
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal
from sanchat.credentials import ACCOUNTS
from sanchat.errors import NameTaken
from sanchat.invitations import INVITE_SECONDS
from sanchat.models import BOT, GUEST, MEMBER, ROLES, User, user_key

Account = Annotated[
    str, typer.Argument(metavar="USER", help="Name or id.", autocompletion=user_names)
]


@command(
    app,
    "create",
    "sanchat-admin users create ana --role moderator",
    "pass show chat/ben | sanchat-admin users create ben --password-stdin --if-not-exists",
    creates=True,
)
async def create_user(
    chat: Chat,
    terminal: Terminal,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the new account.")],
    role: Annotated[
        str, typer.Option("--role", metavar="ROLE", help=f"{', '.join(ROLES)}; member by default.")
    ] = "member",
    password_stdin: FromStdin = False,
    password_hash: Hashed = None,
    link: Annotated[
        bool,
        typer.Option("--link", help="Set no password; print a link by which they choose one."),
    ] = False,
    url: Url = None,
    if_not_exists: Annotated[
        bool, typer.Option("--if-not-exists", help="Be content where the account is there already.")
    ] = False,
) -> None:
    """Make an account; makes the database too where there is none.

    The password is asked for, or read from standard input or SANCHAT_PASSWORD. A guest who wears
    the name is signed out.
    """
    check_role(role)
    url = url_of(chat, url)
    known = [u for u in await chat.store.users_named(user_key(name)) if u.kind in (MEMBER, BOT)]
    if known and if_not_exists and known[0].kind == MEMBER:
        terminal.result(_record(known[0], created=False), f"{known[0].name} is there already")
        return
    if known:
        raise Failure(
            f"There is an account {known[0].name} already.",
            exit=Exit.CONFLICT,
            hint="--if-not-exists is content with that.",
        )
    given = None if link else secret(terminal, from_stdin=password_stdin, hashed=password_hash)
    async with carried_out(chat, terminal):
        try:
            user = await chat.accounts.create(
                name,
                role=role,
                password=given.password if given else None,
                password_hash=given.password_hash if given else None,
                actor=actor(),
            )
        except NameTaken:
            raise Failure(
                f"The name {name} looks like that of another account.", exit=Exit.CONFLICT
            ) from None
        record = _record(user, created=True)
        details = []
        if link:
            _, token = await chat.accounts.offer_reset(user, actor=actor())
            record["link"] = reset_link(url, token)
            details = [f"They choose a password at {record['link']}"]
        terminal.result(record, f"created {user.name}", *details)
        if link:
            note_address(terminal, url)


@command(
    app,
    "passwd",
    "sanchat-admin users passwd ana",
    "pass show chat/ana | sanchat-admin users passwd ana --password-stdin",
)
async def set_password(
    chat: Chat,
    terminal: Terminal,
    user: Account,
    password_stdin: FromStdin = False,
    password_hash: Hashed = None,
) -> None:
    """Give somebody another password, and sign them out everywhere.

    It is asked for, or read from standard input or SANCHAT_PASSWORD.
    """
    found = await find_account(chat, user)
    given = secret(terminal, from_stdin=password_stdin, hashed=password_hash)
    async with carried_out(chat, terminal):
        acted = await chat.accounts.set_password(
            found,
            password=given.password,
            password_hash=given.password_hash,
            actor=actor(),
        )
        ended = len(acted.ended)
        terminal.result(
            {"user": found.name, "user_id": found.id, "act": acted.act, "sessions_ended": ended},
            f"{found.name} has another password; {ended} sessions ended",
        )


@command(
    app,
    "reset-link",
    "sanchat-admin users reset-link ana --url https://chat.example.org",
    "sanchat-admin users reset-link",
)
async def print_reset_link(
    chat: Chat,
    terminal: Terminal,
    user: Annotated[
        str,
        typer.Argument(
            metavar="[USER]",
            help="Name or id; without it, the owner who is still to come.",
            autocompletion=user_names,
        ),
    ] = "",
    url: Url = None,
) -> None:
    """Print a link by which somebody chooses a new password: once, within a day.

    An earlier link of theirs is void. Without a USER, print the link by which the first owner
    makes their account, within a week.
    """
    url = url_of(chat, url)
    if user:
        found = await find_account(chat, user)
        acted, token = await chat.accounts.offer_reset(found, actor=actor())
        link = reset_link(url, token)
        record: dict[str, Any] = {"user": found.name, "user_id": found.id, "act": acted.act}
    elif await chat.store.has_owner():
        raise Failure(
            "This server has an owner.", exit=Exit.CONFLICT, hint="Say whose link it is to be."
        )
    else:
        _, token = await chat.invitations.create(
            role=ROLES[0], admits=ACCOUNTS, seconds=INVITE_SECONDS, actor=actor()
        )
        link = invite_link(url, token)
        record = {"user": None, "user_id": None}
    terminal.result(record | {"link": link}, link)
    qr_code(terminal, link)
    note_address(terminal, url)


def check_role(role: str) -> None:
    """Failure for what is no role."""
    if role not in ROLES:
        raise Failure(
            f"There is no role {role}.", exit=Exit.USAGE, hint=f"One of {', '.join(ROLES)}."
        )


async def find_account(chat: Chat, given: str) -> User:
    """As `find_user`, with accounts before guests of the same name."""
    found = await find_user(chat, given)
    if found.kind == GUEST:
        for other in await chat.store.users_named(user_key(given)):
            if other.kind in (MEMBER, BOT):
                return other
    return found


def _record(user: User, *, created: bool) -> dict[str, Any]:
    return {
        "user": user.name,
        "user_id": user.id,
        "kind": user.kind,
        "role": user.role,
        "created": created,
    }
