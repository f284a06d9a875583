"""R18: how long a peer that has fallen silent is kept, by default settings. Takes 45 seconds.

`python -m tests.faults.half_open`.
"""

import socket
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from clients import handshake
from harness import serving_process

MOST_SECONDS = 45.0


def measure(folder: Path) -> float:
    """Seconds from the last byte of a peer to the end of its connection."""
    with serving_process(folder / "chat.db") as process:
        with socket.create_connection(("127.0.0.1", process.port)) as peer:
            peer.sendall(handshake("/ws/general?name=gone", process.host))
            began = time.monotonic()
            peer.settimeout(2 * MOST_SECONDS)
            try:
                while peer.recv(65_536):
                    pass
            except ConnectionError:
                pass
        return time.monotonic() - began


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sanchat-half-open-") as folder:
        seconds = measure(Path(folder))
    print(f"a silent peer was let go after {seconds:.1f} s")
    return 0 if seconds <= MOST_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
