"""`scripts/bench`: sanchat beside a naive server, in one run, in turns; medians and their ratio.

`scripts/bench connecting` measures instead how fast new people come in, `scripts/bench growth` how
sanchat's cost grows, `scripts/bench weight` what an idle connection weighs, `scripts/bench steps`
where the time of a message goes.
"""

import argparse
import statistics
import sys

from benchmarks import connecting, growth, steps, weight
from benchmarks.crowd import on_core, raise_descriptors
from benchmarks.load import Load, Result, Workload, memory_bytes
from benchmarks.programs import Program, sanchat_and_naive
from rich.console import Console
from rich.table import Table

WORKLOADS = {
    "A": Workload(rooms=1, members=100, window=32),
    "B": Workload(rooms=1, members=1000, senders=4, window=8),
    "C": Workload(rooms=100, members=10, window=4),
    "D": Workload(rooms=1, members=500, rate=100),
    "E": Workload(rooms=1, members=5000, senders=0),
}


def measure(program: Program, workload: Workload, seconds: float) -> tuple[Result, float]:
    """One run on a fresh server; the second value is MB of memory per 1,000 connections."""
    with program.running() as (port, pid):
        before = memory_bytes(pid)
        load = Load(port, program.door, workload)
        grown = (memory_bytes(pid) - before) / workload.clients / 1e6 * 1000
        try:
            return load.run(seconds if workload.senders else 0), grown
        finally:
            load.close()


def figures(letter: str, runs: list[tuple[Result, float]]) -> tuple[float, str]:
    """The figure to compare by, and what to show of these runs."""
    if letter == "E":
        memory = statistics.median(memory for _, memory in runs)
        return memory, f"{memory:.1f} MB per 1,000"
    p99 = statistics.median(run.wait(0.99) for run, _ in runs) * 1000
    p50 = statistics.median(run.wait(0.5) for run, _ in runs) * 1000
    if letter == "D":
        return p99, f"p50 {p50:.1f} ms, p99 {p99:.1f} ms"
    rate = statistics.median(run.deliveries_per_second for run, _ in runs)
    return rate, f"{rate:,.0f} a second, p99 {p99:.0f} ms"


def main() -> None:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("--only", default="ABCD", help="workloads, of ABCDE (default ABCD)")
    parser.add_argument("--seconds", type=float, default=3.0, help="of sending in each run")
    parser.add_argument("--alternations", type=int, default=3, help="runs of each program")
    arguments = parser.parse_args()
    unknown = set(arguments.only.upper()) - set(WORKLOADS)
    if unknown:
        parser.error(f"there is no workload {', '.join(sorted(unknown))}")
    raise_descriptors()
    on_core(0, 1)
    programs = sanchat_and_naive()
    console = Console()
    table = Table("workload", *(program.name for program in programs), "ratio", "lost, disorder")
    for letter in arguments.only.upper():
        runs: dict[str, list[tuple[Result, float]]] = {program.name: [] for program in programs}
        for turn in range(arguments.alternations):
            for program in programs:
                with console.status(f"{letter}: {program.name}, run {turn + 1}"):
                    runs[program.name].append(
                        measure(program, WORKLOADS[letter], arguments.seconds)
                    )
        shown = {name: figures(letter, done) for name, done in runs.items()}
        lost = {
            name: f"{sum(r.lost for r, _ in done)}, {sum(r.disorder for r, _ in done)}"
            for name, done in runs.items()
        }
        ratio = shown["sanchat"][0] / shown["naive"][0]
        table.add_row(
            letter,
            *(text for _, text in shown.values()),
            f"{ratio:.2f}",
            " · ".join(lost.values()),
        )
    console.print(table)


OTHERS = {
    "connecting": connecting.main,
    "growth": growth.main,
    "weight": weight.main,
    "steps": steps.main,
}
if sys.argv[1:2] and sys.argv[1] in OTHERS:
    OTHERS[sys.argv[1]](sys.argv[2:])
else:
    main()
