"""Stands between a browser and a server, and counts what is asked for and what comes back."""

import gzip
import re
import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from browsing import ChatServer, Person
from playwright.sync_api import Browser, Route, expect

KIB = 1024
REQUESTS = 40
TOTAL_GZIP = 130 * KIB
TOTAL_RAW = 450 * KIB
OWN_CODE = 50 * KIB
VENDOR_CODE = 54 * KIB
STYLE = 12 * KIB
QUIET_MS = 2_000
REQUEST = re.compile(rb"^(?:GET|POST) (\S+) HTTP/1\.1\r\n")


@dataclass
class Exchange:
    """One request, and what the server sent for it."""

    path: str
    answer: bytearray = field(default_factory=bytearray)

    @property
    def body(self) -> bytes:
        return bytes(self.answer).partition(b"\r\n\r\n")[2]

    @property
    def size(self) -> int:
        """Bytes as they were sent, without the head."""
        return len(self.body)

    @property
    def raw_size(self) -> int:
        head = bytes(self.answer).partition(b"\r\n\r\n")[0].lower()
        return len(gzip.decompress(self.body) if b"content-encoding: gzip" in head else self.body)


class Meter:
    """Its `address` is the server's, as far as the browser knows."""

    def __init__(self, server: ChatServer) -> None:
        self.exchanges: list[Exchange] = []
        meter = self

        class Connection(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with socket.create_connection(("127.0.0.1", server.port)) as upstream:
                    self.exchange = Exchange("")
                    back = threading.Thread(target=self.answer, args=(upstream,), daemon=True)
                    back.start()
                    while data := received(self.request):
                        if match := REQUEST.match(data):
                            self.exchange = Exchange(match[1].decode())
                            meter.exchanges.append(self.exchange)
                        upstream.sendall(data)
                    upstream.shutdown(socket.SHUT_RDWR)
                    back.join()

            def answer(self, upstream: socket.socket) -> None:
                while data := received(upstream):
                    self.exchange.answer += data
                    try:
                        self.request.sendall(data)
                    except OSError:
                        return

        self.listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Connection)
        self.listener.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.listener.server_address[1]}"

    @property
    def files(self) -> list[Exchange]:
        """All but the socket."""
        return [exchange for exchange in self.exchanges if exchange.path != "/ws"]


def received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(64 * KIB)
    except OSError:
        return b""


@contextmanager
def metered(server: ChatServer) -> Iterator[Meter]:
    meter = Meter(server)
    thread = threading.Thread(target=meter.listener.serve_forever, daemon=True)
    thread.start()
    try:
        yield meter
    finally:
        meter.listener.shutdown()
        meter.listener.server_close()
        thread.join()


def first_load(browser: Browser, server: ChatServer, known: Person, room: str) -> list[Exchange]:
    """
    All that a browser asks for which has never been here, whose person is signed in and does
    nothing, until nothing has been asked for in two seconds. Other servers cannot be had.
    """
    with metered(server) as meter:
        fresh = Person(browser, meter.address)
        fresh.context.route(lambda url: not url.startswith(meter.address), Route.abort)
        fresh.context.add_cookies(known.context.cookies())
        fresh.page.goto(f"{meter.address}/r/{room}")
        fresh.expect_live()
        expect(fresh.sent.last).to_be_visible()
        expect(fresh.page.locator(".member").first).to_be_visible()
        count = 0
        while count != len(meter.files):
            count = len(meter.files)
            fresh.page.wait_for_timeout(QUIET_MS)
        fresh.check()
        fresh.context.close()
    return meter.files


def check_budgets(files: list[Exchange]) -> None:
    """The first load of UX.md, section 12."""
    listing = "\n".join(f"{file.size:7} {file.path}" for file in sorted(files, key=size_of))

    def sent(suffix: str, *, vendor: bool = False) -> int:
        return sum(
            file.size
            for file in files
            if file.path.endswith(suffix) and ("/vendor/" in file.path) == vendor
        )

    own, code, style = sent(".js"), sent(".js", vendor=True), sent(".css")
    total, raw = sum(file.size for file in files), sum(file.raw_size for file in files)
    figures = (
        f"{len(files)} requests, {total} bytes sent, {raw} raw; "
        f"own code {own}, libraries {code}, style {style}\n{listing}"
    )
    assert own > 0, figures
    assert code > 0, figures
    assert style > 0, figures
    assert len(files) <= REQUESTS, figures
    assert own <= OWN_CODE, figures
    assert code <= VENDOR_CODE, figures
    assert style <= STYLE, figures
    assert total <= TOTAL_GZIP, figures
    assert raw <= TOTAL_RAW, figures


def size_of(file: Exchange) -> int:
    return file.size
