"""Where the files that are not code lie: the page and the migrations."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def data_dir(name: str) -> Path:
    """The folder `web` or `migrations`: in the package when installed, beside it in a checkout.

    Raises FileNotFoundError when it is in neither place.
    """
    for parent in (_PACKAGE, _PACKAGE.parent):
        folder = parent / name
        if folder.is_dir():
            return folder
    raise FileNotFoundError(f"This copy of sanchat is incomplete: it has no {name} folder.")
