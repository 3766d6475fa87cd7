"""The first component of the pipeline: everything behind it reads the text evened out."""

from __future__ import annotations

from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from fascicle.understanding.text import even_out


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class TextEvener(GraphComponent):
    """Evens out the text of each message and of each training example, so that both are read alike. Payloads stay as they are."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> TextEvener:
        """The component; it has nothing to learn."""
        return cls()

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Even out the training examples."""
        self.process(training_data.training_examples)
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Even out messages."""
        for message in messages:
            text = message.get("text") or ""
            if not text.startswith(INTENT_MESSAGE_PREFIX):
                plain = even_out(text).lstrip(INTENT_MESSAGE_PREFIX + " ")  # nothing becomes a command by being evened out
                message.set("text", plain, add_to_output=True)
        return messages
