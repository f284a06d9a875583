"""Changes of whoever makes too many mistakes: they wait a moment, and share one commit."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from gated import Scene, playing, turns
from harness import until
from people import saying

from sanchat import journal
from sanchat.errors import Unavailable


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    async with playing(tmp_path) as scene:
        yield scene


async def test_s17_what_may_wait_shares_one_commit_a_moment_later(scene, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 0)
    ana, bob = await scene.poster("ana"), await scene.poster("bob")
    scene.store.gate.clear()
    scene.submit(bob, saying(bob.connection.user, "first"))
    await turns()

    scene.submit(ana, *(saying(ana.connection.user, f"{n}") for n in range(20)), may_wait=True)
    assert scene.journal.waiting == 20
    scene.store.gate.set()
    await scene.settle()

    assert [len(batch) for batch in scene.store.batches] == [1, 20]
    assert [answer.seq for answer in ana.answers] == list(range(2, 22))


async def test_s17_others_do_not_wait_for_what_may_wait(scene, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 3600)
    ana, bob = await scene.poster("ana"), await scene.poster("bob")
    rounds: list[journal.Round] = []
    scene.journal.on_round = rounds.append

    scene.submit(ana, saying(ana.connection.user, "later"), may_wait=True)
    scene.submit(bob, saying(bob.connection.user, "now"))
    await until(lambda: rounds)

    assert [len(batch) for batch in scene.store.batches] == [1]
    assert ana.answers == []
    assert [round.waiting for round in rounds] == [1], "the figures say who waits"


async def test_r9_what_may_wait_is_stored_at_once_where_the_server_stops(scene, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 3600)
    ana = await scene.poster("ana")
    scene.submit(ana, saying(ana.connection.user, "in time"), may_wait=True)

    await scene.settle()

    assert [answer.seq for answer in ana.answers] == [1]


async def test_what_may_wait_is_refused_where_the_journal_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(journal, "ASIDE_SECONDS", 3600)
    async with playing(tmp_path) as scene:
        ana = await scene.poster("ana")
        scene.submit(ana, saying(ana.connection.user, "too late"), may_wait=True)
        await turns()

    assert [type(answer) for answer in ana.answers] == [Unavailable]
