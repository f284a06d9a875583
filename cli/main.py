"""The program `sanchat`: for everybody. It serves, chats, sends and follows rooms."""

import getpass
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from sanchat.cli.completion import rooms_here
from sanchat.cli.failures import Exit, Failure, failure_from
from sanchat.cli.program import Command, Version, bare_command, examples_of, program
from sanchat.cli.terminal import Terminal
from sanchat.cli.times import Bound, bound

DEFAULT_URL = "http://127.0.0.1:8000"

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
    server_name: Annotated[
        str | None,
        typer.Option(
            envvar="SANCHAT_SERVER_NAME",
            metavar="NAME",
            help="What the server is called; sanchat by default.",
        ),
    ] = None,
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
    trusted_proxy: Annotated[
        list[str] | None,
        typer.Option(
            envvar="SANCHAT_TRUSTED_PROXY",
            metavar="ADDRESS",
            help="A proxy, or its network, that is believed whom it speaks for.",
        ),
    ] = None,
    tls_cert: Annotated[
        str | None,
        typer.Option(
            envvar="SANCHAT_TLS_CERT", metavar="FILE", help="Serve by https: the certificate (PEM)."
        ),
    ] = None,
    tls_key: Annotated[
        str | None,
        typer.Option(envvar="SANCHAT_TLS_KEY", metavar="FILE", help="And its key (PEM)."),
    ] = None,
    no_limits: Annotated[
        bool | None,
        typer.Option(
            "--no-limits", envvar="SANCHAT_NO_LIMITS", help="Do not slow anybody down: for tests."
        ),
    ] = None,
    no_qr: Annotated[
        bool | None,
        typer.Option(
            "--no-qr", envvar="SANCHAT_NO_QR", help="Show no QR code of the address for others."
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


RoomName = Annotated[
    str, typer.Argument(metavar="ROOM", help="Which room.", autocompletion=rooms_here)
]
Url = Annotated[
    str, typer.Option("--url", envvar="SANCHAT_URL", metavar="URL", help="The server's address.")
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name", envvar="SANCHAT_NAME", metavar="NAME", help="Come as the guest of this name."
    ),
]
Wait = Annotated[
    float,
    typer.Option("--wait", metavar="SECONDS", min=0.1, help="How long to try; 30 by default."),
]
TokenFile = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        metavar="FILE",
        help="Come with the token in this file, or the one in SANCHAT_TOKEN.",
    ),
]


@bare_command(
    app,
    "chat",
    "sanchat chat --room lobby --name ana",
    "sanchat chat https://chat.example.org --room 上海 --name 玫",
)
async def chat(
    terminal: Terminal,
    url: Annotated[
        str, typer.Argument(envvar="SANCHAT_URL", metavar="URL", help="The server's address.")
    ] = DEFAULT_URL,
    room: Annotated[
        str,
        typer.Option("--room", metavar="ROOM", help="Which room.", autocompletion=rooms_here),
    ] = "general",
    name: Name = None,
    token_file: TokenFile = None,
) -> None:
    """Chat in a room, in this terminal.

    Lines that are typed while the connection is cut are sent when it is back, and are there once.
    /help shows the commands. The server's address is http://127.0.0.1:8000 unless it is given.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Failure(
            "`sanchat chat` needs a terminal.",
            exit=Exit.USAGE,
            hint="For scripts there are `sanchat send` and `sanchat tail`.",
        )
    from sanchat.cli import chatting

    await chatting.chat(_address(url, name, token_file), room.removeprefix("#"), terminal)


@bare_command(
    app,
    "send",
    'sanchat send lobby "The build is green." --name ci',
    "uptime | sanchat send ops - --url https://chat.example.org --token-file ~/.sanchat-token",
)
async def send(
    terminal: Terminal,
    room: RoomName,
    text: Annotated[
        str, typer.Argument(metavar="TEXT|-", help="What to say; `-` reads standard input.")
    ],
    url: Url = DEFAULT_URL,
    name: Name = None,
    token_file: TokenFile = None,
    id: Annotated[
        str | None,
        typer.Option(
            "--id", metavar="ID", help="What makes it the same message when it is sent again."
        ),
    ] = None,
    action: Annotated[bool, typer.Option("--action", help="As /me does.")] = False,
    reply_to: Annotated[
        int | None, typer.Option("--reply-to", metavar="NUMBER", min=1, help="Which it replies to.")
    ] = None,
    wait: Wait = 30,
) -> None:
    """Post one message.

    Tries again, with the same id, where the server is not there or asks to slow down; the message
    is there once all the same. The last line end of standard input is not part of the text.
    """
    from sanchat.cli import sending

    words = sys.stdin.buffer.read().decode(errors="replace") if text == "-" else text
    reply = await sending.send(
        _address(url, name, token_file),
        room.removeprefix("#"),
        words.removesuffix("\n").removesuffix("\r") if text == "-" else words,
        id=id,
        kind="action" if action else None,
        reply_to=reply_to,
        patience_seconds=wait,
    )
    again = " before" if reply["duplicate"] else ""
    terminal.result(
        {"room": room, **{field: reply[field] for field in _SENT}},
        f"sent{again} as number {reply['seq']:,}",
    )


_SENT = ("seq", "sent_at", "client_message_id", "duplicate")


@bare_command(
    app,
    "tail",
    "sanchat tail lobby --lines 100 --no-follow",
    "sanchat tail lobby --since 2026-11-01 --json --name archive | jq -r .text",
)
async def tail(
    terminal: Terminal,
    room: RoomName,
    url: Url = DEFAULT_URL,
    name: Name = None,
    token_file: TokenFile = None,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="NUMBER|WHEN",
            help="Everything said or changed from this number, day or time on.",
        ),
    ] = None,
    lines: Annotated[
        int,
        typer.Option(
            "--lines", "-n", metavar="COUNT", min=1, max=200, help="Without --since; 10 by default."
        ),
    ] = 10,
    follow: Annotated[
        bool, typer.Option("--follow/--no-follow", help="Go on with what comes, or end.")
    ] = True,
    wait: Wait = 30,
) -> None:
    """Print a room's messages as they come.

    Lines look as in `export --format txt`; with --json each is the message as bots receive it,
    printed again when it is edited, deleted or reacted to. After a cut it goes on without a hole.
    The next run goes on with --since and the last `changed_seq` plus one. Who follows waits for
    the server as long as it takes; --wait is for --no-follow.
    """
    from sanchat.cli import tailing

    start = bound(since, end=False) if since else Bound()
    where = _address(url, name, token_file)
    room = room.removeprefix("#")
    await tailing.tail(
        where, room, terminal, since=start, lines=lines, follow=follow, patience_seconds=wait
    )


def _address(url: str, name: str | None, token_file: Path | None) -> Any:
    from sanchat.cli.visit import address

    token = os.environ.get("SANCHAT_TOKEN")
    if token_file is None and token is None and name is None:
        from sanchat.models import is_reserved

        name = getpass.getuser()
        name = f"{name}-at-a-terminal" if is_reserved(name) else name
    return address(url, name, token_file, token)


def _given(context: typer.Context) -> dict[str, Any]:
    """The options of this command line alone; `load_settings` reads the environment itself."""
    given = {}
    for name, value in context.params.items():
        source = context.get_parameter_source(name)
        if source is not None and source.name == "COMMANDLINE":
            given[name] = value
    for name in ("limits", "qr"):
        if given.pop(f"no_{name}", False):
            given[name] = False
    return given


if __name__ == "__main__":
    app(prog_name="sanchat")
