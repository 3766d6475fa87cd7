"""Finds training examples that repeat each other, contradict each other, or stand in a question set the bot is scored on."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import ceil
from pathlib import Path

ALIKE = 0.9
ALIKE_WORDS = 5
"""Two examples repeat each other when they share this much of their words, if both have at least so many; or are equal."""
KNOWN = 0.8
KNOWN_WORDS = 4
"""An example gives a scored question away when they share this much of their words, if both have at least so many."""
_INTENT = re.compile(r"^  - intent: (\S+)")
_EXAMPLE = re.compile(r"^      - (.+)$")
_ANNOTATION = re.compile(r'\[([^\]]+)\](?:\((\w+)\)|\{"entity": "(\w+)"[^}]*\})')
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")

AFTER_ALARM = "after_alarm.yml"
"""File of what is said after an alarm."""


@dataclass(frozen=True)
class Example:
    """One training example.

    Args:
        file: name of its file.
        line: its line there, counted from 1.
        intent: what it is an example of.
        source: the line, with its annotations.
    """

    file: str
    line: int
    intent: str
    source: str

    @cached_property
    def text(self) -> str:
        """What a person typed, in lower case and without punctuation."""
        return " ".join(words(_ANNOTATION.sub(r"\1", self.source)))

    @cached_property
    def form(self) -> str:
        """The text with topics masked: two examples that differ in the topic only have the same."""
        return " ".join(words(_ANNOTATION.sub(_mask, self.source)))

    @property
    def is_bare(self) -> bool:
        """Whether it is nothing but the name of a topic."""
        return _ANNOTATION.fullmatch(self.source) is not None

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.source}"


@dataclass(frozen=True)
class Fault:
    """An example that may not stay as it is: what is wrong, and what it collides with."""

    what: str
    example: Example
    other: str

    def __str__(self) -> str:
        return f"{self.what}\n    {self.example}\n    {self.other}"


def words(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(text.lower().replace("’", "'"))


def _mask(match: re.Match[str]) -> str:
    return "xtopicx" if "topic" in match.groups()[1:] else match[1]


def read_examples(folder: Path) -> list[Example]:
    """The examples of the files in a folder; reads line by line, to know the lines and because YAML parsers take long."""
    found = []
    for path in sorted(folder.glob("*.yml")):
        intent = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if header := _INTENT.match(line):
                intent = header[1]
            elif re.match(r"  - \w+:", line):
                intent = ""  # a lookup table or synonym
            elif intent and (example := _EXAMPLE.match(line)):
                found.append(Example(path.name, number, intent, example[1].strip()))
    return found


def read_questions(paths: Iterable[Path]) -> list[str]:
    """Every text of question sets, turns of dialogues among them."""
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [turn["text"] for row in rows for turn in row.get("turns", [row])]


def faults(examples: Sequence[Example], questions: Sequence[str]) -> list[Fault]:
    """Everything that is wrong with the examples, given the questions that the bot is scored on.

    What is said after an alarm is learned apart, so the same words may be something else there.
    """
    apart = [[example for example in examples if (example.file == AFTER_ALARM) is after] for after in (False, True)]
    found = [fault for group in apart for fault in (*contradictions(group), *repeats(group))]
    return [*found, *given_away(examples, questions)]


def contradictions(examples: Sequence[Example]) -> Iterator[Fault]:
    """Examples whose text stands under another intent as well."""
    first: dict[str, Example] = {}
    for example in examples:
        earlier = first.setdefault(example.text, example)
        if earlier.intent != example.intent:
            yield Fault(f"stands in {earlier.intent} and in {example.intent}", example, str(earlier))


def repeats(examples: Sequence[Example]) -> Iterator[Fault]:
    """Examples that say the same as an earlier one, but for the topic; bare names of topics may differ in the name only."""
    first: dict[str, Example] = {}
    kept = []
    for example in examples:
        earlier = first.setdefault(example.text if example.is_bare else example.form, example)
        if earlier is example:
            kept.append(example)
        else:
            yield Fault("says the same as another example", example, str(earlier))
    sets = [frozenset(example.form.split()) if len(example.form.split()) >= ALIKE_WORDS else frozenset() for example in kept]
    for later, earlier_place in _similar(sets, sets, ALIKE):
        if earlier_place < later:
            yield Fault("says nearly the same as another example", kept[later], str(kept[earlier_place]))


def given_away(examples: Sequence[Example], questions: Sequence[str]) -> Iterator[Fault]:
    """Examples that are, nearly or wholly, a question the bot is scored on."""
    asked = [text for text in questions if len(words(text)) >= KNOWN_WORDS]
    long = [example for example in examples if len(example.text.split()) >= KNOWN_WORDS]
    pairs = _similar([frozenset(e.text.split()) for e in long], [frozenset(words(text)) for text in asked], KNOWN)
    for example, question in pairs:
        yield Fault("is a question that the bot is scored on", long[example], asked[question])


def _similar(left: Sequence[frozenset[str]], right: Sequence[frozenset[str]], least: float) -> Iterator[tuple[int, int]]:
    """Places of each pair of sets whose Jaccard similarity is at least `least`.

    Two such sets share one of the rarest words of each (prefix filtering), so only those are looked up.
    """
    frequency = Counter(word for words_ in right for word in words_)
    places: dict[str, list[int]] = defaultdict(list)
    for place, words_ in enumerate(right):
        for word in _rarest(words_, frequency, least):
            places[word].append(place)
    for place, words_ in enumerate(left):
        for other in sorted({other for word in _rarest(words_, frequency, least) for other in places[word]}):
            if len(words_ & right[other]) >= least * len(words_ | right[other]):
                yield place, other


def _rarest(words_: frozenset[str], frequency: Counter[str], least: float) -> list[str]:
    ordered = sorted(words_, key=lambda word: (frequency[word], word))
    return ordered[: len(ordered) - ceil(least * len(ordered)) + 1]
