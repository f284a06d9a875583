"""One line of a diagnosis, as `doctor` prints it."""

from typing import NamedTuple

OK, WARN, FAIL = "ok", "warn", "fail"


class Finding(NamedTuple):
    """What was looked at, what was found there, and what to do about it."""

    state: str
    what: str
    found: str
    remedy: str = ""
