"""The policy that numpy runs, against Rasa's own with the same weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates

from fascicle.fast_ted import FastTEDPolicy
from fascicle.ted_training import TrainedTED

DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [ask: {use_entities: []}, affirm, thank]
actions: [action_answer]
responses: {utter_thank: [{text: You are welcome}]}
forms: {check_form: {required_slots: []}}
slots:
  outcome: {type: categorical, values: [answer, notice], influence_conversation: true, mappings: [{type: custom}]}
""")
SETTINGS = {"max_history": 4, "epochs": 3, "constrain_similarities": True}
RESOURCE = Resource("ted")


def turn(intent: str, action: str, *then: Event) -> list[Event]:
    return [ActionExecuted("action_listen"), UserUttered(intent={"name": intent}), ActionExecuted(action), *then]


ANSWERED = turn("ask", "action_answer", SlotSet("outcome", "answer"))
THANKED = turn("thank", "utter_thank")
CHECKED = turn("affirm", "check_form", ActiveLoop("check_form"))
LISTENING = ActionExecuted("action_listen")
CONVERSATIONS = [
    [*ANSWERED, *THANKED, *ANSWERED, *turn("affirm", "action_answer", SlotSet("outcome", "notice")), LISTENING],
    [*THANKED, *CHECKED, ActiveLoop(None), *ANSWERED, LISTENING],
    [*turn("affirm", "utter_thank"), *THANKED, LISTENING],
]


def tracker(events: list[Event]) -> Any:
    return TrackerWithCachedStates.from_events("a", events, slots=DOMAIN.slots, domain=DOMAIN)


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, FastTEDPolicy]:
    """Rasa's policy as it was trained, and ours as it is loaded."""
    kept: list[Any] = []

    class Kept(TrainedTED):
        def persist(self) -> None:
            super().persist()
            kept.append(self)

    storage = LocalModelStorage(tmp_path_factory.mktemp("model"))
    context = ExecutionContext(GraphSchema({}))
    config = TrainedTED.get_default_config() | SETTINGS
    Kept(config, storage, RESOURCE, context).train([tracker(events) for events in CONVERSATIONS], DOMAIN)
    return kept[0], FastTEDPolicy.load(SETTINGS, storage, RESOURCE, context)


@pytest.mark.parametrize(
    "events",
    [events[:count] for events in CONVERSATIONS for count in range(1, len(events) + 1)],
    ids=lambda events: f"{len(events)} events",
)
def test_it_predicts_what_rasas_policy_predicts(policies: tuple[Any, FastTEDPolicy], events: list[Event]) -> None:
    theirs, ours = (policy.predict_action_probabilities(tracker(events), DOMAIN) for policy in policies)
    np.testing.assert_allclose(ours.probabilities, theirs.probabilities, rtol=0, atol=1e-6)
    assert ours.max_confidence_index == theirs.max_confidence_index
    assert (ours.policy_priority, ours.is_end_to_end_prediction) == (theirs.policy_priority, theirs.is_end_to_end_prediction)


def test_predictions_differ_between_states(policies: tuple[Any, FastTEDPolicy]) -> None:
    _, ours = policies
    first, second = (ours.predict_action_probabilities(tracker(events), DOMAIN) for events in (ANSWERED, CONVERSATIONS[1]))
    assert not np.allclose(first.probabilities, second.probabilities, atol=1e-3)
