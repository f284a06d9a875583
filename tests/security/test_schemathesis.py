"""A stranger's tool makes thousands of odd requests from docs/openapi.json: nothing may break.

Runs where `schemathesis` is on the PATH (`pipx install schemathesis`); it is no dependency, since
it brings thirty packages of its own.
"""

import re
import shutil
import sqlite3
import subprocess
from contextlib import closing

import httpx
import pytest
from harness import serving_process

from sanchat.cli import openapi

CHECKS = "not_a_server_error,status_code_conformance,response_schema_conformance"
TOOL = shutil.which("schemathesis")


@pytest.mark.slow
@pytest.mark.skipif(TOOL is None, reason="schemathesis is not on the PATH")
@pytest.mark.parametrize("who", ["nobody", "owner"])
def test_s2_no_request_made_from_the_description_breaks_the_server(tmp_path, who):
    with serving_process(tmp_path / "chat.db") as server:
        more = []
        if who == "owner":
            answer = httpx.post(
                f"{server.origin}/api/session", json={"name": "anna"}, trust_env=False
            )
            with closing(sqlite3.connect(server.database)) as database:
                database.execute("update users set role = 'owner' where name = 'anna'")
                database.commit()
            # Who signs out is nobody for the rest.
            more = ["--exclude-path-regex", "^/api/session"]
            more += ["-H", f"Authorization: Bearer {answer.json()['session']}"]
        run = subprocess.run(
            [
                *(str(TOOL), "run", str(openapi.PATH), "--url", server.origin),
                *("--checks", CHECKS, "--max-examples", "40", "--phases", "coverage,fuzzing"),
                *("--workers", "2", "--no-color", "--generation-database", "none", *more),
            ],
            capture_output=True,
            text=True,
            timeout=280,
            cwd=tmp_path,
        )
        log = server.log.read_text()

    assert run.returncode == 0, run.stdout[-4_000:]
    assert int(re.search(r"(\d+) generated", run.stdout)[1]) > 1_000
    assert "incident" not in log
