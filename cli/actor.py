"""Who runs this command, as the audit log names them."""

import os
import pwd


def actor() -> str:
    """`cli:` and the login name, or the number of an account that has none.

    The name comes from the account and not from the environment, which anybody can dress up.
    """
    try:
        return f"cli:{pwd.getpwuid(os.getuid()).pw_name}"
    except KeyError:
        return f"cli:{os.getuid()}"
