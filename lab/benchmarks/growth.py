"""How the cost of a turn grows: with the length of the conversation, the number of topics, and the training questions."""

from __future__ import annotations

import json
import tarfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from functools import cache
from itertools import islice, product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from ruamel.yaml import YAML

from fascicle.library import default_path
from lab.benchmarks import bots
from lab.benchmarks.bots import Bot
from lab.benchmarks.load import numbered, questions
from lab.benchmarks.projects import Trained

SHORT, LONG = 5, 500
"""The turns whose ratio is reported."""
ROUNDS = 25
Curve = dict[int, float]
_SYLLABLES = ("bar", "cel", "dor", "fen", "gol", "hab", "jin", "kur", "lem", "mox", "nev", "pir", "quo", "ras", "sut", "tam")


def conversation(bot: Bot, places: Sequence[int], rounds: int = ROUNDS) -> Curve:
    """Median milliseconds of turns at these places of a conversation.

    Conversations of all lengths are asked by turns, so that whatever else the machine does counts for each alike. Each is
    asked again from its place on, but the shortest, which would not stay short, begins anew.
    """
    asked = questions()
    senders = {place: _talked(bot, place - 1) for place in places}
    seconds: dict[int, list[float]] = {place: [] for place in places}
    for number in range(rounds):
        for place in places:
            sender = senders[place] if place > SHORT else _talked(bot, place - 1)
            text = numbered(asked[number % len(asked)], number * 1000 + place)
            start = time.perf_counter()
            bots.ask(bot.url, sender, text)
            seconds[place].append(time.perf_counter() - start)
    return {place: 1000 * median(found) for place, found in seconds.items()}


def _talked(bot: Bot, turns: int) -> str:
    """The sender of a conversation that had so many turns."""
    sender, asked = bots.new_sender(), questions()
    for number in range(turns):
        bots.ask(bot.url, sender, asked[number % len(asked)])
    return sender


def topics(trained: Trained, counts: Sequence[int], log: Path, rounds: int = ROUNDS) -> Curve:
    """Median milliseconds of a turn with an article of so many topics, every other name misspelled.

    The trained model is kept but for its list of names: neither what is understood nor what is answered depends on more.
    """
    with TemporaryDirectory() as folder, ExitStack() as running:
        made = {count: bots.ours(with_topics(trained, count, Path(folder) / str(count))) for count in counts}
        for bot in made.values():
            running.enter_context(bots.serving(bot, log))
        seconds: dict[int, list[float]] = {count: [] for count in counts}
        for number in range(rounds):
            for count, bot in made.items():
                name = _names(count)[number * 7 % count]
                text = numbered(f"What helps with {name if number % 2 else name[:4] + name[5:]}?", number)
                start = time.perf_counter()
                bots.ask(bot.url, bots.new_sender(), text)
                seconds[count].append(time.perf_counter() - start)
    return {count: 1000 * median(found) for count, found in seconds.items()}


def with_topics(trained: Trained, count: int, folder: Path) -> Trained:
    """The trained bot with an article of `count` topics, each with three passages."""
    folder.mkdir(parents=True)
    article = _article(count)
    path = folder / "article.yml"
    YAML(typ="safe").dump(article, path)
    unpacked = folder / "model"
    with tarfile.open(trained.model) as archive:
        archive.extractall(unpacked)
    (names,) = unpacked.glob("components/*TopicLinker*/aliases.json")
    listed = {alias: topic["id"] for topic in article["topics"] for alias in topic["aliases"]}
    names.write_text(json.dumps({"labels": dict.fromkeys(listed.values(), "topic"), "aliases": listed}), encoding="utf-8")
    model = folder / "model.tar.gz"
    with tarfile.open(model, "w:gz") as archive:
        for part in sorted(unpacked.iterdir()):
            archive.add(part, part.name)
    return Trained(folder, model, trained.seconds, {"FASCICLE_ARTICLE": str(path)})


def _article(count: int) -> dict[str, Any]:
    real = YAML(typ="safe").load(default_path().read_text(encoding="utf-8"))
    subject = next(topic for topic in real["topics"] if topic["id"] == real["article"]["subject"])
    made = [_topic(name) for name in _names(count)[1:]]
    return {"article": real["article"], "references": [], "topics": [{**subject, "references": []}, *made]}


def _topic(name: str) -> dict[str, Any]:
    topic = name.replace(" ", "_")
    passages = [
        {"id": f"{topic}.{aspect}", "where": {"Causes": [1]}, "text": f"This says the {aspect} of {name}."}
        for aspect in ("overview", "symptoms", "treatment")
    ]
    return {"id": topic, "name": name, "cause": name.capitalize(), "aliases": [name, f"{name} disease"], "passages": passages}


@cache
def _names(count: int) -> list[str]:
    """As many names of two words, the first the subject's; nothing in English is spelled like the others."""
    pairs = ("".join(parts) for parts in product(_SYLLABLES, repeat=3))
    return ["lip twitching", *(f"{pair}ia syndrome" for pair in islice(pairs, count - 1))]
