"""Figures for pages, as SVG text whose letters stay letters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import StringIO

import matplotlib
import numpy as np
from matplotlib import colors, patches
from matplotlib.axes import Axes
from matplotlib.figure import Figure

RIGHT, WRONG, INK, FAINT = "#2b6f77", "#c8643c", "#22303a", "#8896a0"
GRID, EMPTY = "#e3e7ea", "#f3f5f6"
STYLE = {
    "svg.fonttype": "none",
    "svg.hashsalt": "evaluation",
    "font.size": 11,
    "text.color": INK,
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "xtick.color": INK,
    "ytick.color": INK,
}


def tint(color: str, strength: float) -> tuple[float, ...]:
    """A color mixed with white; 1 is the color itself."""
    channels = np.asarray(colors.to_rgb(color))
    return tuple(1 - strength * (1 - channels))


def cell(axes: Axes, x: int, y: int, shade: object, text: str, ink: str) -> None:
    """Draw a cell of a map, with a text in it."""
    axes.add_patch(patches.Rectangle((x - 0.48, y - 0.46), 0.96, 0.92, facecolor=shade, linewidth=0))
    axes.text(x, y, text, ha="center", va="center", color=ink, fontsize=10.5)


def name_cells(axes: Axes, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Name the rows and columns of a map."""
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    axes.set_xticks(range(len(columns)), [re.sub("[_ ](?=[^_ ]+$)", "\n", name).replace("_", " ") for name in columns])
    axes.set_yticks(range(len(rows)), [name.replace("_", " ") for name in rows])
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False, pad=5)
    axes.spines[:].set_visible(False)


def new_figure(width: float, height: float) -> tuple[Figure, Axes]:
    """A figure of so many inches with one set of axes."""
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height))
        return figure, figure.add_subplot()


def as_svg(figure: Figure, label: str) -> str:
    """The figure as an SVG element that scales with the page and takes its font."""
    out = StringIO()
    with matplotlib.rc_context(STYLE):
        figure.savefig(out, format="svg", bbox_inches="tight", pad_inches=0.05, transparent=True, metadata={"Date": None})
    svg = out.getvalue()
    svg = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", svg[svg.index("<svg") :], flags=re.S)
    width = float(re.search(r'width="([\d.]+)pt"', svg)[1])  # type: ignore[index]
    svg = re.sub(r' (?:height|width)="[\d.]+pt"', "", svg, count=2)
    svg = re.sub(r"font: ([\d.]+)px [^;\"]+", r"font-size: \1px", svg)
    return svg.replace("<svg ", f'<svg role="img" aria-label="{label}" style="max-width: {width * 1.25:.0f}px" ', 1)
