"""Finding one's way on the page: rooms, menus, keys, preferences, notifications."""

import re
from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import ChatServer, Person
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

LOOK_AWAY = """(isBack) => {
  document.hasFocus = () => isBack
  dispatchEvent(new Event(isBack ? "focus" : "blur"))
}"""
RECORD_NOTIFICATIONS = """
window.shown = []
window.Notification = class {
  static permission = "default"
  static asked = 0
  static async requestPermission() {
    Notification.asked += 1
    return (Notification.permission = "granted")
  }
  constructor(title, options) {
    window.shown.push([title, options.body, options.tag])
    window.lastShown = this
  }
  close() {}
}
"""
OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def room(person: Person, name: str):
    return person.page.locator(".side .room", has_text=name)


def open_room_menu(person: Person, item: str) -> None:
    person.page.locator(".head").get_by_label("Room menu").click()
    person.page.get_by_role("menuitem", name=item).click()


def test_one_jumps_to_a_room_or_calls_a_person_by_keyboard(
    somebody: Callable[..., Person],
) -> None:
    ana, _ = somebody().join("ana"), somebody().join("张伟")
    ana.enter("kitchen")
    ana.page.keyboard.press("Control+k")
    box = ana.page.get_by_role("combobox", name="Room or person")
    expect(box).to_be_focused()
    box.press_sequentially("lob")
    expect(ana.page.get_by_role("option")).to_have_count(1)
    box.press("Enter")
    expect(ana.page.locator("h1")).to_have_text("lobby")
    expect(ana.page.locator("dialog")).to_have_count(0)

    ana.page.keyboard.press("Control+k")
    box.press_sequentially("张")
    expect(box).to_have_attribute("aria-activedescendant", "jump-list-0")
    box.press("Enter")

    expect(ana.field).to_have_value("@张伟 ")
    expect(ana.field).to_be_focused()


