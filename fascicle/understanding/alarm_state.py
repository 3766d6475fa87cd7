"""An alarm is a state: while it stands, a message is first of all what it is to that.

Last in the pipeline. What the message would be otherwise stays in its ranking and its questions.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from fascicle.library import country_named
from fascicle.understanding.question import ENDS

SLOT = "alarm"
"""Slot that holds the alarm that stands."""
ASKED = "action_ask_whether_new"
"""The action after which yes and no say whether a sign is new."""
ANSWERS = {"affirm": "confirm_sign", "deny": "deny_sign"}
"""What a yes and a no are to that question."""
PLAINLY = 0.6
"""Least probability at which a message ends an alarm."""
DESPITE = "ask_despite_alarm"
"""Intent of what has nothing to do with the alarm that stands."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class AlarmState(GraphComponent):
    """Sets the intent of a message that raises an alarm, or that comes while one stands."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> AlarmState:
        """The component; it has nothing to learn."""
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Set intents."""
        for message in messages:
            intent = _intent(message, tracker)
            if intent:
                message.set("intent", {"name": intent, "confidence": 1.0}, add_to_output=True)
                _set_country(message)
        return messages


def _intent(message: Message, tracker: DialogueStateTracker | None) -> str | None:
    """What a message is to an alarm; None if there is none."""
    if alarm := message.get("alarm"):
        return str(alarm["kind"])
    if tracker is None:
        return None
    if tracker.get_slot(SLOT):
        text = message.get("text") or ""
        if text.startswith(INTENT_MESSAGE_PREFIX):
            message.set("text", text[1:], add_to_output=True)  # no command while an alarm stands
            message.set("payload", text, add_to_output=True)
            return DESPITE
        return _follow_up(message.get("follow_up") or [])
    if _was_asked(tracker):
        return ANSWERS.get((message.get("intent") or {}).get("name") or "")
    return "report_unclear_sign" if message.get("unclear") else None


def _follow_up(ranking: list[dict[str, Any]]) -> str:
    """The likeliest that a message is while an alarm stands; only what is plainly an end of it is taken for one."""
    plain = (entry["name"] for entry in ranking if entry["name"] not in ENDS or entry["confidence"] >= PLAINLY)
    return str(next(plain, "acknowledge"))


def _set_country(message: Message) -> None:
    """Add the country that a message names to its entities, from where Rasa puts it into a slot."""
    if country := country_named(message.get("text") or ""):
        entity = {"entity": "country", "value": country, "start": 0, "end": 0, "extractor": "AlarmState"}
        message.set("entities", [*(message.get("entities") or []), entity], add_to_output=True)


def _was_asked(tracker: DialogueStateTracker) -> bool:
    """Whether the last thing said was the question whether a sign is new."""
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return False
        if isinstance(event, ActionExecuted) and event.action_name == ASKED:
            return True
    return False
