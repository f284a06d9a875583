"""Whom a text names."""

import pytest

from sanchat.mentions import mentions_of
from sanchat.models import User

ANA = User(id=7, name="Ana", kind="guest")


@pytest.mark.parametrize(
    "text", ["@ana", "hello @ana!", "(@ana)", "请@ana看一下", "@anabel or @ana?"]
)
def test_a_name_behind_an_at_sign_is_a_mention(text):
    assert mentions_of(ANA, [text]) == 1


@pytest.mark.parametrize("text", ["ana", "@anabel", "joe@ana.example", "@an", "@ ana"])
def test_a_name_within_another_word_is_none(text):
    assert mentions_of(ANA, [text]) == 0


def test_each_text_counts_once():
    assert mentions_of(ANA, ["@ana @ana", "nobody", "@ana"]) == 2
