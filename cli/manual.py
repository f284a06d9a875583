"""`python -m sanchat.cli.manual` writes `docs/cli.md` from the programs themselves."""

import inspect
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from sanchat.cli import admin, main
from sanchat.cli.failures import MEANINGS
from sanchat.cli.program import SHARED

PATH = Path(__file__).resolve().parents[1] / "docs" / "cli.md"

_HEAD = """\
# The command line

<!-- Written by `python -m sanchat.cli.manual` from the programs; a test compares. -->

Two programs: `sanchat` is for everybody, `sanchat-admin` for whoever may write the database file.
From a checkout they are `python -m sanchat` and `python -m sanchat.cli.admin`.

## Manners

- Data goes to standard output, everything else to standard error.
- Every command of `sanchat-admin` but `convert` takes `--database FILE` (also `SANCHAT_DATABASE`;
  by default the file that `sanchat serve` takes), `--json`, `--quiet` (data and errors, nothing
  else), `--no-color` (so does `NO_COLOR`) and `--help`.
- Lists are tables on a terminal and tab-separated lines, without a header, in a pipe.
  `--json` prints one JSON object a line, with times in milliseconds since 1970 (UTC).
- Where several rooms or users are named, each is dealt with, whatever becomes of the others; the
  exit code is that of the first failure.
- A room is named, or given by its id (`17`, or `'#17'` where a room is called `17`). A user's name
  means the newest user of that name; everybody else has an id, too.
- An error is a sentence and a hint on standard error, and under `--json`
  `{"error":{"code":"…","message":"…","hint":"…"}}`.
- Control characters, escape codes and direction overrides in names and texts are written out
  (`\\x1b`) and never reach a terminal. Files and pipes that `export` writes as jsonl and csv hold
  the texts as they are.
- `--install-completion` teaches bash, zsh, fish and PowerShell the commands, and the names of rooms
  and users in the database. Guests choose their names, so one in which a shell would read more than
  letters, digits, blanks, `-`, `_` and `.` is never offered: give its id, or quote it yourself.
- Every command works while the server runs, and when it does not. What people who are online must
  see is written down, the server is woken, and the command waits up to 10 seconds for it. Without a
  server a kick or a ban holds all the same; the command says so.
- `sanchat chat`, `send` and `tail` work over the network, under a guest's name (`--name`, or the
  login name) or with a token, which is never on the command line. The session of a guest's name is
  kept in the user's state folder, for its owner alone, so that the same name is the same person the
  next time.
- Long work shows a bar on a terminal, on standard error, and nothing with `--quiet` or in a pipe.
- Ctrl+C ends any command with 130. What an import had added by then stays; the same command goes on
  from there.

| exit code | means |
| ---: | --- |
"""

