"""Where a turn goes, in one process and thread: `python -m lab.benchmarks.stages MODEL TURNS`; prints milliseconds as JSON."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from fascicle import environment

environment.prepare_to_serve()

import structlog  # noqa: E402
from rasa.core.actions.action import RemoteAction  # noqa: E402
from rasa.core.policies.memoization import MemoizationPolicy  # noqa: E402
from rasa.core.policies.rule_policy import RulePolicy  # noqa: E402
from rasa.core.processor import MessageProcessor  # noqa: E402

from fascicle import library  # noqa: E402
from fascicle.bot import agent as bot  # noqa: E402
from fascicle.bot import servers  # noqa: E402
from fascicle.bot.conversations import Conversations  # noqa: E402
from fascicle.bot.turn import replies  # noqa: E402
from fascicle.understanding.kernel_ridge import Regression, Space  # noqa: E402
from fascicle.understanding.question_classifier import QuestionClassifier  # noqa: E402
from fascicle.understanding.sentence_encoder import SentenceEncoder  # noqa: E402
from fascicle.understanding.topic_linker import TopicLinker  # noqa: E402
from lab.benchmarks.bots import new_sender  # noqa: E402
from lab.benchmarks.load import numbered, questions  # noqa: E402

STAGES = {
    "sentence encoder": (SentenceEncoder, "encode"),
    "words": (Space, "points"),
    "regression": (Regression, "scores"),
    "topic linker": (TopicLinker, "process"),
    "question classifier": (QuestionClassifier, "process"),
    "rules": (RulePolicy, "predict_action_probabilities"),
    "memoization": (MemoizationPolicy, "predict_action_probabilities"),
    "action server": (bot.ActionServer, "request"),
    "rest of an action": (RemoteAction, "run"),
    "tracker store": (Conversations, "retrieve"),
    "tracker store, saving": (Conversations, "save"),
    "understanding": (MessageProcessor, "parse_message"),
}
"""What is timed: a method of a class. Time spent in a stage inside another counts for the inner one."""
CLASSIFYING = ("sentence encoder", "words", "regression", "question classifier")
"""The stages that together turn a message into intents."""


class Clock:
    """Adds up the time of each stage, that of stages inside it left out."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[float] = []

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time the block as a stage."""
        self._inside.append(0.0)
        start = time.perf_counter()
        try:
            yield
        finally:
            took = time.perf_counter() - start
            self.seconds[name] += took - self._inside.pop()
            if self._inside:
                self._inside[-1] += took

    def watch(self, owner: type, method: str, name: str) -> None:
        """Time every call of a method as a stage."""
        setattr(owner, method, self._watched(getattr(owner, method), name))

    def _watched(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        if asyncio.iscoroutinefunction(call):

            async def waited(*arguments: Any, **settings: Any) -> Any:
                with self.stage(name):
                    return await call(*arguments, **settings)

            return waited

        def called(*arguments: Any, **settings: Any) -> Any:
            with self.stage(name):
                return call(*arguments, **settings)

        return called


async def measure(model: Path, action_url: str, turns: int) -> dict[str, Any]:
    """Median milliseconds of each stage of a turn, and of those that classify, the questions never asked before."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))  # as when it is served
    clock = Clock()
    for name, (owner, method) in STAGES.items():
        clock.watch(owner, method, name)
    loaded = bot.Bot(await bot.load(model, action_url), library.opened())
    asked = questions()
    found: dict[str, list[float]] = defaultdict(list)
    classifying: list[float] = []
    for number in range(-5, turns):
        clock.seconds.clear()
        start = time.perf_counter()
        text = numbered(asked[number % len(asked)], number)
        async for _ in replies(loaded, new_sender() if number % 5 == 0 else "b" * 24, text):
            pass
        whole = time.perf_counter() - start
        for name in (*STAGES, "rest"):
            seconds = whole - sum(clock.seconds.values()) if name == "rest" else clock.seconds.get(name, 0.0)
            if number >= 0:
                found[name].append(1000 * seconds)
        if number >= 0:
            classifying.append(sum(found[name][-1] for name in CLASSIFYING))
    return {"stages": {name: median(values) for name, values in found.items()}, "classifying": median(classifying)}


def main(model: Path, turns: int) -> None:
    """Measure with an action server of our own."""
    with (servers.state_folder() / "benchmark.log").open("ab") as log, servers.action_server(log) as actions:
        actions.wait()
        print(json.dumps(asyncio.run(measure(model, actions.url, turns))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
