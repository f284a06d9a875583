"""What the monitoring files ask for is what the server tells."""

import json
import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

FOLDER = Path(__file__).parents[1] / "docs" / "monitoring"
NAME = re.compile(r"\bsanchat_\w+")


@pytest.mark.parametrize("file", ["alerts.yml", "dashboard.json"])
async def test_every_figure_that_is_asked_for_exists(live, file):
    async with live.http() as http:
        text = (await http.get("/metrics")).text
    families = text_string_to_metric_families(text)
    told = {sample.name for family in families for sample in family.samples}
    # Counters by reason have no line before their first time.
    told |= {f"{name}_total" for name in re.findall(r"# TYPE (\w+)_total counter", text)}

    asked = set(NAME.findall((FOLDER / file).read_text()))

    assert asked
    assert asked - told == set()


def test_the_board_can_be_read_and_every_panel_asks_something():
    board = json.loads((FOLDER / "dashboard.json").read_text())

    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    assert all(target["expr"] for panel in board["panels"] for target in panel["targets"])


async def test_a_full_store_shows_in_the_figures(live, monkeypatch):
    from sanchat.errors import Unavailable

    (ana,) = await live.gather("general", "ana")

    refused = []

    async def refuse(batch):
        refused.extend(batch)
        raise Unavailable("nothing goes")

    monkeypatch.setattr(live.server.store, "append", refuse)
    await ana.refused("post", room="general", text="hi", client_message_id="1")

    async with live.http() as http:
        text = (await http.get("/metrics")).text
    # What a server deletes by itself may have been refused as well, or while the page was read.
    told = float(re.search(r"^sanchat_unstored_changes_total (.+)$", text, re.M)[1])
    assert 1 <= told <= len(refused)
