"""Measures this bot beside the one of `rasa init`: `python -m lab.benchmarks [--questions N] [--runs N] [--work FOLDER]`."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

from fascicle import ROOT, environment
from fascicle.__main__ import MODEL
from lab.benchmarks import bots, growth, measure, projects
from lab.benchmarks.measure import Run
from lab.benchmarks.page import page, table
from lab.benchmarks.projects import Trained

RESULTS, PAGE = ROOT / "lab/benchmarks/results.json", ROOT / "lab/benchmarks/results.html"
LENGTHS, STOCK_LENGTHS = (5, 50, 100, 200, 350, 500), (5, 50, 100)
"""Conversations that are measured; in stock, one of 500 turns takes longer than all else here."""
TOPICS = (13, 100, 500, 1000, 2000)
QUESTIONS = (500, 1000, 2000, 4000, 8000)


def main() -> int:
    """Measure, write results and page, and print the table. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.benchmarks", description=__doc__)
    parser.add_argument("--questions", type=int, default=1000, help="training questions of the pipelines that are compared")
    parser.add_argument("--runs", type=int, default=5, help="how often each bot is started and measured")
    parser.add_argument("--turns", type=int, default=100, help="turns of each kind in a run")
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each load lasts")
    parser.add_argument(
        "--work", type=Path, default=ROOT / "var/benchmark", help="folder of the trained models; those there are used again"
    )
    parser.add_argument("--page", action="store_true", help="only draw the page from the results that are there")
    options = parser.parse_args()
    environment.prepare()
    if not options.page:
        RESULTS.write_text(json.dumps(results(options), indent=1) + "\n", encoding="utf-8")
    found = json.loads(RESULTS.read_text(encoding="utf-8"))
    PAGE.write_text(page(found), encoding="utf-8")
    print(table(found))
    return 0


def results(options: argparse.Namespace) -> dict[str, object]:
    """Train, run, and measure."""
    options.work.mkdir(parents=True, exist_ok=True)
    log = options.work / "benchmark.log"
    machine = measure.machine()
    ours = _trained(projects.ours, options.work / f"ours-{options.questions}", options.questions)
    stock = _trained(projects.stock, options.work / f"stock-{options.questions}", options.questions)
    runs = {"ours": Run(), "stock": Run()}
    for number in range(options.runs):
        for make, trained in ((bots.ours, _served(ours)), (bots.stock, stock))[:: 1 if number % 2 == 0 else -1]:
            bot = make(trained)
            _say(f"Run {number + 1} of {options.runs}: {bot.name} ...")
            measure.once(bot, runs[bot.name], log, turns=options.turns, load_seconds=options.seconds)
    _grow(runs, _served(ours), stock, options.work, log)
    figures = {
        name: run.figures()
        | {"training": trained.seconds, "questions": options.questions, "model_mb": trained.model.stat().st_size / 1e6}
        for (name, run), trained in zip(runs.items(), (ours, stock), strict=True)
    }
    figures["ours"] |= {**measure.stages(MODEL, options.turns), "served_model_mb": MODEL.stat().st_size / 1e6}
    made = {"date": date.today().isoformat(), "runs": options.runs, "turns": options.turns, "load_seconds": options.seconds}
    # through JSON, so that the keys of curves are text here as they are in the file
    figures = json.loads(json.dumps(figures))
    return {"ratios": measure.ratios(figures["ours"], figures["stock"]), **figures, "machine": machine | made}


def _served(trained: Trained) -> Trained:
    """Our bot as it is served: with the model of all questions, where the one trained here saw some of them."""
    return Trained(ROOT, MODEL, trained.seconds)


def _trained(write: Callable[[Path, int], Path], folder: Path, questions: int, *, nlu_only: bool = False) -> Trained:
    """Train a project, or take the one that is there."""
    note = folder / "seconds.txt"
    if not note.is_file():
        shutil.rmtree(folder, ignore_errors=True)  # what an earlier run left unfinished
        _say(f"Training {folder.name} ...")
        trained = projects.train(write(folder, questions), nlu_only=nlu_only)
        note.write_text(str(trained.seconds), encoding="utf-8")
    return Trained(folder, folder / "models/model.tar.gz", float(note.read_text(encoding="utf-8")))


def _grow(runs: dict[str, Run], ours: Trained, stock: Trained, work: Path, log: Path) -> None:
    _say("How cost grows ...")
    for bot, lengths in ((bots.ours(ours), LENGTHS), (bots.stock(stock), STOCK_LENGTHS)):
        with bots.serving(bot, log):
            runs[bot.name].growth["turn"] = growth.conversation(bot, lengths)
    runs["ours"].growth["topics"] = growth.topics(ours, TOPICS, log)
    runs["ours"].growth["training"] = {
        questions: _trained(projects.ours, work / f"understanding-{questions}", questions, nlu_only=True).seconds
        for questions in QUESTIONS
    }


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
