"""A bar on standard error that shows how far a long command is; nothing where nobody looks."""

from typing import Any, Self

from sanchat.cli.terminal import Terminal


class Progress:
    """Counts towards a total; drawn on a terminal only, and never under `--quiet`.

    Bytes are counted, or what `unit` says.
    """

    def __init__(self, terminal: Terminal, *, total: int, unit: str = "") -> None:
        self._bar: Any = None
        if terminal.quiet or not terminal.err.isatty():
            return
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        console = Console(file=terminal.err, no_color=terminal.no_color)
        count = TextColumn("{task.completed:,.0f}/{task.total:,.0f} " + unit)
        self._bar = Bar(
            BarColumn(),
            count if unit else DownloadColumn(),
            TimeRemainingColumn(),
            console=console,
            transient=True,
        )
        self._task = self._bar.add_task("", total=total)

    def advance(self, count: int) -> None:
        """So many bytes more are done."""
        if self._bar is not None:
            self._bar.advance(self._task, count)

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()
