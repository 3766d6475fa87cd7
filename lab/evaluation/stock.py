"""Trains the pipeline that `rasa init` writes on our examples, and compares what it understands with what ours does.

Both only understand; what is said to it is decided for both by the same rules and the same coverage table, in a
conversation that has just begun.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from ruamel.yaml import YAML

from fascicle import ROOT, answering
from fascicle.answering import Context
from fascicle.library import Article
from fascicle.reply import Reply
from fascicle.understanding.question import Question, questions_of
from lab.evaluation.bot import understand
from lab.evaluation.score import Message, Rate, Result
from lab.evaluation.sets import Row

NLU = (ROOT / "data/nlu", ROOT / "data/built/nlu.yml")
OURS = ROOT / "config.yml"
Say = Callable[[Article, Question, Context], tuple[Reply, Context]]
ACTIONS: Mapping[str, Say] = {
    "action_answer": answering.answer,
    "action_more": answering.more,
    "action_pick": answering.pick,
    "action_sources": answering.sources,
    "action_accept": lambda article, _, context: answering.accept(article, context),
    "action_clarify": lambda article, question, context: answering.clarify(article, (), question, context),
}


class TrainingError(RuntimeError):
    """A pipeline could not be trained; the message says why."""


@dataclass(frozen=True)
class Side:
    """How one pipeline does.

    Args:
        kinds: turns whose reply is of the right kind.
        turns: turns that are wholly right.
        training_seconds: how long training took.
        megabytes: size of the model.
        parse_seconds: time to understand a message.
    """

    kinds: Rate
    turns: Rate
    training_seconds: float
    megabytes: float
    parse_seconds: float


@dataclass(frozen=True)
class Comparison:
    """Our pipeline and the stock one."""

    ours: Side
    stock: Side

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """What is compared, ours, and stock."""
        return [(name, show(self.ours), show(self.stock)) for name, show in FIGURES]


KINDS = {
    "check_in_form": "checkin",
    "action_raise_alarm": "emergency",
    "action_other_language": "notice",
    "action_turn_down": "out_of_scope",
}
"""Kinds of the replies of actions and forms that need more than a question."""
FIGURES: tuple[tuple[str, Callable[[Side], str]], ...] = (
    ("right kind of reply", lambda side: f"{100 * side.kinds.share:.1f} %"),
    ("right reply", lambda side: f"{100 * side.turns.share:.1f} %"),
    ("training", lambda side: f"{side.training_seconds:.0f} s"),
    ("model", lambda side: f"{side.megabytes:.1f} MB"),
    ("understanding a message", lambda side: f"{1000 * side.parse_seconds:.0f} ms"),
)


def compare(rows: Sequence[Row], article: Article, nlu: Sequence[Path] = NLU) -> Comparison:
    """Train both pipelines and have them understand the single questions.

    Raises:
        TrainingError: one cannot be trained.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        data = copy_examples(nlu, folder / "nlu")
        stock_config = folder / "stock.yml"
        shutil.copy(stock_pipeline(), stock_config)
        return Comparison(_side(OURS, data, rows, article), _side(stock_config, data, rows, article))


def stock_pipeline() -> Path:
    """The configuration that Rasa fills in for a project made by `rasa init`."""
    import rasa.engine.recipes

    return Path(rasa.engine.recipes.__file__).parent / "config_files/default_config.yml"


def copy_examples(nlu: Sequence[Path], folder: Path) -> Path:
    """Copy files, and the files of folders, into one folder."""
    folder.mkdir()
    for source in nlu:
        for path in sorted(source.glob("*.yml")) if source.is_dir() else [source]:
            shutil.copy(path, folder / f"{source.stem}_{path.name}")
    return folder


def _side(config: Path, data: Path, rows: Sequence[Row], article: Article) -> Side:
    """Train a pipeline and score it on single questions."""
    singles = [row for row in rows if not row.is_dialogue]
    model, training_seconds = train(config, data)
    understood = understand(model, [row.turns[0].text for row in singles])
    say = replier(article)
    results = [Result(row, 1, (say(found.message),)) for row, found in zip(singles, understood, strict=True)]
    return Side(
        kinds=Rate.count(result.has_right_kind for result in results),
        turns=Rate.count(result.is_right for result in results),
        training_seconds=training_seconds,
        megabytes=model.stat().st_size / 1e6,
        parse_seconds=median(found.seconds for found in understood) if understood else 0.0,
    )


def train(config: Path, data: Path) -> tuple[Path, float]:
    """Train what understands messages; returns the model, beside the data, and the seconds it took.

    Raises:
        TrainingError: Rasa fails.
    """
    models = data.parent / "models"
    command = [sys.executable, "-m", "fascicle.bot.rasa_command", "train", "nlu", "--config", str(config), "--nlu", str(data)]
    command += ["--out", str(models), "--fixed-model-name", config.stem]
    start = time.perf_counter()
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    model = models / f"{config.stem}.tar.gz"
    if done.returncode or not model.is_file():
        raise TrainingError(f"training {config.name} failed:\n{done.stdout[-2000:]}")
    return model, time.perf_counter() - start


def replier(article: Article) -> Callable[[Mapping[str, Any]], Message]:
    """What gives the reply to an understood message that opens a conversation."""
    yaml = YAML(typ="safe", pure=True)
    domain = yaml.load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    rules = [
        rule
        for path in sorted((ROOT / "data/rules").glob("*.yml"))
        for rule in yaml.load(path.read_text(encoding="utf-8"))["rules"]
    ]
    actions = first_actions(rules)

    def reply(message: Mapping[str, Any]) -> Message:
        question = questions_of(message, article)[0]
        action = actions.get(question.intent, "action_answer")
        if action in ACTIONS:
            said, _ = ACTIONS[action](article, question, Context())
            return {"kind": said.kind, "passages": said.passages}
        if action in KINDS:
            return {"kind": KINDS[action]}
        return {"kind": _kind_of_response(domain["responses"].get(action) or [{}])}

    return reply


def first_actions(rules: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The action that follows each intent which rules name at their start."""
    found: dict[str, str] = {}
    for rule in rules:
        steps = rule.get("steps") or []
        if rule.get("condition") or not steps:
            continue
        action = next((step["action"] for step in steps if "action" in step), None)
        for step in steps[0].get("or", [steps[0]]):
            if "intent" in step and action:
                found.setdefault(step["intent"], action)
    return found


def _kind_of_response(variants: Sequence[Mapping[str, Any]]) -> str:
    return str((variants[0].get("metadata") or {}).get("kind", "smalltalk"))


def table(comparison: Comparison) -> str:
    """The comparison as text."""
    lines = [f"{'':<34}{'this project':>14}{'stock Rasa':>14}"]
    lines += [f"{name:<34}{ours:>14}{stock:>14}" for name, ours, stock in comparison.rows]
    return "\n".join(lines)
