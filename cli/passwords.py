"""Where a command gets a password from: never from its command line, which others can read."""

import getpass
import os
import sys
from typing import Annotated

import typer

from sanchat.cli.failures import Exit, Failure
from sanchat.cli.terminal import Terminal
from sanchat.hashing import is_usable_hash

VARIABLE = "SANCHAT_PASSWORD"

FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read it from the first line of standard input.")
]
Hashed = Annotated[
    str | None,
    typer.Option(
        "--password-hash", metavar="$argon2id$...", help="Take one that is hashed already."
    ),
]


class Secret:
    """A password, or the hash of one: what `Accounts` takes as `password` and `password_hash`."""

    def __init__(self, password: str | None, password_hash: str | None = None) -> None:
        self.password = password
        self.password_hash = password_hash


def secret(terminal: Terminal, *, from_stdin: bool, hashed: str | None) -> Secret:
    """The hash, or else the password from standard input, the environment, or a person.

    Failure where there is none, or the two that a person typed differ.
    """
    if hashed is not None:
        if not is_usable_hash(hashed):
            raise Failure(
                "This is not the hash of a password.",
                exit=Exit.USAGE,
                hint="It begins with $argon2id$ and takes at most 256 MiB and 10 passes.",
            )
        return Secret(None, hashed)
    if from_stdin:
        return Secret(sys.stdin.readline().rstrip("\r\n"))
    if os.environ.get(VARIABLE):
        return Secret(os.environ[VARIABLE])
    if not (sys.stdin.isatty() and terminal.err.isatty()):
        raise Failure(
            "There is no password, and nobody to ask for one.",
            exit=Exit.USAGE,
            hint=f"Use --password-stdin, {VARIABLE}, --password-hash or --link.",
        )
    password = getpass.getpass("Password: ", stream=terminal.err)
    if getpass.getpass("The same again: ", stream=terminal.err) != password:
        raise Failure("The two differ; nothing was done.", exit=Exit.USAGE)
    return Secret(password)
