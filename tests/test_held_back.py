"""Whoever is refused is read again later, and who is refused too often stands behind others."""

import asyncio
import json

import pytest
from clients import masked
from harness import serving
from websockets.frames import Opcode

from sanchat import journal, limits
from sanchat.routes import visit


@pytest.fixture
def for_ever(monkeypatch):
    """Who is refused is held back until the end."""
    monkeypatch.setattr(visit, "REFUSED_SECONDS", 3600)


@pytest.mark.parametrize(
    "refused",
    [
        {"type": "no such command"},
        {"type": "post", "room": "general", "text": "", "client_message_id": "1"},
        {"type": "history", "room": "nowhere"},
    ],
)
async def test_s2_s17_who_is_refused_is_held_back_and_others_are_not(tmp_path, refused, for_ever):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        for number in range(2):
            await ana.send(refused | {"ref": number})

        assert not (await ana.expect("reply", ref=0))["ok"]
        assert not [frame for frame in await unread_of(ana, bob) if frame.get("ref") == 1]
        ana.connection.transport.abort()  # her goodbye would not be heard either


NONSENSE = {"type": "no such command"}


async def unread_of(held, other):
    """What has come for somebody who may be read no further, of whom no ping tells it."""
    for number in range(5):  # whatever was on its way has come by then
        await other.post("general", f"{number}")
        await held.expect("message", text=f"{number}")
    return held.unread


async def blunder(client, mistakes):
    """Make so many mistakes, one after the other."""
    for _ in range(mistakes):
        await client.refused(**NONSENSE)


async def test_s2_who_makes_too_many_mistakes_is_read_later_than_who_makes_few(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(limits, "LATER_CHANCES_APART_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        await ana.send(NONSENSE | {"ref": "too much"})

        await blunder(bob, limits.MISTAKES.burst)

        await bob.post("general", "hi")
        await ana.expect("message")  # whatever was on its way to ana has come by then
        assert [frame for frame in ana.unread if frame.get("ref") == "too much"] == []
        ana.connection.transport.abort()  # her goodbye would not be heard either


def posts(count):
    post = {"type": "post", "room": "general", "text": "flood"}
    return [post | {"ref": n, "client_message_id": f"{n}"} for n in range(count)]


async def test_s17_who_is_too_fast_in_one_piece_is_refused_often_and_then_held_back(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(limits, "FLOODS_APART_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        live.freeze_rates()
        ana, bob = await live.gather("general", "ana", "bob")
        wanted = 10 + visit.TOGETHER
        flood = [json.dumps(post).encode() for post in posts(wanted + 3)]
        ana.connection.transport.write(b"".join(masked(Opcode.TEXT, text) for text in flood))

        for number in range(10, wanted):
            assert (await ana.expect("reply", ref=number))["error"]["code"] == "rate_limited"
        assert not [frame for frame in await unread_of(ana, bob) if frame.get("ref", 0) >= wanted]
        ana.connection.transport.abort()  # her goodbye would not be heard either


async def test_s17_who_is_too_fast_and_waits_for_each_answer_is_held_back_at_once(
    tmp_path, for_ever
):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        live.freeze_rates()
        ana, bob = await live.gather("general", "ana", "bob")
        *fine, refused, late = posts(12)
        for post in fine:
            await ana.send(post)
            assert (await ana.expect("reply", ref=post["ref"]))["ok"]
        await ana.send(refused)
        assert not (await ana.expect("reply", ref=refused["ref"]))["ok"]

        await ana.send(late)
        assert not [frame for frame in await unread_of(ana, bob) if frame.get("ref") == late["ref"]]
        ana.connection.transport.abort()  # her goodbye would not be heard either


async def test_s17_who_is_held_back_for_long_stands_behind_once_they_are_read_again(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(limits, "LATER_CHANCES_APART_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        live.freeze_rates()
        ana = await live.join("ana")
        (connection,) = live.server.hub.connections
        await blunder(ana, limits.MISTAKES.burst + 1)

        held_until = asyncio.get_running_loop().time() + 3_500
        assert connection._wire.listener._behind_until > held_until
        ana.connection.transport.abort()  # her goodbye would not be heard either


async def test_s17_who_makes_too_many_mistakes_lets_the_messages_of_others_go_first(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        said = {"type": "post", "room": "general", "text": "late", "client_message_id": "1"}
        await ana.send(said | {"ref": "late"})
        assert (await ana.do("ping"))["ok"]  # what came before it has been heard

        await bob.post("general", "in time")

        assert (await ana.expect("message"))["text"] == "in time"
        assert live.server.journal.waiting == 1


async def test_s2_what_else_is_asked_after_too_many_mistakes_is_set_aside_as_well(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 3600)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, bob = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        assert (await ana.do("ping"))["ok"]  # she is heard again
        await ana.send({"type": "read", "room": "general", "seq": 0, "ref": "late"})

        for number in range(5):  # whatever was on its way to ana has come by then
            await bob.post("general", f"{number}")
            await ana.expect("message")
        assert (await bob.do("read", room="general", seq=1))["ok"]

        assert [frame for frame in ana.unread if frame.get("ref") == "late"] == []


async def test_who_was_set_aside_is_answered_when_it_is_their_turn(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 0.1)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        (ana,) = await live.gather("general", "ana")
        await blunder(ana, limits.MISTAKES.burst + 1)

        for command in ("unsubscribe", "subscribe", "leave"):
            assert (await ana.do(command, room="general"))["ok"]


async def test_r4_what_is_set_aside_is_not_overtaken_by_a_leave_behind_it(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 0.1)
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana, _ = await live.gather("general", "ana", "bob")
        await blunder(ana, limits.MISTAKES.burst + 1)
        said = {"type": "post", "room": "general", "text": "goodbye", "client_message_id": "1"}

        await ana.send(said | {"ref": "said"})
        await ana.send({"type": "leave", "room": "general", "ref": "left"})

        first, second = await ana.expect("reply"), await ana.expect("reply")
        assert [(first["ref"], first["ok"]), (second["ref"], second["ok"])] == [
            ("said", True),
            ("left", True),
        ]


async def test_who_is_held_back_is_heard_again_in_order(tmp_path):
    async with serving(tmp_path / "chat.db", limits=True) as live:
        ana = await live.join("ana")
        for number in range(20):
            await ana.send({"type": "no such command" if number % 2 else "ping", "ref": number})

        answers = [(await ana.expect("reply"))["ref"] for _ in range(20)]

        assert answers == list(range(20))
