"""The plots of the evaluation page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from numpy.typing import NDArray

from fascicle.library import ANSWERABLE, Article
from fascicle.operations.drawing import EMPTY, FAINT, GRID, INK, RIGHT, WRONG, as_svg, cell, name_cells, new_figure, tint
from fascicle.reply import KINDS
from lab.evaluation.score import Rate, Result

NO_PASSAGE = "no passage"
ACCURACY = LinearSegmentedColormap.from_list("accuracy", ["#dd9872", "#f5e6cf", "#b4d6d2", "#7db8b8"])
WORST = 0.5
"""The accuracy from which down a cell of the map has the color of the worst."""
FEWEST = 20
"""Questions below which the share of wrong ones says nothing yet."""
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
