"""S5, S15, S16, S23: what a fresh server does without being told to."""

import asyncio
import re
import stat
from itertools import product
from pathlib import Path

import pytest
from harness import serving, serving_process

ADDRESSES = [
    *("/", "/r/general", "/static/x/missing", "/worker.js", "/favicon.ico", "/healthz", "/metrics"),
    *("/api/server", "/api/session", "/api/sessions", "/api/rooms?name=x", "/api/invites"),
    *("/api/rooms/general/messages?name=x", "/api/rooms/nowhere/messages?name=x", "/nowhere"),
]


@pytest.mark.parametrize("address", ADDRESSES)
async def test_s5_every_answer_carries_the_headers_that_keep_pages_safe(live, address):
    async with live.http() as http:
        headers = (await http.get(address)).headers
    policy = headers["content-security-policy"]

    assert "default-src 'none'" in policy
    # A worker is no document, and nobody can frame it.
    assert "frame-ancestors 'none'" in policy or address == "/worker.js"
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    if address.startswith("/api/"):
        assert headers["cache-control"] == "no-store"


async def test_s5_no_route_is_an_exception_whatever_it_answers(live):
    """Every route of the server by every method it takes, to nobody and to an owner."""
    ana = await live.join("ana")
    await live.promote(ana, "owner")
    filled = {"room:str": "general", "seq:int": "1", "verb:str": "edit", "name:str": "kick"}
    filled |= {"session_id:int": "9", "user_id:int": "9", "invite_id:int": "9"}
    filled |= {"build:str": "x", "name:path": "js/main.js"}
    asked = []
    async with live.script() as http:
        for route in live.app.router.routes:
            path = "/" + re.sub(r"<([^>]+)>", lambda part: filled[part[1]], route.path)
            for method in route.methods:
                for token in (None, ana.session):
                    head = {"Authorization": f"Bearer {token}"} if token else {}
                    answer = await http.request(method, path, headers=head, json={})
                    asked.append((method, path))
                    headers = answer.headers
                    assert "default-src 'none'" in headers["content-security-policy"], path
                    assert "unsafe" not in headers["content-security-policy"], path
                    assert headers["x-content-type-options"] == "nosniff", path
                    assert headers["referrer-policy"] == "no-referrer", path
                    if path.startswith("/api/"):
                        assert headers["cache-control"] == "no-store", path

    assert len(asked) >= 60


async def test_s5_files_of_the_page_are_no_exception(live):
    async with live.http() as http:
        page = (await http.get("/")).text
        script = page.partition('src="/static/')[2].partition('"')[0]
        answer = await http.get(f"/static/{script}")

    assert answer.status_code == 200
    assert answer.headers["x-content-type-options"] == "nosniff"


UPS = ["..", "%2e%2e", "%2E%2E", ".%2e", "..;", "%252e%252e", "%c0%ae%c0%ae", "..%00", "．．"]
STEPS = ["/", "%2f", "%5c", "\\", "//", "/./", "%252f"]
TARGETS = ["etc/passwd", "pyproject.toml", "sanchat/app.py"]


async def test_s15_no_address_leads_out_of_the_page(live):
    asked = 0
    for up, step, target in product(UPS, STEPS, TARGETS):
        path = f"/static/x/{(up + step) * 6}{target}".encode()
        raw = await live.raw()
        await raw.write(
            b"GET " + path + b" HTTP/1.1\r\nHost: " + live.host.encode() + b"\r\n"
            b"Connection: close\r\n\r\n"
        )
        answer = await raw.rest()
        raw.writer.close()
        asked += 1
        assert answer.split(b" ", 2)[1] in (b"400", b"403", b"404"), (path, answer[:200])
        assert b"root:" not in answer
        assert b"[project]" not in answer

    assert asked >= 100


async def test_s16_the_server_fetches_nothing_that_people_write(live):
    visits = 0

    async def trap(reader, writer):
        nonlocal visits
        visits += 1
        writer.close()

    listener = await asyncio.start_server(trap, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    url = f"http://127.0.0.1:{port}/trap"
    ana, bob = await live.gather("general", "ana", "bob")
    await live.promote(ana, "owner")
    for text in (url, f"![x]({url})", f"<img src={url}>", f"[x]({url})", f"@{url}"):
        await ana.post("general", text)
        await bob.expect("message", text=text)
    await ana.do("set_room", room="general", topic=url[:100], title=url[:100])
    await ana.do("mute", room="general", user="bob", reason=url)
    async with live.http(headers={"Referer": url, "User-Agent": url}) as http:
        await http.get("/")
    await ana.settled()
    listener.close()

    assert visits == 0


async def test_s23_a_fresh_server_is_for_its_own_machine_and_its_files_for_their_owner(tmp_path):
    database = tmp_path / "data" / "chat.db"
    with serving_process(database.parent.parent / "chat.db") as server:
        folder = server.database.parent
        files = [path for path in folder.iterdir() if path.name.startswith("chat.db")]
        modes = {
            path.name: stat.S_IMODE(path.stat().st_mode)
            for path in (*files, *(folder / "chat.db.bells").iterdir())
        }
        async with server.http() as http:
            password = await http.post("/api/session", json={"name": "admin", "password": "admin"})
        listening = {
            line.split()[1].partition(":")[0]
            for line in Path("/proc/net/tcp").read_text().splitlines()[1:]  # noqa: ASYNC240
            if line.split()[1].endswith(f":{server.port:04X}") and line.split()[3] == "0A"
        }

    assert len(modes) >= 4
    assert {name: oct(mode) for name, mode in modes.items() if mode & 0o077} == {}
    assert password.status_code in (400, 403)
    assert listening == {"0100007F"}


async def test_s23_behind_a_public_address_nobody_comes_in_uninvited(tmp_path):
    headers = {"Host": "chat.test"}
    async with (
        serving(tmp_path / "chat.db", public_url="https://chat.test") as live,
        live.http(headers=headers) as http,
    ):
        answers = [
            await http.post("/api/session", json={"name": "ana"}),
            await http.post("/api/users", json={"name": "ana", "password": "x" * 20}),
            await http.get("/api/rooms?name=ana"),
            await http.get("/metrics"),
        ]

    assert [answer.status_code for answer in answers] == [401, 403, 401, 401]
