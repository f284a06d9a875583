"""What every command of both programs shares: its options, its errors, the end of its help.

A command is a coroutine that is handed an open `Chat` and a `Terminal`; everything else of its
signature is what Typer makes of it.
"""

import asyncio
import importlib
import inspect
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
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


class Made(dict[str, Any]):
    """Commands by name, each made when it is asked for: a process runs one of sixty.

    `places` says in which module each lies: a noun is its `app`, a verb is what its `add_to` adds.
    """

    def __init__(self, places: Mapping[str, str]) -> None:
        super().__init__(dict.fromkeys(places))
        self._places = places

    def __getitem__(self, name: str) -> Any:
        if super().__getitem__(name) is None:
            self[name] = self._make(name)
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def items(self) -> Any:
        return [(name, self[name]) for name in self]

    def values(self) -> Any:
        return [self[name] for name in self]

    def _make(self, name: str) -> Any:
        module = importlib.import_module(self._places[name])
        if not hasattr(module, "add_to"):
            noun = typer.main.get_group(module.app)
            noun.name = name
            return noun
        app = program("")
        module.add_to(app)
        return typer.main.get_group(app).commands[name]


def program(help: str, *examples: str, cls: type[Group] = Group) -> typer.Typer:
    """A Typer application with our manners: plain help, no traceback with values in it."""
    return typer.Typer(
        cls=cls,
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


Function = Callable[..., Awaitable[None]]


def command(
    app: typer.Typer, name: str, *examples: str, creates: bool = False
) -> Callable[[Function], Function]:
    """Make a coroutine `f(chat, terminal, **options)` the command `name` of `app`.

    It gets `--database`, `--json`, `--quiet` and `--no-color` with their meanings. `creates` says
    that a missing database is made rather than missed. Errors become sentences and exit codes.
    """

    def register(function: Function) -> Function:
        async def with_chat(terminal: Terminal, **given: Any) -> None:
            database = given.pop("database")
            await _with_chat(function, database, terminal, given, creates=creates)

        own = list(inspect.signature(function).parameters.values())[2:]
        _register(app, name, examples, with_chat, own, function.__doc__, list(SHARED))
        return function

    return register


def file_command(
    app: typer.Typer, name: str, *examples: str
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """As `command`, for a plain `f(path, terminal, **options)`: the database is not opened.

    Its file may be missing.
    """

    def register(function: Callable[..., None]) -> Callable[..., None]:
        async def with_path(terminal: Terminal, **given: Any) -> None:
            from sanchat.settings import default_database

            database = given.pop("database")
            function(database or default_database(), terminal, **given)

        own = list(inspect.signature(function).parameters.values())[2:]
        _register(app, name, examples, with_path, own, function.__doc__, list(SHARED))
        return function

    return register


def no_database(path: Path) -> Failure:
    """The failure to report where a database is needed and missing."""
    return Failure(
        f"There is no database at {path}.",
        exit=Exit.NOT_FOUND,
        hint="Name it with --database or SANCHAT_DATABASE; `sanchat serve` makes one.",
    )


def bare_command(app: typer.Typer, name: str, *examples: str) -> Callable[[Function], Function]:
    """As `command`, for `f(terminal, **options)`: without a database, and without `--database`."""

    def register(function: Function) -> Function:
        own = list(inspect.signature(function).parameters.values())[1:]
        shared = [name for name in SHARED if name != "database"]
        _register(app, name, examples, function, own, function.__doc__, shared)
        return function

    return register


def _register(
    app: typer.Typer,
    name: str,
    examples: Sequence[str],
    function: Function,
    own: Sequence[inspect.Parameter],
    about: str | None,
    shared: Sequence[str],
) -> None:
    def run(**given: Any) -> None:
        terminal = Terminal(
            as_json=given.pop("as_json"),
            quiet=given.pop("quiet"),
            no_color=given.pop("no_color"),
        )
        _forgive_encoding(terminal)
        try:
            asyncio.run(function(terminal, **given))  # type: ignore[arg-type]
        except Exception as error:
            failure = failure_from(error)
            if failure is None:
                raise
            terminal.fail(failure)
        if terminal.exit_code:
            raise typer.Exit(terminal.exit_code)

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [parameter.replace(kind=keyword) for parameter in own] + [
        inspect.Parameter(each, keyword, default=SHARED[each][1], annotation=SHARED[each][0])
        for each in shared
    ]
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__doc__ = about
    app.command(name, cls=Command, epilog=examples_of(*examples))(run)


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
        raise no_database(path)
    async with open_chat(path, create=creates) as chat:
        await function(chat, terminal, **given)


def _forgive_encoding(terminal: Terminal) -> None:
    # A terminal that cannot show a name still gets the rest of the line.
    for stream in (terminal.out, terminal.err):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
