"""Files as commands write and read them: whole or not at all, never over another unasked.

Reading is by lines of a bounded length, with a progress bar.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, BinaryIO

from sanchat.cli.failures import Exit, Failure
from sanchat.cli.progress import Progress
from sanchat.cli.terminal import Terminal, visible_document, visible_json

PIPE = "-"


@contextlib.contextmanager
def destination(out: str, terminal: Terminal, *, is_json: bool, force: bool) -> Iterator[IO[bytes]]:
    """Where to write: a file that appears once it is whole, a device, or standard output.

    Conflict where the file exists and `force` is not set.
    """
    if out == PIPE:
        yield _standard_output(terminal, is_json=is_json)
        terminal.out.flush()
        return
    path = Path(out)
    if path.exists() and not path.is_file():
        if path.is_dir():
            raise Failure(f"{out} is a folder.", exit=Exit.USAGE, hint="Name a file in it.")
        # A device or a named pipe cannot be put in place of anything.
        with open(path, "wb") as file:
            yield file
        return
    if path.exists() and not force:
        raise _exists(out)
    if not path.parent.is_dir():
        raise Failure(f"There is no folder {path.parent}.", exit=Exit.NOT_FOUND)
    yield from _whole_or_not_at_all(path, force=force)


def existing_file(name: str) -> Path:
    """The path of a file to read; Failure where there is none."""
    path = Path(name)
    if not path.is_file():
        raise Failure(f"There is no file {name}.", exit=Exit.NOT_FOUND)
    return path


def lines_of(path: Path, progress: Progress | None, *, longest: int) -> Iterator[bytes]:
    """The lines of a file; of one that is longer than `longest` bytes only so much and one more."""
    with open(path, "rb") as file:
        while line := file.readline(longest + 1):
            yield line
            read = len(line)
            while len(line) > longest and not line.endswith(b"\n"):
                line = file.readline(longest + 1)
                read += len(line)
                if not line:
                    break
            if progress is not None:
                progress.advance(read)


def _whole_or_not_at_all(path: Path, *, force: bool) -> Iterator[IO[bytes]]:
    # For its owner alone, as the database is.
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if force:
            os.replace(temporary, path)
            return
        try:
            os.link(temporary, path)  # unlike a rename, refuses what came up meanwhile
        except FileExistsError:
            raise _exists(str(path)) from None
        except OSError:
            os.replace(temporary, path)  # a file system without hard links
            return
        os.unlink(temporary)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise


def _exists(out: str) -> Failure:
    return Failure(f"{out} exists already.", exit=Exit.CONFLICT, hint="--force writes over it.")


def _standard_output(terminal: Terminal, *, is_json: bool) -> IO[bytes]:
    binary: BinaryIO = sys.stdout.buffer
    if not terminal.out.isatty():
        return binary
    return _Screen(binary, visible_json if is_json else visible_document)  # type: ignore[return-value]


class _Screen:
    """Standard output where a person looks at it: nothing that steers the terminal passes."""

    def __init__(self, binary: BinaryIO, escape: Callable[[str], str]) -> None:
        self._binary = binary
        self._escape = escape

    def write(self, data: bytes) -> int:
        text = self._escape(data.decode().replace("\r\n", "\n"))
        return self._binary.write(text.encode(errors="backslashreplace"))
