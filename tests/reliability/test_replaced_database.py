"""R8: another database in the file's place is never taken for the old one."""

import os
import shutil
from pathlib import Path

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
