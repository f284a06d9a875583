"""The echo server that Autobahn is let loose on is what it says: the product's own socket."""

import socket
import subprocess
import sys

from websockets.sync.client import connect

from faults.autobahn import ROOT, wait_for


def test_the_echo_server_sends_back_text_and_binary_messages():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, ROOT / "tests/faults/echo.py", str(port)], cwd=ROOT)
    try:
        wait_for(port)
        with connect(f"ws://127.0.0.1:{port}/", compression=None, proxy=None) as client:
            for message in ("hi", b"\x00\xff"):
                client.send(message)
                assert client.recv(timeout=10) == message
    finally:
        server.terminate()
        server.wait(timeout=10)
