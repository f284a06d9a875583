"""Whom a text names."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sanchat.mentions import keys_called, keys_named, mentions_of
from sanchat.models import User, user_key

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


@given(
    st.sampled_from(["Ana", "ana li", "李雷", "ß" * 32, "a@a", "x.y", "Ana2"]),
    st.text(st.sampled_from("@ana2 li李雷ßx.y\n!"), max_size=60),
)
@example("李雷", "请@李雷看")
@example("ß" * 32, "@" + "ß" * 32)
@example("ana li", "@ana li, @ana")
def test_the_names_found_in_a_text_are_those_that_it_names(name, text):
    user, folded = User(id=7, name=name, kind="guest"), text.casefold()

    assert (user_key(name) in keys_named(folded)) == (mentions_of(user, [folded]) == 1)


def test_a_text_of_nothing_but_calls_costs_no_more_than_twenty():
    assert len(keys_named("@李" * 2_000)) <= 20 * 96


@given(
    st.sets(st.text(st.sampled_from("an2 li李x."), min_size=1, max_size=4), max_size=8),
    st.text(st.sampled_from("an2 li李x.\n!"), max_size=8),
)
@example({"an", "ana", "anb"}, "ana, and who else?")
@example({"an", "anab"}, "an abc")
def test_the_name_before_a_call_shows_how_long_a_name_in_it_can_be(names, call):
    neighbour = max((name for name in names if name <= call), default="")

    assert names & keys_called(call, neighbour) == names & keys_called(call)
    assert len(keys_called(call, neighbour)) <= len(neighbour)
