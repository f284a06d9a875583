"""The line between a page and its server, on which for once not all goes well."""

import json
import re
from typing import Any

from browsing import Person
from playwright.sync_api import WebSocketRoute

SERVICE_RESTART = 1012


class Line:
    """Carries everything between one page and its server until it is told otherwise."""

    def __init__(self, person: Person) -> None:
        self.is_cut = False  # who comes is turned away
        self.is_dead = False  # who comes is let in, and hears nothing
        self.loses_answer = False  # of the next post: it arrives, and then the line breaks
        self.keeps: set[str] = set()  # commands that never arrive
        self.refusals: dict[str, dict[str, Any]] = {}  # what such a command gets for an answer
        self.build: str | None = None  # that hello shall name
        self._routes: list[WebSocketRoute] = []
        person.page.route_web_socket(re.compile("/ws$"), self._connect)

    def cut(self) -> None:
        self.is_cut = True
        self.end(SERVICE_RESTART)

    def mend(self) -> None:
        self.is_cut = self.is_dead = False
        self.keeps.clear()
        self.refusals.clear()

    def end(self, code: int) -> None:
        """The page hears this close code, as if the server had said it."""
        for route in self._routes:
            route.close(code=code)
        self._routes.clear()

    def _connect(self, route: WebSocketRoute) -> None:
        if self.is_cut:
            route.close(code=SERVICE_RESTART)
            return
        self._routes.append(route)
        if self.is_dead:
            return
        server = route.connect_to_server()
        is_lost = False

        def outward(text: str | bytes) -> None:
            nonlocal is_lost
            frame = json.loads(text)
            kind = frame["type"]
            if kind in self.keeps:
                return
            if kind in self.refusals:
                about = {key: frame[key] for key in ("ref", "client_message_id") if key in frame}
                answer = {"type": "reply", "ok": False, "error": self.refusals[kind]} | about
                route.send(json.dumps(answer))
                return
            is_lost = is_lost or (kind == "post" and self.loses_answer)
            server.send(text)

        def homeward(text: str | bytes) -> None:
            if not is_lost:
                route.send(self._changed(text))
            elif json.loads(text)["type"] == "reply":
                self.loses_answer = False
                route.close(code=SERVICE_RESTART)

        route.on_message(outward)
        server.on_message(homeward)

    def _changed(self, text: str | bytes) -> str | bytes:
        if not self.build:
            return text
        frame = json.loads(text)
        return json.dumps(frame | {"build": self.build}) if frame["type"] == "hello" else text
