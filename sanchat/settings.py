"""One `Settings`, from flags, environment, a TOML file and defaults, in this order.

What would lay people open to strangers does not start, and the refusal names a way out.
"""

import ipaddress
import socket
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

import platformdirs

from sanchat.errors import StartupError
from sanchat.forwarded import networks
from sanchat.limits import Rate, Rates
from sanchat.logs import FORMATS, LEVELS

SWITCHES_OFF = ("limits", "qr")  # on by themselves: what people say is `--no-limits`
NAME_LENGTH = 60
ADMISSIONS = ("open", "invite", "closed")
DAY_SECONDS = 24 * 60 * 60
BOUNDS = {  # of the settings that count something: the least and the most
    "port": (0, 65_535),
    "session_connections": (1, 1_000_000),
    "address_connections": (1, 1_000_000),
    "heartbeat_seconds": (1, 3_600),
    "request_head_seconds": (1, 3_600),
    "outbox_bytes": (1 << 18, 1 << 30),  # it holds one frame of the largest
    "batch_changes": (1, 100_000),
    "batch_text": (4_000, 100_000_000),  # and this one message of the longest
    "queue_changes": (10, 10_000_000),
    "name_hold_seconds": (0, DAY_SECONDS),
    "checkpoint_seconds": (1, DAY_SECONDS),
    "session_idle_days": (1, 36_500),
    "session_absolute_days": (1, 36_500),
}


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything about a server that somebody may want different."""

    database: Path
    server_name: str = "sanchat"  # what people read that the server is called
    host: str = "127.0.0.1"
    port: int = 8000  # 0: any free one
    public_url: str = ""  # https://…: reachable from the internet, everything stricter
    insecure: bool = False  # allow a public address without https
    guests: str = ""  # open, invite, closed; "" is open, by invitation if public_url is set
    registration: str = "invite"  # who may make an account: open (anybody), invite, closed
    allow_host: tuple[str, ...] = ()  # further names that requests may call this server by
    allow_origin: tuple[str, ...] = ()  # further pages that may talk to it
    trusted_proxy: tuple[str, ...] = ()  # addresses whose X-Forwarded-… headers are believed
    tls_cert: str = ""  # a file of PEM: the certificate and those between it and its authority
    tls_key: str = ""  # and its key
    qr: bool = True  # show the join link as a QR code, where a terminal is there to show it
    limits: bool = True  # rates, connections and joins; sizes stay bounded either way

    # Each rate is so many at once, then so many in a time.
    rate_writes: Rate = Rates.writes  # messages, edits, deletions and reactions of a session
    rate_refusals: Rate = Rates.refusals  # of these, then the connection ends
    rate_reads: Rate = Rates.reads  # what a session asks
    rate_typing: Rate = Rates.typing  # notes that somebody of a session writes
    rate_rooms: Rate = Rates.rooms  # rooms and invitations that a session makes
    rate_sign_ins: Rate = Rates.sign_ins  # new sessions of an address
    rate_guesses: Rate = Rates.guesses  # wrong passwords for a name from an address
    rate_guesses_by_address: Rate = Rates.guesses_by_address  # and for whatever names
    session_connections: int = 16
    address_connections: int = 512

    heartbeat_seconds: float = 20.0  # ping after it, close after twice that without a byte
    request_head_seconds: float = 10.0  # from accept to the end of the request's head
    fast_frames: bool = True  # plain text frames past the library's parser
    outbox_bytes: int = 1 << 20  # unsent bytes of one connection, then it is cut
    batch_changes: int = 500
    batch_text: int = 200_000  # characters in one batch, so that a room's frames stay small
    queue_changes: int = 50_000  # waiting for the journal, then `unavailable`
    name_hold_seconds: float = 30.0  # a guest's name after its last connection
    checkpoint_seconds: float = 30.0
    session_idle_days: int = 30
    session_absolute_days: int = 180  # from sign-in, however much it is used
    log_level: str = "info"  # and above: debug, info, warning, error
    log_format: str = "text"  # or json, one object a line

    @property
    def admits_guests(self) -> str:
        """`open`, by `invite`, or `closed`."""
        return self.guests or ("invite" if self.public_url else "open")

    @property
    def guests_are_open(self) -> bool:
        return self.admits_guests == "open"

    @property
    def is_https(self) -> bool:
        """Whether people reach it by https alone, so that cookies may be kept from http."""
        return urlsplit(self.public_url).scheme == "https" or bool(self.tls_cert)

    @property
    def rates(self) -> Rates:
        return Rates(**{each.name: getattr(self, f"rate_{each.name}") for each in fields(Rates)})

    @property
    def is_public(self) -> bool:
        return bool(self.public_url)


def default_database() -> Path:
    """`sanchat.db` in the user's data directory."""
    return Path(platformdirs.user_data_dir("sanchat", appauthor=False)) / "sanchat.db"


