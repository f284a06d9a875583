"""What the server says when it is ready: every address that can be typed, and the join link."""

import ipaddress
import re
from pathlib import Path

import pytest
import segno
from harness import serving

from sanchat import welcome
from sanchat.models import Room
from sanchat.settings import Settings, bound_addresses
from sanchat.welcome import (
    INK,
    PLAIN,
    address_for_others,
    addresses_of,
    greeting,
    join_link,
    qr_code,
)

LAN = "http://192.168.1.5:8000/"
LOCAL = "http://127.0.0.1:8000/"


def room(**more):
    usual = {
        **{"id": 1, "name": "general", "title": "", "topic": "", "kind": "open", "last_seq": 0},
        **{"floor_seq": 0, "slow_mode_s": 0, "created_at": 0},
    }
    return Room(**(usual | more))


def addresses(host, monkeypatch, *found):
    monkeypatch.setattr(
        welcome, "bound_addresses", lambda host: [ipaddress.ip_address(one) for one in found]
    )
    return addresses_of(Settings(database=Path("chat.db"), host=host), 8000)


def test_on_a_network_all_addresses_are_told_this_machine_s_own_first(monkeypatch):
    found = addresses(
        "0.0.0.0", monkeypatch, "192.168.1.5", "127.0.0.1", "127.0.1.1", "10.0.0.7", "192.168.1.5"
    )

    assert found == [LOCAL, LAN, "http://10.0.0.7:8000/"]


def test_addresses_of_the_sixth_version_stand_in_brackets_and_without_zones(monkeypatch):
    found = addresses("::", monkeypatch, "::1", "fe80::1", "fd00::2")

    assert found == [LOCAL, "http://[fd00::2]:8000/"]


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("127.0.0.1", LOCAL),
        ("::1", "http://[::1]:8000/"),
        ("[::1]", "http://[::1]:8000/"),
        ("chat.lan", "http://chat.lan:8000/"),
    ],
)
def test_bound_to_one_address_that_one_is_told(host, address):
    assert addresses_of(Settings(database=Path("chat.db"), host=host), 8000) == [address]


def test_behind_a_public_url_that_alone_is_told():
    settings = Settings(
        database=Path("chat.db"), host="0.0.0.0", public_url="https://chat.example.org"
    )

    assert addresses_of(settings, 8000) == ["https://chat.example.org/"]


def test_bound_to_the_fourth_version_it_answers_on_none_of_the_sixth():
    found = bound_addresses("0.0.0.0")

    assert ipaddress.ip_address("127.0.0.1") in found
    assert {one.version for one in found} == {4}
    assert set(found) <= set(bound_addresses("::"))


def test_every_address_is_a_line_of_the_greeting():
    words = greeting(Settings(database=Path("chat.db")), [LOCAL, LAN])

    assert re.findall(r"http://\S+", words) == [LOCAL, LAN]
    assert words.startswith(f"sanchat is ready: open {LOCAL}\n")


@pytest.mark.parametrize(
    ("first", "link"),
    [
        (room(), LAN + "r/general"),
        (room(name="大厅"), LAN + "r/%E5%A4%A7%E5%8E%85"),
        (room(kind="closed"), LAN),
        (room(archived_at=1), LAN),
        (None, LAN),
    ],
)
def test_the_join_link_leads_into_the_first_room_where_everybody_may_come(first, link):
    assert join_link([LOCAL, LAN], first) == link


def test_who_is_alone_has_nobody_to_invite():
    assert join_link([LOCAL], room()) is None


def test_the_picture_holds_the_link_in_black_on_white():
    link = LAN + "r/general"
    halves = {"█": (0, 0), "▀": (0, 1), "▄": (1, 0), " ": (1, 1)}  # a block is white

    rows = []
    for line in qr_code(link).splitlines():
        assert line.startswith(INK)
        assert line.endswith(PLAIN)
        pairs = [halves[block] for block in line.removeprefix(INK).removesuffix(PLAIN)]
        rows += [[upper for upper, _ in pairs], [lower for _, lower in pairs]]

    wanted = segno.make(link, error="l", micro=False).matrix_iter(border=2)
    wanted = [[int(module > 0) for module in row] for row in wanted]
    assert rows[: len(wanted)] == wanted


async def test_the_server_s_name_is_in_the_hello_and_in_the_page_as_text(tmp_path):
    async with serving(tmp_path / "chat.db", server_name="Tea & <b>") as live, live.http() as http:
        ana = await live.join("ana")
        page = (await http.get("/")).text

    assert ana.hello["name"] == "Tea & <b>"
    assert "<title>Tea &amp; &lt;b&gt;</title>" in page


def test_links_for_others_lead_to_an_address_that_others_reach():
    assert address_for_others([LOCAL, LAN]) == LAN
    assert address_for_others([LOCAL]) == LOCAL
    assert address_for_others(["https://chat.example.org/"]) == "https://chat.example.org/"
