"""Links that let somebody in, and how they are shown: once, since only a hash of them is kept."""

import ipaddress
from typing import Annotated
from urllib.parse import urlsplit

import typer

from sanchat.chat import Chat
from sanchat.cli.terminal import Terminal
from sanchat.welcome import is_for_this_machine

DEFAULT_URL = "http://127.0.0.1:8000"

Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        envvar="SANCHAT_PUBLIC_URL",
        metavar="URL",
        help="Where people reach the server; by default what the running one says.",
    ),
]


def url_of(chat: Chat, url: str | None) -> str:
    """Where people reach the server: as it is said, or as the running server said."""
    return url or chat.store.server_address() or DEFAULT_URL


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
    """Tells who makes a link from how far it leads here, where that is not everywhere."""
    if is_for_this_machine(url):
        reach = "this machine"
    elif _is_number(url):
        reach = "the server's own network"
    else:
        return
    terminal.note(
        f"The link is for {reach}: --url or SANCHAT_PUBLIC_URL says where people elsewhere "
        "reach the server."
    )


def _is_number(url: str) -> bool:
    try:
        ipaddress.ip_address(urlsplit(url).hostname or "")
    except ValueError:
        return False
    return True
