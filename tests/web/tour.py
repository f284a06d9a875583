"""A walk past every screen and state of the page in one language, for the pictures and for axe."""

import re
from collections.abc import Callable, Iterator

from browsing import ChatServer, Person
from playwright.sync_api import expect
from states import States

ROOM = "release-room"
DESK = {"width": 1440, "height": 1240}
PHONE = {"width": 390, "height": 844}
CODE = """Replay handler, could someone look?
```python
@app.websocket("/ws/<room:str>")
async def feed(request, ws, room):
    after = int(request.args.get("after", 0))  # exclusive
    async for event in hub.replay(room, after=after):
        await ws.send(event.json)
```"""
LISTS = """**注意：**发布前请看

- 先跑 `bench/soak.py`，~~今天~~ *今晚*
- 再看 [清单](https://docs.example.org/list)

> 每页 50 条
> 不会再丢消息"""
PASSWORD = "correct horse battery"


class Tour:
    """Brings a page into one state after the other. Each is a name with the page as it is then."""

    def __init__(self, server: ChatServer, come: Callable[..., Person], language: str) -> None:
        self.server = server
        self.come = come
        self.language = language

    def stops(self) -> Iterator[tuple[str, Person]]:
        ana = self.come(locale=self.language, reduced_motion="reduce", viewport=DESK)
        yield from self._links()
        yield from self._joining(ana)
        yield from self._talking(ana)
        yield from self._using(ana)
        yield from self._dialogs(ana)
        yield from States(self.server, self.come, self.language).stops()

    def _links(self) -> Iterator[tuple[str, Person]]:
        owner = self.come(locale=self.language, reduced_motion="reduce", viewport=DESK)
        page = owner.page
        link = re.search(r"/\?invite=\w+", self.server.log)
        assert link is not None
        page.goto(self.server.address + link[0])
        expect(page.locator(".card")).to_be_visible()
        yield "link-of-owner", owner
        page.locator("#join-name").fill("Harbour Master")
        page.locator("#join-password").fill("short")
        page.locator("#join-password").press("Enter")
        expect(page.locator("#join-password-error")).to_be_visible()
        yield "link-password-too-short", owner
        page.locator("#join-password").fill(PASSWORD)
        page.locator("#join-password").press("Enter")
        expect(owner.field).to_be_visible()
        owner.expect_live()
        yield from self._account(owner)
        yield from self._people(owner)
        yield from self._order(owner)
        made = self.server.admin("invites", "create", "--room", "general", "--uses", "2")
        reset = self.server.admin("users", "reset-link", "Harbour Master")
        for name, path in (
            ("link-to-room-from-inside", made),
            ("link-for-password", reset),
            ("link-void", "/?invite=0123456789abcdef0123456789abcdef"),
        ):
            found = re.search(r"/\?(?:invite|reset)=\w+", path)
            assert found is not None
            page.goto(self.server.address + found[0])
            expect(page.locator(".card")).to_be_visible()
            yield name, owner
        guest = self.come(locale=self.language, reduced_motion="reduce", viewport=DESK)
        found = re.search(r"/\?invite=\w+", made)
        assert found is not None
        guest.page.goto(self.server.address + found[0])
        expect(guest.page.locator(".card")).to_be_visible()
        yield "link-to-room", guest
        guest.page.locator(".choice").last.click()
        yield "link-to-room-as-guest", guest
        for person in (owner, guest):
            person.errors.clear()

    def _account(self, owner: Person) -> Iterator[tuple[str, Person]]:
        page = owner.page
        elsewhere = self.come(locale=self.language, viewport=DESK)
        elsewhere.page.goto(self.server.address)
        elsewhere.page.locator(".ways .link").first.click()
        elsewhere.page.locator("#join-name").fill("Harbour Master")
        elsewhere.page.locator("#join-password").fill(PASSWORD)
        elsewhere.page.locator("#join-password").press("Enter")
        elsewhere.expect_live()
        page.locator(".me .who").click()
        expect(page.locator(".rows li")).to_have_count(2)
        yield "account", owner
        page.locator(".account > .button").click()
        page.locator("#account-old").fill("not my password")
        page.locator("#account-new").fill("short")
        page.locator("#account-new").press("Enter")
        expect(page.locator("#account-old-error")).to_be_visible()
        yield "account-wrong-password", owner
        page.keyboard.press("Escape")

    def _people(self, owner: Person) -> Iterator[tuple[str, Person]]:
        """One's name, and who is in charge of the server."""
        page = owner.page
        self.server.admin("users", "create", "Deck Hand", "--link")
        page.locator(".me .who").click()
        page.locator("#account-rename").click()
        page.locator("#account-called").fill("system")
        page.locator("#account-called").press("Enter")
        expect(page.locator("#account-called-error")).to_be_visible()
        yield "account-name-refused", owner
        page.locator(".account-more .button").click()
        expect(page.locator("sc-people .rows li")).to_have_count(2)
        yield "people-and-roles", owner
        page.locator("sc-people select").last.select_option("admin")
        expect(page.locator("#people-cancel")).to_be_focused()
        yield "people-role-asked", owner
        page.keyboard.press("Escape")

    def _order(self, owner: Person) -> Iterator[tuple[str, Person]]:
        page = owner.page
        owner.enter("harbour")
        kim = self.come(viewport=DESK, locale=self.language, reduced_motion="reduce").join(
            "Kim", "harbour"
        )
        kim.say("Buy cheap anchors")
        expect(owner.sent).to_have_count(1)
        members = page.locator(".member [aria-haspopup=menu]")
        members.first.click()
        expect(page.locator(".menu")).to_be_visible()
        yield "member-menu-of-moderator", owner
        page.keyboard.press("Escape")
        for icon, name in (
            ("clock", "mute"),
            ("door", "remove"),
            ("ban", "ban"),
            ("trash", "erase"),
        ):
            members.first.click()
            page.locator(f".menu-item:has(use[href$='#{icon}'])").click()
            expect(page.locator("sc-moderate dialog")).to_be_visible()
            if name == "ban":
                page.locator(".choices").first.locator(".choice").last.click()
            yield f"moderate-{name}", owner
            page.keyboard.press("Escape")
        members.first.click()
        page.locator(".menu-item:has(use[href$='#clock'])").click()
        page.locator("#moderate-reason").fill("Spam.")
        page.locator("sc-moderate .danger").click()
        expect(page.locator(".strip")).to_be_visible()
        yield "muted-with-undo", owner
        expect(kim.field).to_be_disabled()
        yield "muted", kim
        for icon, name, selector in (
            ("ban", "bans", "sc-bans .rows"),
            ("gear", "room-settings-of-owner", "sc-room-settings form"),
            ("plus", "invite", "sc-invite form >> nth=0"),
        ):
            page.locator(".head [aria-haspopup=menu]").last.click()
            page.locator(f".menu-item:has(use[href$='#{icon}'])").click()
            expect(page.locator(selector)).to_be_visible()
            yield name, owner
            if name == "invite":
                page.locator("sc-invite .primary").click()
                expect(page.locator(".qr")).to_be_visible()
                yield "invite-link", owner
            page.keyboard.press("Escape")
        self.server.admin("rooms", "archive", "harbour")
        expect(page.locator(".strip.closed button")).to_be_visible()
        yield "archived-for-owner", owner
        page.locator(".strip.closed button").click()
        expect(owner.field).to_be_enabled()
        page.locator(".rooms .section button").first.click()
        page.locator("sc-create .choice").last.click()
        yield "new-closed-room", owner
        page.keyboard.press("Escape")
        members.first.click()
        page.locator(".menu-item:has(use[href$='#chat'])").click()
        expect(page.locator("h1")).to_have_text("Kim")
        owner.say("Please read the rules.")
        yield "direct", owner

    def _joining(self, ana: Person) -> Iterator[tuple[str, Person]]:
        ana.page.goto(f"{self.server.address}/r/{ROOM}")
        expect(ana.page.locator("#join-name")).to_be_visible()
        yield "join", ana
        ana.page.locator(".ways .link").first.click()
        expect(ana.page.locator("#join-password")).to_be_visible()
        yield "sign-in", ana
        ana.page.locator(".ways .link").last.click()
        self.come().join("Taken Name", "attic")
        ana.page.locator("#join-name").fill("Taken Name")
        ana.page.locator("#join-name").press("Enter")
        expect(ana.page.locator("#join-name-error")).to_be_visible()
        yield "join-name-taken", ana
        ana.errors.clear()  # Chromium reports the refusal itself
        ana.join("Ana Costa", ROOM)
        expect(ana.page.locator(".empty")).to_be_visible()
        yield "empty-room", ana

    def _talking(self, ana: Person) -> Iterator[tuple[str, Person]]:
        mei = self.come(viewport=DESK).join("Mei Lin", "设计评审")
        mei.say("Ana?")
        mei.enter(ROOM)
        dan = self.come(viewport=DESK).join("Dan Okafor", ROOM)
        mei.say("早上好！0.4 的发布清单更新好了：历史回放改成按游标分页，每页 50 条。")
        mei.say("断线重连会从最后一条消息的序号继续，不会再丢消息。")
        dan.say(CODE, LISTS)
        expect(ana.sent).to_have_count(4)
        ana.say("压测脚本在 `bench/soak.py`，今晚跑一万个连接。")
        expect(ana.sent).to_have_count(5)  # what is still on its way cannot be edited
        ana.field.press("ArrowUp")
        expect(ana.field).to_have_value(re.compile("压测脚本"))
        ana.field.press_sequentially("今天就跑。")
        ana.field.press("Enter")
        expect(dan.page.locator(".edited")).to_be_visible()
        for person in (mei, dan):
            person.page.locator(".message", has_text="断线重连").hover()
            person.page.get_by_label("React", exact=True).click()
            person.page.get_by_label("React with 👍").click()
        expect(ana.page.locator(".reactions .num")).to_have_text("2")
        dan.page.get_by_label("Reply").click()
        dan.say("@Ana Costa can you soak it?", "/me waves from the harbour", "🎉🎉")
        expect(ana.sent).to_have_count(8)
        expect(ana.page.locator(".code figcaption")).to_be_visible()
        mei.field.press("M")
        ana.enter("设计评审")
        ana.field.fill("half a sentence")
        ana.page.locator(".room", has_text=ROOM).click()
        expect(ana.page.locator("h1")).to_have_text(ROOM)
        yield "room", ana
        ana.page.locator(".message").first.focus()
        yield "message-in-use", ana
        ana.field.press_sequentially("请@")
        expect(ana.page.get_by_role("option").first).to_be_visible()
        yield "completion", ana
        ana.field.press("Escape")
        ana.field.fill("")

    def _using(self, ana: Person) -> Iterator[tuple[str, Person]]:
        """What a message and the field offer."""
        page = ana.page
        page.locator(".message").last.hover()
        page.locator(".more-actions").click()
        expect(page.locator(".menu")).to_be_visible()
        yield "message-menu", ana
        page.keyboard.press("Escape")
        page.locator(".message").last.press("r")
        expect(page.locator(".target")).to_be_visible()
        yield "replying", ana
        ana.field.press("Escape")
        page.locator(".composer .icon-button").last.click()
        expect(page.locator(".emoji-grid button").first).to_be_visible()
        yield "emoji-picker", ana
        page.keyboard.press("Escape")
        expect(page.locator(".emoji-picker")).to_have_count(0)

    def _dialogs(self, ana: Person) -> Iterator[tuple[str, Person]]:
        page = ana.page
        for key, name, selector in (
            ("Control+k", "jump", "sc-jump dialog"),
            ("Control+/", "shortcuts", "sc-shortcuts dialog"),
        ):
            page.keyboard.press(key)
            expect(page.locator(selector)).to_be_visible()
            yield name, ana
            page.keyboard.press("Escape")
            expect(page.locator(selector)).to_have_count(0)
        for button, name, opened in (
            (".rooms .section button >> nth=0", "new-room", "sc-create dialog"),
            (".rooms .section button >> nth=1", "new-direct", "sc-direct dialog"),
            (".me .icon-button", "preferences", "sc-preferences dialog"),
            (".me .who", "account-of-guest", "sc-account dialog"),
            (".head [aria-haspopup=menu] >> nth=0", "level-menu", ".menu"),
            (".member [aria-haspopup=menu] >> nth=0", "member-menu", ".menu"),
            (".head [aria-haspopup=menu] >> nth=1", "room-menu", ".menu"),
        ):
            page.locator(button).click()
            expect(page.locator(opened)).to_be_visible()
            yield name, ana
            page.keyboard.press("Escape")
            expect(page.locator(opened)).to_have_count(0)
        for item, name, opened in (
            (-2, "room-settings", "sc-room-settings dialog"),
            (-1, "leave-room", "sc-ask dialog"),
        ):
            page.locator(".head [aria-haspopup=menu] >> nth=1").click()
            page.locator(".menu-item").nth(item).click()
            expect(page.locator(opened)).to_be_visible()
            yield name, ana
            page.keyboard.press("Escape")
            expect(page.locator(opened)).to_have_count(0)
