"""A real server, a real browser, and people who use both: for the tests and the screenshots."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserType, Locator, Page, WebSocket, expect

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome")
START_SECONDS = 20
STEP_MS = 10_000

# Where nobody is signed in, the page's first question is answered with 401, and Chromium says so.
EXPECTED_ERRORS = ("status of 401",)
# A server that is away makes the browser report each try to come back.
OFFLINE_ERRORS = (
    "ERR_CONNECTION_REFUSED",
    "WebSocket connection to",
    "ERR_CONNECTION_RESET",
    "ERR_FAILED",
    "fetching the script",
)

# A page of older messages leaves the reader where they are, with more than that above them perhaps.
READ_UP = """() => {
  const scroller = document.querySelector(".scroll")
  scroller.scrollTop = 0
  return scroller.textContent.includes("This is the beginning of")
}"""
WATCH_VIOLATIONS = """
window.violations = []
addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI}`)
})
"""


class ChatServer:
    """A server with its own database, to be killed and started again under the same address."""

    def __init__(
        self,
        folder: Path,
        *options: str,
        python: Path | str = sys.executable,
        is_limited: bool = False,
    ) -> None:
        self.folder = folder
        self._options = options if is_limited else ("--no-limits", *options)
        self._python = python
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [self._python, "-m", "sanchat", "serve", *self._options]
        command += ["--port", str(self.port), "--database", str(self.folder / "chat.db")]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True
            )
        self._wait_until_healthy()

    def kill(self) -> None:
        """As a power cut would: nothing is said to anybody."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None

    def admin(self, *words: str) -> str:
        """What an operator does beside the running server, and what they read then."""
        command = [sys.executable, "-m", "cli.admin", *words]
        done = subprocess.run(
            [*command, "--database", str(self.folder / "chat.db")],
            cwd=ROOT,
            check=True,
            capture_output=True,
            timeout=30,
        )
        return done.stdout.decode()

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text(encoding="utf-8", errors="replace")

    def _wait_until_healthy(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._process is None or self._process.poll() is not None:
                break
            if self._is_healthy():
                return
        raise RuntimeError(f"the server did not start:\n{self.log}")

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.address}/healthz", timeout=1):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


class Person:
    """Somebody with a browser of their own, who notes everything that must not happen in it."""

    def __init__(self, browser: Browser, address: str, **look: Any) -> None:
        look.setdefault("viewport", {"width": 1280, "height": 800})
        self.address = address
        self.context = browser.new_context(**look)
        self.context.add_init_script(WATCH_VIOLATIONS)
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.may_be_offline = False
        self.page = self.open_tab()

    def open_tab(self) -> Page:
        page = self.context.new_page()
        page.set_default_timeout(STEP_MS)
        page.on("console", self._note_console)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", self._note_socket)
        return page

    def join(self, name: str, room: str = "lobby") -> "Person":
        self.page.goto(f"{self.address}/r/{room}")
        self.page.locator("#join-name").fill(name)
        self.page.locator("#join-room").fill(room)
        self.page.locator("#join-room").press("Enter")
        expect(self.field).to_be_visible()
        self.expect_live()
        return self

    def enter(self, room: str) -> None:
        """Makes a room, or goes to the one of this name."""
        self.page.locator(".rooms .section button").first.click()
        self.page.locator("#create-name").fill(room)
        self.page.locator("dialog .primary").click()
        expect(self.page.locator("h1")).to_have_text(room)
        expect(self.page.locator(".log")).to_have_attribute("aria-busy", "false")

    def say(self, *texts: str) -> None:
        for text in texts:
            self.field.fill(text)
            self.field.press("Enter")
            expect(self.field).to_have_value("")

    def read_to_the_start(self) -> None:
        self.page.wait_for_function(READ_UP)

    def expect_to_read(self, seq: int) -> AbstractContextManager[Any]:
        """Around what makes this person read up to here."""

        def is_read(payload: str | bytes) -> bool:
            frame = json.loads(payload)
            return frame["type"] == "read" and frame["seq"] == seq

        return self.socket.expect_event("framesent", is_read, timeout=STEP_MS)

    def expect_live(self, word: str = "Connected|已连接") -> None:
        expect(self.page.locator(".brand small")).to_have_text(re.compile(word), timeout=40_000)

    @property
    def field(self) -> Locator:
        return self.page.locator("#composer-field")

    @property
    def bodies(self) -> Locator:
        return self.page.locator(".message .body")

    @property
    def sent(self) -> Locator:
        """Messages that the server has."""
        return self.page.locator(".message:not(.pending, .failed) .body")

    def forgive_refusals(self) -> None:
        """Chromium notes each answer that somebody is banned, which the page has asked for."""
        self.errors[:] = [error for error in self.errors if "status of 403" not in error]

    def check(self) -> None:
        """No error, no violation of the security policy, no request to anybody but the server."""
        violations = [
            violation
            for page in self.context.pages
            if page.url.startswith("http")
            for violation in page.evaluate("window.violations")
        ]
        host = self.address.removeprefix("http://")
        own = (f"http://{host}/", f"ws://{host}/")
        strangers = [url for url in self.requests if not url.startswith(own)]
        found = (self.errors, violations, strangers)
        assert found == ([], [], []), found

    def _note_socket(self, opened: WebSocket) -> None:
        self.requests.append(opened.url)
        self.socket = opened

    def _note_console(self, message: Any) -> None:
        if message.type not in ("error", "warning"):
            return
        expected = EXPECTED_ERRORS + (OFFLINE_ERRORS if self.may_be_offline else ())
        if not any(part in message.text for part in expected):
            self.errors.append(message.text)


def launch(chromium: BrowserType, *arguments: str) -> Browser:
    """Chromium from the PATH, else Playwright's own."""
    found = next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    # A container has no other sandbox to offer, and all that is opened here is our own page.
    return chromium.launch(executable_path=found, args=["--no-sandbox", *arguments])


@contextlib.contextmanager
def running_server(
    folder: Path, *options: str, python: Path | str = sys.executable, is_limited: bool = False
) -> Iterator[ChatServer]:
    server = ChatServer(folder, *options, python=python, is_limited=is_limited)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
