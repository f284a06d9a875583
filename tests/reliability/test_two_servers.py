"""R17: one database, one server; whoever comes second is told so and does no harm."""

import subprocess
import sys

from clients import Client
from harness import ROOT, serving_process


async def test_a_second_server_says_who_has_the_database_and_leaves_it_alone(tmp_path):
    with serving_process(tmp_path / "chat.db") as process:
        ana = Client(await process.connect("/ws?name=ana"))
        ana.hello = await ana.expect("hello")
        await ana.post("general", "before")
        command = [sys.executable, "-m", "sanchat", "serve", "--port", "0"]
        command += ["--database", str(process.database)]

        second = subprocess.run(  # noqa: ASYNC221 (the first one is another process)
            command, cwd=ROOT, capture_output=True, text=True, timeout=20
        )

        after = await ana.post("general", "after")
        await ana.close()
        pid = process.pid
        code = process.stop()

    assert second.returncode not in (0, None)
    assert f"Another sanchat serves this database already (process {pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert second.stdout == ""
    assert after["seq"] == 2
    assert code == 0
