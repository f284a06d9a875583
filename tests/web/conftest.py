"""What the tests of the page share: a browser, servers, people, the pinned packages.

Playwright is imported only where a browser is asked for: the unit tests do without it.
"""

import importlib.util
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from programs import run

if TYPE_CHECKING:
    from browsing import ChatServer, Person
    from playwright.sync_api import Browser

WEB = Path(__file__).resolve().parents[2] / "web"
NO_BROWSER = os.environ.get("SANCHAT_TEST_NO_BROWSER") == "1"

SIZES = ({"width": 1440, "height": 1240}, {"width": 390, "height": 844})
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
FIND = """async (tags) => {
  const { passes, violations } = await axe.run(document, { runOnly: { type: "tag", values: tags } })
  if (passes.length < 10) return "axe has not looked"
  return violations.map(({ id, nodes }) => [id, nodes.map((node) => node.target.join(" "))])
}"""

# Without it the modules that need a browser would be skipped in silence.
if not NO_BROWSER and importlib.util.find_spec("playwright") is None:
    raise pytest.UsageError(
        "The page is tested with Playwright, which is not installed: run scripts/setup test, or "
        "leave those tests out with SANCHAT_TEST_NO_BROWSER=1."
    )


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    if NO_BROWSER:
        pytest.skip("SANCHAT_TEST_NO_BROWSER=1 leaves out what needs a browser")
    from browsing import launch
    from playwright.sync_api import Error, sync_playwright

    with sync_playwright() as playwright:
        try:
            browser = launch(playwright.chromium)
        except Error as error:
            pytest.fail(
                "Chromium does not start; install it, or leave these tests out with "
                f"SANCHAT_TEST_NO_BROWSER=1: {error.message[:200]}"
            )
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path: Path) -> "Iterator[ChatServer]":
    from browsing import running_server

    with running_server(tmp_path) as server:
        yield server


@pytest.fixture
def somebody(browser: "Browser", server: "ChatServer") -> "Iterator[Callable[..., Person]]":
    """Makes people; in the end none of their browsers may have had anything to complain about."""
    from browsing import Person

    people: list[Person] = []

    def come(**look: Any) -> Person:
        people.append(Person(browser, server.address, **look))
        return people[-1]

    yield come
    for person in people:
        person.check()
    for person in people:
        person.context.close()


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of web/ with the pinned developers' packages installed."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are needed to check what is made with them")
    copy = tmp_path_factory.mktemp("tools") / "web"
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules"))
    installed = run(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=copy)
    if installed.returncode != 0:
        pytest.skip(f"npm could not fetch the pinned packages: {installed.stderr.strip()[-200:]}")
    return copy


@pytest.fixture
def examine(tools: Path) -> "Callable[[Person], None]":
    """Looks at what a person sees, in both colours and sizes."""
    axe = (tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")

    def find(person: "Person") -> None:
        if not person.page.evaluate("Boolean(window.axe)"):
            person.page.evaluate(axe)
        for size in SIZES:
            person.page.set_viewport_size(size)
            for scheme in ("light", "dark"):
                person.page.emulate_media(color_scheme=scheme)
                assert person.page.evaluate(FIND, RULES) == [], (size, scheme)
        person.page.set_viewport_size(SIZES[0])

    return find
