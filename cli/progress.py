"""A bar on standard error that shows how far a long command is; nothing where nobody looks."""

from collections.abc import Sequence
from typing import Any, Self

from sanchat.cli.terminal import Terminal


class Progress:
    """Counts towards a total; drawn on a terminal only, and never under `--quiet`.

    Bytes are counted, or what `unit` says. Without a total it shows that something goes on.
    """

    def __init__(self, terminal: Terminal, *, total: int | None = None, unit: str = "") -> None:
        self._bar: Any = None
        shares_screen = terminal.as_json and terminal.out.isatty()  # with lines of JSON
        if terminal.quiet or shares_screen or not terminal.err.isatty():
            return
        from rich.console import Console
        from rich.progress import Progress as Bar

        console = Console(file=terminal.err, no_color=terminal.no_color)
        self._bar = Bar(*_columns(total, unit), console=console, transient=True)
        self._task = self._bar.add_task("", total=total)

    def step(self, about: str, total: int | None = None) -> None:
        """Something else is done from now on, which is counted from nothing, in bytes."""
        if self._bar is not None:
            self._bar.columns = _columns(total, "", about)
            self._bar.reset(self._task, total=total)

    def advance(self, count: float) -> None:
        """So many bytes more are done."""
        if self._bar is not None:
            self._bar.advance(self._task, count)

    def extend(self, count: int) -> None:
        """There is so much more to do than was known."""
        if self._bar is not None:
            (task,) = self._bar.tasks
            self._bar.update(self._task, total=task.total + count)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()


def _columns(total: int | None, unit: str, about: str = "") -> Sequence[Any]:
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        ProgressColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns: list[ProgressColumn] = [TextColumn(about)] if about else []
    columns.append(BarColumn())
    if total is None:
        return [*columns, TimeElapsedColumn()]
    count = TextColumn("{task.completed:,.0f}/{task.total:,.0f} " + unit)
    return [*columns, count if unit else DownloadColumn(), TimeRemainingColumn()]
