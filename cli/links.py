"""Links that let somebody in, and how they are shown: once, since only a hash of them is kept."""

from typing import Annotated

import typer

from sanchat.cli.terminal import Terminal

DEFAULT_URL = "http://127.0.0.1:8000"

Url = Annotated[
    str,
    typer.Option(
        "--url",
        envvar="SANCHAT_PUBLIC_URL",
        metavar="URL",
        help="Where people reach the server; http://127.0.0.1:8000 by default.",
    ),
]


def invite_link(url: str, token: str) -> str:
    """By which somebody comes in who is invited."""
    return f"{url.rstrip('/')}/?invite={token}"


def reset_link(url: str, token: str) -> str:
    """By which somebody gives themselves a new password."""
    return f"{url.rstrip('/')}/?reset={token}"


def qr_code(terminal: Terminal, link: str) -> None:
    """The link as a QR code, for a phone held to the screen; on a terminal alone."""
    if terminal.as_json or terminal.quiet or not terminal.out.isatty():
        return
    import segno

    segno.make(link, micro=False).terminal(out=terminal.out, compact=True)


def note_address(terminal: Terminal, url: str) -> None:
    """Tells who makes a link that it leads to this machine, where they have not said another."""
    if url == DEFAULT_URL:
        terminal.note(
            "The link is for this machine: --url or SANCHAT_PUBLIC_URL says where people elsewhere "
            "reach the server."
        )
