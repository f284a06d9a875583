"""The program `sanchat`: for everybody. Serving is its first command."""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sanchat.cli.failures import Exit, Failure, failure_from
from sanchat.cli.program import Command, Version, examples_of, program
from sanchat.cli.terminal import Terminal

app = program(
    "A group chat you host yourself: one program, one SQLite file.",
    "sanchat serve",
    "sanchat serve --host 0.0.0.0 --public-url https://chat.example.org",
)


@app.callback()
def main(version: Version = False) -> None:
    pass


@app.command(
    cls=Command,
    epilog=examples_of(
        "sanchat serve --port 8080 --database ./chat.db",
        "SANCHAT_PUBLIC_URL=https://chat.example.org sanchat serve --config /etc/sanchat.toml",
    ),
)
def serve(
    context: typer.Context,
    host: Annotated[
        str | None,
        typer.Option(
            envvar="SANCHAT_HOST",
            metavar="ADDRESS",
            help="Where to listen; 127.0.0.1 by default.",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(
            envvar="SANCHAT_PORT",
            metavar="PORT",
            min=0,
            max=65535,
            help="And on which port; 8000 by default, 0 takes a free one.",
        ),
    ] = None,
    database: Annotated[
        Path | None,
        typer.Option(
            envvar="SANCHAT_DATABASE",
            metavar="FILE",
            help="The SQLite file, made if missing; by default one in your data folder.",
        ),
    ] = None,
    public_url: Annotated[
        str | None,
        typer.Option(
            envvar="SANCHAT_PUBLIC_URL", metavar="URL", help="Where people reach it from outside."
        ),
    ] = None,
    insecure: Annotated[
        bool | None,
        typer.Option(
            "--insecure", envvar="SANCHAT_INSECURE", help="Serve others without https, knowingly."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            envvar="SANCHAT_ALLOW_HOST", metavar="NAME", help="Another name it is called by."
        ),
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            envvar="SANCHAT_ALLOW_ORIGIN", metavar="ORIGIN", help="Another site that may use it."
        ),
    ] = None,
    no_limits: Annotated[
        bool | None,
        typer.Option(
            "--no-limits", envvar="SANCHAT_NO_LIMITS", help="Do not slow anybody down: for tests."
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(envvar="SANCHAT_CONFIG", metavar="FILE.toml", help="Settings from a file."),
    ] = None,
) -> None:
    """Serve the chat until it is stopped.

    What is given here wins over the environment, that over the file of --config, and that over
    the defaults.
    """
    terminal = Terminal()
    try:
        if sys.platform == "win32":
            raise Failure(
                "sanchat does not serve on Windows.",
                exit=Exit.FAILED,
                hint="Run it in WSL, in a container, or on Linux or macOS.",
            )
        # Only here: Sanic takes a while to load, and --help should not.
        from sanchat.settings import load_settings

        flags = _given(context)
        settings = load_settings(flags, os.environ, flags.pop("config", None))

        from sanchat.app import run

        run(settings)
    except Exception as error:
        failure = failure_from(error)
        if failure is None:
            raise
        terminal.fail(failure)
        raise typer.Exit(terminal.exit_code) from None


def _given(context: typer.Context) -> dict[str, Any]:
    """The options of this command line alone; `load_settings` reads the environment itself."""
    given = {}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            given[name] = value
    if given.pop("no_limits", False):
        given["limits"] = False
    return given


if __name__ == "__main__":
    app(prog_name="sanchat")
