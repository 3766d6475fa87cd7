"""What each policy adds: `python -m lab.evaluation.ablation` leaves policies out and plays conversations with what remains.

Dialogues of the question sets are asked over the web channel and scored by their replies. Paths (tests/paths.yml) are played in
process, by intents and not by words, and scored by the actions that follow: nothing but the policies can go wrong there.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import secrets
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from ruamel.yaml import YAML

from fascicle import ROOT, environment, library
from fascicle.bot.servers import ActionServer, action_server, state_folder
from fascicle.errors import StartError
from fascicle.reply import payload
from lab.evaluation import bot, score, sets
from lab.evaluation.score import Rate
from lab.evaluation.sets import Row, SetError
from lab.evaluation.stock import TrainingError, first_actions

Policies = list[dict[str, Any]]
PATHS = ROOT / "tests/paths.yml"
DIALOGUES = (ROOT / "tests/questions/dev/dialogues.jsonl",)
RULE_POLICY = "RulePolicy"
TED: Policies = [{"name": "TEDPolicy", "max_history": 4, "epochs": 15, "constrain_similarities": True}]
VARIANTS: Mapping[str, Callable[[Policies], Policies]] = {
    "rules": lambda policies: [policy for policy in policies if policy["name"] == RULE_POLICY],
    "rules and TED": lambda policies: [policy for policy in policies if policy["name"] == RULE_POLICY] + TED,
    "rules and memoization": lambda policies: policies,
    "all three": lambda policies: policies + TED,
}
"""What becomes of the configuration's policies, rules and memoization, in each model."""


@dataclass(frozen=True)
class PathTurn:
    """An intent, and the actions that are right to follow it, any of them alone."""

    intent: str
    right: tuple[str, ...]
    topic: str | None = None

    @property
    def text(self) -> str:
        """The intent as a message."""
        return payload(self.intent, topic=self.topic) if self.topic else payload(self.intent)


@dataclass(frozen=True)
class StoryPath:
    """A conversation by intents and actions."""

    name: str
    turns: tuple[PathTurn, ...]


