"""What the server says when it is ready: where to open it, and the same as a picture for phones."""

import io
from collections.abc import Sequence
from urllib.parse import quote, urlsplit

from sanchat.models import OPEN, Room
from sanchat.settings import Settings, bound_addresses

EVERYWHERE = ("0.0.0.0", "::", "")
INK, PLAIN = "\x1b[97;40m", "\x1b[0m"  # white on black, whatever the terminal's own colours


def addresses_of(settings: Settings, port: int) -> list[str]:
    """Every address that people can type, this machine's own first."""
    if settings.public_url:
        return [settings.public_url.rstrip("/") + "/"]
    names = [settings.host.strip("[]")]
    if names[0] in EVERYWHERE:
        found = [one for one in bound_addresses(names[0]) if not one.is_loopback]
        # Those with a zone (fe80::…%eth0) fit no browser's address bar.
        names = ["127.0.0.1", *(str(one) for one in found if not one.is_link_local)]
    hosts = [f"[{name}]" if ":" in name else name for name in names]
    scheme = "https" if settings.tls_cert else "http"
    return [f"{scheme}://{host}:{port}/" for host in dict.fromkeys(hosts)]


def greeting(settings: Settings, addresses: Sequence[str], owner_invite: str | None = None) -> str:
    """The lines for whoever has started the server."""
    lines = [f"sanchat is ready: open {addresses[0]}"]
    lines += [f"{'':17}or {address}" for address in addresses[1:]]
    if owner_invite is not None:
        # Said this once: the link is kept as a hash alone.
        lines.append("The owner's account, for whoever opens this link first, within a week:")
        lines.append(f"  {addresses[0]}?invite={owner_invite}")
    if not settings.guests_are_open:
        lines.append("People come in by invitation: `sanchat-admin invites create` makes one.")
    lines.append(f"Messages are kept in {settings.database}. Ctrl+C stops.")
    return "\n".join(lines)


def is_for_this_machine(address: str) -> bool:
    """Whether nobody elsewhere reaches it."""
    try:
        return urlsplit(address).hostname in ("127.0.0.1", "::1", "localhost")
    except ValueError:  # no address at all
        return False


def address_for_others(addresses: Sequence[str]) -> str:
    """The first that others reach; this machine's own where they reach none."""
    return next((one for one in addresses if not is_for_this_machine(one)), addresses[0])


def join_link(addresses: Sequence[str], room: Room | None) -> str | None:
    """What others open to come in, into this room where everybody may; None without a network."""
    address = address_for_others(addresses)
    if is_for_this_machine(address):
        return None
    is_for_all = room is not None and room.kind == OPEN and room.archived_at is None
    return address + (f"r/{quote(room.name, safe='')}" if room is not None and is_for_all else "")


def qr_code(link: str) -> str:
    """The link as a picture of half blocks, to be scanned from a terminal."""
    import segno  # only where somebody looks

    picture = io.StringIO()
    segno.make(link, error="l", micro=False).terminal(picture, border=2, compact=True)
    return "\n".join(f"{INK}{line}{PLAIN}" for line in picture.getvalue().splitlines())
