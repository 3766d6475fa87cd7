"""Looks for an emergency before anything else is understood.

A classifier of its own, on the words as they were typed: what is masked for the question classifier (an overdose of *caffeine
tablets*) is what matters here. It looks at the whole message and at each part of it, so that a red flag in the middle of a
long story counts.
"""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from fascicle.nlu.linear import Features, Head
from fascicle.nlu.question_splitter import split

EMERGENCIES = ("report_emergency", "report_crisis")
NONE = "none"
WHOLE_ALARM = 0.4
"""Least probability at which a message is an emergency. Below even odds, because a miss is worse than a false alarm; lower still,
and ordinary tales of tired people set it off."""
PART_ALARM = 0.7
"""Least probability at which one part of a message makes it one; higher, because a part stands without its context."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RedFlagDetector(GraphComponent):
    """Sets the intent of a message from or about someone who needs help now; leaves every other message alone."""

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._features = Features()
        self._flags: Head | None = None

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> RedFlagDetector:
        """A detector that has yet to be trained."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn emergencies from all other messages."""
        texts = [example.get("text") for example in training_data.intent_examples]
        intents = [example.get("intent") for example in training_data.intent_examples]
        self._features.fit(texts)
        self._flags = Head.fit(self._features.rows(texts), [i if i in EMERGENCIES else NONE for i in intents])
        with self._model_storage.write_to(self._resource) as folder:
            self._features.save(folder)
            self._flags.save(folder / "flags.npz")
        return self._resource

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> RedFlagDetector:  # fmt: skip
        """The detector of a trained model."""
        made = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._features.load(folder)
            made._flags = Head.load(folder / "flags.npz")
        return made

    def process(self, messages: list[Message]) -> list[Message]:
        """Set the intent of each message that is an emergency."""
        for message in messages:
            text = message.get("text") or ""
            flag = None if text.startswith(INTENT_MESSAGE_PREFIX) else self._flag(text)
            if flag is not None:
                intent = {"name": flag, "confidence": 1.0}
                message.set("red_flag", flag)
                message.set("intent", intent, add_to_output=True)
                message.set("intent_ranking", [intent], add_to_output=True)
        return messages

    def _flag(self, text: str) -> str | None:
        assert self._flags is not None, "the detector was neither trained nor loaded"
        parts = split(text)
        texts = [text, *(text[start:end] for start, end in parts if len(parts) > 1)]
        bars = [WHOLE_ALARM] + [PART_ALARM] * (len(texts) - 1)
        calm = self._flags.classes.index(NONE)
        for probabilities, bar in zip(self._flags.probabilities(self._features.rows(texts)), bars, strict=True):
            if 1 - probabilities[calm] >= bar:
                kinds = [self._flags.classes.index(intent) for intent in EMERGENCIES]
                return self._flags.classes[max(kinds, key=lambda kind: float(probabilities[kind]))]
        return None
