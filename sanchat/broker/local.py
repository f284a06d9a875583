"""Doorbells beside the database: one datagram socket per listening process, one byte a ring."""

import asyncio
import hashlib
import os
import secrets
import socket
import tempfile
from pathlib import Path

# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the end mark included.
_PATH_BYTES = 100


class LocalBroker:
    """`Broker` for the processes of one machine."""

    def __init__(self, database: Path) -> None:
        self._folder = bell_folder(database)
        self._socket: socket.socket | None = None
        self._path: Path | None = None
        self._rung = asyncio.Event()
        self._others: list[Path] = []
        self._listed_at = -1  # the folder's time of change when `_others` was read

    def ring(self) -> None:
        try:
            changed_at = os.stat(self._folder).st_mtime_ns
            self._ring(changed_at)
        except OSError:
            # No folder, no bells; no descriptor free: who listens looks every second anyway.
            return

    def _ring(self, changed_at: int) -> None:
        if changed_at != self._listed_at:
            self._others = [bell for bell in self._folder.glob("*.bell") if bell != self._path]
            self._listed_at = changed_at
        if not self._others:
            return
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as rope:
            rope.setblocking(False)
            for path in self._others:
                try:
                    rope.sendto(b"\a", str(path))
                except ConnectionRefusedError:
                    path.unlink(missing_ok=True)  # its process is gone
                except OSError:
                    # A full queue: that process has rings to hear already.
                    continue

    async def listen(self) -> None:
        # `parents` would make the folders above readable for everybody.
        self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        self._path = self._folder / f"{os.getpid()}-{secrets.token_hex(2)}.bell"
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.bind(str(self._path))
        os.chmod(self._path, 0o600)
        asyncio.get_running_loop().add_reader(self._socket, self._hear)

    async def heard(self, timeout_seconds: float) -> bool:
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True

    async def close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._path is not None:
            self._path.unlink(missing_ok=True)

    def _hear(self) -> None:
        assert self._socket is not None
        try:
            while self._socket.recv(16):
                pass
        except BlockingIOError:
            pass
        self._rung.set()


def bell_folder(database: Path) -> Path:
    """`FILE.bells`, or a private folder of the temporary directory where that path is too long."""
    folder = database.absolute().with_name(database.name + ".bells")
    if len(os.fsencode(folder)) + len("/4194304-ffff.bell") <= _PATH_BYTES:
        return folder
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"sanchat-{os.getuid()}" / name
