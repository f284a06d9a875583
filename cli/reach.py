"""Whether people reach the server by its public address, looked at from outside as they do.

The server tells what it saw of a request only to whoever may read the file beside its database.
"""

import json
import socket
import ssl
import time
from collections.abc import Iterator
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, urlsplit

from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.sync.client import connect
from websockets.typing import Origin

from sanchat.cli.finding import FAIL, OK, WARN, Finding
from sanchat.store.life import probe_of

PATIENCE_SECONDS = 10.0
FORGED = "203.0.113.77"  # an address nobody has (RFC 5737)
SOON_DAYS = 14
DAY_SECONDS = 24 * 60 * 60
NOT_SIGNED_IN = 4505
SERVER_UP = "Is the server up behind the proxy?"
PROXY_MANUAL = "See *A proxy in front* in docs/operating.md."


def reach(url: str, database: Path) -> Iterator[Finding]:
    """Each step on the way from a browser to the server and back."""
    parts = urlsplit(url)
    if parts.scheme != "https":
        yield Finding(
            WARN, "public URL", f"{url} is no https", "Anybody on the way can read along: use TLS."
        )
    else:
        try:
            yield _certificate(parts)
        except ssl.SSLError as error:
            yield Finding(
                FAIL,
                "certificate",
                f"browsers will refuse it: {getattr(error, 'verify_message', '') or error.reason}",
                "Get one for this name; SSL_CERT_FILE names an authority of one's own.",
            )
            return
        except OSError as error:
            yield _unreachable(url, error)
            return
    try:
        status, _, headers = _ask(parts, "/")
        yield from _page(url, status, headers)
        status, body, _ = _ask(parts, "/healthz", probe=probe_of(database))
        forged = _ask(parts, "/healthz", probe=probe_of(database), forwarded_for=FORGED)[1]
    except (OSError, HTTPException) as error:
        yield _unreachable(url, error)
        return
    seen = _seen(body)
    if seen is None:
        yield Finding(
            FAIL,
            "server",
            "what answers there is not the server of this database",
            "Start it, or name its --database; see where the proxy leads.",
        )
    else:
        yield from _visitor(parts, seen, _seen(forged) or seen)
    yield _websocket(parts)


def _certificate(parts: SplitResult) -> Finding:
    context = ssl.create_default_context()
    address = (parts.hostname or "", parts.port or 443)
    with (
        socket.create_connection(address, timeout=PATIENCE_SECONDS) as plain,
        context.wrap_socket(plain, server_hostname=parts.hostname) as secure,
    ):
        certificate = secure.getpeercert() or {}
    ends_at = ssl.cert_time_to_seconds(str(certificate["notAfter"]))
    days = (ends_at - time.time()) / DAY_SECONDS
    found = f"valid for {days:,.0f} days more"
    if days < SOON_DAYS:
        return Finding(WARN, "certificate", found, "Renew it; Caddy does so by itself.")
    return Finding(OK, "certificate", found)


def _page(url: str, status: int, headers: dict[str, str]) -> Iterator[Finding]:
    if status == 403:
        yield Finding(
            FAIL,
            "page",
            "403: the server does not know the name it was asked for",
            f"Pass Host on as it came, and start it with --public-url {url}.",
        )
    elif status != 200:
        yield Finding(FAIL, "page", f"status {status}", f"{SERVER_UP} {PROXY_MANUAL}")
    else:
        yield Finding(OK, "page", "is served")
    if url.startswith("https://") and status == 200:
        if "strict-transport-security" in headers:
            yield Finding(OK, "HSTS", "on")
        else:
            yield Finding(
                FAIL,
                "HSTS",
                "off: browsers may come by http",
                f"Start the server with --public-url {url}.",
            )


def _visitor(parts: SplitResult, seen: dict[str, Any], forged: dict[str, Any]) -> Iterator[Finding]:
    if forged["address"] == FORGED:
        yield Finding(
            FAIL,
            "visitor's address",
            "anybody can forge it: what they send as X-Forwarded-For is believed",
            f"Let the proxy write that header itself. {PROXY_MANUAL}",
        )
    elif seen["forwarded"] and not seen["trusted"]:
        yield Finding(
            FAIL,
            "visitor's address",
            f"everybody counts as {seen['peer']}, and shares one address's limits",
            f"Start the server with --trusted-proxy {seen['peer']}.",
        )
    elif seen["trusted"] and not seen["forwarded"]:
        yield Finding(
            FAIL,
            "visitor's address",
            f"{seen['peer']} is trusted and sends no X-Forwarded-For",
            f"Let the proxy send it. {PROXY_MANUAL}",
        )
    else:
        yield Finding(OK, "visitor's address", f"{seen['address']}, not to be forged")
    if seen["scheme"] != parts.scheme:
        yield Finding(
            FAIL,
            "scheme",
            f"the server sees {seen['scheme']} where people come by {parts.scheme}",
            "Let the proxy send X-Forwarded-Proto, and name it with --trusted-proxy.",
        )
    else:
        yield Finding(OK, "scheme", str(seen["scheme"]))


def _websocket(parts: SplitResult) -> Finding:
    origin = f"{parts.scheme}://{parts.netloc}"
    address = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}/ws"
    try:
        with connect(
            address, origin=Origin(origin), open_timeout=PATIENCE_SECONDS, proxy=None
        ) as heard:
            heard.recv(PATIENCE_SECONDS)
    except InvalidStatus as error:
        status = error.response.status_code
        if status == 403:
            return Finding(
                FAIL,
                "websocket",
                "403: Host or Origin did not arrive as the browser sent it",
                "Let the proxy pass both on, and start the server with this --public-url.",
            )
        remedy = SERVER_UP if status >= 500 else "Let the proxy pass Upgrade and Connection on."
        found = f"status {status} where 101 should be"
        return Finding(FAIL, "websocket", found, f"{remedy} {PROXY_MANUAL}")
    except ConnectionClosed as closed:
        code = closed.rcvd.code if closed.rcvd is not None else None
        if code == NOT_SIGNED_IN:
            return Finding(OK, "websocket", "goes through, both ways")
        return Finding(FAIL, "websocket", f"closed with {code}", "See the server's log.")
    except (OSError, WebSocketException) as error:
        return Finding(FAIL, "websocket", f"{type(error).__name__}: {error}", PROXY_MANUAL)
    return Finding(OK, "websocket", "goes through, both ways")


def _ask(
    parts: SplitResult, path: str, *, probe: str = "", forwarded_for: str = ""
) -> tuple[int, bytes, dict[str, str]]:
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=PATIENCE_SECONDS)
    headers = {"X-Sanchat-Probe": probe} if probe else {}
    if forwarded_for:
        headers |= {"X-Forwarded-For": forwarded_for, "Forwarded": f"for={forwarded_for}"}
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return (
            answer.status,
            answer.read(1 << 20),
            {name.lower(): value for name, value in answer.getheaders()},
        )
    finally:
        connection.close()


def _seen(body: bytes) -> dict[str, Any] | None:
    try:
        seen = json.loads(body).get("seen")
    except (ValueError, AttributeError):
        return None
    return seen if isinstance(seen, dict) else None


def _unreachable(url: str, error: Exception) -> Finding:
    return Finding(
        FAIL,
        "public URL",
        f"{url} does not answer: {error}",
        "See that the name leads to this machine, the port is open, and the proxy runs.",
    )
