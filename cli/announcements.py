"""`sanchat-admin announce`: something to tell everybody who is connected."""

import sys
from typing import Annotated

import typer

from sanchat.chat import Chat
from sanchat.cli.actor import actor
from sanchat.cli.acts import no_answer, outcome_of
from sanchat.cli.program import command
from sanchat.cli.terminal import Terminal, counted
from sanchat.models import SYSTEM_AUTHOR, TEXT_LENGTH

PIPE = "-"


def add_to(app: typer.Typer) -> None:
    """Make `announce` a command of the program."""
    command(
        app,
        "announce",
        'sanchat-admin announce "Restarting at ten, for a minute."',
        "echo Back again. | sanchat-admin announce -",
    )(announce)


async def announce(
    chat: Chat,
    terminal: Terminal,
    text: Annotated[
        str, typer.Argument(metavar="TEXT|-", help="What to say; `-` reads it from a pipe.")
    ],
    sender: Annotated[
        str, typer.Option("--from", metavar="NAME", help="In whose name; sanchat by default.")
    ] = SYSTEM_AUTHOR.name,
) -> None:
    """Tell everybody who is connected, in whatever room; nothing is stored in the rooms.

    While no server runs it waits: whoever comes within an hour is told. In the first minute after
    a start it is told to those who are still coming back, too.
    """
    if text == PIPE:
        # One character more than may be said, so that too much is refused and not cut.
        text = sys.stdin.read(TEXT_LENGTH + 2).rstrip("\n")
    act = await chat.moderation.announce(text, sender=sender, actor=actor())
    outcome = await outcome_of(chat, [act])
    if not outcome.answered(act):
        terminal.fail(no_answer("announcement"))
        return
    told = outcome.closed.get(act)
    if told is None:
        sentence = "announced: no server is running; who comes within an hour is told"
    else:
        sentence = f"announced: {counted(told, 'connection')} told"
    terminal.result(
        {
            "action": "announce",
            "act": act,
            "text": text,
            "from": sender,
            "server_running": outcome.server_running,
            "connections": told,
        },
        sentence,
    )
