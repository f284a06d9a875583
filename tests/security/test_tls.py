"""https without a proxy: the page, the sockets and the cookies, with one's own certificate."""

import asyncio
import json
import ssl

import httpx
import pytest
from clients import Client, RawClient, handshake, masked
from harness import ServerProcess
from websockets.asyncio.client import connect
from websockets.frames import Opcode

from sanchat.errors import StartupError
from sanchat.serving import tls_context


async def test_it_speaks_https_by_itself(tmp_path, certificate):
    cert, key = certificate
    process = ServerProcess(tmp_path / "chat.db", "--tls-cert", str(cert), "--tls-key", str(key))
    process.start()
    try:
        context = ssl.create_default_context(cafile=cert)
        url = f"https://localhost:{process.port}"
        async with httpx.AsyncClient(verify=context, base_url=url, trust_env=False) as http:
            page = await http.get("/")
            signed = await http.post("/api/session", json={"name": "bob"}, headers={"Origin": url})
            plain = await http.post(
                "/api/session",
                json={"name": "eve"},
                headers={"Origin": url.replace("https", "http")},
            )
        client = Client(
            await connect(
                f"wss://localhost:{process.port}/ws/general?name=ana", ssl=context, proxy=None
            )
        )
        hello = await client.expect("hello")
        client.hello = hello
        text = "long " * 700
        await client.post("general", text)
        assert (await client.expect("message"))["text"] == text
        await client.close()
    finally:
        code = process.stop()

    assert page.status_code == 200
    assert "strict-transport-security" in page.headers
    assert signed.headers["set-cookie"].startswith("__Host-sanchat_session=")
    assert "Secure" in signed.headers["set-cookie"]
    assert plain.status_code == 403
    assert code == 0


@pytest.fixture
def by_https(tmp_path, certificate):
    """A server that speaks https by itself, and what its clients trust."""
    cert, key = certificate
    process = ServerProcess(
        tmp_path / "chat.db", "--no-limits", "--tls-cert", str(cert), "--tls-key", str(key)
    )
    process.start()
    yield process, ssl.create_default_context(cafile=cert)
    process.stop()


async def test_all_that_is_said_before_goodbye_is_heard_by_https_too(by_https):
    """More than is heard in a turn, and more than may be unanswered, in one breath."""
    process, context = by_https

    async def entered(name):
        ends = await asyncio.open_connection("localhost", process.port, ssl=context)
        raw = RawClient(*ends)
        await raw.write(handshake(f"/ws/general?name={name}", f"localhost:{process.port}"))
        await raw.head()
        for _ in ("hello", "subscribed"):
            await raw.message_of(Opcode.TEXT)
        return raw

    def post(number):
        fields = {"room": "general", "text": "x", "client_message_id": f"{number}"}
        return masked(Opcode.TEXT, json.dumps({"type": "post", **fields}).encode())

    ana, bob = await entered("ana"), await entered("bob")
    await ana.write(b"".join(map(post, range(600))) + masked(Opcode.CLOSE, b"\x03\xe8"))
    await ana.message_of(Opcode.CLOSE)
    await bob.write(post(0))

    reply = {"type": "event"}
    while reply["type"] != "reply":
        reply = json.loads(await bob.message_of(Opcode.TEXT))
    assert reply["seq"] == 601
    for raw in (ana, bob):
        raw.writer.transport.abort()


def test_a_certificate_that_cannot_be_used_is_a_sentence(tmp_path, certificate):
    cert, _ = certificate
    (tmp_path / "empty.pem").touch()

    for pair in ((cert, tmp_path / "missing.pem"), (tmp_path / "empty.pem", cert)):
        with pytest.raises(StartupError, match="cannot be used"):
            tls_context(*map(str, pair))
