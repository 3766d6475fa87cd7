"""Scores the bot on question sets: `python -m lab.evaluation [--url URL] [--report PATH] [--json PATH] [--stock] SETS...`."""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import FrameType

from fascicle import ROOT, library
from fascicle.__main__ import MODEL
from fascicle.errors import StartError
from fascicle.library import Article
from lab.evaluation import bot, score, sets, stock
from lab.evaluation.report import Run, page
from lab.evaluation.score import Score
from lab.evaluation.sets import Row, SetError


@contextmanager
def _channel(url: str | None) -> Iterator[str]:
    """The address of the channel: `url`, or that of a bot that runs while the block does."""
    if url is not None:
        yield url
        return
    _say("Starting the bot ...")
    with bot.running() as started:
        yield started


def _ask(rows: Sequence[Row], url: str | None) -> Score:
    with _channel(url) as address:
        _say(f"Asking {sum(len(row.turns) for row in rows)} turns ...")
        return score.run(rows, score.over_channel(address), _progress)


def _confidences(scored: Score) -> list[float]:
    """How sure the trained model is of each turn; empty without a model here."""
    if not MODEL.is_file():
        return []
    _say("Reading how sure the model is ...")
    return [found.confidence for found in bot.understand(MODEL, [result.turn.text for result in scored.results])]


def _compare(rows: Sequence[Row], loaded: Article) -> stock.Comparison:
    _say("Training both pipelines (the stock one takes an hour and more on two cores) ...")
    return stock.compare(rows, loaded)


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{done} of {of}", end="\n" if done == of else "", file=sys.stderr, flush=True)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _evaluate(options: argparse.Namespace) -> None:
    rows, loaded = sets.read_sets(options.sets), library.load_or_exit(library.default_path())
    scored = _ask(rows, options.url)
    print(score.table(scored))
    comparison = _compare(rows, loaded) if options.stock else None
    if comparison is not None:
        print("\n" + stock.table(comparison))
    if options.json is not None:
        data = score.as_data(scored) | ({"comparison": asdict(comparison)} if comparison else {})
        options.json.write_text(json.dumps(data, ensure_ascii=False, indent=1), encoding="utf-8")
    if options.record is not None:
        _record(options.record, scored, options.sets)
    if options.report is not None:
        run = Run(scored, _confidences(scored), [path.name for path in options.sets], date.today().isoformat(), comparison)
        options.report.parent.mkdir(parents=True, exist_ok=True)
        options.report.write_text(page(run, loaded), encoding="utf-8")
        print(f"\nThe report is at {options.report}")


def _record(path: Path, scored: Score, paths: Sequence[Path]) -> None:
    """Add the figures to those that were written down before: which sets were asked, when, and of which commit."""
    entries = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False)
    data = score.as_data(scored)
    entry = {
        "date": date.today().isoformat(), "commit": commit.stdout.strip(), "sets": [path.name for path in paths],
        "rates": data["rates"], "counts": data["counts"],
    }  # fmt: skip
    path.write_text(json.dumps([*entries, entry], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the evaluation. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.evaluation", description="Score the bot on question sets.")
    parser.add_argument("sets", nargs="+", type=Path, metavar="SET", help="a question set, one JSON a line")
    parser.add_argument("--url", help="web channel of a bot that runs, as in http://127.0.0.1:5005/chat; else one is started")
    parser.add_argument("--report", type=Path, help="write an HTML page here")
    parser.add_argument("--json", type=Path, help="write figures and failures here")
    parser.add_argument("--record", type=Path, help="add the figures, without texts, to those in this file")
    parser.add_argument("--stock", action="store_true", help="compare with Rasa's stock pipeline, trained on the same examples")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        _evaluate(options)
    except (SetError, StartError, stock.TrainingError) as error:
        _say(f"Could not evaluate: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
