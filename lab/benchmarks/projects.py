"""Rasa projects to measure: ours and the one that `rasa init` writes, on the same part of our training questions."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fascicle import ROOT
from lab.evaluation.stock import stock_pipeline

STOCK_ENDPOINTS = 'action_endpoint:\n  url: "http://127.0.0.1:{port}/webhook"\n'
STOCK_CREDENTIALS = "rest:\n"


class TrainingError(RuntimeError):
    """A pipeline could not be trained; the message says why."""


@dataclass(frozen=True)
class Trained:
    """A trained project: its folder, its model, the seconds that training took, and what it needs in its environment."""

    folder: Path
    model: Path
    seconds: float
    settings: Mapping[str, str] = field(default_factory=dict)


def write(folder: Path, config: Path, questions: int) -> Path:
    """Write a project with our domain, rules and stories, a configuration, and at most so many training questions."""
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("articles"))
    shutil.copy(ROOT / "domain.yml", folder / "domain.yml")
    shutil.copy(config, folder / "config.yml")
    files = [*(folder / "data/nlu").glob("*.yml"), folder / "data/built/nlu.yml"]
    share = questions / sum(map(_questions, files))
    for path in files:
        path.write_text("".join(_thinned(path, share)), encoding="utf-8")
    return folder


def ours(folder: Path, questions: int) -> Path:
    """Our pipeline on some of our questions."""
    return write(folder, ROOT / "config.yml", questions)


def stock(folder: Path, questions: int) -> Path:
    """The pipeline of `rasa init` on the same questions."""
    return write(folder, stock_pipeline(), questions)


def _questions(path: Path) -> int:
    return sum(is_question for _, is_question in _lines(path))


def _thinned(path: Path, share: float) -> Iterator[str]:
    """The lines of a file with every so manieth question, the first of each intent at least."""
    due = 1.0
    for line, is_question in _lines(path):
        if not is_question:
            due = 1.0
            yield line
            continue
        if due >= 1:
            due -= 1
            yield line
        due += share


def _lines(path: Path) -> Iterator[tuple[str, bool]]:
    """The lines of a file, and whether each is an example of an intent."""
    of_intent = False
    for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
        if line.startswith("  - "):
            of_intent = line.startswith("  - intent:")
        yield line, of_intent and line.startswith("      - ")


def train(folder: Path, *, nlu_only: bool = False) -> Trained:
    """Train a project with Rasa's own command.

    Raises:
        TrainingError: Rasa fails.
    """
    command = [sys.executable, "-m", "fascicle.bot.rasa_command", "train", *(["nlu"] if nlu_only else [])]
    command += ["--config", "config.yml", "--fixed-model-name", "model", "--out", "models"]
    start = time.perf_counter()
    done = subprocess.run(
        command, cwd=folder, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    seconds = time.perf_counter() - start
    model = folder / "models/model.tar.gz"
    if done.returncode or not model.is_file():
        raise TrainingError(f"training in {folder} failed:\n{done.stdout[-2000:]}")
    return Trained(folder, model, seconds)


def environment() -> dict[str, str]:
    """The environment in which a project outside this folder finds our components and actions."""
    return os.environ | {"PYTHONPATH": str(ROOT)}
