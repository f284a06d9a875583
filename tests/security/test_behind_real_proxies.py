"""The manual's blocks for nginx and Caddy, as they stand, in front of sanchat with https.

Names, ports and files are this test's; nothing else of a block is touched.
"""

import asyncio
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from clients import Client
from harness import serving_process
from websockets.asyncio.client import connect

ROOT = Path(__file__).resolve().parents[2]
MANUAL = (ROOT / "docs" / "operating.md").read_text()
PATIENCE_SECONDS = 20


def block(language):
    return re.search(rf"^```{language}\n(.*?)^```", MANUAL, re.M | re.S)[1]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def nginx(folder, port, upstream, certificate):
    text = (
        block("nginx")
        .replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
        .replace("chat.example.org;", "localhost;")
        .replace("/etc/ssl/chat.example.org.pem", str(certificate[0]))
        .replace("/etc/ssl/chat.example.org.key", str(certificate[1]))
        .replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    )
    paths = "".join(
        f"{kind}_temp_path {folder}/{kind};\n"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{paths}{text}}}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def caddy(folder, port, upstream, certificate):
    text = (
        block("caddy")
        .replace("chat.example.org {", f"https://localhost:{port} {{\n    tls {{certificate}}", 1)
        .replace("{certificate}", " ".join(map(str, certificate)))
        .replace("127.0.0.1:8000", f"127.0.0.1:{upstream}")
    )
    (folder / "Caddyfile").write_text(f"{{\n    admin off\n    auto_https off\n}}\n{text}")
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(folder / "Caddyfile")]


@contextmanager
def proxied(tmp_path, program, certificate, *arguments):
    """sanchat behind the program: its process, and the https port."""
    name = program.__name__
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not on this machine")
    port = free_port()
    url = f"https://localhost:{port}"
    settings = ("--public-url", url, *arguments)
    with serving_process(tmp_path / "chat.db", *settings, SANCHAT_GUESTS="open") as server:
        environment = os.environ | {"HOME": str(tmp_path), "XDG_DATA_HOME": str(tmp_path)}
        with (tmp_path / "proxy.log").open("wb") as log:
            proxy = subprocess.Popen(
                program(tmp_path, port, server.port, certificate),
                stdout=log,
                stderr=log,
                env=environment,
                start_new_session=True,
            )
        try:
            wait_for(port, proxy, tmp_path / "proxy.log")
            yield server, url
        finally:
            # Caddy would wait for its connections to end, nginx leave its workers behind.
            os.killpg(proxy.pid, signal.SIGKILL)
            proxy.wait(PATIENCE_SECONDS)


def wait_for(port, proxy, log):
    for _ in range(400):
        if proxy.poll() is not None:
            raise AssertionError(log.read_text())
        with socket.socket() as probe:
            probe.settimeout(0.05)
            try:
                probe.connect(("127.0.0.1", port))
                return
            except OSError:
                pass
        with pytest.raises(subprocess.TimeoutExpired):
            proxy.wait(0.05)
    raise AssertionError("the proxy does not listen")


@pytest.fixture(params=[nginx, caddy], ids=["nginx", "caddy"])
def program(request):
    return request.param


