"""Names the intent of each question in a message: sentence vector and n-grams into a logistic regression.

Two regressions read each question, and the mean of what they say counts: one with its topics masked, so that what is asked is
learned apart from what it is asked about and a new topic needs no new examples; one on the words as typed, which knows better
where the name itself says what is asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from fascicle.nlu.linear import Features, Head
from fascicle.nlu.question_splitter import split
from fascicle.nlu.topic_linker import TopicLinker

MASKS = {"topic": "this condition", "passage": "this detail", "outside": "something else"}
"""What stands for a linked name when a question is classified."""
QUESTIONS = ("ask_", "express_")
"""How intents begin that ask for something."""
CONVERSATION = frozenset({
    "ask_bot", "ask_help", "ask_human", "ask_more", "ask_privacy", "ask_rephrase", "ask_topic", "ask_why_asked", "express_worry",
})  # fmt: skip
"""Intents that beside a question about the article only lead up to it."""
RANKED = 3
ASKED, STATED = 0.35, 0.6
"""Least probability at which a part of a message counts as a question of its own: one in the form of a question, any other."""
QUESTION_FORM = re.compile(
    r"\?|^\W*(?:(?:so|and|but|ok|or|also|then)\W+)*(?:what|how|why|when|where|who|which|is|are|am|can|could|do|does|did|should|shall"
    r"|will|would|may|has|have|any|tell|explain|give|show|list|name)", re.IGNORECASE
)  # fmt: skip
IMPLIED = 0.6
"""Least probability at which a topic counts as meant though no name of it was found."""
NO_TOPIC = "none"


@dataclass(frozen=True)
class Part:
    """A stretch of a message with the entities in it and the probability of each intent."""

    text: str
    entities: list[dict[str, Any]]
    probabilities: NDArray[np.float32]
    implied_topic: str | None


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent):
    """Sets a message's intent and its `questions`: each with its text, intent, confidence, and entities, in the order asked.

    Reads the entities of `TopicLinker`, which has to stand before it in the pipeline.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._features = Features()
        self._masked: Head | None = None
        self._typed: Head | None = None
        self._topics: Head | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        """The linker names the topics that are masked here."""
        return [TopicLinker]

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> QuestionClassifier:
        """A classifier that has yet to be trained."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn intents from masked questions, and implied topics from questions as they were typed."""
        examples = training_data.intent_examples
        typed = [example.get("text") for example in examples]
        masked = [_masked(text, example.get("links")) for text, example in zip(typed, examples, strict=True)]
        self._features.fit(masked)
        place = {text: n for n, text in enumerate(dict.fromkeys([*masked, *typed]))}
        rows = self._features.rows(list(place))
        intents = [example.get("intent") for example in examples]
        self._masked = Head.fit(rows[[place[text] for text in masked]], intents)
        self._typed = Head.fit(rows[[place[text] for text in typed]], intents)
        about = [(place[text], topic) for text, example in zip(typed, examples, strict=True) if (topic := _only_topic(example))]
        self._topics = Head.fit(rows[[n for n, _ in about]], [topic for _, topic in about])
        with self._model_storage.write_to(self._resource) as folder:
            self._features.save(folder)
            self._masked.save(folder / "masked.npz")
            self._typed.save(folder / "typed.npz")
            self._topics.save(folder / "topics.npz")
        return self._resource

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> QuestionClassifier:  # fmt: skip
        """The classifier of a trained model."""
        made = cls(model_storage, resource)
        with model_storage.read_from(resource) as folder:
            made._features.load(folder)
            made._masked = Head.load(folder / "masked.npz")
            made._typed = Head.load(folder / "typed.npz")
            made._topics = Head.load(folder / "topics.npz")
        return made

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's intent, intent ranking, and questions."""
        for message in messages:
            self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        if message.get("red_flag"):
            return
        if (message.get("text") or "").startswith(INTENT_MESSAGE_PREFIX):
            message.set("intent", {"name": None, "confidence": 1.0}, add_to_output=True)
            message.set("intent_ranking", [], add_to_output=True)
            return  # the handler behind this reads the intent from the payload
        assert self._masked is not None, "the classifier was neither trained nor loaded"
        text, entities = message.get("text") or "", message.get("links") or []
        spans = split(text)
        parts = self._parts(text, entities, [(0, len(text)), *(spans if len(spans) > 1 else [])])
        questions = self._questions(parts[0], parts[1:])
        ranking = questions[0]["ranking"]
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set("questions", questions, add_to_output=True)

    def _parts(self, text: str, entities: list[dict[str, Any]], spans: list[tuple[int, int]]) -> list[Part]:
        assert self._masked is not None
        assert self._typed is not None
        assert self._topics is not None
        inside = [[e for e in entities if start <= e["start"] and e["end"] <= end] for start, end in spans]
        masked = [_masked(text[start:end], found, start) for (start, end), found in zip(spans, inside, strict=True)]
        typed = self._features.rows([text[start:end] for start, end in spans])
        read = (self._masked.probabilities(self._features.rows(masked)) + self._typed.probabilities(typed)) / 2
        return [
            Part(text[start:end], self._weighed(found, guess), intents, None if found else self._implied(guess))
            for (start, end), found, intents, guess in zip(spans, inside, read, self._topics.probabilities(typed), strict=True)
        ]

    def _weighed(self, entities: list[dict[str, Any]], topics: NDArray[np.float32]) -> list[dict[str, Any]]:
        """The entities, each topic with the probability that the words are about it and do not only name it."""
        assert self._topics is not None
        likely = dict(zip(self._topics.classes, topics, strict=True))
        return [entity | {"likelihood": float(likely.get(entity["value"], 1.0))} for entity in entities]

    def _implied(self, probabilities: NDArray[np.float32]) -> str | None:
        assert self._topics is not None
        best = int(probabilities.argmax())
        topic = self._topics.classes[best]
        return topic if topic != NO_TOPIC and probabilities[best] >= IMPLIED else None

    def _questions(self, whole: Part, parts: list[Part]) -> list[dict[str, Any]]:
        """The questions of a message, in the order asked; what is not a question is background of the one beside it."""
        asked = _without_repeats([part for part in parts if self._asks(part)], self._top)
        if len(asked) > 1:
            return [self._question(part, whole) for part in asked]
        if len(asked) == 1:
            mixed = (whole.probabilities + asked[0].probabilities) / 2
            return [self._question(replace(asked[0], probabilities=mixed), whole)]
        return [self._question(whole, whole)]

    def _question(self, part: Part, whole: Part) -> dict[str, Any]:
        assert self._masked is not None
        order = np.argsort(-part.probabilities)[:RANKED]
        ranking = [{"name": self._masked.classes[i], "confidence": float(part.probabilities[i])} for i in order]
        return {
            "text": part.text,
            "intent": ranking[0]["name"],
            "confidence": ranking[0]["confidence"],
            "ranking": ranking,
            "entities": part.entities,
            "background": [e for e in whole.entities if e["start"] not in {own["start"] for own in part.entities}],
            "implied_topic": part.implied_topic or whole.implied_topic,
        }

    def _top(self, part: Part) -> str:
        assert self._masked is not None
        return self._masked.classes[int(part.probabilities.argmax())]

    def _asks(self, part: Part) -> bool:
        intent, bar = self._top(part), ASKED if QUESTION_FORM.search(part.text) else STATED
        return intent.startswith(QUESTIONS) and intent not in CONVERSATION and float(part.probabilities.max()) >= bar


def _without_repeats(parts: list[Part], top: Callable[[Part], str]) -> list[Part]:
    """`parts` less those that ask the same of the same as an earlier one."""
    kept: dict[tuple[str, tuple[str, ...]], Part] = {}
    for part in parts:
        kept.setdefault((top(part), tuple(entity["value"] for entity in part.entities)), part)
    return list(kept.values())


def _only_topic(example: Message) -> str | None:
    """The one topic of an example, `NO_TOPIC` if it has none, None if it has several."""
    topics = {entity["value"] for entity in example.get("entities") or [] if entity["entity"] == "topic"}
    return None if len(topics) > 1 else next(iter(topics), NO_TOPIC)


def _masked(text: str, entities: list[dict[str, Any]], offset: int = 0) -> str:
    """`text` with what stands for each linked name in its place; the article's subject stays as it was typed."""
    for entity in sorted(entities, key=lambda e: -e["start"]):
        if not entity.get("subject"):
            text = text[: entity["start"] - offset] + MASKS[entity["entity"]] + text[entity["end"] - offset :]
    return text
