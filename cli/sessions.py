"""Keeps the sessions of guest names, so that the same name is the same person the next time."""

import contextlib
import json
import os
import tempfile
from pathlib import Path

import platformdirs


class Sessions:
    """A file for its owner alone: session tokens by server and name. Losing it costs little."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or platformdirs.user_state_path("sanchat") / "sessions.json"

    def of(self, url: str, name: str) -> str | None:
        """The token of an earlier visit, if any."""
        return self._read().get(f"{url} {name}")

    def keep(self, url: str, name: str, token: str) -> None:
        """Remember a token; a folder that cannot be written is no reason to fail."""
        known = self._read()
        if known.get(f"{url} {name}") == token:
            return
        known[f"{url} {name}"] = token
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, temporary = tempfile.mkstemp(dir=self._path.parent)
            with open(descriptor, "w") as file:
                json.dump(known, file)
            os.replace(temporary, self._path)

    def _read(self) -> dict[str, str]:
        try:
            known = json.loads(self._path.read_text())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}
