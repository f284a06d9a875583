"""In Chinese, every screen and state is Chinese: nothing of the page's own is left in English."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from tour import Tour

pytestmark = pytest.mark.slow

LOCALES = Path(__file__).resolve().parents[2] / "web" / "locales"
PLACE = re.compile(r"\{\w+\}")
TEXTS = """() => {
  const texts = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode
    if (!parentElement.closest("kbd")) texts.push(data) // keys are called as on the keyboard
  }
  for (const name of ["aria-label", "title", "placeholder", "alt"])
    for (const element of document.querySelectorAll(`[${name}]`))
      texts.push(element.getAttribute(name))
  return [...texts.map((text) => text.trim()), document.title]
}"""


def english_only() -> dict[str, re.Pattern[str]]:
    """What the page says in English and otherwise in Chinese, as patterns of the finished words."""
    english = json.loads((LOCALES / "en.json").read_text(encoding="utf-8"))
    chinese = json.loads((LOCALES / "zh-CN.json").read_text(encoding="utf-8"))
    patterns = {}
    for key, words in english.items():
        for form in words.values() if isinstance(words, dict) else [words]:
            if form != chinese.get(key) and re.search(r"[a-zA-Z]{2}", PLACE.sub("", form)):
                parts = [re.escape(part) for part in PLACE.split(form)]
                patterns[form] = re.compile(".+".join(parts), re.DOTALL)
    refusals = json.loads((LOCALES / "refusals.zh-CN.json").read_text(encoding="utf-8"))
    for sentence in refusals:
        parts = [re.escape(part) for part in sentence.split("{}")]
        patterns[sentence] = re.compile(".+".join(parts), re.DOTALL)
    return patterns


def test_no_screen_or_state_says_in_english_what_it_can_say_in_chinese(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    patterns = english_only()
    found: dict[str, str] = {}
    walked = 0
    for name, person in Tour(server, somebody, "zh-CN").stops():
        walked += 1
        texts = set(person.page.evaluate(TEXTS))
        assert any(re.search(r"[\u4e00-\u9fff]", text) for text in texts), name
        for text in texts:
            if any(pattern.fullmatch(text) for pattern in patterns.values()):
                found[text] = name

    assert len(patterns) > 300
    assert walked > 25
    assert found == {}
