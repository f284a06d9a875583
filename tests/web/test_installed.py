"""The page of the installed wheel: it loads with its server alone to ask, within its budgets."""

import gzip
from pathlib import Path

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person, running_server
from playwright.sync_api import Browser, Route, expect
from test_packaging import installed, wheel  # noqa: F401

pytestmark = pytest.mark.slow

KIB = 1024
LOADED = """performance.getEntriesByType("resource").map(
  (file) => [new URL(file.name).pathname, file.encodedBodySize])"""


def test_the_installed_page_loads_alone_and_small(
    installed: Path,  # noqa: F811
    browser: Browser,
    tmp_path: Path,
) -> None:
    with running_server(tmp_path, python=installed) as server:
        ana = Person(browser, server.address, service_workers="block").join("ana", "general")
        fresh = Person(browser, server.address, service_workers="block")
        fresh.context.add_cookies(ana.context.cookies())

        def only_here(route: Route) -> None:
            if route.request.url.startswith(server.address):
                route.continue_()
            else:
                route.abort()

        fresh.context.route("**/*", only_here)
        answer = fresh.page.goto(f"{server.address}/r/general")
        expect(fresh.field).to_be_visible()
        # Up to here somebody can write; what late.js brings comes after the first load.
        files = fresh.page.evaluate(LOADED)
        fresh.expect_live()
        assert answer is not None
        html = len(gzip.compress(answer.body(), 9))
        for person in (ana, fresh):
            person.errors.clear()  # Playwright says that it has blocked the worker
            person.check()
            person.context.close()

    def total(suffix: str, *, vendor: bool = False) -> int:
        return sum(
            size
            for path, size in files
            if path.endswith(suffix)
            and path.startswith("/static/")
            and ("/vendor/" in path) == vendor
        )

    assert len(files) + 1 <= 40, files
    assert html + sum(size for _, size in files) <= 130 * KIB, files
    assert total(".js", vendor=True) <= 54 * KIB
    assert total(".css") <= 12 * KIB

    web = installed.parents[1].glob("lib/python*/site-packages/sanchat/web")
    size = sum(path.stat().st_size for path in next(web).rglob("*") if path.is_file())
    assert size <= 900 * KIB, size
