"""Asks before something is destroyed, and refuses where nobody is there to answer."""

from typing import Annotated

import typer

from sanchat.cli.failures import Exit, Failure
from sanchat.cli.terminal import Terminal

DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would happen, and let it be.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


def confirm(terminal: Terminal, deed: str, word: str, *, hint: str = "") -> None:
    """Go on only where a person types the word. `deed` is what happens then, as a sentence."""
    typed = terminal.ask(f"{deed} Type {word} to go on:")
    if typed is None:
        raise Failure(
            "Nothing was done: nobody is here to confirm it.",
            exit=Exit.REFUSED,
            hint="Look with --dry-run, then say --yes.",
        )
    if typed.strip().casefold() != word.casefold():
        raise Failure(f"Nothing was done: that is not {word}.", exit=Exit.REFUSED, hint=hint)
