"""The file as an API: what docs/data.md says of views and tables is so, of a live file too."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from harness import serving

DOCUMENT = (Path(__file__).parents[1] / "docs" / "data.md").read_text()
VIEWS = ("v_messages", "v_rooms", "v_members", "v_audit")


@pytest.fixture
async def live_file(tmp_path):
    """The file of a running server, in which people have talked."""
    async with serving(tmp_path / "chat.db") as server:
        ana, _ = await server.gather("lobby", "ana", "bob")
        await ana.post("lobby", "hello", "1")
        await ana.post("lobby", "a mistake", "2", reply_to=1)
        await ana.do("react", room="lobby", seq=1, emoji="👍", on=True)
        await ana.do("delete", room="lobby", seq=2)
        user = await server.server.chat.find_user("bob")
        await server.server.chat.moderation.mute(user, reason="Calm.", seconds=60, actor="ana")
        yield tmp_path / "chat.db"


def read(file, sql):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(sql)]


def documented(name):
    """The first column of the table below a heading."""
    (part,) = re.findall(rf"^### {name}\n(.*?)(?=^##|\Z)", DOCUMENT, re.M | re.S)
    return re.findall(r"^\| `(\w+)` \|", part, re.M)


@pytest.mark.parametrize("view", VIEWS)
async def test_a_view_has_the_columns_of_the_document_in_their_order(live_file, view):
    columns = [row["name"] for row in read(live_file, f"pragma table_info({view})")]

    assert columns == documented(view)


async def test_every_table_and_view_is_in_the_document(live_file):
    rows = read(live_file, "select type, name from sqlite_master where type in ('table', 'view')")

    names = {row["name"] for row in rows if not row["name"].startswith("sqlite_")}
    tables = set(re.findall(r"^\| `(\w+)` \|", DOCUMENT.split("## The tables")[1], re.M))
    assert names == tables | set(VIEWS)


async def test_a_live_file_shows_messages_as_people_would_read_them(live_file):
    first, second = read(live_file, "select * from v_messages where room = 'lobby' order by seq")

    assert (first["user"], first["text"], first["reactions"]) == ("ana", "hello", 1)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", first["sent_at"])
    assert (second["text"], second["reply_to"]) == (None, 1)
    assert second["deleted_at"] >= second["sent_at"]


async def test_the_times_of_the_views_are_exact_to_the_millisecond(live_file):
    rows = read(
        live_file,
        "select m.sent_at, v.sent_at as shown from messages m "
        "join v_messages v on v.room_id = m.room_id and v.seq = m.seq",
    )

    assert rows
    assert all(row["shown"].endswith(f".{row['sent_at'] % 1000:03}Z") for row in rows)


async def test_rooms_members_and_acts_are_told_by_name(live_file):
    (lobby,) = read(live_file, "select * from v_rooms where room = 'lobby'")
    members = read(live_file, "select user from v_members where room = 'lobby' order by user")
    (mute,) = read(live_file, "select * from v_audit where kind = 'mute'")

    assert (lobby["messages"], lobby["members"], lobby["last_seq"]) == (2, 2, 4)
    assert [row["user"] for row in members] == ["ana", "bob"]
    assert (mute["user"], mute["actor"], mute["reason"]) == ("bob", "ana", "Calm.")
    assert mute["until"] > mute["acted_at"]
