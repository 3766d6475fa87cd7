"""What follows what: conversations that no story contains, and conversations at random."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from ruamel.yaml import YAML

from fascicle import ROOT, library
from fascicle.reply import payload
from lab.evaluation import ablation
from lab.evaluation.ablation import PathTurn, Step, StoryPath, Variant
from lab.evaluation.score import Score

Say = Callable[[str], list[dict[str, Any]]]

PATHS = ablation.read_paths()
DOMAIN = YAML(typ="safe", pure=True).load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = [next(iter(intent)) if isinstance(intent, dict) else intent for intent in DOMAIN["intents"]]
OUTCOMES = DOMAIN["slots"]["outcome"]["values"]
WALKS, TURNS, MOST_MESSAGES = 20, 15, 3


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name) for path in PATHS])
def test_a_path_that_no_story_contains_goes_as_it_should(bot: Any, path: StoryPath) -> None:
    for step in bot.loop.run_until_complete(ablation.walk(bot.agent, path)):
        assert step.is_right, f"{step.turn.intent} led to {step.actions}"


@pytest.mark.parametrize("seed", range(WALKS))
def test_whatever_is_said_after_whatever_gets_one_reply(say: Say, seed: int) -> None:
    chosen, topics, said = random.Random(seed), list(library.default().topics), []
    for _ in range(TURNS):
        intent = chosen.choice(INTENTS)
        said.append(payload(intent, topic=chosen.choice(topics)) if chosen.random() < 0.5 else payload(intent))
        messages = say(said[-1])
        assert 0 < len(messages) <= MOST_MESSAGES, said
        assert "error" not in {message["kind"] for message in messages}, said


@pytest.mark.parametrize("outcome", [None, *OUTCOMES])
@pytest.mark.parametrize("intent", sorted(set(INTENTS) - ablation.intents_with_rules()))
def test_what_no_rule_decides_a_story_does_whatever_the_last_reply_was(bot: Any, intent: str, outcome: str | None) -> None:
    events = [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        SlotSet("outcome", outcome),
        ActionExecuted("action_listen"),
        UserUttered(f"/{intent}", intent={"name": intent, "confidence": 1.0}),
    ]
    tracker = DialogueStateTracker.from_events("a" * 24, events, bot.agent.domain.slots)
    prediction = bot.agent.processor._predict_next_with_tracker(tracker)
    assert prediction.max_confidence == 1, bot.agent.domain.action_names_or_texts[prediction.max_confidence_index]


def test_paths_name_intents_and_actions_of_the_domain() -> None:
    known = {*DOMAIN["actions"], *DOMAIN["responses"]}
    assert len({path.name for path in PATHS}) == len(PATHS) > 30
    for path in PATHS:
        assert len(path.turns) > 1, path.name
        for turn in path.turns:
            assert turn.intent in INTENTS
            assert set(turn.right) <= known


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
