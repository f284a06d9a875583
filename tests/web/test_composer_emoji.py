"""Choosing an emoji: by pointer, by keyboard, by words of two languages."""

from collections.abc import Callable

import pytest

pytest.importorskip("playwright.sync_api", reason="the page is tested with Playwright for Python")

from browsing import Person
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.slow

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def opened(person: Person) -> Locator:
    person.page.locator(".composer").get_by_label("Emoji").click()
    picker = person.page.locator("dialog.emoji-picker")
    expect(picker.locator("[data-emoji]").first).to_be_visible()
    return picker


def test_an_emoji_is_found_by_its_name_and_put_where_the_caret_stands(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    ana.field.fill("Hello world")
    ana.field.evaluate("(field) => field.setSelectionRange(5, 5)")

    picker = opened(ana)
    ana.page.keyboard.type("tada")
    expect(picker.locator("[data-emoji]").first).to_have_text("🎉")
    ana.page.keyboard.press("Enter")

    expect(picker).to_have_count(0)
    expect(ana.field).to_be_focused()
    expect(ana.field).to_have_value("Hello🎉 world")
    ana.field.press("Enter")
    expect(ana.sent).to_have_text(["Hello🎉 world"])


def test_an_emoji_is_found_by_a_chinese_word_too(somebody: Callable[..., Person]) -> None:
    ana = somebody().join("ana")

    picker = opened(ana)
    picker.get_by_label("Find an emoji").fill("大笑")
    expect(picker.locator("[data-emoji]").first).to_have_text("😄")
    picker.get_by_label("Find an emoji").fill("没有这个")
    expect(picker.get_by_role("status")).to_have_text("No emoji for these words")


def test_the_grid_is_walked_with_the_arrows_and_left_with_escape(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    picker = opened(ana)
    buttons = picker.locator("[data-emoji]")
    group = picker.locator(".emoji-grid").first.locator("button")
    last = group.count() - 1

    ana.page.keyboard.press("ArrowDown")
    expect(buttons.nth(0)).to_be_focused()
    ana.page.keyboard.press("ArrowRight")
    ana.page.keyboard.press("ArrowDown")
    expect(buttons.nth(9)).to_be_focused()
    for _ in range(last // 8 - 1):
        ana.page.keyboard.press("ArrowDown")
    expect(buttons.nth(last // 8 * 8 + 1)).to_be_focused()
    ana.page.keyboard.press("ArrowDown")
    expect(buttons.nth(last + 2)).to_be_focused()
    ana.page.keyboard.press("ArrowUp")
    expect(buttons.nth(last // 8 * 8 + 1)).to_be_focused()
    ana.page.keyboard.press("Home")
    ana.page.keyboard.press("ArrowUp")
    expect(picker.get_by_label("Find an emoji")).to_be_focused()
    ana.page.keyboard.press("Escape")

    expect(picker).to_have_count(0)
    expect(ana.field).to_have_value("")


def test_what_was_chosen_last_comes_first_also_after_a_reload(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    opened(ana).get_by_label("rocket", exact=True).click()
    expect(ana.field).to_have_value("🚀")

    ana.page.reload()
    ana.expect_live()
    picker = opened(ana)

    expect(picker.get_by_role("heading", include_hidden=True).first).to_have_text("Recent")
    expect(picker.locator("[data-emoji]").first).to_have_text("🚀")


def test_the_table_is_fetched_when_somebody_wants_an_emoji_and_again_if_it_failed(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody()
    ana.may_be_offline = True
    tables = "**/vendor/emoji.json"
    ana.context.route(tables, lambda route: route.abort("connectionrefused"))
    ana.join("ana")
    assert not any("emoji" in url for url in ana.requests)

    ana.page.locator(".composer").get_by_label("Emoji").click()
    picker = ana.page.locator("dialog.emoji-picker")
    expect(picker.get_by_role("alert")).to_contain_text("could not be loaded")
    ana.context.unroute(tables)
    picker.get_by_role("button", name="Retry").click()

    expect(picker.locator("[data-emoji]").first).to_be_visible()


def test_on_a_phone_the_emoji_come_from_below_and_no_keyboard_covers_them(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody(**PHONE).join("ana")

    picker = opened(ana)

    box = picker.bounding_box()
    assert box is not None
    assert (box["x"], box["width"], box["y"] + box["height"]) == (0, 390, 844)
    expect(picker.get_by_label("Find an emoji")).not_to_be_focused()
    size = picker.locator("[data-emoji]").first.bounding_box()
    assert size is not None
    assert min(size["width"], size["height"]) >= 44
    picker.locator("[data-emoji]").nth(3).tap()
    expect(picker).to_have_count(0)


def test_the_picker_follows_a_window_that_is_turned_or_made_smaller(
    somebody: Callable[..., Person],
) -> None:
    ana = somebody().join("ana")
    picker = opened(ana)

    for width, height in ((390, 844), (844, 390), (1280, 800)):
        ana.page.set_viewport_size({"width": width, "height": height})

        expect(picker).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("language", ["en", "zh-CN"])
def test_the_picker_is_accessible(
    somebody: Callable[..., Person], examine: Callable[[Person], None], language: str
) -> None:
    ana = somebody(locale=language, reduced_motion="reduce").join("ana")
    ana.page.locator(".composer .icon-button").click()
    picker = ana.page.locator("dialog.emoji-picker")
    expect(picker.locator("[data-emoji]").first).to_be_visible()

    examine(ana)
    picker.locator("input").fill("cat")
    expect(picker.locator(".emoji-groups")).to_have_count(0)
    examine(ana)
