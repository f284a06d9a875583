"""How a server's cost grows: with members, rooms, connections, history and absence.

Each figure is the server's processor time (not the clock's), as a median of several turns, and is
divided by the work: where a row stays level, its step grows as its work does. Figures are kept in
a JSON file, so that pieces of a few minutes can be measured apart; table and plot are made of it.
"""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

from benchmarks.crowd import Effort, Figures, Rows, Sizes, on_core, raise_descriptors
from benchmarks.growth_live import connections, members_of_a_room, rooms
from benchmarks.growth_read import absence, history
from benchmarks.plot import Panel, Series, draw


def one_by_one(measure: Callable[[int, Effort], Figures]) -> Callable[[Sizes, Effort], Rows]:
    """Each size on a server of its own."""

    def rows_of(sizes: Sizes, effort: Effort) -> Rows:
        rows: Rows = {}
        for size in sizes:
            for what, figure in measure(size, effort).items():
                rows.setdefault(what, {})[size] = figure
        return rows

    return rows_of


# What grows, the sizes to look at, and what measures them.
KINDS: dict[str, tuple[str, Sizes, Callable[[Sizes, Effort], Rows]]] = {
    "members": ("members of a room", (10, 100, 1_000, 5_000), one_by_one(members_of_a_room)),
    "rooms": ("rooms", (1, 10, 100, 1_000, 10_000), one_by_one(rooms)),
    "connections": ("connections", (100, 1_000, 5_000, 10_000), one_by_one(connections)),
    "history": ("messages in the room", (1_000, 10_000, 100_000, 1_000_000, 10_000_000), history),
    "absence": ("changes missed", (10, 100, 1_000, 10_000, 100_000), absence),
}


def table(figures: dict[str, Rows]) -> str:
    """Markdown, one table for each kind."""
    parts = []
    for kind, rows in figures.items():
        sizes = sorted({size for row in rows.values() for size in row})
        lines = [
            f"| {KINDS[kind][0]} | " + " | ".join(f"{size:,}" for size in sizes) + " |",
            "| --- |" + " ---: |" * len(sizes),
        ]
        for what, row in rows.items():
            cells = [shown(row[size]) if size in row else "" for size in sizes]
            lines.append(f"| {what} | " + " | ".join(cells) + " |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


# What the plot shows of them, and under which name.
SHOWN: dict[str, tuple[str, str, dict[str, str]]] = {
    "members": (
        "Members of one room",
        "µs of processor time",
        {
            "a delivery alone, µs": "delivery alone",
            "a delivery of 32 at once, µs": "delivery of 32",
            "a newcomer, all others there, µs": "newcomer to all",
            "a newcomer, nobody there, µs": "newcomer to none",
        },
    ),
    "rooms": (
        "Rooms with traffic",
        "µs of processor time",
        {
            "a message, µs": "message",
            "joining one of them, µs": "joining",
            "hello to a member of all, µs": "hello",
        },
    ),
    "connections": (
        "Idle connections",
        "µs of processor time; KB",
        {
            "coming in, µs": "coming in, µs",
            "doing nothing, µs a second and connection": "each second, µs",
            "memory, KB a connection": "memory, KB",
        },
    ),
    "history": (
        "Messages in the room",
        "µs of processor time",
        {
            "joining, µs": "joining",
            "a page back from the end, µs": "back, end",
            "a page back from the middle, µs": "back, middle",
            "around the middle, µs": "around",
            "an exported message, µs": "export, each",
        },
    ),
    "absence": (
        "Changes missed",
        "µs of processor time",
        {"a change, µs": "a change"},
    ),
}


def panels(figures: dict[str, Rows]) -> list[Panel]:
    """What is shown of the figures; nothing at all (0) has no place among powers of ten."""
    found = []
    for kind, (title, unit, names) in SHOWN.items():
        rows = figures.get(kind, {})
        lines = [
            Series(name, points)
            for what, name in names.items()
            if (points := sorted((s, f) for s, f in rows.get(what, {}).items() if f > 0))
        ]
        if lines:
            found.append(Panel(title, unit, lines))
    return found


def shown(figure: float) -> str:
    """With about three digits."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"


def main(words: list[str]) -> None:
    every = ",".join(KINDS)
    parser = argparse.ArgumentParser(prog="scripts/bench growth", description=__doc__)
    parser.add_argument("--only", default=every, help=f"of {every}")
    parser.add_argument("--turns", type=int, default=5, help="of which the median is taken")
    parser.add_argument("--largest", type=int, default=10**9, help="size to go to")
    parser.add_argument("--smallest", type=int, default=0, help="size to begin with")
    parser.add_argument("--idle-seconds", type=float, default=21.0, help="of doing nothing")
    parser.add_argument("--folder", type=Path, help="where large databases stay for the next time")
    parser.add_argument("--keep", type=Path, help="JSON file to add the figures to")
    parser.add_argument("--draw", type=Path, help="SVG file to draw all kept figures to")
    arguments = parser.parse_args(words)
    chosen = [kind for kind in arguments.only.split(",") if kind]
    if unknown := sorted(set(chosen) - set(KINDS)):
        parser.error(f"there is no {', '.join(unknown)}")
    effort = Effort(arguments.turns, arguments.idle_seconds, arguments.folder)
    raise_descriptors()
    on_core(0, 1)
    figures: dict[str, Rows] = {}
    if arguments.keep and arguments.keep.exists():
        figures = {
            kind: {what: {int(s): f for s, f in row.items()} for what, row in rows.items()}
            for kind, rows in json.loads(arguments.keep.read_text()).items()
        }
    for kind in chosen:
        _, sizes, measure = KINDS[kind]
        sizes = tuple(s for s in sizes if arguments.smallest <= s <= arguments.largest)
        for what, row in measure(sizes, effort).items():
            figures.setdefault(kind, {}).setdefault(what, {}).update(row)
    figures = {kind: figures[kind] for kind in KINDS if kind in figures}
    if arguments.keep:
        arguments.keep.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n")
    print(table(figures))
    if arguments.draw:
        arguments.draw.write_text(draw(panels(figures)))
