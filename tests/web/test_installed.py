"""The page of the installed wheel: it loads with its server alone to ask, within its budgets."""

from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person, running_server
from meter import KIB, check_budgets, first_load
from playwright.sync_api import Browser, expect
from test_packaging import installed, wheel  # noqa: F401

pytestmark = pytest.mark.slow

WEB_SIZE = 900 * KIB


def test_the_installed_page_loads_alone_and_small(
    installed: Path,  # noqa: F811
    browser: Browser,
    tmp_path: Path,
) -> None:
    with running_server(tmp_path, python=installed) as server:
        ana = Person(browser, server.address).join("ana", "general")
        ana.say("first", "**second**")
        expect(ana.sent).to_have_count(2)

        files = first_load(browser, server, ana, "general")

        ana.check()
        ana.context.close()
    check_budgets(files)

    web = installed.parents[1].glob("lib/python*/site-packages/sanchat/web")
    size = sum(path.stat().st_size for path in next(web).rglob("*") if path.is_file())
    assert size <= WEB_SIZE, size
