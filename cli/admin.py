"""The program `sanchat-admin`, for whoever may write the database file."""

import sys

if sys.platform == "win32":  # what is imported below is there on Unix alone
    sys.exit(
        "Error: sanchat-admin does not run on Windows.\nHint: Run it in WSL or in a container."
    )

from typing import Any

from sanchat.cli.program import Group, Made, Version, program

# The module of each, imported when its command is asked for.
PLACES = {
    "announce": "announcements",
    "apply": "apply",
    "stats": "statistics",
    "backup": "backups",
    "restore": "backups",
    "check": "checks",
    "migrate": "checks",
    "doctor": "doctor",
    "export": "exports",
    "import": "imports",
    "convert": "convert",
    "rooms": "rooms",
    "users": "standing",  # with the verbs of `users` and `profiles`
    "members": "members",
    "messages": "messages",
    "invites": "invites",
    "tokens": "tokens",
    "bans": "bans",
    "audit": "audit",
}


class Nouns(Group):
    """The whole of `sanchat-admin`."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.commands = Made({name: f"sanchat.cli.{place}" for name, place in PLACES.items()})

    def list_commands(self, ctx: Any) -> list[str]:
        return list(PLACES)


app = program(
    "Administer a sanchat: its rooms, its users, what goes in and what goes out. "
    "Works on the database file, while the server runs and when it does not.",
    "sanchat-admin rooms list",
    'sanchat-admin users kick mallory --reason "Take a break."',
    cls=Nouns,
)


@app.callback()
def main(version: Version = False) -> None:
    pass


if __name__ == "__main__":
    app(prog_name="sanchat-admin")
