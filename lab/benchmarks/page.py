"""The benchmark as one HTML page that needs nothing else, and as a table of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

import matplotlib
import numpy as np
from matplotlib.axes import Axes

from fascicle.operations.drawing import FAINT, GRID, INK, RIGHT, STYLE, WRONG, as_svg, new_figure
from fascicle.operations.sheet import CSS

Results = Mapping[str, Any]
SIDES = {"ours": ("this project", RIGHT), "stock": ("rasa init", WRONG)}
TARGETS = {
    "first_answer_shell": ("command to first answer, terminal", 0.3),
    "first_answer_http": ("command to first answer, HTTP", 0.3),
    "turn_median": ("a turn, median", 0.5),
    "turn_p99": ("a turn, 99th percentile", 0.5),
    "throughput_16": ("turns a second, 16 senders", 2.0),
    "memory": ("peak memory", 0.7),
    "training": ("training", 0.2),
    "turn_500_over_5": ("turn 500 of a conversation / turn 5", 1.25),
    "topics_2000_over_13": ("2,000 topics / 13 topics", 1.5),
}
"""Ratios with what each says and its target: at least that for turns a second, at most that for all else."""
AT_LEAST = ("throughput_16",)
CLASSIFYING_MS = 8.0
"""How long it may take to turn a message into intents."""


def page(results: Results) -> str:
    """The page."""
    machine = results["machine"]
    measured = (
        f"Measured on {machine['date']} on {machine['cores']} cores of {escape(machine['cpu'])}, {machine['runs']} runs of each "
        f"bot by turns, medians. Both have the same domain, stories, and actions, and were trained on the same "
        f"{results['ours']['questions']:,} questions; this project then answers with its model of all questions."
    )
    sections = [
        ("Beside the bot of rasa init", measured, _ratios(results)),
        ("From the command to the first answer", "Bytecode is compiled for both. Dots are single runs.", _starts(results)),
        (
            "A turn",
            "Over the web channel, one sender. A line goes from the median to the 99th percentile. Rasa's bot often takes "
            "another turn for what it is; its figures are of what was asked, not of what it understood.",
            _turns(results),
        ),
        (
            "Where a turn of this project goes",
            "One question that was never asked before, in one process and on one thread, medians. The action server is a process "
            "of its own; its stage is the whole round trip. Sentence encoder, words, regression, and question classifier take "
            f"{results['ours']['classifying']:.1f} ms together, of which {CLASSIFYING_MS:g} ms are the target.",
            _stages(results),
        ),
        (
            "Many people at once",
            "Each asks a question again as soon as it is answered, in new words each time, in conversations of five turns.",
            _load(results),
        ),
        ("Memory", "Peak resident memory of each process after all turns and loads.", _memory(results)),
        ("How cost grows", "Each curve should be flat, or straight where more is to be done.", _growth(results)),
    ]
    body = "".join(f"<section>\n<h2>{title}</h2>\n<p>{text}</p>\n{content}\n</section>\n" for title, text, content in sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Benchmark</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>How fast it is</h1>\n{body}</main>\n</body>\n</html>\n"
    )


def table(results: Results) -> str:
    """The ratios as text, with their targets."""
    lines = [f"{'':<40}{'ratio':>8}{'target':>10}"]
    for name, (label, target) in TARGETS.items():
        ratio = results["ratios"][name]
        lines.append(f"{label:<40}{ratio:>8.2f}{_sign(name) + f' {target:g}':>10}{'' if _met(name, ratio) else '  missed'}")
    took = results["ours"]["classifying"]
    missed = "  missed" if took > CLASSIFYING_MS else ""
    lines.append(f"{'encoder and classifier, ms':<40}{took:>8.1f}{f'<= {CLASSIFYING_MS:g}':>10}{missed}")
    return "\n".join(lines)


def _met(name: str, ratio: float) -> bool:
    target = TARGETS[name][1]
    return ratio >= target if name in AT_LEAST else ratio <= target


def _sign(name: str) -> str:
    return ">=" if name in AT_LEAST else "<="


def _ratios(results: Results) -> str:
    head = "<tr><th></th><th class=number>this project</th><th class=number>rasa init</th><th class=number>ratio</th>"
    head += "<th class=number>target</th></tr>"
    return f"<table>{head}{''.join(_ratio(results, name) for name in TARGETS)}</table>"


def _ratio(results: Results, name: str) -> str:
    label, target = TARGETS[name]
    ratio = results["ratios"][name]
    ours, stock = (_figure(results[side], name) for side in SIDES)
    sign, tag = ("≥" if name in AT_LEAST else "≤"), ("tag" if _met(name, ratio) else "tag bad")
    return (
        f"<tr><td>{label}</td><td class=number>{ours}</td><td class=number>{stock}</td>"
        f'<td class=number><span class="{tag}">{ratio:.2f}</span></td><td class="number quiet">{sign} {target:g}</td></tr>'
    )


def _figure(side: Results, name: str) -> str:
    """A figure of one side as it stands in the table."""
    turn = side["turns"]["one question"]
    growth = side["growth"]
    shown = {
        "first_answer_shell": lambda: f"{side['first_answer_shell']['median']:.1f} s",
        "first_answer_http": lambda: f"{side['first_answer_http']['median']:.1f} s",
        "turn_median": lambda: f"{turn['median']:.0f} ms",
        "turn_p99": lambda: f"{turn['p99']:.0f} ms",
        "throughput_16": lambda: f"{side['load']['16']['per_second']:.1f}",
        "memory": lambda: f"{side['memory']['total']:,.0f} MB",
        "training": lambda: f"{side['training']:,.0f} s",
        "turn_500_over_5": lambda: (
            f"{growth['turn']['5']:.0f} → {growth['turn']['500']:.0f} ms" if "500" in growth["turn"] else "–"
        ),
        "topics_2000_over_13": lambda: (
            f"{growth['topics']['13']:.0f} → {growth['topics']['2000']:.0f} ms" if "topics" in growth else "–"
        ),
    }
    return shown[name]()


def _starts(results: Results) -> str:
    figure, axes = new_figure(8.6, 2.2)
    rows = [(key, place) for key in SIDES for place in ("first_answer_shell", "first_answer_http")]
    for y, (key, place) in enumerate(sorted(rows, key=lambda row: row[1], reverse=True)):
        found, (name, color) = results[key][place], SIDES[key]
        axes.barh(y, found["median"], height=0.6, color=color, alpha=0.85)
        axes.text(max(found["runs"]), y, f"  {found['median']:.1f} s", va="center", color=INK, fontsize=10)
        axes.plot(found["runs"], [y] * len(found["runs"]), ".", color=INK, markersize=4, alpha=0.6)
        rows[y] = (f"{'terminal' if place.endswith('shell') else 'HTTP'}, {name}", "")
    _name_rows(axes, [label for label, _ in rows])
    axes.set_xlabel("seconds", labelpad=6)
    return as_svg(figure, "Seconds from the command to the first answer")


def _turns(results: Results) -> str:
    kinds = list(results["ours"]["turns"])
    figure, axes = new_figure(8.6, 0.55 * len(kinds) + 0.9)
    for y, kind in enumerate(kinds):
        for shift, (key, (_, color)) in zip((-0.16, 0.16), SIDES.items(), strict=True):
            found = results[key]["turns"][kind]
            axes.plot([found["median"], found["p99"]], [y + shift] * 2, color=color, linewidth=2, alpha=0.5)
            axes.plot(found["median"], y + shift, "o", color=color, markersize=6)
            axes.plot(found["p99"], y + shift, "|", color=color, markersize=9)
    _name_rows(axes, kinds)
    _legend(axes, "o")
    axes.set_xlim(left=0)
    axes.set_xlabel("milliseconds", labelpad=6)
    return as_svg(figure, "Milliseconds of a turn, by kind")


def _stages(results: Results) -> str:
    stages = sorted(results["ours"]["stages"].items(), key=lambda stage: -stage[1])
    figure, axes = new_figure(8.6, 0.3 * len(stages) + 0.6)
    for y, (_, milliseconds) in enumerate(stages):
        _bar(axes, y, milliseconds, RIGHT, f"{milliseconds:.1f}")
    _name_rows(axes, [name for name, _ in stages])
    axes.set_xlabel("milliseconds", labelpad=6)
    return as_svg(figure, "Milliseconds of each stage of a turn")


def _load(results: Results) -> str:
    with matplotlib.rc_context(STYLE):
        figure, axes = new_figure(8.6, 3.0)
        for key, (name, color) in SIDES.items():
            load = results[key]["load"]
            _line(axes, list(map(int, load)), [entry["per_second"] for entry in load.values()], color, name)
    _frame(axes, "people at once", "turns a second")
    faults = "; ".join(
        f"{SIDES[key][0]}: {sum(e['errors'] for e in results[key]['load'].values())} errors, "
        f"{sum(e['crossed'] for e in results[key]['load'].values())} replies to somebody else's question, "
        f"{sum(e['unlike'] for e in results[key]['load'].values())} replies that the question does not get alone"
        for key in SIDES
    )
    return as_svg(figure, "Turns a second, by senders") + f'<p style="margin: 12px 0 0">{faults}.</p>'


def _memory(results: Results) -> str:
    figure, axes = new_figure(8.6, 1.4)
    for y, key in enumerate(SIDES):
        left = 0.0
        parts = sorted(((n, mb) for n, mb in results[key]["memory"].items() if n != "total"), key=lambda part: -part[1])
        for shade, (name, megabytes) in zip((0.85, 0.45), parts, strict=False):
            axes.barh(y, megabytes, left=left, height=0.55, color=SIDES[key][1], alpha=shade)
            if megabytes > 0.1 * results["stock"]["memory"]["total"]:
                axes.text(
                    left + megabytes / 2, y, f"{name} {megabytes:,.0f}", ha="center", va="center", color="white", fontsize=10
                )
            left += megabytes
        axes.text(left, y, f"  {left:,.0f} MB", va="center", color=INK)
    _name_rows(axes, [name for name, _ in SIDES.values()])
    return as_svg(figure, "Peak memory in megabytes")


def _growth(results: Results) -> str:
    ours = results["ours"]["growth"]
    plots = [
        _curve("turn of the conversation", "a turn (ms)", {key: results[key]["growth"]["turn"] for key in SIDES}),
        _curve("topics of the article", "a turn (ms)", {"ours": ours["topics"]}),
        _curve("training questions", "training (s)", {"ours": ours["training"]}),
    ]
    columns = "display: grid; grid-template-columns: repeat(auto-fit, minmax(280px, 1fr)); gap: 20px"
    return f'<div style="{columns}">{"".join(plots)}</div>'


def _curve(across: str, up: str, curves: Mapping[str, Mapping[str, float]]) -> str:
    figure, axes = new_figure(3.9, 2.7)
    for key, curve in curves.items():
        name, color = SIDES[key]
        _line(axes, list(map(int, curve)), list(curve.values()), color, name if len(curves) > 1 else "")
    _frame(axes, across, up)
    return as_svg(figure, f"{up} by {across}")


def _line(axes: Axes, x: Sequence[int], y: Sequence[float], color: str, name: str) -> None:
    axes.plot(x, y, "o-", color=color, linewidth=1.8, markersize=4.5, clip_on=False, zorder=3)
    axes.annotate(name, (x[-1], y[-1]), (6, 6), textcoords="offset points", color=color, ha="right", va="bottom")


def _frame(axes: Axes, across: str, up: str) -> None:
    axes.set_xlim(left=0)
    axes.set_ylim(bottom=0, top=1.2 * float(axes.get_ylim()[1]))
    axes.set_xlabel(across, labelpad=6)
    axes.set_ylabel(up, labelpad=8)
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _bar(axes: Axes, y: int, value: float, color: str, text: str) -> None:
    axes.barh(y, value, height=0.6, color=color, alpha=0.85)
    axes.text(value, y, f"  {text}", va="center", color=INK, fontsize=10)


def _name_rows(axes: Axes, names: Iterable[str]) -> None:
    labels = list(names)
    axes.set_yticks(np.arange(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    axes.grid(axis="x", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)


def _legend(axes: Axes, marker: str) -> None:
    handles = [matplotlib.lines.Line2D([], [], color=color, marker=marker, label=name) for name, color in SIDES.values()]
    axes.legend(handles=handles, frameon=False, loc="center", bbox_to_anchor=(0.55, 0.5), labelcolor=FAINT)
