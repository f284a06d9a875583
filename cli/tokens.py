"""`sanchat-admin tokens`: what lets bots in."""

from typing import Annotated, Any

import msgspec
import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import carried_out, each
from sanchat.cli.completion import room_names, user_names
from sanchat.cli.invites import number
from sanchat.cli.naming import find_room, find_user
from sanchat.cli.program import command, program
from sanchat.cli.terminal import Terminal
from sanchat.cli.times import duration_seconds, shown
from sanchat.credentials import SCOPES, Token

PAGE = 200  # tokens

app = program(
    "Tokens: let bots in, for what they are to do and no more, and end that again.",
    "sanchat-admin tokens create weather --scope write --room lobby",
    "sanchat-admin tokens revoke 19",
)
COLUMNS = ("ID", "BOT", "ENDS IN", "FOR", "ROOMS", "LABEL", "LAST USED (UTC)", "UNTIL (UTC)")


@command(
    app,
    "create",
    "sanchat-admin tokens create weather --scope write --room lobby --label cron",
    "sanchat-admin tokens create archive --scope read --expires 90d --json | jq -r .token",
    creates=True,
)
async def create_token(
    chat: Chat,
    terminal: Terminal,
    bot: Annotated[
        str,
        typer.Argument(
            metavar="BOT", help="The bot's name; made if there is none.", autocompletion=user_names
        ),
    ],
    scope: Annotated[
        list[str],
        typer.Option("--scope", metavar="|".join(SCOPES), help="What it is for; may be repeated."),
    ],
    room: Annotated[
        list[str] | None,
        typer.Option(
            "--room",
            metavar="ROOM",
            help="Only in this room; may be repeated.",
            autocompletion=room_names,
        ),
    ] = None,
    label: Annotated[
        str, typer.Option("--label", metavar="TEXT", help="To tell it by in the list.")
    ] = "",
    expires: Annotated[
        str | None, typer.Option("--expires", metavar="TIME", help="12h, 90d...; never without it.")
    ] = None,
) -> None:
    """Make a token for a bot and print it, this once.

    `read` reads rooms, `write` posts and reacts, `rooms` is everything else that the bot may do.
    """
    places = [(await find_room(chat, name)).name for name in room or ()]
    async with carried_out(chat, terminal):
        minted, token = await chat.invitations.create_token(
            bot,
            scopes=tuple(scope),
            rooms=tuple(places) if room else None,
            label=label,
            seconds=duration_seconds(expires) if expires is not None else None,
            actor=actor(),
        )
        record = {
            "id": minted.token_id,
            "user": minted.user.name,
            "user_id": minted.user.id,
            "bot_created": minted.began,
            "token": token,
        }
        terminal.result(record, token)
        if terminal.out.isatty():
            terminal.note("This is shown once; `sanchat-admin tokens revoke` ends it.")


@command(
    app,
    "list",
    "sanchat-admin tokens list",
    "sanchat-admin tokens list --bot weather --json",
)
async def list_tokens(
    chat: Chat,
    terminal: Terminal,
    bot: Annotated[
        str | None,
        typer.Option("--bot", metavar="BOT", help="Of this bot.", autocompletion=user_names),
    ] = None,
) -> None:
    """List the tokens by id. The tokens themselves cannot be shown again.

    Columns in a pipe: id, bot, last four characters, what it is for, rooms (`all`), label, last
    used and until (UTC; empty: for good); no header.
    """
    user = await find_user(chat, bot) if bot is not None else None
    listing = terminal.listing(COLUMNS)
    after = 0
    while page := await chat.store.tokens(
        user_id=user.id if user else None, after=after, limit=PAGE
    ):
        after = page[-1].id
        for token in page:
            record: dict[str, Any] = msgspec.to_builtins(token)
            listing.add(record, _cells(token))
    listing.end("No bot has a token.")


@command(
    app,
    "revoke",
    "sanchat-admin tokens revoke 19",
    "sanchat-admin tokens list --bot weather --json | jq .id | xargs sanchat-admin tokens revoke",
)
async def revoke_tokens(
    chat: Chat,
    terminal: Terminal,
    tokens: Annotated[list[str], typer.Argument(metavar="ID...", help="Ids, as `list` has them.")],
) -> None:
    """Make tokens void, and close the connections that came by them."""

    async def revoke(given: str) -> None:
        token_id = number(given)
        acted = await chat.invitations.revoke_token(token_id, actor=actor())
        terminal.result({"id": token_id, "act": acted.act}, f"revoked token {token_id}")

    async with carried_out(chat, terminal):
        await each(terminal, tokens, revoke)


def _cells(token: Token) -> tuple[str, ...]:
    return (
        str(token.id),
        token.user,
        f"…{token.hint}",
        " ".join(token.scopes),
        "all" if token.rooms is None else " ".join(token.rooms),
        token.label,
        shown(token.seen_at),
        shown(token.expires_at) if token.expires_at else "",
    )
