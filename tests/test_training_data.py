"""The training data: enough of it, no two examples alike, none in two intents, and none that gives a scored question away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fascicle import ROOT
from lab.evaluation.training_data import (
    AFTER_ALARM,
    Example,
    contradictions,
    faults,
    given_away,
    read_examples,
    read_questions,
    repeats,
)

ENOUGH = 4_000
ALS, COFFEE = '[ALS]{"entity": "topic", "value": "als"}', '[coffee]{"entity": "topic", "value": "caffeine"}'


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return read_examples(ROOT / "data/nlu")


@pytest.fixture(scope="module")
def questions() -> list[str]:
    """Texts of our question sets, and of those in the folder that `FASCICLE_EVAL_SETS` names."""
    ours = (ROOT / "tests/questions/dev", ROOT / "tests/questions/final")
    folders = [*ours, *map(Path, filter(None, [os.environ.get("FASCICLE_EVAL_SETS")]))]
    return read_questions(path for folder in folders for path in sorted(folder.glob("*.jsonl")))


def test_there_are_enough_examples(examples: list[Example]) -> None:
    assert len(examples) >= ENOUGH


def test_the_examples_are_without_fault(examples: list[Example], questions: list[str]) -> None:
    assert questions
    found = faults(examples, questions)
    if found:
        pytest.fail(f"{len(found)} faults in data/nlu:\n" + "\n".join(map(str, found)), pytrace=False)


def test_no_built_example_stands_in_another_intent(examples: list[Example]) -> None:
    built = read_examples(ROOT / "data/built")
    assert built
    assert list(map(str, contradictions([*(example for example in examples if example.file != AFTER_ALARM), *built]))) == []


def made(*sources: str, intent: str = "ask_overview") -> list[Example]:
    return [Example("a.yml", number, intent, source) for number, source in enumerate(sources, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("what is this", "What is THIS?"),
        (f"what about {ALS}", f"what about {COFFEE} ?"),
        (f"is {ALS} what makes my lip jump", f"is {COFFEE} what makes my lip jump"),
        ("will my lip ever stop", "will my lip stop, ever"),
        ("does a lip twitch come and go for days and weeks", "does a lip twitch come and go for days and for weeks"),
        ("one two three four five six seven eight nine ten", "one two three four five six seven eight nine ten eleven"),
    ],
)
def test_examples_that_say_the_same_are_found(one: str, other: str) -> None:
    found = list(repeats(made(one, "something else entirely", other)))
    assert [fault.example.line for fault in found] == [3]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ALS, COFFEE),
        ("is it this", "this is it"),
        ("is it [magnesium](outside)", "is it [dehydration](outside)"),
        ("will my lip ever stop", "will my lip ever stop twitching"),
    ],
)
def test_examples_that_differ_are_kept(one: str, other: str) -> None:
    assert list(repeats(made(one, other))) == []


def test_the_same_text_in_two_intents_is_found() -> None:
    examples = [*made(f"{ALS} cure"), *made("als cure!", intent="ask_treatment")]
    assert [fault.what for fault in contradictions(examples)] == ["stands in ask_overview and in ask_treatment"]


@pytest.mark.parametrize(
    ("example", "question", "is_given_away"),
    [
        (f"does {COFFEE} twitch lips", "Does coffee twitch lips?", True),
        ("why does my lip twitch now", "why does my lip twitch", True),  # 5 of 6 words
        ("why does my lip", "why does my lip twitch", True),  # 4 of 5
        ("why does my mouth twitch", "why does my lip twitch", False),  # 4 of 6
        (f"does {ALS} twitch lips", "does coffee twitch lips", False),
        ("why lip twitch", "why lip twitch", False),  # so short that anyone says it
    ],
)
def test_scored_questions_are_found(example: str, question: str, is_given_away: bool) -> None:
    assert bool(list(given_away(made(example), ["something else", question]))) is is_given_away


def test_examples_are_read_with_their_lines(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(
        'version: "3.1"\n\nnlu:\n  - intent: greet\n    examples: |\n      - hi\n      - Hello there!\n'
        "  - lookup: topic\n    examples: |\n      - als\n  - intent: ask_topic\n    examples: |\n"
        f"      - and {ALS}?\n"
    )
    found = read_examples(tmp_path)
    assert [(example.line, example.intent, example.text, example.form) for example in found] == [
        (6, "greet", "hi", "hi"),
        (7, "greet", "hello there", "hello there"),
        (13, "ask_topic", "and als", "and xtopicx"),
    ]
