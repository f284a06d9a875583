"""Names that look alike are one name."""

import subprocess
import sys

import pytest

from sanchat.skeleton import skeleton


@pytest.mark.parametrize(
    ("name", "look_alike"),
    [
        ("admin", "аdmin"),
        ("admin", "ADMIN"),
        ("admin", "ａｄｍｉｎ"),
        ("admin", "adm\u200din"),
        ("admin", "admın"),
        ("mark", "rnark"),
        ("Iris", "lris"),
        ("Iris", "1ris"),
        ("bob", "b0b"),
        ("Otto", "ΟΤΤΟ"),
        ("Vicky", "νicky"),
        ("Вова", "Bова"),
        ("ольга", "Ольга"),
        ("zoë", "zoe\u0308"),
        ("İbrahim", "ibrahim"),
    ],
)
def test_a_name_that_looks_like_another_counts_as_that_name(name, look_alike):
    assert name != look_alike

    assert skeleton(name) == skeleton(look_alike)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("ana", "anna"),
        ("zoe", "zoë"),
        ("nina", "vina"),
        ("jan", "ian"),
        ("sam5", "sams"),
        ("上海", "北京"),
        ("Ольга", "Олег"),
        ("राम", "रामा"),
    ],
)
def test_names_that_can_be_told_apart_stay_apart(name, other):
    assert skeleton(name) != skeleton(other)


def test_no_two_letters_of_the_alphabet_are_one_apart_from_i_and_l():
    letters = "abcdefghijklmnopqrstuvwxyz"

    alike = [(a, b) for a in letters for b in letters if a < b and skeleton(a) == skeleton(b)]

    assert alike == [("i", "l")]


def test_any_text_has_a_skeleton():
    for name in ("", " ", "👩‍👩‍👧", "\ud800", "ﷺ", "שלום", "㈰", "a" * 32):
        assert isinstance(skeleton(name), str)


def test_starting_does_not_pay_for_names_nobody_has_compared():
    code = "import sys, sanchat.skeleton; print('confusable_homoglyphs' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    assert loaded.stdout == "False\n", loaded.stderr
