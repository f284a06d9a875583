"""`python -m sanchat` does what the command `sanchat` does."""

from sanchat.cli.main import app

if __name__ == "__main__":
    app(prog_name="sanchat")
