"""No step grows faster than its work, counted in calls; and the command that measures it runs."""

import itertools
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.plot import Panel, Series, draw
from benchmarks.rig import counting_calls, rig
from harness import ROOT, until

OURS = ROOT / "sanchat"


async def calls_of_a_newcomer(database: Path, *, members: int) -> Counter[str]:
    async with rig(database, rooms=1) as here:
        for number in range(members):
            await here.visitor(f"u{number}", "room0")
        with counting_calls(OURS) as calls:
            await here.visitor("newcomer", "room0")
    return calls


async def calls_of_posts(database: Path, *, rooms: int) -> Counter[str]:
    """Of 24 posts in one piece, spread over so many rooms that one person hears."""
    async with rig(database, rooms=rooms) as here:
        ana = await here.visitor("ana", *(f"room{number}" for number in range(rooms)))
        await until(lambda: not any(room.timer for room in here.server.presence._rooms.values()))
        for _ in range(2):
            posts = [here.posts(f"room{number % rooms}", 1) for number in range(24)]
            with counting_calls(OURS) as calls:
                await here.round({ana: b"".join(posts)})
    return calls


async def test_a_newcomer_costs_as_much_in_a_room_twice_as_full(tmp_path) -> None:
    # A full list of members is 200 people.
    full = await calls_of_a_newcomer(tmp_path / "full.db", members=210)
    fuller = await calls_of_a_newcomer(tmp_path / "fuller.db", members=420)

    assert fuller.total() < full.total() * 1.05, (fuller - full).most_common(20)


async def test_a_message_costs_as_much_where_all_rooms_are_four_times_as_many(tmp_path) -> None:
    few = await calls_of_posts(tmp_path / "few.db", rooms=24)
    many = await calls_of_posts(tmp_path / "many.db", rooms=96)

    assert many.total() < few.total() * 1.05, (many - few).most_common(20)


def test_growth_is_measured_kept_and_drawn(tmp_path) -> None:
    kept, drawn = tmp_path / "growth.json", tmp_path / "growth.svg"
    few = ["--only", "absence,history,connections", "--smallest", "10", "--largest", "1000"]
    few += ["--turns", "1", "--idle-seconds", "0.1", "--keep", str(kept), "--draw", str(drawn)]
    result = subprocess.run(
        [sys.executable, "-m", "benchmarks", "growth", *few],
        cwd=ROOT / "tests",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert result.returncode == 0, result.stderr
    assert "1,000 are there, and one more was welcome" in result.stderr
    figures = json.loads(kept.read_text())
    assert figures["absence"]["answers"] == {"10": 1, "100": 1, "1000": 2}
    assert all(figure > 0 for figure in figures["history"]["joining, µs"].values())
    assert "| a change, µs |" in result.stdout
    assert ElementTree.parse(drawn).getroot().tag.endswith("svg")


def test_names_at_the_ends_of_lines_do_not_lie_on_each_other() -> None:
    lines = [Series(f"line {n}", [(1, 10.0), (10, 10.0 + n / 100)]) for n in range(3)]

    picture = ElementTree.fromstring(draw([Panel("rooms", "µs", lines)]))

    names = [text for text in picture.findall(".//{*}text") if (text.text or "").startswith("line")]
    places = sorted(float(text.get("y", "")) for text in names)
    assert len(places) == 3
    assert min(later - sooner for sooner, later in itertools.pairwise(places)) >= 12
