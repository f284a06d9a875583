"""Network addresses as bans and rates count them."""

import ipaddress
from functools import lru_cache

REMEMBERED = 1_024  # people come from the same addresses again and again


@lru_cache(REMEMBERED)
def network_of(address: str) -> str | None:
    """The network that a ban of this address covers: an IPv4 address alone, an IPv6 /64.

    None where it names nobody on the internet: a private, local or unreadable address is shared
    by people who have nothing to do with each other, or is the server's own.
    """
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    parsed = mapped or parsed
    if not parsed.is_global or parsed.is_multicast:
        return None
    width = 32 if parsed.version == 4 else 64
    return str(ipaddress.ip_network(f"{parsed}/{width}", strict=False))


@lru_cache(REMEMBERED)
def source_of(address: str) -> str:
    """Whose address it is, as far as it tells: whoever has one of an IPv6 /64 has them all."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    width = 32 if parsed.version == 4 else 64
    return str(ipaddress.ip_network(f"{parsed}/{width}", strict=False))
