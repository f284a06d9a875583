"""What proxies say of those behind them, believed from the proxies that are named and no others.

Each proxy adds the address it was spoken to from at the right. So the list is read from the right,
and the first address that is no proxy of ours is the visitor: what stands further left, they may
have written themselves.
"""

import ipaddress
import re
from collections.abc import Sequence
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

LONGEST_CHAIN = 20  # proxies before one another, then the rest is not read
_PAIR = re.compile(r"\s*([a-z]+)\s*=\s*(\"[^\"]*\"|[^\s;,\"]+)\s*", re.IGNORECASE)


@lru_cache(maxsize=16)
def networks(trusted: tuple[str, ...]) -> tuple[Network, ...]:
    """The networks that these addresses and networks name; ValueError where one is none."""
    return tuple(ipaddress.ip_network(one, strict=False) for one in trusted)


def client_address(
    peer: str,
    trusted: tuple[str, ...],
    *,
    forwarded_for: Sequence[str] = (),
    forwarded: Sequence[str] = (),
) -> str:
    """Where a request comes from: the peer, or whom trusted proxies say they speak for.

    `forwarded_for` and `forwarded` are the lines of X-Forwarded-For and Forwarded; the second
    counts only without the first.
    """
    if not is_trusted(peer, trusted):
        return peer
    chain = [part for line in forwarded_for for part in line.split(",")]
    if not forwarded_for:
        chain = [_pairs(part).get("for", "") for line in forwarded for part in line.split(",")]
    nearest = peer
    for written in reversed(chain[-LONGEST_CHAIN:]):
        address = _parsed(written)
        if address is None:
            return nearest  # what cannot be read is nobody's address
        nearest = str(address)
        if not is_trusted(nearest, trusted):
            break
    return nearest


def client_scheme(
    peer: str,
    trusted: tuple[str, ...],
    *,
    forwarded_proto: Sequence[str] = (),
    forwarded: Sequence[str] = (),
) -> str | None:
    """`http` or `https` as the nearest trusted proxy was spoken to; None where none says it."""
    if not is_trusted(peer, trusted):
        return None
    if forwarded_proto:
        said = forwarded_proto[-1].rpartition(",")[2].strip().lower()
    else:
        said = _pairs((forwarded[-1] if forwarded else "").rpartition(",")[2]).get("proto", "")
    return said if said in ("http", "https") else None


def is_trusted(address: str, trusted: tuple[str, ...]) -> bool:
    """Whether this is the address of a proxy that was named."""
    parsed = _parsed(address) if trusted else None
    return parsed is not None and any(parsed in network for network in networks(trusted))


def _parsed(written: str) -> Address | None:
    text = written.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]  # IPv4 with a port
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _pairs(part: str) -> dict[str, str]:
    found = (_PAIR.fullmatch(pair) for pair in part.split(";"))
    return {match[1].lower(): match[2].strip('"').lower() for match in found if match}
