"""The command line of the campaign."""

import argparse
import tempfile
from collections.abc import Sequence
from pathlib import Path

import uvloop

from faults.campaign import Verdict, campaign
from faults.nemesis import FAULTS

# Each would be under every other fault too: on a small disk syncing costs nothing, and under the
# library that moves the clock fifty people take half a minute to come in.
APART = ("clock", "full")
ON_DISK = [name for name in FAULTS if name != "full"]


def main(arguments: Sequence[str] | None = None) -> int:
    """0 where every promise was kept and nothing was left out."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.faults",
        description="Harm a server in turn, and judge what its clients saw.",
    )
    parser.add_argument("--cycles", type=int, default=44, help="how often it is harmed (44)")
    parser.add_argument("--senders", type=int, default=20, help="how many chat (20)")
    parser.add_argument("--acks", type=int, default=150, help="confirmed between two faults (150)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--only", metavar="FAULT,…", help=f"of: {', '.join(FAULTS)}; all by default"
    )
    chosen = parser.parse_args(arguments)
    faults = chosen.only.split(",") if chosen.only else list(FAULTS)
    unknown = sorted(set(faults) - set(FAULTS))
    if unknown:
        parser.error(f"unknown fault {unknown[0]}")
    runs = [[name for name in faults if name not in APART]]
    runs += [[name] for name in APART if name in faults]
    verdicts = []
    for run in filter(None, runs):
        cycles = max(1, round(chosen.cycles * len(run) / len(faults)))
        with tempfile.TemporaryDirectory(prefix="sanchat-faults-") as folder:
            verdict = uvloop.run(
                campaign(
                    Path(folder),
                    run,
                    cycles=cycles,
                    senders=chosen.senders,
                    acks_per_cycle=chosen.acks,
                    seed=chosen.seed,
                )
            )
        verdicts.append(verdict)
        print(table(verdict), flush=True)
    return 1 if any(verdict.violations or verdict.skipped for verdict in verdicts) else 0


def table(verdict: Verdict) -> str:
    """The figures of a campaign, one to a line."""
    lines = [("fault", "cycles")]
    lines += [(name, str(count)) for name, count in verdict.faults.items() if count]
    lines += [(name, f"left out: {reason}") for name, reason in verdict.skipped.items()]
    lines += [("", "")]
    lines += [
        ("seconds", f"{verdict.seconds:.0f}"),
        ("confirmed changes", str(verdict.acks)),
        ("resumes", str(verdict.resumes)),
        ("changes stored", str(verdict.changes)),
        ("epochs", str(verdict.epochs)),
        ("refused for a while", str(sum(verdict.refusals.values()))),
        ("violations", str(len(verdict.violations))),
    ]
    text = "\n".join(f"{name:<22}{value}" for name, value in lines)
    for violation in verdict.violations[:50]:
        text += f"\n  {violation.rule}: {violation.detail}"
    return text + "\n"
