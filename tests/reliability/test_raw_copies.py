"""R8: what was copied raw in a run and put back after its crash is not taken for the file."""

import shutil
from pathlib import Path

import pytest
from clients import Client
from harness import ServerProcess, serving_process

from sanchat.changes import Post
from sanchat.store import open_store


async def arrive(process: ServerProcess) -> Client:
    client = Client(await process.connect("/ws?name=ana"))
    client.hello = await client.expect("hello")
    return client


def copy_raw(database: Path, folder: Path) -> list[Path]:
    """What a careless administrator copies: database and log as they lie."""
    return [
        Path(shutil.copy(database.with_name(database.name + end), folder)) for end in ("", "-wal")
    ]


def put_over(copies: list[Path], database: Path) -> None:
    """Written over the files in their place."""
    for copy in copies:
        shutil.copyfile(copy, database.with_name(copy.name))


def put_instead(copies: list[Path], database: Path) -> None:
    for copy in copies:
        database.with_name(copy.name).unlink()
        shutil.move(copy, database.with_name(copy.name))


@pytest.mark.parametrize("put", [put_over, put_instead])
async def test_a_raw_copy_of_this_run_restored_after_a_kill_begins_a_new_epoch(tmp_path, put):
    (tmp_path / "copy").mkdir()
    with serving_process(tmp_path / "chat.db") as process:
        ana = await arrive(process)
        await ana.post("general", "in the copy")
        copies = copy_raw(process.database, tmp_path / "copy")
        await ana.post("general", "after the copy")
        process.kill()
        process.database.with_name("chat.db-shm").unlink(missing_ok=True)
        put(copies, process.database)

        process.start()
        again = await arrive(process)
        replay = await again.subscribe("general", after=2, epoch=ana.hello["epoch"])
        await again.close()
        process.stop()
        process.start()  # and the new one lasts
        later = await arrive(process)
        await later.close()

    assert again.hello["epoch"] != ana.hello["epoch"]
    assert replay["reset"]
    assert [message["text"] for message in replay["messages"]] == ["in the copy"]
    assert later.hello["epoch"] == again.hello["epoch"]


async def test_a_kill_alone_keeps_the_epoch_whatever_was_written_last(tmp_path):
    with serving_process(tmp_path / "chat.db") as process:
        epochs = set()
        for n in range(3):
            ana = await arrive(process)
            epochs.add(ana.hello["epoch"])
            await ana.post("general", f"{n}")
            process.kill()
            process.start()

    assert len(epochs) == 1


async def test_a_copy_made_before_somebody_imported_beside_the_server_is_told_apart(tmp_path):
    (tmp_path / "copy").mkdir()
    with serving_process(tmp_path / "chat.db") as process:
        ana = await arrive(process)
        await ana.post("general", "in the copy")
        copies = copy_raw(process.database, tmp_path / "copy")
        beside = await open_store(process.database)
        said = Post(
            room_key="general", author_id=ana.user["id"], text="beside", client_message_id="b"
        )
        (posted,) = (await beside.append([said])).answers
        await beside.close()
        process.kill()
        process.database.with_name("chat.db-shm").unlink(missing_ok=True)
        put_over(copies, process.database)

        process.start()
        again = await arrive(process)
        await again.close()

    assert posted.seq == 2
    assert again.hello["epoch"] != ana.hello["epoch"]
