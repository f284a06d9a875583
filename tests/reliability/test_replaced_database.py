"""R8: another database in the file's place is never taken for the old one."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from harness import until

from sanchat.store import open_store


async def backup(database: Path, copy: Path) -> None:
    """What a careless administrator has: the file as it lies, its own token included."""
    store = await open_store(database)
    await store.checkpoint()
    await store.close()
    shutil.copy(database, copy)


async def test_a_backup_moved_over_the_open_file_sends_everybody_away_and_voids_cursors(
    live, tmp_path
):
    ana, bob = await live.gather("general", "ana", "bob")
    await ana.post("general", "in the backup")
    await backup(live.server.settings.database, tmp_path / "backup.db")
    for n in range(5):
        await ana.post("general", f"after the backup {n}")

    os.replace(tmp_path / "backup.db", live.server.settings.database)

    assert (await ana.ended())[0] == 1012
    assert (await bob.ended())[0] == 1012
    await until(lambda: not live.server.is_stopping)
    again = await live.join("ana", session=ana.session)
    assert again.hello["epoch"] != ana.hello["epoch"]
    assert again.hello["user"] == ana.hello["user"]
    replay = await again.subscribe("general", after=3, epoch=ana.hello["epoch"])
    assert replay["reset"]
    assert [message["text"] for message in replay["messages"]] == ["in the backup"]
    assert (await again.post("general", "and on"))["seq"] == 2


async def test_a_file_that_is_gone_is_waited_for_and_not_made_anew(live, tmp_path):
    database = live.server.settings.database
    (ana,) = await live.gather("general", "ana")
    await ana.post("general", "hi")
    await backup(database, tmp_path / "backup.db")

    database.unlink()
    assert (await ana.ended())[0] == 1012
    os.replace(tmp_path / "backup.db", database)
    await until(lambda: not live.server.is_stopping)

    again = await live.join("ana", session=ana.session)
    replay = await again.subscribe("general")
    assert [message["text"] for message in replay["messages"]] == ["hi"]


async def test_what_is_no_database_is_waited_out(live, tmp_path, caplog):
    database = live.server.settings.database
    (ana,) = await live.gather("general", "ana")
    await backup(database, tmp_path / "backup.db")
    (tmp_path / "junk").write_bytes(b"junk " * 1_000)

    os.replace(tmp_path / "junk", database)
    await ana.ended()
    await until(lambda: "cannot be opened yet" in caplog.text)
    os.replace(tmp_path / "backup.db", database)
    await until(lambda: not live.server.is_stopping)

    again = await live.join("ana", session=ana.session)
    assert (await again.subscribe("general"))["complete"]


async def test_a_guest_whose_session_the_backup_does_not_know_can_take_their_name(live, tmp_path):
    await backup(live.server.settings.database, tmp_path / "backup.db")
    ana = await live.join("ana", "general")

    os.replace(tmp_path / "backup.db", live.server.settings.database)
    await ana.ended()
    await until(lambda: not live.server.is_stopping)

    again = await live.join("ana", "general", session=ana.session)
    assert again.hello["user"]["name"] == "ana"


@pytest.mark.parametrize("broken", ["the bells", "the reader", "the writer"])
async def test_an_old_file_that_cannot_be_let_go_of_in_order_keeps_nobody_out(
    live, tmp_path, monkeypatch, caplog, broken
):
    await backup(live.server.settings.database, tmp_path / "backup.db")
    ana = await live.join("ana", "general")

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    if broken == "the writer":
        monkeypatch.setattr("sanchat.store.sqlite.end_life", fail)
    else:
        part = live.server.broker if broken == "the bells" else live.server.store._reader
        close = part.close

        async def close_and_fail() -> None:
            await close()
            fail()

        monkeypatch.setattr(part, "close", close_and_fail)
    os.replace(tmp_path / "backup.db", live.server.settings.database)
    assert (await ana.ended())[0] == 1012
    await until(lambda: not live.server.is_stopping)

    again = await live.join("ana", "general", session=ana.session)
    assert (await again.post("general", "on we go"))["seq"] == 1
    assert "Input/output error" in caplog.text


async def test_who_waits_for_an_answer_while_the_file_is_replaced_is_answered(live, tmp_path):
    await backup(live.server.settings.database, tmp_path / "backup.db")
    (ana,) = await live.gather("general", "ana")
    headers = {"Authorization": f"Bearer {ana.session}"}

    with contextlib.closing(sqlite3.connect(live.server.settings.database)) as other:
        other.execute("begin immediate")  # a batch waits two seconds for it, the swap no longer
        async with live.http(headers=headers) as http:
            asked = [
                asyncio.ensure_future(http.post("/api/rooms", json={"name": f"room-{n}"}))
                for n in range(2)
            ]
            await until(lambda: live.server.journal.waiting)
            os.replace(tmp_path / "backup.db", live.server.settings.database)
            answers = await asyncio.gather(*asked)
        other.execute("rollback")

    assert {answer.status_code for answer in answers} == {503}
    assert (await ana.ended())[0] == 1012
