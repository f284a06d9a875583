"""What names and texts may be."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanchat import models
from sanchat.errors import BadFrame, BadName, EmptyText, TextTooLong
from sanchat.skeleton import skeleton

SCRIPTS = [
    "上海",
    "हिन्दी",
    "ไทย",
    "العربية",
    "ελληνικά",
    "Ελλάδα",
    "עברית",
    "한국어",
    "Ёлка",
    "日本語",
]
INVISIBLE = [
    "\u200b",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u115f",
    "\u3164",
    "\u2800",
    "\ufe0f",
]
BIDIRECTIONAL = ["\u202a", "\u202e", "\u2066", "\u2069", "\u200e", "\u061c"]
CONTROL = ["\0", "\t", "\n", "\r", "\x1b", "\x7f", "\x85", "\u2028"]
SURROGATE = ["\ud800", "\udfff"]
UNWELCOME = [*INVISIBLE, *BIDIRECTIONAL, *CONTROL, *SURROGATE]


@pytest.mark.parametrize("name", ["general", "123", "a-b_c.d", "x" * 64, *SCRIPTS])
def test_rooms_are_called_by_letters_marks_and_digits_of_any_script(name):
    assert models.clean_room_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "a b", "x" * 65, "#a", "a/b", "a?b", "a%b", "👍", ".", "..", "...", "a\u2116\u20dd"]
    + [f"a{character}b" for character in UNWELCOME],
    ids=repr,
)
def test_rooms_are_not_called_by_anything_else(name):
    with pytest.raises(BadName):
        models.clean_room_name(name)


def test_rooms_are_kept_as_nfkc():
    assert models.clean_room_name("ｌｏｂｂｙ") == "lobby"
    assert models.clean_room_name("cafe\u0301") == "café"


@pytest.mark.parametrize(
    ("one", "other"),
    [("Lobby", "LOBBY"), ("straße", "STRASSE"), ("ﬁ", "FI"), ("ς", "σ"), ("É", "e\u0301")],
)
def test_names_are_compared_whatever_their_case_and_form(one, other):
    assert models.room_key(one) == models.room_key(other)


@pytest.mark.parametrize("name", ["ana", "Ana Lúcia", "O'Neil", "x" * 32, "🦊 fox", *SCRIPTS])
def test_people_are_called_by_what_can_be_seen(name):
    assert models.clean_user_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", " ", "   ", "x" * 33, "a  b", "\u0301a", *(f"a{character}b" for character in UNWELCOME)],
    ids=repr,
)
def test_people_are_not_called_by_what_cannot(name):
    with pytest.raises(BadName):
        models.clean_user_name(name)


def test_outer_blanks_and_forms_are_no_part_of_a_name():
    assert models.clean_user_name("  Ａna ") == "Ana"
    assert models.clean_user_name("a\u00a0b") == "a b"


@given(st.text(max_size=80))
def test_a_cleaned_name_is_clean(raw):
    for clean in (models.clean_room_name, models.clean_user_name):
        try:
            name = clean(raw)
        except BadName:
            continue
        assert clean(name) == name
        assert name.isprintable()
        assert unicodedata.is_normalized("NFKC", name)


@given(st.text(max_size=40))
def test_every_text_is_kept_as_it_came_or_refused(text):
    try:
        kept = models.clean_text(text)
    except (EmptyText, BadFrame):
        assert not text.strip() or "\0" in text
    else:
        assert kept == text


@pytest.mark.parametrize("text", ["", " ", "\n", "\t \u00a0\u3000\u2029"], ids=repr)
def test_blanks_are_no_message(text):
    with pytest.raises(EmptyText):
        models.clean_text(text)


@pytest.mark.parametrize("length", [1, 3_999, 4_000])
def test_texts_have_up_to_4000_code_points(length):
    models.clean_text("👍" * length)


def test_a_text_of_4001_is_too_long():
    with pytest.raises(TextTooLong, match="4,001") as refused:
        models.clean_text("👍" * 4_001)

    assert refused.value.facts == {"limit": 4_000}


def test_nul_is_no_text():
    with pytest.raises(BadFrame):
        models.clean_text("a\0b")


RESERVED = [
    *("admin", "ADMIN", "аdmin", "ａｄｍｉｎ", "adrnin", "Admın", "system", "ѕystem", "Ѕystem"),
    *("server", "root", "r00t", "moderator", "m0derator", "sanchat", "owner", "administrator"),
]


@pytest.mark.parametrize("name", RESERVED)
def test_nobody_can_look_like_the_server(name):
    assert models.is_reserved(name)


@pytest.mark.parametrize(
    "name", ["ana", "adam", "minda", "Rootes", "systematic", "上海", "Admiral"]
)
def test_honest_names_are_not_reserved(name):
    assert not models.is_reserved(name)


@given(st.sampled_from(models.RESERVED_NAMES), st.data())
def test_a_reserved_name_in_any_case_is_reserved(name, data):
    cased = "".join(data.draw(st.sampled_from([c, c.upper()])) for c in name)

    assert models.is_reserved(cased)
    assert skeleton(cased) == skeleton(name)


@pytest.mark.parametrize("emoji", ["👍", "👩‍👩‍👧‍👦", "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "+1", "❤️", "x" * 32])
def test_an_emoji_is_any_short_text_that_shows(emoji):
    assert models.clean_emoji(emoji) == emoji


@pytest.mark.parametrize("emoji", ["", " ", "\0", "a\n", "\x1b[1m", "\ud800", "x" * 33], ids=repr)
def test_an_emoji_is_nothing_else(emoji):
    with pytest.raises(BadFrame):
        models.clean_emoji(emoji)