_TAIL = """
## Formats

Only **jsonl** comes back as it was. **weechat** and **irssi** can be read again as logs: texts,
names and times, under new numbers. **txt**, **md**, **html** and **csv** are one-way: nothing reads
them back, so keep a jsonl export, or a backup, beside them.

**jsonl** (`sanchat-jsonl` version 1) holds everything that rooms hold, and can be imported. Each
line is a JSON object with a `type`, in this order:

- `header`: `format`, `version`, `server`, `exported_at`, `epoch`; `rooms` with `name`, `first_seq`,
  `last_seq` and, in an increment, `after`; `part` with what was asked for, where not all was.
- `user`: everybody who wrote in the rooms, is in them or reacted there; with `--all` all users.
- `room`: each room with its title, topic, rules and numbers.
- `membership`: who is in which room, how far they have read, since when.
- `message`: each message, by room and number, as it travels to clients and bots.
- `reaction`, after the message it is to: one person's emoji, and when. (A message names 20 people.)
- `act`, with `--audit`: what administrators did.
- `footer`: `counts` by type, and the `sha256` of all lines between header and footer, line ends
  included.

What an export does not hold: sessions, passwords and bans. Imported into an empty database and
exported again, all lines but the header are the same.

**csv** is RFC 4180 in UTF-8, with a header. A cell that a spreadsheet might calculate, one that
begins with `=`, `+`, `-`, `@` (or their full-width forms), a tab, a line end or NUL, also after
apostrophes, gets an apostrophe in front; take one away from such a cell to have the text back.

**html** is one file that needs nothing else, neither script nor network, in light and dark. **md**
is CommonMark that shows what people wrote and obeys none of it.

**txt** is a log in the manner of IRC, in UTC, for people and log tools:

    [2026-11-22T18:30:00] <ana> hello
    [2026-11-22T18:30:05] * ana waves
    [2026-11-22T18:30:09] <ben> the first line of a text
      the second line of it
    [2026-11-22T18:31:00] === cho deleted this message

Each message is one line that begins with `[`. A `>` in a name becomes `›`. Several rooms follow
each other under lines such as `--- lobby ---`. Numbers, reactions and replies are not in it.

**weechat** and **irssi** are the logs of those programs, a line for each line of a text, of one
room a file; blanks in names become `_`.

**irc**, which `import` and `convert` read, is `[HH:MM] <nick> text`, `[HH:MM] * nick action` and
`=== event`. What makes a line of a log the same line when it is imported again is its time, its
author, its text, whether it is an action, and how many like it came before at the same time.
"""


def manual() -> str:
    """The whole page, as Markdown."""
    meanings = "".join(f"| {code.value} | {meaning} |\n" for code, meaning in MEANINGS.items())
    sections = "\n".join(
        section
        for name, app in (("sanchat", main.app), ("sanchat-admin", admin.app))
        for section in _sections(name, typer.main.get_command(app))
    )
    return f"{_HEAD}{meanings}\n{sections}{_TAIL}"


def commands(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """(full name, command) of every command below this one, groups left out, as they are listed."""
    for verb, below in getattr(command, "commands", {}).items():
        if getattr(below, "commands", None):
            yield from commands(f"{name} {verb}", below)
        else:
            yield f"{name} {verb}", below


def _sections(name: str, program: Any) -> Iterator[str]:
    yield f"## {name}\n\n{program.help}\n"
    for full_name, command in commands(name, program):
        yield f"### {full_name}\n\n{_usage(full_name, command)}\n{_about(command)}"


def _usage(name: str, command: Any) -> str:
    arguments = [
        f"[{parameter.metavar}]" if not parameter.required else parameter.metavar
        for parameter in command.params
        if parameter.param_type_name == "argument"
    ]
    return f"    {' '.join((name, *arguments, '[OPTIONS]'))}\n"


def _about(command: Any) -> str:
    text = f"{inspect.cleandoc(command.help or '')}\n\n"
    own = [parameter for parameter in command.params if not _is_shared(parameter, command)]
    items = "".join(map(_item, own)) + ("\n" if own else "")
    examples = "\n".join(line.strip() for line in (command.epilog or "").splitlines()[1:])
    return f"{text}{items}```sh\n{examples}\n```\n"


def _is_shared(parameter: Any, command: Any) -> bool:
    names = [parameter.name for parameter in command.params]
    return parameter.name in SHARED and all(name in names for name in SHARED)


def _item(parameter: Any) -> str:
    name = parameter.metavar
    if parameter.param_type_name == "option":
        value = "" if parameter.is_flag else f" {parameter.metavar}"
        name = f"{', '.join(parameter.opts)}{value}"
    help = parameter.help or ""
    if parameter.envvar:
        help += f" Also `{parameter.envvar}`."
    if getattr(parameter, "multiple", False):
        help += " May be given several times."
    return f"- `{name}`: {help}\n"


if __name__ == "__main__":
    PATH.write_text(manual(), encoding="utf-8")
    print(f"wrote {PATH}", file=sys.stderr)