@dataclass(frozen=True)
class Step:
    """What followed a turn of a path: actions, and the policies that chose them."""

    path: StoryPath
    turn: PathTurn
    actions: tuple[str, ...]
    policies: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether one right action followed and nothing else."""
        return len(self.actions) == 1 and self.actions[0] in self.turn.right


@dataclass(frozen=True)
class Variant:
    """How the bot does with some of its policies.

    Args:
        name: which policies it has.
        steps: what followed each turn of the paths.
        asked: the dialogues, scored; without any, none were asked.
    """

    name: str
    steps: tuple[Step, ...]
    asked: score.Score

    @property
    def paths(self) -> Rate:
        """Paths that are right from beginning to end."""
        right: dict[str, bool] = {}
        for step in self.steps:
            right[step.path.name] = right.get(step.path.name, True) and step.is_right
        return Rate.count(right.values())

    def turns(self, ruled: frozenset[str]) -> Rate:
        """Right turns of paths, but for intents that a rule decides, whatever was said before."""
        return Rate.count(step.is_right for step in self.steps if step.turn.intent not in ruled)


def read_paths(path: Path = PATHS) -> list[StoryPath]:
    """The paths of a file."""
    return [
        StoryPath(entry["path"], tuple(_turn(*next(iter(turn.items()))) for turn in entry["turns"]))
        for entry in YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))["paths"]
    ]


def _turn(said: str, right: str) -> PathTurn:
    intent, _, topic = said.partition(" ")
    return PathTurn(intent, tuple(right.split(", ")), topic or None)


def config_with(change: Callable[[Policies], Policies], folder: Path) -> Path:
    """A copy of the configuration with other policies."""
    yaml = YAML(typ="safe", pure=True)
    config = yaml.load((ROOT / "config.yml").read_text(encoding="utf-8"))
    config["policies"] = change(config["policies"])
    path = folder / "config.yml"
    with path.open("w", encoding="utf-8") as out:
        yaml.dump(config, out)
    return path


def train(config: Path) -> Path:
    """Train a bot into the folder of its configuration; what understands messages comes from the training cache.

    Raises:
        TrainingError: Rasa fails.
    """
    command = [sys.executable, "-m", "fascicle.bot.rasa_command", "train", "--config", str(config)]
    command += ["--out", str(config.parent), "--fixed-model-name", "model"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
    model = config.parent / "model.tar.gz"
    if done.returncode or not model.is_file():
        raise TrainingError(f"training with {config} failed:\n{done.stdout[-2000:]}")
    return model


def play(model: Path, paths: Sequence[StoryPath]) -> list[Step]:
    """What follows each turn of paths in the bot of a model.

    Raises:
        StartError: the model or the action server does not come up.
    """
    environment.prepare()
    import sanic.app  # noqa: F401  Sanic turns warnings on when it is imported

    environment.hide_warnings()
    import structlog

    from fascicle.bot.agent import Bot, load

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    async def play_all(actions: ActionServer) -> list[Step]:
        agent = await load(model, actions.url)
        if not agent.is_ready():
            raise StartError(f"the model at {model} does not load")
        actions.wait()
        try:
            return [step for path in paths for step in await walk(agent, path)]
        finally:
            await Bot(agent, library.opened()).close()

    with (state_folder() / "ablation.log").open("wb") as log, action_server(log) as actions:
        return asyncio.run(play_all(actions))


async def walk(agent: Any, path: StoryPath) -> list[Step]:
    """What follows each turn of a path."""
    from rasa.core.channels.channel import UserMessage
    from rasa.shared.core.constants import ACTION_LISTEN_NAME
    from rasa.shared.core.events import ActionExecuted, UserUttered

    sender = secrets.token_urlsafe(16)
    steps = []
    for turn in path.turns:
        await agent.handle_message(UserMessage(turn.text, sender_id=sender))
        events = list((await agent.tracker_store.retrieve(sender)).events)
        last = max(place for place, event in enumerate(events) if isinstance(event, UserUttered))
        done = [event for event in events[last:] if isinstance(event, ActionExecuted)]
        done = [event for event in done if event.action_name != ACTION_LISTEN_NAME]
        steps.append(Step(path, turn, tuple(event.action_name for event in done), tuple(str(event.policy) for event in done)))
    return steps


def intents_with_rules() -> frozenset[str]:
    """Intents whose action a rule decides."""
    yaml = YAML(typ="safe", pure=True)
    files = sorted((ROOT / "data/rules").glob("*.yml"))
    return frozenset(first_actions([rule for file in files for rule in yaml.load(file.read_text(encoding="utf-8"))["rules"]]))


def run(names: Sequence[str], paths: Sequence[StoryPath], dialogues: Sequence[Row], folder: Path) -> list[Variant]:
    """Train, play, and ask each variant."""
    variants = []
    for name in names:
        _say(f"Training {name} ...")
        (folder / name).mkdir()
        model = train(config_with(VARIANTS[name], folder / name))
        _say(f"Playing {len(paths)} paths and {len(dialogues)} dialogues ...")
        with bot.running(model) as url:
            asked = score.run(dialogues, score.over_channel(url))
        variants.append(Variant(name, tuple(play(model, paths)), asked))
    return variants


def table(variants: Sequence[Variant], ruled: frozenset[str]) -> str:
    """The figures as text, and the turns of paths that went wrong."""
    lines = [f"{'policies':<28}{'turns no rule decides':>24}{'whole paths':>14}{'dialogue turns':>17}{'whole dialogues':>18}"]
    for variant in variants:
        rates = (variant.turns(ruled), variant.paths, Rate.count(r.is_right for r in variant.asked.results))
        shown = [f"{rate.right}/{rate.of}" for rate in (*rates, variant.asked.whole_dialogues)]
        lines.append(f"{variant.name:<28}{shown[0]:>24}{shown[1]:>14}{shown[2]:>17}{shown[3]:>18}")
    for variant in variants:
        wrong = [step for step in variant.steps if not step.is_right]
        lines += ["", f"Wrong with {variant.name}: {len(wrong)}", *map(_wrong, wrong)]
    return "\n".join(lines)


def _wrong(step: Step) -> str:
    did = [f"{action} ({policy.rpartition('.')[2]})" for action, policy in zip(step.actions, step.policies, strict=True)]
    counted = [f"{count} x {name}" if count > 1 else name for name, count in Counter(did).items()]
    right = " or ".join(step.turn.right)
    return f"  {step.path.name}: {step.turn.intent} should lead to {right}, did {', '.join(counted) or 'nothing'}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the ablation. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m lab.evaluation.ablation", description="Measure what each policy adds.")
    parser.add_argument("sets", nargs="*", type=Path, metavar="SET", default=DIALOGUES, help="dialogues to ask")
    parser.add_argument("--paths", type=Path, default=PATHS, help="paths to play")
    parser.add_argument("--only", action="append", choices=VARIANTS, help="a variant to run; all are without this")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _stop)
    try:
        dialogues = [row for row in sets.read_sets(options.sets) if row.is_dialogue]
        with tempfile.TemporaryDirectory() as folder:
            variants = run(options.only or list(VARIANTS), read_paths(options.paths), dialogues, Path(folder))
    except (SetError, StartError, TrainingError) as error:
        _say(f"Could not measure: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(variants, intents_with_rules()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
