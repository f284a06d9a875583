"""R20: the Autobahn testsuite against the product's websocket module.

`python -m tests.faults.autobahn --wstest PATH`. The suite runs under Python 2.7 alone:

    python2.7 -m virtualenv build/autobahn
    build/autobahn/bin/pip install autobahntestsuite==25.10.1
"""

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "10.*"]
FINE = {"OK", "NON-STRICT", "INFORMATIONAL"}
TOLERATED = {"7.1.5"}  # the library itself does not keep it
LONGEST_SECONDS = 600


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where nothing fails but what is tolerated."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.autobahn")
    parser.add_argument("--wstest", type=Path, default=ROOT / "build/autobahn/bin/wstest")
    chosen = parser.parse_args(arguments)
    if not chosen.wstest.exists():
        parser.error(f"there is no {chosen.wstest}; see `python -m pydoc tests.faults.autobahn`")
    with tempfile.TemporaryDirectory() as folder:
        results = _run(chosen.wstest.resolve(), Path(folder))
    failed = {case: result for case, result in results.items() if set(result) - FINE}
    counts = Counter(behaviour for result in results.values() for behaviour in result[:1])
    print(f"{len(results)} cases: {dict(counts)}")
    for case, (behaviour, close) in sorted(failed.items()):
        print(f"  {case}: {behaviour}, close {close}{' (tolerated)' * (case in TOLERATED)}")
    return 1 if failed.keys() - TOLERATED or not results else 0


def _run(wstest: Path, folder: Path) -> dict[str, tuple[str, str]]:
    """(behaviour, behaviour of the close) by case."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen([sys.executable, ROOT / "tests/faults/echo.py", str(port)], cwd=ROOT)
    try:
        wait_for(port)
        spec = {
            "outdir": str(folder / "report"),
            "servers": [{"agent": "sanchat", "url": f"ws://127.0.0.1:{port}/"}],
            "cases": CASES,
            "exclude-cases": [],
            "exclude-agent-cases": {},
        }
        (folder / "spec.json").write_text(json.dumps(spec))
        subprocess.run(
            [wstest, "-m", "fuzzingclient", "-s", folder / "spec.json"],
            cwd=folder,
            check=True,
            timeout=LONGEST_SECONDS,
            stdout=subprocess.DEVNULL,
        )
    finally:
        server.terminate()
        server.wait(timeout=10)
    report = json.loads((folder / "report" / "index.json").read_text())["sanchat"]
    return {case: (result["behavior"], result["behaviorClose"]) for case, result in report.items()}


def wait_for(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


if __name__ == "__main__":
    sys.exit(main())
