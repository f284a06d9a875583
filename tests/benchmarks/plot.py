"""Draws how cost grows, as one SVG: a panel for each kind, both axes in powers of ten.

A level line is a step that grows as its work does. The picture follows the reader's theme, light
or dark, and needs no font of its own.
"""

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

WIDTH, GAP, MARGIN = 460, 56, 24
PLOT_WIDTH, PLOT_HEIGHT = 300, 150
TOP, BOTTOM, LEFT = 46, 34, 48
PANEL_HEIGHT = TOP + PLOT_HEIGHT + BOTTOM
COLUMNS = 2
LABEL_APART = 14.0  # pixels between two names at the ends of lines
# Told apart also by those who see few colours (Okabe and Ito), darker or lighter with the theme.
LIGHT = ("#0072b2", "#b34700", "#00795a", "#8f4a7c", "#7a6300")
DARK = ("#56b4e9", "#f2995c", "#4fd1a5", "#dd9dca", "#e0c84b")

_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #3c434a }
.title { font-size: 14px; font-weight: 600; fill: #1a1d21 }
.grid { stroke: #d9dde1; stroke-width: 1 }
polyline { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round }
circle { stroke: none }
.ground { fill: #ffffff }
"""
_DARK_STYLE = """
text { fill: #aab2bb } .title { fill: #eceff2 } .grid { stroke: #343a41 } .ground { fill: #15181c }
"""


class Series(NamedTuple):
    """A line and its name; points are sizes and figures, both above 0."""

    name: str
    points: Sequence[tuple[float, float]]


class Panel(NamedTuple):
    """Lines over the same axis; `unit` is that of all figures."""

    title: str
    unit: str
    lines: Sequence[Series]


def draw(panels: Sequence[Panel]) -> str:
    """The picture of these panels."""
    down = math.ceil(len(panels) / COLUMNS)
    width = COLUMNS * WIDTH + (COLUMNS - 1) * GAP + 2 * MARGIN
    height = down * (PANEL_HEIGHT + 22) + 2 * MARGIN - 22
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img">',
        f"<title>{escape(', '.join(panel.title for panel in panels))}</title>",
        f"<style>{_STYLE}{_colours(LIGHT)}"
        f"@media (prefers-color-scheme: dark) {{{_DARK_STYLE}{_colours(DARK)}}}</style>",
        f'<rect class="ground" width="{width}" height="{height}" rx="8"/>',
    ]
    for number, panel in enumerate(panels):
        x = MARGIN + number % COLUMNS * (WIDTH + GAP)
        y = MARGIN + number // COLUMNS * (PANEL_HEIGHT + 22)
        parts += [f'<g transform="translate({x} {y})">', *_panel(panel), "</g>"]
    return "\n".join([*parts, "</svg>", ""])


def _colours(colours: Sequence[str]) -> str:
    return "".join(
        f".line{n} {{ stroke: {c} }} .mark{n}, .name{n} {{ fill: {c} }}\n"
        for n, c in enumerate(colours)
    )


def _panel(panel: Panel) -> list[str]:
    sizes = [size for line in panel.lines for size, _ in line.points]
    figures = [figure for line in panel.lines for _, figure in line.points]
    first, last = math.log10(min(sizes)), math.log10(max(sizes))
    low, high = math.floor(math.log10(min(figures))), math.ceil(math.log10(max(figures)))
    high = max(high, low + 1)

    def place(size: float, figure: float) -> tuple[float, float]:
        x = LEFT + (math.log10(size) - first) / (last - first or 1.0) * PLOT_WIDTH
        y = TOP + (high - math.log10(figure)) / (high - low) * PLOT_HEIGHT
        return round(x, 1), round(y, 1)

    parts = [
        f'<text class="title" y="12">{escape(panel.title)}</text>',
        f'<text y="30">{escape(panel.unit)}</text>',
    ]
    for power in range(low, high + 1):
        _, y = place(10**first, 10.0**power)
        parts.append(f'<line class="grid" x1="{LEFT}" x2="{LEFT + PLOT_WIDTH}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4}" text-anchor="end">{10.0**power:,g}</text>')
    for size in sorted(set(sizes)):
        x, _ = place(size, 10.0**low)
        y = TOP + PLOT_HEIGHT + 18
        parts.append(f'<text x="{x}" y="{y}" text-anchor="middle">{_short(size)}</text>')
    ends = _apart([place(*line.points[-1])[1] for line in panel.lines])
    for number, (line, end) in enumerate(zip(panel.lines, ends, strict=True)):
        points = [place(*point) for point in line.points]
        shape = " ".join(f"{x},{y}" for x, y in points)
        parts.append(f'<polyline class="line{number}" points="{shape}"/>')
        parts += [f'<circle class="mark{number}" cx="{x}" cy="{y}" r="3"/>' for x, y in points]
        x = points[-1][0] + 10
        name = escape(line.name)
        parts.append(f'<text class="name{number}" x="{x}" y="{end + 4:.1f}">{name}</text>')
    return parts


def _apart(places: Sequence[float]) -> list[float]:
    """The places, moved down where two names would lie on each other."""
    found = list(places)
    lowest = -math.inf
    for index in sorted(range(len(found)), key=found.__getitem__):
        lowest = found[index] = max(found[index], lowest + LABEL_APART)
    return found


def _short(size: float) -> str:
    for unit, name in ((1e6, "M"), (1e3, "k")):
        if size >= unit:
            return f"{size / unit:g}{name}"
    return f"{size:g}"
