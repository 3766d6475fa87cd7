"""What follows what: conversations that no story contains, and conversations at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML

from evaluation import ablation
from evaluation.ablation import PathTurn, Step, StoryPath, Variant
from evaluation.score import Score
from fascicle import article
from fascicle.article import ROOT
from fascicle.reply import payload

Say = Callable[[str], list[dict[str, Any]]]

PATHS = ablation.read_paths()
DOMAIN = YAML(typ="safe", pure=True).load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = [next(iter(intent)) if isinstance(intent, dict) else intent for intent in DOMAIN["intents"]]
WALKS, TURNS, MOST_MESSAGES = 20, 15, 3


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in PATHS])
def test_a_path_that_no_story_contains_goes_as_it_should(bot: Any, path: StoryPath) -> None:
    for step in bot.loop.run_until_complete(ablation.walk(bot.agent, path)):
        assert step.is_right, f"{step.turn.intent} led to {step.actions}"


@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_said_after_whatever_gets_one_reply(say: Say, seed: int) -> None:
    chosen, topics, said = random.Random(seed), list(article.default().topics), []
    for _ in range(TURNS):
        intent = chosen.choice(INTENTS)
        said.append(payload(intent, topic=chosen.choice(topics)) if chosen.random() < 0.5 else payload(intent))
        messages = say(said[-1])
        assert 0 < len(messages) <= MOST_MESSAGES, said
        assert "error" not in {message["kind"] for message in messages}, said


def test_paths_name_intents_and_actions_of_the_domain() -> None:
    known = {*DOMAIN["actions"], *DOMAIN["responses"]}
    assert len({path.name for path in PATHS}) == len(PATHS) > 30
    for path in PATHS:
        assert len(path.turns) > 1, path.name
        for turn in path.turns:
            assert turn.intent in INTENTS
            assert set(turn.right) <= known


def test_stories_that_always_do_the_same_can_be_rules() -> None:
    stories = [
        {"steps": [{"checkpoint": "replied"}, {"intent": "affirm"}, {"action": "action_accept"}]},
        {"steps": [{"or": [{"intent": "affirm"}, {"intent": "skip"}]}, {"action": "action_accept"}]},
        {"steps": [{"intent": "skip"}, {"action": "utter_skip"}]},
        {"steps": [{"intent": "greet"}, {"action": "utter_greet"}]},
    ]
    assert ablation.stories_as_rules(stories, frozenset({"greet"})) == {"affirm": "action_accept"}


def test_the_table_counts_what_no_rule_decides_and_names_what_is_wrong() -> None:
    path = StoryPath("a path", (PathTurn("greet", ("utter_greet",)), PathTurn("deny", ("utter_deny",))))
    right, wrong = path.turns
    steps = (
        Step(path, right, ("utter_greet",), ("RulePolicy",)),
        Step(path, wrong, ("action_clarify",) * 2, ("a.RulePolicy",) * 2),
    )
    text = ablation.table([Variant("rules", steps, Score(()))], frozenset({"greet"}))
    assert "0/1" in text
    assert "a path: deny should lead to utter_deny, did 2 x action_clarify (RulePolicy)" in text


def test_an_action_too_many_is_wrong() -> None:
    path = StoryPath("a path", (PathTurn("deny", ("utter_deny",)),))
    assert not Step(path, path.turns[0], ("utter_deny", "action_clarify"), ("", "")).is_right