async def test_s20_everything_goes_through_as_the_manual_says(tmp_path, program, certificate):
    context = ssl.create_default_context(cafile=certificate[0])
    with proxied(tmp_path, program, certificate, "--trusted-proxy", "127.0.0.1") as (_, url):
        visitor = httpx.AsyncHTTPTransport(verify=context, local_address="127.0.0.2")
        forged = {"X-Forwarded-For": "203.0.113.9", "Origin": url}
        async with httpx.AsyncClient(transport=visitor, base_url=url, headers=forged) as http:
            page = await http.get("/r/general")
            signed = await http.post("/api/session", json={"name": "ana"})
            cookie = signed.headers["set-cookie"].partition(";")[0]
            connection = await connect(
                url.replace("https", "wss") + "/ws",
                ssl=context,
                origin=url,
                additional_headers={"Cookie": cookie},
                proxy=None,
                max_size=None,
            )
            ana = Client(connection)
            ana.hello = await ana.expect("hello")
            await ana.subscribe("general")
            accept = {"Accept": "text/event-stream"}
            path = "/api/rooms/general/messages"
            async with http.stream("GET", path, headers=accept) as stream:
                lines = stream.aiter_lines()
                assert await anext(lines) == "event: hello"
                await ana.post("general", "\U0001f600" * 4_000)  # 16 kB, 48 escaped
                async with asyncio.timeout(5):
                    while not (line := await anext(lines)).startswith('data: {"type"'):
                        pass
            heard = await ana.expect("message")
            await ana.close()
    with closing(sqlite3.connect(tmp_path / "chat.db")) as database:
        addresses = {row[0] for row in database.execute("select address from sessions")}

    assert (page.status_code, page.headers["strict-transport-security"]) == (
        200,
        "max-age=31536000",
    )
    assert cookie.startswith("__Host-sanchat_session=")
    assert heard["text"] == json.loads(line.removeprefix("data: "))["text"] == "\U0001f600" * 4_000
    assert addresses == {"127.0.0.2"}


def doctor(tmp_path, url, certificate):
    result = subprocess.run(
        [
            *(sys.executable, "-m", "sanchat.cli.admin", "doctor", "--json"),
            *("--database", str(tmp_path / "chat.db"), "--url", url),
        ],
        env=os.environ | {"SSL_CERT_FILE": str(certificate[0])},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
    )
    findings = [json.loads(line) for line in result.stdout.splitlines()]
    return result.returncode, {
        f["what"]: (f["state"], f["remedy"]) for f in findings if "what" in f
    }


def test_the_doctor_proves_it_and_names_what_is_missing(tmp_path, program, certificate):
    with proxied(tmp_path, program, certificate, "--trusted-proxy", "127.0.0.1") as (_, url):
        _, right = doctor(tmp_path, url, certificate)
    with proxied(tmp_path, program, certificate) as (_, url):
        code, wrong = doctor(tmp_path, url, certificate)
        _, elsewhere = doctor(tmp_path, "https://localhost:1", certificate)

    outside = ("certificate", "page", "HSTS", "visitor's address", "scheme", "websocket")
    assert {what: right[what][0] for what in outside} == dict.fromkeys(outside, "ok")
    assert code == 7
    assert wrong["visitor's address"] == (
        "fail",
        "Start the server with --trusted-proxy 127.0.0.1.",
    )
    assert elsewhere["public URL"][0] == "fail"


def test_the_doctor_sees_a_proxy_that_keeps_the_upgrade_to_itself(tmp_path, certificate):
    def broken(*arguments):
        words = nginx(*arguments)
        config = Path(words[-1])
        config.write_text(config.read_text().replace("proxy_set_header Upgrade $http_upgrade;", ""))
        return words

    broken.__name__ = "nginx"
    with proxied(tmp_path, broken, certificate, "--trusted-proxy", "127.0.0.1") as (_, url):
        code, findings = doctor(tmp_path, url, certificate)

    assert code == 7
    assert findings["websocket"][0] == "fail"
    assert "Upgrade" in findings["websocket"][1]


def test_the_doctor_does_not_blame_the_upgrade_where_no_server_is(tmp_path, certificate):
    def lost(*arguments):
        words = nginx(*arguments)
        config = Path(words[-1])
        nowhere = "proxy_pass http://127.0.0.1:1;"
        config.write_text(re.sub(r"proxy_pass [^;]+;", nowhere, config.read_text()))
        return words

    lost.__name__ = "nginx"
    with proxied(tmp_path, lost, certificate, "--trusted-proxy", "127.0.0.1") as (_, url):
        _, findings = doctor(tmp_path, url, certificate)

    for what in ("page", "websocket"):
        assert findings[what][0] == "fail"
        assert findings[what][1].startswith("Is the server up")
