"""Pictures of every screen and state, to look at beside the design: `gallery.py FOLDER`.

In light and dark, in both languages, on a desk and on a phone. With more words behind the folder,
only the screens whose names hold one of them.
"""

import sys
import tempfile
from pathlib import Path

from browsing import Person, launch, running_server
from playwright.sync_api import sync_playwright
from tour import DESK, PHONE, Tour

LANGUAGES = ("en", "zh-CN")
SETTLED_MS = 250  # for what fades and for icons


def main(folder: Path, wanted: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for language in LANGUAGES:
            people: list[Person] = []
            with (
                tempfile.TemporaryDirectory() as temporary,
                running_server(Path(temporary)) as server,
            ):

                def come(**look: object) -> Person:
                    people.append(Person(browser, server.address, **look))  # noqa: B023
                    return people[-1]  # noqa: B023

                for name, person in Tour(server, come, language).stops():
                    if not wanted or any(word in name for word in wanted):
                        shoot(person, folder, f"{name}-{language}")
                for person in people:
                    person.context.close()
        browser.close()
    for picture in sorted(folder.glob("*.png")):
        print(picture)


def shoot(person: Person, folder: Path, name: str) -> None:
    page = person.page
    # A menu of the members' panel goes where the panel goes, so the desk is first.
    for size, place in ((DESK, "desk"), (PHONE, "phone")):
        page.set_viewport_size(size)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            page.wait_for_timeout(SETTLED_MS)
            page.screenshot(path=folder / f"{name}-{place}-{scheme}.png")
    page.set_viewport_size(DESK)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python tests/web/gallery.py FOLDER [WORD ...]")
    main(Path(sys.argv[1]), sys.argv[2:])
