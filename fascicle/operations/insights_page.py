"""The insights as one HTML page that needs nothing else: what is missing as a map, and lists of what was asked and rated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from html import escape

import numpy as np

from fascicle.library import ASPECTS, Article
from fascicle.operations.drawing import EMPTY, FAINT, GRID, INK, RIGHT, WRONG, as_svg, cell, name_cells, new_figure, tint
from fascicle.operations.findings import Insights, Rated, cell_name
from fascicle.operations.sheet import document, section, tile

GROUPS = {
    "answered": "answer",
    "not in the article": "not_covered",
    "off topic": "out_of_scope",
    "not understood": "clarify",
}
"""Kinds of replies to questions, in words."""
MOST_WANTED = 12
"""Missing cells that are listed below the map, which has all."""
NONE = '<p class="quiet">None in these days.</p>'
COLORS = {"answered": RIGHT, "not in the article": WRONG, "off topic": "#b9c3ca", "not understood": "#7c8b96"}


def page(found: Insights, article: Article) -> str:
    """The page."""
    lead = f"{found.since} to {found.until}. These are counts: no question and nobody's id is kept with them."
    if not found.replies:
        return document("Insights", "What people ask", f"{lead} Nobody has asked anything.", "")
    asked = {_name(passage, article): number for passage, number in found.asked.items()}
    kinds = {kind.replace("_", " "): number for kind, number in found.kinds.items()}
    parts = [
        section("Day by day", "Replies to questions.", _days(found)),
        _missing(found, article),
        section("Outside subjects", "What people ask about that the article does not discuss.", _bars(found.outside, WRONG)),
        section(
            "Ratings",
            "Replies that were rated unhelpful, by the passages they showed, or by their kind where they showed none.",
            _ratings([rated for rated in found.rated if rated.unhelpful], article),
        ),
        section("Asked most", "Passages by how often they were the first of an answer.", _bars(asked, RIGHT)),
        section("Replies by kind", "Greetings and questions of the check-in among them.", _bars(kinds, RIGHT)),
    ]
    return document("Insights", "What people ask", lead, f"{_tiles(found)}\n{''.join(parts)}")


def _tiles(found: Insights) -> str:
    questions = sum(found.kinds.get(kind, 0) for kind in GROUPS.values()) or 1
    unhelpful = sum(rated.unhelpful for rated in found.rated)
    rated = unhelpful + sum(rated.helpful for rated in found.rated)
    tiles = [
        tile(f"{found.replies:,}", "replies"),
        *(tile(f"{100 * found.kinds.get(kind, 0) / questions:.0f} %", f"of questions {name}") for name, kind in GROUPS.items()),
        tile(f"{unhelpful:,}", f"of {rated:,} ratings unhelpful", bad=unhelpful > 0),
    ]
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _days(found: Insights) -> str:
    days = [found.since + timedelta(number) for number in range((found.until - found.since).days + 1)]
    figure, axes = new_figure(8.6, 2.6)
    below = np.zeros(len(days))
    for name, kind in GROUPS.items():
        heights = np.array([found.by_day.get((day, kind), 0) for day in days], dtype=float)
        axes.bar(range(len(days)), heights, 0.78, below, color=COLORS[name], label=name)
        below += heights
    step = max(1, round(len(days) / 8))
    shown = range((len(days) - 1) % step, len(days), step)
    axes.set_xticks(list(shown), [f"{days[place]:%b} {days[place].day}" for place in shown])
    axes.set(xlim=(-0.6, len(days) - 0.4), ylim=(0, max(1.0, below.max()) * 1.08))
    axes.yaxis.get_major_locator().set_params(integer=True, nbins=4)
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.legend(
        frameon=False, ncol=4, loc="lower left", bbox_to_anchor=(-0.01, 1.0),
        handlelength=0.9, handleheight=0.9, columnspacing=1.6,
    )  # fmt: skip
    return as_svg(figure, "Replies to questions by day")


def _missing(found: Insights, article: Article) -> str:
    words = {cell_name(where, article): number for where, number in list(found.missing.items())[:MOST_WANTED]}
    return section(
        "Not in the article",
        "What people ask of each topic that the article does not say. Cells with a dot are in the article.",
        (_map(found, article) if words else "") + _bars(words, WRONG),
    )


def _map(found: Insights, article: Article) -> str:
    """Topics against aspects, both as far as something is missing there."""
    missing = found.missing
    topics = [topic for topic in article.topics if any(topic == row for row, _ in missing)]
    aspects = [aspect for aspect in ASPECTS if any(aspect == column for _, column in missing)]
    most = max(missing.values())
    figure, axes = new_figure(1.6 + 1.15 * len(aspects), 0.42 * len(topics) + 0.9)
    for y, topic in enumerate(topics):
        for x, aspect in enumerate(aspects):
            number = missing.get((topic, aspect), 0)
            strength = 0.15 + 0.85 * (number / most) ** 0.5 if number else 0.0
            mark = str(number) if number else "•" if article.passage(topic, aspect) else ""
            ink = "white" if strength > 0.7 else INK if number else FAINT
            cell(axes, x, y, tint(WRONG, strength) if number else EMPTY, mark, ink)
    names = [article.topics[topic].name for topic in topics]
    name_cells(axes, [name[:1].upper() + name[1:] for name in names], aspects)
    return as_svg(figure, "What is asked and not in the article, by topic and aspect")


def _name(passage: str, article: Article) -> str:
    """A passage in words, or the kind of a reply without one; the id of a passage that the article no longer has."""
    topic, _, aspect = passage.partition(".")
    if topic not in article.topics or not aspect:
        return passage.replace("_", " ")
    return f"{article.topics[topic].name}: {aspect.replace('_', ' ')}"


def _bars(numbers: Mapping[str, int], color: str) -> str:
    """A list of names and numbers, each with a bar."""
    if not numbers:
        return NONE
    most = max(numbers.values())
    rows = "".join(
        f"<tr><td>{escape(name)}</td><td class=number>{number:,}</td>{_bar(number / most, color)}</tr>"
        for name, number in numbers.items()
    )
    return f"<table>{rows}</table>"


def _ratings(rated: Sequence[Rated], article: Article) -> str:
    if not rated:
        return NONE
    rows = "".join(
        f"<tr><td>{escape(_name(entry.name, article))}</td><td class=number>{entry.unhelpful:,}</td>"
        f"<td class=number>{entry.helpful:,}</td>{_bar(entry.unhelpful / (entry.unhelpful + entry.helpful), WRONG)}</tr>"
        for entry in rated
    )
    head = "<tr><th></th><th class=number>unhelpful</th><th class=number>helpful</th><th class=share>share unhelpful</th></tr>"
    return f"<table>{head}{rows}</table>"


def _bar(share: float, color: str) -> str:
    return f'<td style="width:40%"><div class="bar"><i style="width:{100 * share:.1f}%;background:{color}"></i></div></td>'
