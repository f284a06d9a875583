"""The program `sanchat-admin`, for whoever may write the database file."""

import sys

if sys.platform == "win32":  # what is imported below is there on Unix alone
    sys.exit(
        "Error: sanchat-admin does not run on Windows.\nHint: Run it in WSL or in a container."
    )

from sanchat.cli import (
    announcements,
    apply,
    audit,
    backups,
    bans,
    checks,
    convert,
    doctor,
    exports,
    imports,
    invites,
    members,
    messages,
    rooms,
    standing,
    statistics,
    tokens,
)
from sanchat.cli.program import Version, program

app = program(
    "Administer a sanchat: its rooms, its users, what goes in and what goes out. "
    "Works on the database file, while the server runs and when it does not.",
    "sanchat-admin rooms list",
    'sanchat-admin users kick mallory --reason "Take a break."',
)
app.add_typer(rooms.app, name="rooms")
app.add_typer(standing.app, name="users")  # with the verbs of `users` and `profiles`
app.add_typer(members.app, name="members")
app.add_typer(messages.app, name="messages")
app.add_typer(invites.app, name="invites")
app.add_typer(tokens.app, name="tokens")
app.add_typer(bans.app, name="bans")
app.add_typer(audit.app, name="audit")
announcements.add_to(app)
apply.add_to(app)
statistics.add_to(app)
backups.add_to(app)
checks.add_to(app)
doctor.add_to(app)
exports.add_to(app)
imports.add_to(app)
convert.add_to(app)


@app.callback()
def main(version: Version = False) -> None:
    pass


if __name__ == "__main__":
    app(prog_name="sanchat-admin")
