"""S14: 50 payloads in names, texts, reasons, headers and addresses; the log stays its own."""

import json
import re
from itertools import product
from urllib.parse import quote

import pytest
from harness import ServerProcess

from sanchat.logs import FORMATS

BREAKS = ("\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0")
DEEDS = (
    "2026-11-23T00:00:00.000Z ERROR sanchat: FORGED",
    '{"level":"error","message":"FORGED"}',
    "\x1b[2J\x1b[31mFORGED",
    "\x9b31m\x1b]0;FORGED\x07",
    "\u202eDEGROF\u202c FORGED %s %n {0} ${jndi:ldap://127.0.0.1:9/}",
)
PAYLOADS = [f"eve{one}{deed}" for one, deed in product(BREAKS, DEEDS)]
PASSWORD = "seven herons SECRET"
LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z (DEBUG|INFO|WARNING|ERROR) [\w.]+: \S")
STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@pytest.mark.parametrize("form", FORMATS)
async def test_s14_fifty_payloads_forge_no_line_paint_nothing_and_tell_no_secret(tmp_path, form):
    process = ServerProcess(
        tmp_path / "chat.db", "--no-limits", SANCHAT_LOG_FORMAT=form, SANCHAT_LOG_LEVEL="debug"
    )
    process.start()
    try:
        async with process.script() as http:
            signed = await http.post("/api/session", json={"name": "ana"})
            token = signed.json()["session"]
            bearer = {"Authorization": f"Bearer {token}"}
            for number, payload in enumerate(PAYLOADS):
                post = {"text": f"SECRET {payload}", "client_message_id": f"{number}"}
                posted = await http.post("/api/rooms/general/messages", json=post, headers=bearer)
                await http.post("/api/session", json={"name": payload, "password": PASSWORD})
                await http.post("/api/rooms", json={"name": payload[:60], "title": payload})
                await http.post("/api/commands/kick", json={"user": "ana", "reason": payload})
                await http.get(f"/r/{quote(payload)}?x={quote(payload)}")
                await http.get(f"/api/rooms/{quote(payload)}/messages", headers=bearer)
                raw = await process.raw()
                value = re.sub(rb"[\r\n\0]", b" ", payload.encode())
                await raw.write(
                    b"GET /ws?name=" + quote(payload).encode() + b" HTTP/1.1\r\nHost: "
                    + process.host.encode() + b"\r\nConnection: close\r\nOrigin: " + value
                    + b"\r\nUser-Agent: " + value + b"\r\nX-Forwarded-For: " + value
                    + b"\r\nCookie: sanchat_session=" + value + b"\r\n\r\n"
                )  # fmt: skip
                await raw.rest()
                raw.writer.close()
                assert posted.status_code in (200, 201, 400), posted.text
    finally:
        process.stop()
    log = process.log.read_text()
    lines = log.splitlines()

    assert len(PAYLOADS) == 50
    assert len(lines) >= 2
    assert not STEERING.search(log)
    for secret in ("SECRET", token, PASSWORD):
        assert secret not in log
    if form == "json":
        assert [json.loads(line)["message"] for line in lines if "FORGED" in line] == []
    else:
        assert [line for line in lines if not LINE.match(line) or "FORGED" in line] == []