def load_settings(
    flags: Mapping[str, Any], environ: Mapping[str, str], config: Path | None = None
) -> Settings:
    """Settings from flags (None: not given), `SANCHAT_…` variables and a TOML file.

    StartupError names what is wrong and where it came from.
    """
    if sys.platform == "win32":
        raise StartupError("sanchat serves on Linux and macOS. On Windows, run it inside WSL.")
    config = config or (Path(environ["SANCHAT_CONFIG"]) if environ.get("SANCHAT_CONFIG") else None)
    values: dict[str, Any] = {"database": default_database()}
    known = {field.name for field in fields(Settings)}
    if config is not None:
        values |= _from_toml(config, known)
    for name in sorted(known):
        text = environ.get(f"SANCHAT_{name.upper()}")
        if text:
            values[name] = _parsed(name, text, f"SANCHAT_{name.upper()}")
    for name in SWITCHES_OFF:
        if _is_yes(environ.get(f"SANCHAT_NO_{name.upper()}", "")):
            values[name] = False
    values |= {name: value for name, value in flags.items() if value is not None}
    for name, value in values.items():
        values[name] = _parsed(name, value, f"--{name.replace('_', '-')}")
    settings = Settings(**values)
    _refuse_unsafe(settings)
    return settings


def _from_toml(path: Path, known: set[str]) -> dict[str, Any]:
    try:
        with open(path, "rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise StartupError(f"The settings file {path} cannot be read: {error.strerror}.") from error
    except tomllib.TOMLDecodeError as error:
        raise StartupError(f"The settings file {path} is not TOML: {error}.") from error
    values = {name.replace("-", "_"): value for name, value in table.items()}
    for name in SWITCHES_OFF:
        if f"no_{name}" in values:
            values[name] = not values.pop(f"no_{name}")
    unknown = sorted(set(values) - known)
    if unknown:
        raise StartupError(
            f"The settings file {path} has the unknown setting {unknown[0]!r}. "
            f"Known are: {', '.join(sorted(known))}."
        )
    return values


def _parsed(name: str, value: Any, source: str) -> Any:
    kind = {field.name: field.type for field in fields(Settings)}[name]
    try:
        if kind is Path:
            return Path(value).expanduser()
        if kind is Rate:
            return value if isinstance(value, Rate) else Rate.parse(value)
        if kind is bool:
            return value if isinstance(value, bool) else _is_yes(value)
        if kind is int and not isinstance(value, bool):
            return int(value)
        if kind is float and not isinstance(value, bool):
            return float(value)
        if kind is str and isinstance(value, str):
            return value
        if kind == tuple[str, ...]:
            items = value.split(",") if isinstance(value, str) else value
            return tuple(str(item).strip() for item in items if str(item).strip())
    except (TypeError, ValueError):
        pass
    advice = " A rate is written `10, 2/s`: ten at once, then two a second." if kind is Rate else ""
    raise StartupError(f"{source} cannot be {value!r}.{advice}")


def _is_yes(text: str) -> bool:
    return text.strip().lower() in ("1", "true", "yes", "on")


def _refuse_unsafe(settings: Settings) -> None:
    for name, (least, most) in BOUNDS.items():
        # Written so that what is no number at all is refused, too.
        if not least <= getattr(settings, name) <= most:
            if name == "port":
                raise StartupError("--port is a number from 0 to 65535; 0 takes any free one.")
            raise StartupError(f"{name} is a number from {least:,} to {most:,}.")
    if (
        not 1 <= len(settings.server_name.strip()) <= NAME_LENGTH
        or not settings.server_name.isprintable()
    ):
        raise StartupError(f"--server-name has 1 to {NAME_LENGTH} characters that can be seen.")
    if settings.guests not in ("", *ADMISSIONS):
        raise StartupError("guests is `open`, `invite` or `closed`.")
    if settings.registration not in ADMISSIONS:
        raise StartupError("registration is `open`, `invite` or `closed`.")
    if settings.log_level not in LEVELS:
        raise StartupError(f"log_level is one of {', '.join(LEVELS)}.")
    if settings.log_format not in FORMATS:
        raise StartupError("log_format is `text` or `json`.")
    if bool(settings.tls_cert) != bool(settings.tls_key):
        raise StartupError("--tls-cert and --tls-key belong together: give both or neither.")
    try:
        networks(settings.trusted_proxy)
    except ValueError as error:
        raise StartupError(
            f"--trusted-proxy is an address or a network such as 127.0.0.1 or 10.0.0.0/8: {error}."
        ) from error
    if any(network.prefixlen == 0 for network in networks(settings.trusted_proxy)):
        raise StartupError(
            "--trusted-proxy cannot be everybody: anybody could then say to be anybody. Name the "
            "proxy's own address."
        )
    if settings.public_url:
        url = _split(settings.public_url)
        if url.scheme not in ("https", "http") or not url.hostname:
            raise StartupError("--public-url is an address such as https://chat.example.org.")
        if not _is_origin(settings.public_url):
            raise StartupError(
                "--public-url is scheme, host and port alone, such as https://chat.example.org: "
                "leave out path, query, fragment and user."
            )
        if url.scheme == "http" and not settings.insecure:
            raise StartupError(
                "--public-url must begin with https://, since over http anybody on the way can "
                "read and change what is said. Put a proxy with TLS in front, give --tls-cert and "
                "--tls-key, or add --insecure."
            )
    elif not settings.insecure:
        public = [address for address in bound_addresses(settings.host) if address.is_global]
        if public:
            raise StartupError(
                f"{settings.host} covers the public address {public[0]}: anybody on the internet "
                "could come in. Give --public-url https://…, bind another --host, or add "
                "--insecure if a firewall keeps strangers out."
            )


def _split(address: str) -> SplitResult:
    try:
        url = urlsplit(address)
        _ = url.port
    except ValueError as error:
        raise StartupError(f"--public-url cannot be {address!r}: {error}.") from error
    return url


def _is_origin(address: str) -> bool:
    # One slash at the end is how people write it.
    url = urlsplit(address)
    bare = address.removesuffix("/").lower() == f"{url.scheme}://{url.netloc}".lower()
    return bare and "@" not in url.netloc and not url.netloc.endswith(":")


def bound_addresses(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    """This machine's addresses that a server bound to `host` answers on; no traffic is sent.

    Those by which it reaches the world come first.
    """
    if host.strip("[]") not in ("0.0.0.0", "::", ""):
        try:
            return [ipaddress.ip_address(host.strip("[]"))]
        except ValueError:
            return _resolved(host)
    import ifaddr  # only where it is needed

    found: list[ipaddress.IPv4Address | ipaddress.IPv6Address] = []
    for family, beyond in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        # Connecting a datagram socket picks the address of the default route and sends nothing.
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.connect((beyond, 9))
            except OSError:
                continue
            found.append(ipaddress.ip_address(probe.getsockname()[0].partition("%")[0]))
    found += [
        ipaddress.ip_address(one.ip if isinstance(one.ip, str) else one.ip[0].partition("%")[0])
        for adapter in ifaddr.get_adapters()
        for one in adapter.ips
    ]
    # Bound to all of IPv4, it answers on none of IPv6.
    return [one for one in dict.fromkeys(found) if one.version == 4 or host != "0.0.0.0"]


def _resolved(host: str) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [ipaddress.ip_address(str(answer[4][0]).partition("%")[0]) for answer in answers]
