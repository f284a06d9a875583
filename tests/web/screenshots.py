"""Pictures of the page, to look at beside the design: `python tests/web/screenshots.py FOLDER`."""

import sys
import tempfile
from pathlib import Path

from browsing import ChatServer, Person, launch, running_server
from playwright.sync_api import Browser, expect, sync_playwright

DESKTOP = {"viewport": {"width": 1440, "height": 1240}}
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
ROOM = "release-room"
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


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as temporary,
        running_server(Path(temporary)) as server,
        sync_playwright() as playwright,
    ):
        browser = launch(playwright)
        take(browser, server, folder)
        browser.close()
    for picture in sorted(folder.glob("*.png")):
        print(picture)


def take(browser: Browser, server: ChatServer, folder: Path) -> None:
    def shoot(person: Person, name: str) -> None:
        person.page.wait_for_timeout(400)
        person.page.screenshot(path=folder / f"{name}.png")

    newcomer = Person(browser, server.address, **DESKTOP)
    newcomer.page.goto(server.address)
    expect(newcomer.page.locator("#join-name")).to_be_visible()
    shoot(newcomer, "join")

    mei = Person(browser, server.address, locale="zh-CN", **DESKTOP).join("Mei Lin", "设计评审")
    mei.enter(ROOM)
    dan = Person(browser, server.address, color_scheme="dark", **DESKTOP).join("Dan Okafor", ROOM)
    ana = newcomer.join("Ana Costa", ROOM)
    talk(mei, dan, ana)
    shoot(ana, "desktop-light")
    shoot(dan, "desktop-dark")
    shoot(mei, "desktop-chinese")

    wei = Person(browser, server.address, locale="zh-CN", **PHONE).join("张伟", ROOM)
    shoot(wei, "phone-chinese")
    wei.page.locator(".head .only-phone").tap()
    shoot(wei, "phone-rooms")

    ana.page.locator(".message").first.hover()
    ana.page.get_by_label("React", exact=True).click()
    shoot(ana, "reacting")
    ana.page.get_by_label("Preferences").click()
    shoot(ana, "preferences")
    ana.page.keyboard.press("Escape")

    mei.say(CODE, LISTS)
    expect(ana.page.locator(".code figcaption")).to_be_visible()
    ana.field.press_sequentially("请@")
    expect(ana.page.get_by_role("option").first).to_be_visible()
    for person, name in ((ana, "markdown-light"), (dan, "markdown-dark"), (wei, "markdown-phone")):
        if person is wei:
            wei.page.locator(".room", has_text=ROOM).tap()
            expect(wei.field).to_be_visible()
        shoot(person, name)
    ana.field.fill("")

    ana.say(*([CODE, LISTS] * 3))
    dan.page.locator(".scroll").evaluate("(scroller) => { scroller.scrollTop = 0 }")
    dan.page.evaluate("document.hasFocus = () => false; dispatchEvent(new Event('blur'))")
    mei.say("@Dan Okafor 看一下，谢谢", "不急")
    expect(dan.page.locator(".unread-bar")).to_be_visible()
    shoot(dan, "unread-dark")
    dan.page.locator(".pill").click()

    server.kill()
    ana.say("I will post the p99 numbers here when it finishes.")
    dan.say("午饭后回来看结果。")
    expect(dan.page.locator(".banner")).to_be_visible()
    shoot(ana, "reconnecting-light")
    shoot(dan, "reconnecting-dark")
    server.start()
    for person in (mei, dan, ana, wei):
        person.context.close()


def talk(mei: Person, dan: Person, ana: Person) -> None:
    mei.say("早上好！0.4 的发布清单更新好了：历史回放改成按游标分页，每页 50 条。")
    mei.say("断线重连会从最后一条消息的序号继续，不会再丢消息。")
    expect(ana.sent).to_have_count(2)
    ana.page.locator(".message").last.hover()
    ana.page.get_by_label("React", exact=True).click()
    ana.page.get_by_label("React with 👍").click()
    dan.say("Nice. Notes are at https://docs.example.org/replay, could someone look before noon?")
    expect(ana.sent).to_have_count(3)
    ana.page.locator(".message").first.hover()
    ana.page.get_by_label("Reply").click()
    ana.say("That closes the gap I saw on the train.")
    dan.say("/me waves from the harbour", "@Ana Costa can you soak it?", "🎉🎉")
    ana.say("压测脚本在 bench/soak.py，今晚跑一万个连结。")
    ana.field.press("ArrowUp")
    ana.say("压测脚本在 bench/soak.py，今晚跑一万个连接。")
    expect(mei.sent).to_have_count(8)
    expect(mei.page.locator(".edited")).to_have_count(1)
    mei.field.press("M")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tests/web/screenshots.py FOLDER")
    main(Path(sys.argv[1]))
