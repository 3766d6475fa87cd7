"""The plots of the evaluation page, as SVG text whose letters stay letters."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from io import StringIO

import matplotlib
import numpy as np
from matplotlib import colors, patches
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fascicle.library import ANSWERABLE, Article
from fascicle.reply import KINDS
from lab.evaluation.score import Rate, Result

RIGHT, WRONG, INK, FAINT = "#2b6f77", "#c8643c", "#22303a", "#8896a0"
GRID, EMPTY = "#e3e7ea", "#f3f5f6"
NO_PASSAGE = "no passage"
ACCURACY = LinearSegmentedColormap.from_list("accuracy", ["#dd9872", "#f5e6cf", "#b4d6d2", "#7db8b8"])
WORST = 0.5
"""The accuracy from which down a cell of the map has the color of the worst."""
FEWEST = 20
"""Questions below which the share of wrong ones says nothing yet."""
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
Cells = Counter[tuple[str, str]]
Floats = NDArray[np.float64]


def confusion_of_kinds(results: Sequence[Result]) -> str:
    """Which kind of reply was right, and which came. A reply that is right in another way counts as the row's kind."""
    asked = [result for result in results if result.turn.kind != "any"]
    cells = Counter((r.turn.kind, r.turn.kind if r.is_right else r.kind or "silence") for r in asked)
    rows = _in_use([*KINDS, "silence"], (row for row, _ in cells))
    columns = _in_use([*KINDS, "silence"], (name for cell in cells for name in cell))
    return _confusion(cells, rows, columns, ("reply that came", "reply that is right"))


def confusion_of_aspects(results: Sequence[Result]) -> str:
    """Of questions that the article answers: the aspect of the first right passage, and of the passage that was shown."""
    cells: Cells = Counter()
    for result in results:
        if result.turn.kind == "answer" and result.turn.passages:
            right = _aspect(result.turn.passages[0])
            shown = _aspect(result.shown) if result.kind == "answer" and result.shown else NO_PASSAGE
            cells[right, right if result.is_right else shown] += 1
    rows = _in_use(ANSWERABLE, (row for row, _ in cells))
    columns = _in_use([*ANSWERABLE, NO_PASSAGE], (name for cell in cells for name in cell))
    return _confusion(cells, rows, columns, ("passage that was shown", "passage that is right"))


def coverage_map(results: Sequence[Result], article: Article) -> str:
    """Accuracy for each topic and aspect of the article, by the first right passage."""
    rates = cell_rates(results)
    topics = list(article.topics)
    figure, axes = new_figure(8.6, 0.4 * len(topics) + 0.9)
    for y, topic in enumerate(topics):
        for x, aspect in enumerate(ANSWERABLE):
            rate = rates.get((topic, aspect))
            if rate is not None:
                shade = ACCURACY(max(0.0, (rate.share - WORST) / (1 - WORST)))
                cell(axes, x, y, shade, f"{rate.right} of {rate.of}", INK)
            elif article.passage(topic, aspect):
                cell(axes, x, y, EMPTY, "not asked", FAINT)
    names = [article.topics[topic].name for topic in topics]
    name_cells(axes, [name[:1].upper() + name[1:] for name in names], ANSWERABLE)
    return as_svg(figure, "Accuracy for each topic and aspect")


def cell_rates(results: Sequence[Result]) -> dict[tuple[str, str], Rate]:
    """How many are right of the questions whose first right passage is of a topic and aspect."""
    outcomes: dict[tuple[str, str], list[bool]] = {}
    for result in results:
        if result.turn.kind == "answer" and result.turn.passages:
            topic, _, aspect = result.turn.passages[0].partition(".")
            outcomes.setdefault((topic, aspect), []).append(result.is_right)
    return {cell: Rate.count(found) for cell, found in outcomes.items()}


def risk_against_coverage(results: Sequence[Result], confidences: Sequence[float]) -> str:
    """The share of wrong turns among the surest ones, against how many of all turns those are."""
    coverage, risk = risk_curve([result.is_right for result in results], confidences)
    coverage, risk = coverage[FEWEST - 1 :], risk[FEWEST - 1 :]
    figure, axes = new_figure(8.6, 3.3)
    axes.fill_between(100 * coverage, 100 * risk, color=RIGHT, alpha=0.10, linewidth=0)
    axes.plot(100 * coverage, 100 * risk, color=RIGHT, linewidth=1.8)
    for share in (0.5, 0.8, 1.0):
        place = int(np.argmin(np.abs(coverage - share)))
        axes.plot(100 * coverage[place], 100 * risk[place], "o", color=RIGHT, markersize=5, clip_on=False, zorder=3)
        axes.annotate(
            f"{100 * risk[place]:.1f} %", (100 * coverage[place], 100 * risk[place]), (0, 9), textcoords="offset points",
            ha="right" if share == 1 else "center", color=INK,
        )  # fmt: skip
    axes.set(xlim=(0, 100), ylim=(0, 100 * max(risk.max(), 0.02) * 1.2))
    axes.set_xlabel("answered, the surest first (% of questions)", labelpad=8)
    axes.set_ylabel("wrong among them (%)", labelpad=8)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    return as_svg(figure, "Risk against coverage")


def risk_curve(outcomes: Sequence[bool], confidences: Sequence[float]) -> tuple[Floats, Floats]:
    """Coverage and risk with the surest 1, 2, 3 ... turns kept."""
    order = np.argsort(-np.asarray(confidences), kind="stable")
    kept = np.arange(1, len(order) + 1)
    return kept / len(order), np.cumsum(~np.asarray(outcomes, dtype=bool)[order]) / kept


def _aspect(passage: str) -> str:
    return passage.partition(".")[2]


def _in_use(order: Sequence[str], used: Iterable[str]) -> list[str]:
    present = set(used)
    return [name for name in order if name in present]


def _confusion(cells: Cells, rows: list[str], columns: list[str], labels: tuple[str, str]) -> str:
    figure, axes = new_figure(1.9 + 0.92 * len(columns), 1.1 + 0.42 * len(rows))
    for y, row in enumerate(rows):
        total = sum(cells[row, column] for column in columns)
        for x, column in enumerate(columns):
            count = cells[row, column]
            share = count / total if total else 0.0
            strength = (0.15 + 0.75 * share) if row == column else min(1.0, 0.12 + 3 * share)
            shade = tint(RIGHT if row == column else WRONG, strength) if count else EMPTY
            cell(axes, x, y, shade, str(count or ""), "white" if count and strength > 0.6 else INK)
    name_cells(axes, rows, columns)
    axes.set_title(labels[0], fontsize=11, color=FAINT, pad=38)
    axes.set_ylabel(labels[1], color=FAINT, labelpad=10)
    return as_svg(figure, f"Confusion: {labels[1]} against {labels[0]}")


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
