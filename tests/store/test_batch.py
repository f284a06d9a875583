"""One change that goes wrong in the middle is taken back alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from people import do, do_all, guest, open_room, present, saying

from sanchat.changes import CreateRoom, Posted
from sanchat.errors import Conflict, Internal
from sanchat.store import Store, open_store
from sanchat.store.acts import Acts


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = await open_store(tmp_path / "chat.db")
    await open_room(store, "lobby")
    yield store
    await store.close()


@pytest.mark.parametrize(
    ("failure", "answer"), [(Conflict("no"), Conflict), (ZeroDivisionError("secret"), Internal)]
)
async def test_what_a_failing_change_had_written_is_gone_and_its_neighbours_stay(
    store, monkeypatch, failure, answer
):
    ana = await guest(store, "ana")

    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(Acts, "record", fail)  # the last step of creating a room

    answers = await do_all(
        store, [saying(ana, "one"), CreateRoom(name="kitchen"), saying(ana, "two")]
    )
    monkeypatch.undo()

    assert [type(a) for a in answers] == [Posted, answer, Posted]
    assert "secret" not in str(answers[1])
    assert await store.room("kitchen") is None
    assert (await present(store, "lobby")).last_seq == 2
    assert (await do(store, CreateRoom(name="kitchen"))).name == "kitchen"
