"""What every command of both programs shares: its options, its errors, the end of its help.

A command is a coroutine that is handed an open `Chat` and a `Terminal`; everything else of its
signature is what Typer makes of it.
"""

import asyncio
import inspect
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

import sanchat
from sanchat.cli.failures import Exit, Failure, failure_from
from sanchat.cli.terminal import Terminal

DATABASE_HELP = "The SQLite file; by default the one that `sanchat serve` takes."


class Command(TyperCommand):
    """A command whose help ends with its examples as they were written."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        if self.epilog:
            formatter.write(f"\n{self.epilog}\n")


class Group(TyperGroup):
    """A program, or a noun with its verbs; says its usage errors as JSON under `--json`."""

    def format_epilog(self, ctx: Any, formatter: Any) -> None:
        if self.epilog:
            formatter.write(f"\n{self.epilog}\n")

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        if "--json" not in (sys.argv[1:] if args is None else args) or not standalone_mode:
            return super().main(
                args, prog_name, complete_var, standalone_mode, windows_expand_args, **extra
            )
        try:
            code = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except Exception as error:
            # Typer's usage errors; their class lies in a private module of Typer or in click.
            if getattr(error, "exit_code", None) != Exit.USAGE or not (
                message := getattr(error, "format_message", lambda: "")()
            ):
                raise
            Terminal(as_json=True).fail(
                Failure(message, exit=Exit.USAGE, hint="--help shows what is possible.")
            )
            code = Exit.USAGE
        sys.exit(code or Exit.DONE)


def program(help: str, *examples: str) -> typer.Typer:
    """A Typer application with our manners: plain help, no traceback with values in it."""
    return typer.Typer(
        cls=Group,
        help=help,
        epilog=examples_of(*examples),
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def examples_of(*examples: str) -> str:
    """The end of a help text: the examples, indented, one a line."""
    return "\n".join(("Examples:", *(f"  {example}" for example in examples)))


def show_version(asked: bool) -> None:
    """The callback of `--version`."""
    if asked:
        print(f"sanchat {sanchat.__version__}")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option("--version", callback=show_version, is_eager=True, help="Say which version."),
]

SHARED = {
    "database": (
        Annotated[
            Path | None,
            typer.Option(
                "--database", envvar="SANCHAT_DATABASE", metavar="FILE", help=DATABASE_HELP
            ),
        ],
        None,
    ),
    "as_json": (
        Annotated[bool, typer.Option("--json", help="Print JSON, one object a line.")],
        False,
    ),
    "quiet": (
        Annotated[bool, typer.Option("--quiet", help="Print data and errors, nothing else.")],
        False,
    ),
    "no_color": (
        Annotated[bool, typer.Option("--no-color", help="Print no colours; so does NO_COLOR.")],
        False,
    ),
}


def command(
    app: typer.Typer, name: str, *examples: str, creates: bool = False
) -> Callable[[Callable[..., Awaitable[None]]], Callable[..., Awaitable[None]]]:
    """Make a coroutine `f(chat, terminal, **options)` the command `name` of `app`.

    It gets `--database`, `--json`, `--quiet` and `--no-color` with their meanings. `creates` says
    that a missing database is made rather than missed. Errors become sentences and exit codes.
    """

    def register(function: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        def run(**given: Any) -> None:
            terminal = Terminal(
                as_json=given.pop("as_json"),
                quiet=given.pop("quiet"),
                no_color=given.pop("no_color"),
            )
            _forgive_encoding(terminal)
            database = given.pop("database")
            try:
                asyncio.run(_with_chat(function, database, terminal, given, creates=creates))
            except Exception as error:
                failure = failure_from(error)
                if failure is None:
                    raise
                terminal.fail(failure)
            if terminal.exit_code:
                raise typer.Exit(terminal.exit_code)

        own = list(inspect.signature(function).parameters.values())[2:]
        shared = [
            inspect.Parameter(
                name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
            )
            for name, (annotation, default) in SHARED.items()
        ]
        parameters = [
            parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own
        ] + shared
        run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
        run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        run.__doc__ = function.__doc__
        app.command(name, cls=Command, epilog=examples_of(*examples))(run)
        return function

    return register


async def _with_chat(
    function: Callable[..., Awaitable[None]],
    database: Path | None,
    terminal: Terminal,
    given: dict[str, Any],
    *,
    creates: bool,
) -> None:
    from sanchat.chat import open_chat
    from sanchat.settings import default_database

    path = database or default_database()
    if not creates and not path.exists():
        raise Failure(
            f"There is no database at {path}.",
            exit=Exit.NOT_FOUND,
            hint="Name it with --database or SANCHAT_DATABASE; `sanchat serve` makes one.",
        )
    async with open_chat(path, create=creates) as chat:
        await function(chat, terminal, **given)


def _forgive_encoding(terminal: Terminal) -> None:
    # A terminal that cannot show a name still gets the rest of the line.
    for stream in (terminal.out, terminal.err):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
