"""What becomes of a message that the server refuses, or whose answer is lost on the way."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from line import Line
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

REFUSAL = {"code": "forbidden", "message": "Not in this room today."}


def test_a_refused_message_says_why_and_is_sent_again_or_dropped(
    somebody: Callable[..., Person],
) -> None:
    """SE-2, AX-2: by an alert, with the reason in it."""
    ana, ben = somebody(), somebody().join("ben")
    line = Line(ana)
    ana.join("ana")
    line.refusals["post"] = REFUSAL
    ana.say("one")
    failure = ana.page.locator(".failure[role=alert]")
    expect(failure).to_contain_text(REFUSAL["message"])

    line.mend()
    failure.get_by_role("button", name="Retry").click()
    expect(ana.sent).to_have_text(["one"])
    expect(failure).to_have_count(0)
    expect(ben.sent).to_have_text(["one"])

    line.refusals["post"] = REFUSAL
    ana.say("two")
    expect(failure).to_contain_text(REFUSAL["message"])
    failure.get_by_role("button", name="Delete").click()
    expect(ana.bodies).to_have_text(["one"])


def test_a_message_whose_answer_was_lost_is_there_once(somebody: Callable[..., Person]) -> None:
    """SE-3: what comes again under its id is the same message."""
    ana, ben = somebody(), somebody().join("ben")
    line = Line(ana)
    ana.join("ana")
    ana.may_be_offline = True
    line.loses_answer = True
    ana.say("only once")

    expect(ana.sent).to_have_text(["only once"], timeout=40_000)
    ana.expect_live()
    ben.say("and then")
    expect(ana.sent).to_have_text(["only once", "and then"])
    expect(ben.sent).to_have_text(["only once", "and then"])
    assert line.loses_answer is False


def test_coming_in_is_said_once(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")
    ana.say("hello")
    expect(ana.sent).to_have_count(1)
    expect(ana.page.locator("code.connected")).to_have_count(1)
