"""What becomes of a message that the server refuses, or whose answer is lost on the way."""

import json
import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import WebSocketRoute, expect

pytestmark = pytest.mark.slow

SERVICE_RESTART = 1012
REFUSAL = {"code": "forbidden", "message": "Not in this room today."}


class Mail:
    """The way between a page and its server, where posts are refused or answers get lost."""

    def __init__(self, person: Person) -> None:
        self.refuses = False
        self.loses = False
        person.page.route_web_socket(re.compile("/ws$"), self._connect)

    def _connect(self, route: WebSocketRoute) -> None:
        server = route.connect_to_server()
        is_lost = False

        def outward(text: str | bytes) -> None:
            nonlocal is_lost
            frame = json.loads(text)
            if frame["type"] == "post" and self.refuses:
                fields = {"ref": frame.get("ref"), "client_message_id": frame["client_message_id"]}
                route.send(json.dumps({"type": "reply", "ok": False, "error": REFUSAL} | fields))
                return
            if frame["type"] == "post" and self.loses:
                is_lost = True
            server.send(text)

        def homeward(text: str | bytes) -> None:
            if not is_lost:
                route.send(text)
            elif '"type":"reply"' in str(text):
                self.loses = False
                route.close(code=SERVICE_RESTART)

        route.on_message(outward)
        server.on_message(homeward)


def test_a_refused_message_says_why_and_is_sent_again_or_dropped(
    somebody: Callable[..., Person],
) -> None:
    """SE-2, AX-2: by an alert, with the reason in it."""
    ana, ben = somebody(), somebody().join("ben")
    mail = Mail(ana)
    ana.join("ana")
    mail.refuses = True
    ana.say("one")
    failure = ana.page.locator(".failure[role=alert]")
    expect(failure).to_contain_text(REFUSAL["message"])

    mail.refuses = False
    failure.get_by_role("button", name="Retry").click()
    expect(ana.sent).to_have_text(["one"])
    expect(failure).to_have_count(0)
    expect(ben.sent).to_have_text(["one"])

    mail.refuses = True
    ana.say("two")
    expect(failure).to_contain_text(REFUSAL["message"])
    failure.get_by_role("button", name="Delete").click()
    expect(ana.bodies).to_have_text(["one"])


def test_a_message_whose_answer_was_lost_is_there_once(somebody: Callable[..., Person]) -> None:
    """SE-3: what comes again under its id is the same message."""
    ana, ben = somebody(), somebody().join("ben")
    mail = Mail(ana)
    ana.join("ana")
    ana.may_be_offline = True
    mail.loses = True
    ana.say("only once")

    expect(ana.sent).to_have_text(["only once"], timeout=40_000)
    ana.expect_live()
    ben.say("and then")
    expect(ana.sent).to_have_text(["only once", "and then"])
    expect(ben.sent).to_have_text(["only once", "and then"])
    assert mail.loses is False


def test_coming_in_is_said_once(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say("hello")
    expect(ana.sent).to_have_count(1)
    expect(ana.page.locator("code.connected")).to_have_count(1)
