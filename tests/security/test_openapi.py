"""docs/openapi.json describes what is served, no more and no less.

A stranger's tool sends thousands of odd requests made from it: `python tests/security/stranger.py`.
"""

import json
import re

from sanchat.cli import openapi

WITHOUT_API = ("/", "/r/", "/static/", "/favicon.ico", "/ws", "/room/", "/worker.js")


async def test_every_address_is_described_with_its_methods(live):
    served = set()
    for route in live.app.router.routes:
        path = "/" + re.sub(r"<(\w+):\w+>", r"{\1}", route.path)
        if path == "/" or path.startswith(WITHOUT_API[1:]):
            continue
        for method in set(route.methods) - {"HEAD", "OPTIONS"}:
            served |= {(method.lower(), each) for each in written_out(path)}

    described = {
        (method, path)
        for path, methods in openapi.description()["paths"].items()
        for method in methods
    }

    assert described == served


def written_out(path):
    """An address whose last part is a verb stands for one of each verb."""
    if path == "/api/commands/{name}":
        return [
            f"/api/commands/{command.__struct_config__.tag}" for command in openapi.KEEPING_ORDER
        ]
    if path.endswith("/{verb}"):
        return [path.replace("{verb}", verb) for verb in ("edit", "delete", "react")]
    return [path]


def test_the_file_is_what_the_program_says():
    written = json.loads(openapi.PATH.read_text())

    assert written == openapi.description(), "run python -m sanchat.cli.openapi"
