"""A group chat you host yourself: one program, one SQLite file."""

from pathlib import Path as _Path

__version__ = "0.1.0"

_checkout = _Path(__file__).resolve().parents[1]
if (_checkout / "cli" / "__init__.py").is_file() and (_checkout / "pyproject.toml").is_file():
    # A checkout keeps the commands beside this folder; installed, they are inside it.
    __path__.append(str(_checkout))
