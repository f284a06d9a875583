"""Runs Node and what comes with it."""

import os
import shutil
import subprocess
from pathlib import Path

MINUTES = 60  # seconds


def node() -> str | None:
    """Node from the PATH, else the one that Playwright brings along."""
    found = shutil.which("node")
    if found:
        return found
    try:
        import playwright
    except ImportError:
        return None
    bundled = Path(playwright.__file__).parent / "driver" / "node"
    return str(bundled) if bundled.is_file() else None


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "NODE_OPTIONS": ""}
    return subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=5 * MINUTES,
        check=False,
    )