def test_keys_go_from_room_to_room_and_from_region_to_region(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ben.enter("kitchen")
    for name in ("attic", "kitchen"):
        ana.enter(name)
    ben.say("anybody?")
    expect(ana.sent).to_have_count(1)
    ana.page.keyboard.press("Alt+ArrowDown")
    expect(ana.page.locator("h1")).not_to_have_text("kitchen")
    ana.page.keyboard.press("Alt+ArrowUp")
    expect(ana.page.locator("h1")).to_have_text("kitchen")
    room(ana, "lobby").click()
    ben.say("hello?")
    expect(room(ana, "kitchen")).to_have_class(re.compile("unread"))

    ana.page.keyboard.press("Alt+Shift+ArrowDown")
    expect(ana.page.locator("h1")).to_have_text("kitchen")
    ana.page.locator(".head .title").click()
    ana.page.keyboard.press("x")
    expect(ana.field).to_have_value("x")
    ana.page.keyboard.press("F6")
    expect(ana.page.locator(".panel :focus")).to_have_count(1)
    ana.page.keyboard.press("F6")
    expect(ana.page.locator(".side :focus")).to_have_count(1)


def test_every_room_is_marked_read_after_one_question(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.enter("attic")
    expect(room(ana, "attic")).to_have_attribute("aria-current", "page")
    ben.say("one", "two")
    badge = room(ana, "lobby").locator(".badge")
    expect(badge).to_have_text("unread: 2")
    expect(badge).to_have_class(re.compile("quiet"))
    ben.say("@ana look")
    expect(badge).to_have_text("mentions: 1")
    expect(badge).not_to_have_class(re.compile("quiet"))

    ana.page.keyboard.press("Shift+Escape")
    expect(ana.page.get_by_role("button", name="Cancel")).to_be_focused()
    ana.page.get_by_role("button", name="Mark as read").click()

    expect(badge).to_have_count(0)
    ana.page.reload()
    expect(room(ana, "lobby")).to_be_visible()
    expect(badge).to_have_count(0)


def test_a_muted_room_is_dimmed_and_stays_so_elsewhere(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.page.get_by_label("Notifications").click()
    ana.page.get_by_role("menuitemradio", name="None").press("Enter")
    expect(room(ana, "lobby")).to_have_class(re.compile("muted"))
    ana.enter("attic")

    ben.say("@ana hello")
    expect(ben.sent).to_have_count(1)
    ana.page.reload()

    expect(room(ana, "lobby")).to_have_class(re.compile("muted"))
    expect(room(ana, "lobby")).not_to_have_class(re.compile("unread"))
    expect(room(ana, "lobby").locator(".badge")).to_have_count(0)


def test_rooms_stand_by_activity_and_wait_for_the_pointer(somebody: Callable[..., Person]) -> None:
    ana, ben = somebody().join("ana"), somebody().join("ben")
    ana.enter("attic")
    ana.say("hi")
    names = ana.page.locator(".side .room .name")
    expect(names).to_have_text(["attic", "lobby"])
    room(ana, "attic").hover()

    ben.say("news")
    expect(room(ana, "lobby").locator(".badge")).to_be_visible()
    expect(names).to_have_text(["attic", "lobby"])
    ana.field.hover()

    expect(names).to_have_text(["lobby", "attic"])
    open_room_menu(ana, "Pin to the top")
    expect(names).to_have_text(["attic", "lobby"])


def test_a_room_is_left_after_a_question_and_may_be_entered_again(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.enter("attic")
    open_room_menu(ana, "Leave room")
    expect(ana.page.locator("dialog h2")).to_have_text("Leave #attic?")
    ana.page.locator("dialog .danger").click()

    expect(ana.page.locator("h1")).to_have_text("lobby")
    expect(room(ana, "attic")).to_have_count(0)
    ana.page.get_by_role("button", name="Browse rooms").click()
    room(ana, "attic").click()
    expect(ana.page.locator("h1")).to_have_text("attic")


def test_notifications_come_only_when_asked_for_and_once_a_room(
    somebody: Callable[..., Person],
) -> None:
    ana, ben = somebody(), somebody()
    ana.page.add_init_script(RECORD_NOTIFICATIONS)
    ana.join("ana")
    ben.join("ben")
    assert ana.page.evaluate("Notification.asked") == 0
    ana.page.get_by_label("Preferences").click()
    ana.page.get_by_role("button", name="Turn on").click()
    expect(ana.page.get_by_role("button", name="Turn off")).to_be_visible()
    ana.page.keyboard.press("Escape")

    ben.say("@ana in view")
    expect(ana.sent).to_have_count(1)
    ana.enter("attic")
    ben.say("not for anybody", "@ana come")

    ana.page.wait_for_function("() => window.shown.length === 1")
    assert ana.page.evaluate("window.shown") == [["ben · #lobby", "@ana come", "lobby"]]
    ana.page.evaluate("window.lastShown.onclick()")
    expect(ana.page.locator("h1")).to_have_text("lobby")
    expect(ana.page.locator(".message.shown .body")).to_have_text("@ana come")
    assert ana.page.url.endswith("/r/lobby#3")
    assert ana.page.evaluate("Notification.asked") == 1


def test_the_page_opens_without_the_network(
    somebody: Callable[..., Person], server: ChatServer
) -> None:
    ana = somebody().join("ana")
    ana.may_be_offline = True
    ana.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    kept = ana.page.evaluate("""async () => {
      const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)))
      const requests = (await Promise.all(stores.map((store) => store.keys()))).flat()
      return requests.map((request) => new URL(request.url).pathname)
    }""")
    assert kept
    assert [path for path in kept if path != "/" and not path.startswith("/static/")] == []
    server.kill()

    ana.page.reload()

    expect(ana.page.locator(".me b")).to_have_text("ana")
    ana.say("written without a server")
    expect(ana.page.locator(".message.pending")).to_have_count(1)


@pytest.mark.parametrize("size", [(320, 640), (720, 620), (900, 700), (1180, 800)])
def test_nothing_is_wider_than_the_window(
    somebody: Callable[..., Person], size: tuple[int, int]
) -> None:
    """320 pixels, a desk at twice the size, two columns with a sheet, and three columns."""
    width, height = size
    ana = somebody(viewport={"width": width, "height": height}, forced_colors="active").join("ana")
    assert ana.page.evaluate(OVERFLOW) == 0
    if width < 1180:
        ana.page.get_by_label("Members").click()
        expect(ana.page.locator(".panel")).to_be_visible()
        assert ana.page.evaluate(OVERFLOW) == 0
        ana.page.get_by_label("Close members").click()
        expect(ana.page.locator(".panel")).to_have_count(0)
    ana.page.get_by_label("Room menu").click()
    expect(ana.page.locator(".menu")).to_be_in_viewport(ratio=1)
    assert ana.page.evaluate(OVERFLOW) == 0
