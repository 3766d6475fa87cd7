"""The evaluation as one HTML page that needs nothing else: figures, plots, the slowest turns, and every failure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from fascicle.library import Article
from fascicle.operations.sheet import document, section, tile
from lab.evaluation import plots
from lab.evaluation.score import Rate, Result, Score
from lab.evaluation.stock import Comparison

SLOWEST = 10


@dataclass(frozen=True)
class Run:
    """What is reported on.

    Args:
        score: the results.
        confidences: how sure the bot was of each result, in the same order; empty if not known.
        sets: names of the question sets.
        date: when it was run.
        comparison: our pipeline beside the stock one, if they were compared.
    """

    score: Score
    confidences: Sequence[float]
    sets: Sequence[str]
    date: str
    comparison: Comparison | None = None


def page(run: Run, article: Article) -> str:
    """The page."""
    score = run.score
    singles = f"{len(score.singles)} single questions" if score.singles else ""
    dialogues = f"{len({id(r.row) for r in score.in_dialogues})} dialogues" if score.in_dialogues else ""
    asked = " and ".join(part for part in (singles, dialogues) if part)
    sections = [
        section("By kind of question", "The line marks the 95 % interval.", _rates(score)),
        _comparison(run.comparison),
        section(
            "Kinds confused",
            "Off the diagonal every turn is wrong; on it, an answer may still show a wrong passage.",
            plots.confusion_of_kinds(score.results),
        ),
        section(
            "Aspects confused",
            "Questions that the article answers: what they are about, and what the passage that was shown is about. On the "
            "diagonal, the passage may still be about a wrong topic.",
            plots.confusion_of_aspects(score.results),
        ),
        section(
            "Topic by aspect",
            "Right turns of those whose first right passage stands in this cell. Empty cells are not in the article.",
            plots.coverage_map(score.results, article),
        ),
        _risk(run),
        section("Slowest turns", f"Half took at most {_milliseconds(score.seconds(0.5))}.", _slowest(score)),
        section("Failures", f"{len(score.failures)} of {len(score.results)} turns, the gravest first.", _failures(run)),
    ]
    lead = f"{asked}, asked on {run.date} over the web channel. Sets: {escape(', '.join(run.sets))}."
    return document("Evaluation", "How well the bot answers", lead, f"{_tiles(score)}\n{''.join(sections)}")


def _tiles(score: Score) -> str:
    counts = score.counts
    tiles = [
        tile(_percent(score.rates[name].share), f"of {name[4:]} right")
        for name in ("all single turns", "all dialogue turns")
        if name in score.rates
    ]
    faults = ("wrong answers", "missed emergencies", "false alarms", "errors or silence")
    tiles += [tile(str(counts[name]), name, bad=counts[name] > 0) for name in faults]
    unsupported = counts["cited spans not in their passage"] + counts["answers without a citation"]
    tiles.append(tile(str(unsupported), "unsupported statements", bad=unsupported > 0))
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _rates(score: Score) -> str:
    head = "<tr><th>turns</th><th class=number>right</th><th class=number>of</th><th class=number>%</th><th></th></tr>"
    return f"<table>{head}{''.join(_rate(name, rate) for name, rate in score.rates.items())}</table>"


def _rate(name: str, rate: Rate) -> str:
    low, high = rate.interval
    bar = (
        f'<div class="bar"><i style="width:{100 * rate.share:.1f}%"></i>'
        f'<u style="left:{100 * low:.1f}%;width:{100 * (high - low):.1f}%"></u></div>'
    )
    return (
        f"<tr{' class=sum' if name.startswith(('all', 'whole')) else ''}><td>{name.replace('_', ' ')}</td>"
        f"<td class=number>{rate.right}</td><td class=number>{rate.of}</td><td class=number>{100 * rate.share:.1f}</td>"
        f'<td style="width:45%">{bar}</td></tr>'
    )


def _comparison(comparison: Comparison | None) -> str:
    if comparison is None:
        return ""
    rows = "".join(
        f"<tr><td>{name}</td><td class=number>{ours}</td><td class=number>{stock}</td></tr>"
        for name, ours, stock in comparison.rows
    )
    text = (
        "Both are trained on the same examples on the same machine and asked the same single questions, and the same coverage "
        "table decides what is said. No conversation is held, so the figures differ a little from those above."
    )
    head = "<tr><th></th><th class=number>this project</th><th class=number>stock Rasa</th></tr>"
    return section("Beside Rasa's stock pipeline", text, f"<table>{head}{rows}</table>")


def _risk(run: Run) -> str:
    pairs = [
        (result, sure)
        for result, sure in zip(run.score.results, run.confidences, strict=False)
        if not result.row.is_dialogue
    ]  # fmt: skip
    if not pairs:
        return ""
    results, confidences = zip(*pairs, strict=True)
    text = "Were the bot to answer only what it is surest of: how many of its replies to single questions would be wrong."
    return section("Risk against coverage", text, plots.risk_against_coverage(results, confidences))


def _slowest(score: Score) -> str:
    slowest = sorted(score.results, key=lambda result: -result.seconds)[:SLOWEST]
    rows = "".join(
        f"<tr><td class=number>{_milliseconds(result.seconds)}</td><td class=place>{_place(result)}</td>"
        f"<td>{escape(result.turn.text)}</td></tr>"
        for result in slowest
    )
    return f"<table>{rows}</table>"


def _failures(run: Run) -> str:
    confidences = dict(zip(map(id, run.score.results), run.confidences, strict=False))
    failures = sorted(run.score.failures, key=_gravity)
    head = "<tr><th>fault</th><th>text</th><th>right</th><th>shown</th><th class=number>confidence</th></tr>"
    rows = "".join(_failure(result, confidences.get(id(result))) for result in failures)
    return f'<div class="scroll"><table class="failures">{head}{rows}</table></div>'


def _failure(result: Result, sure: float | None) -> str:
    fault = _fault(result)
    right = [result.turn.kind, *result.turn.also]
    wanted = _cell(right, result.turn.passages)
    shown = _cell([result.kind or "silence"], [result.shown] if result.shown else [])
    tag = "tag" if fault == "wrong kind" else "tag bad"
    return (
        f'<tr><td><span class="{tag}">{fault}</span><br><span class="id">{_place(result)}</span></td>'
        f"<td>{escape(result.turn.text)}</td><td>{wanted}</td><td>{shown}</td>"
        f"<td class=number>{'' if sure is None else f'{sure:.2f}'}</td></tr>"
    )


def _fault(result: Result) -> str:
    if result.is_missed_emergency:
        return "missed emergency"
    if result.is_false_alarm:
        return "false alarm"
    if result.has_failed:
        return "no reply"
    return "wrong answer" if result.is_wrong_answer else "wrong kind"


def _gravity(result: Result) -> int:
    return ("missed emergency", "no reply", "wrong answer", "false alarm", "wrong kind").index(_fault(result))


def _cell(kinds: Sequence[str], passages: Sequence[str]) -> str:
    """Kinds on a line, and ids of passages below it."""
    names = " or ".join(kind.replace("_", " ") for kind in kinds)
    return "<br>".join([escape(names), *(f'<span class="id">{escape(passage)}</span>' for passage in passages)])


def _place(result: Result) -> str:
    return escape(result.row.id) + (f", turn {result.number}" if result.row.is_dialogue else "")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _milliseconds(seconds: float) -> str:
    return f"{1000 * seconds:,.0f} ms"
