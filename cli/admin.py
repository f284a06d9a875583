"""The program `sanchat-admin`, for whoever may write the database file."""

from sanchat.cli import exports, imports, rooms, users
from sanchat.cli.program import Version, program

app = program(
    "Administer a sanchat: its rooms, its users, what goes in and what goes out. "
    "Works on the database file, while the server runs and when it does not.",
    "sanchat-admin rooms list",
    'sanchat-admin users kick mallory --reason "Take a break."',
)
app.add_typer(rooms.app, name="rooms")
app.add_typer(users.app, name="users")
exports.add_to(app)
imports.add_to(app)


@app.callback()
def main(version: Version = False) -> None:
    pass


if __name__ == "__main__":
    app(prog_name="sanchat-admin")
