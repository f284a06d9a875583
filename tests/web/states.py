"""What the page says where not all is well: each state made as it comes about in life.

By the line to the server, by an operator's word, by a server with limits on: nothing is put
into the page.
"""

import re
from collections.abc import Callable, Iterator

from browsing import ChatServer, Person, running_server
from line import Line
from playwright.sync_api import Locator, expect

DESK = {"width": 1440, "height": 1240}
ROOM = "harbour-log"
QUAY = "quay"
SLOW_SECONDS = 120
RATE = "3, 1/min"  # a wait longer than anybody looks
NEWER = "0123456789ab"
FORBIDDEN = {"code": "forbidden", "message": "Only moderators may post here."}
BUSY = {"code": "unavailable", "message": "Busy.", "temporary": True}
WORD = "Back in five minutes."
GOODBYE, TOO_OLD, NAME_REFUSED = 1000, 4503, 4506
SAID = (
    "low water at nine, the ferry waits",
    "who has the key to the pump house?",
    "谢谢，我来看看：钥匙在值班室。",
    "the crane is free until noon",
    "https://tides.example/today says 09:14",
)


class States:
    """Brings a page into one state after the other. Each is a name with the page as it is then."""

    def __init__(self, server: ChatServer, come: Callable[..., Person], language: str) -> None:
        self.server = server
        self.come = come
        self.language = language

    def stops(self) -> Iterator[tuple[str, Person]]:
        self._import_log("2024-03-01", 130)
        tom = self._newcomer()
        line = Line(tom)
        tom.join("Tom Weiss", ROOM)
        yield from self._history(tom, line)
        yield from self._sending(tom, line)
        yield from self._limits()
        yield from self._connection(tom, line)
        yield from self._news(tom, line)
        yield from self._rulings(tom)
        yield from self._endings(tom, line)
        yield from self._nowhere()

    def _newcomer(self) -> Person:
        person = self.come(locale=self.language, reduced_motion="reduce", viewport=DESK)
        person.may_be_offline = True
        return person

    def _import_log(self, day: str, count: int) -> None:
        """So many messages from that day on, one a minute, of three people."""
        lines = [
            f"[{number // 60 % 24:02}:{number % 60:02}] <{['kim', 'ines', 'yusuf'][number % 3]}> "
            f"{SAID[number % len(SAID)]}\n"
            for number in range(count)
        ]
        log = self.server.folder / f"{day}.log"
        log.write_text("".join(lines), encoding="utf-8")
        self.server.admin("import", str(log), "--format", "irc", "--room", ROOM)

    def _history(self, tom: Person, line: Line) -> Iterator[tuple[str, Person]]:
        page = tom.page
        line.refusals["history"] = BUSY
        scroll_to_top(tom)
        retry = page.locator(".top button")
        expect(retry).to_be_visible()
        yield "history-failed", tom
        line.mend()
        retry.click()
        expect(page.locator(".message")).to_have_count(100)

        line.keeps.add("subscribe")
        page.locator(".rooms .section button").first.click()
        page.locator("#create-name").fill(QUAY)
        page.locator("dialog .primary").click()
        expect(page.locator(".log")).to_have_attribute("aria-busy", "true")
        expect(page.locator(".skeleton").first).to_be_visible()
        yield "loading-history", tom
        line.cut()
        line.mend()
        expect(page.locator(".log")).to_have_attribute("aria-busy", "false", timeout=40_000)

        page.locator(".room", has_text=ROOM).click()
        expect(page.locator(".message").first).to_be_visible()
        line.cut()
        self._import_log("2024-03-02", 1_100)
        line.mend()
        tom.expect_live()
        scroll_to_top(tom)
        expect(page.locator(".top button")).to_be_visible()
        yield "gap-too-large", tom
        page.locator(".top button").click()
        expect(page.locator(".top button")).to_have_count(0)
        page.locator(".pill").click()

    def _sending(self, tom: Person, line: Line) -> Iterator[tuple[str, Person]]:
        page = tom.page
        page.locator(".room", has_text=QUAY).click()
        expect(page.locator("h1")).to_have_text(QUAY)
        self.server.admin("rooms", "set", QUAY, "--slow", str(SLOW_SECONDS))
        strip = page.locator(".strip")
        expect(strip).to_be_visible()
        yield "slow-mode", tom
        tom.say("压测脚本在 `bench/soak.py`，今晚跑一万个连接。")
        expect(tom.sent).to_have_count(1)
        expect(page.get_by_role("timer")).to_be_visible()
        tom.field.fill("And the next")
        yield "slow-mode-waiting", tom
        tom.field.fill("")
        self.server.admin("rooms", "set", QUAY, "--slow", "0")

        line.refusals["post"] = FORBIDDEN
        tom.say("High water tonight at 21:40.")
        expect(page.locator(".failure")).to_be_visible()
        yield "message-failed", tom
        line.mend()
        page.locator(".failure button").last.click()
        expect(page.locator(".failure")).to_have_count(0)

    def _limits(self) -> Iterator[tuple[str, Person]]:
        """A server that lets nobody write as fast as they like."""
        folder = self.server.folder / "limited"
        folder.mkdir()
        settings = folder / "settings.toml"
        settings.write_text(f'rate_writes = "{RATE}"\n', encoding="utf-8")
        with running_server(folder, "--config", str(settings), is_limited=True) as limited:
            una = self._newcomer()
            una.address = limited.address
            una.join("Una Strand", QUAY)
            for number in range(4):
                una.field.fill(f"Ship {number + 1} is in.")
                una.field.press("Enter")
            expect(una.page.get_by_role("timer")).to_be_visible()
            una.field.fill("Ship 5 waits outside.")
            yield "rate-limited", una
            una.check()
            una.context.close()

    def _connection(self, tom: Person, line: Line) -> Iterator[tuple[str, Person]]:
        page = tom.page
        line.is_dead = True
        page.reload()
        expect(banner(tom)).to_be_visible()
        yield "connecting", tom
        try_now = page.locator(".banner button")
        expect(try_now).to_be_visible()
        yield "connecting-for-long", tom
        line.is_dead = False
        try_now.click()
        tom.expect_live()

        line.cut()
        tom.say("午饭后回来看结果。")
        expect(banner(tom).locator(".num").first).to_be_visible()
        yield "reconnecting", tom
        tom.context.set_offline(True)
        expect(page.locator(".brand .dot.gone")).to_be_visible()
        expect(page.locator(".banner button")).to_have_count(0)
        yield "offline", tom
        line.keeps.add("subscribe")
        line.is_cut = False
        tom.context.set_offline(False)
        expect(banner(tom)).to_contain_text(re.compile("what you missed|正在补齐"), timeout=40_000)
        yield "catching-up", tom
        line.cut()
        line.mend()
        tom.expect_live()

    def _news(self, tom: Person, line: Line) -> Iterator[tuple[str, Person]]:
        page = tom.page
        line.build = NEWER
        line.cut()
        line.mend()
        tom.expect_live()
        # Not the banner of the lost connection, which stays until the next try.
        expect(banner(tom)).to_contain_text(re.compile("new version|新版本"), timeout=40_000)
        yield "update", tom
        line.build = None
        page.reload()
        tom.expect_live()
        self.server.admin("announce", WORD)
        expect(banner(tom)).to_contain_text(WORD)
        yield "announcement", tom
        banner(tom).locator("button").click()

        self.server.admin("rooms", "archive", QUAY)
        expect(tom.field).to_be_disabled()
        yield "archived", tom
        self.server.admin("rooms", "restore", QUAY)
        expect(tom.field).to_be_enabled()

    def _rulings(self, tom: Person) -> Iterator[tuple[str, Person]]:
        screen = tom.page.locator(".screen h2")
        why = ("--reason", "Wrong room for this.")
        self.server.admin("users", "kick", "Tom Weiss", "--room", QUAY, *why)
        expect(screen).to_be_visible()
        yield "removed", tom
        tom.page.locator(".screen button").click()
        expect(tom.page.locator("h1")).to_have_text(ROOM)
        self.server.admin("users", "ban", "Tom Weiss", "--room", ROOM, "--for", "7d", *why)
        expect(screen).to_be_visible()
        yield "banned", tom
        for verb in ("kick", "ban"):
            other = self._newcomer().join(f"Vera {verb}", QUAY)
            self.server.admin("users", verb, f"Vera {verb}", *why)
            expect(other.page.locator(".screen h2")).to_be_visible()
            yield f"server-{verb}", other

    def _endings(self, tom: Person, line: Line) -> Iterator[tuple[str, Person]]:
        for name, code in (
            ("goodbye", GOODBYE),
            ("broken", TOO_OLD),
            ("name-taken", NAME_REFUSED),
        ):
            tom.page.reload()
            tom.expect_live()
            line.end(code)
            expect(tom.page.locator(".brand .dot.gone")).to_be_visible()
            expect(tom.page.locator(".screen .ring")).to_be_visible()
            yield f"server-{name}", tom

    def _nowhere(self) -> Iterator[tuple[str, Person]]:
        eve = self._newcomer().join("Eve", "attic")
        eve.page.goto(f"{self.server.address}/r/nowhere")
        expect(eve.page.locator(".screen h2")).to_be_visible()
        yield "no-such-room", eve
        eve.page.locator(".screen button").first.click()
        expect(eve.page.locator("h1")).to_have_text("attic")
        eve.page.locator(".head [aria-haspopup=menu] >> nth=1").click()
        eve.page.locator(".menu-item").last.click()
        eve.page.locator("dialog .danger").click()
        expect(eve.page.locator(".screen h2")).to_be_visible()
        yield "no-rooms", eve


def scroll_to_top(person: Person) -> None:
    expect(person.page.locator(".message").first).to_be_visible()
    person.page.locator(".scroll").evaluate("(it) => { it.scrollTop = 0 }")


def banner(person: Person) -> Locator:
    return person.page.locator(".banner")
