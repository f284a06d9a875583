"""`python -m tests.faults`: the campaign at length, and its figures as a table."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from faults.command import main

if __name__ == "__main__":
    sys.exit(main())
