"""Names the intent of each question in a message: sentence vector and n-grams into a logistic regression.

Topics are masked before the n-grams and the vector are taken, so that what is asked is learned apart from what it is asked
about, and a new topic needs no new examples.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
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
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from fascicle.nlu.question_splitter import split
from fascicle.nlu.sentence_encoder import SentenceEncoder
from fascicle.nlu.topic_linker import TopicLinker

MASKS = {"topic": "this condition", "passage": "this detail", "outside": "something else"}
"""What stands for a linked name when a question is classified."""
BACKGROUND = frozenset({
    "affirm", "chitchat", "deny", "goodbye", "greet", "inform", "report_symptom", "express_worry", "thank", "out_of_scope",
    "ask_topic",
})  # fmt: skip
"""Intents that beside a question are only its background."""
EMERGENCIES = ("report_emergency", "report_crisis")
RANKED = 3
NGRAM_WEIGHT = 0.7
ASKED = 0.35
"""Least probability at which a part of a message counts as a question of its own."""
IMPLIED = 0.6
"""Least probability at which a topic counts as meant though no name of it was found."""
ALARM = 0.4
"""Least probability at which a part of a message counts as an emergency."""
NO_TOPIC = "none"




class Features:
    """Turns masked texts into rows of numbers: the sentence vector, word n-grams, and character n-grams."""

    def __init__(self, encoder: SentenceEncoder) -> None:
        self._encoder = encoder
        self._ngrams = {
            "words": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+|\?|!"),
            "characters": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True),
        }

    def fit(self, texts: Sequence[str]) -> None:
        """Learn the n-grams of `texts`."""
        for ngrams in self._ngrams.values():
            ngrams.fit(texts)

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Rows of `texts`, shape (number of texts, number of features)."""
        ngrams = [NGRAM_WEIGHT * part.transform(texts) for part in self._ngrams.values()]
        return hstack([csr_matrix(self._encoder.encode(texts)), *ngrams]).tocsr()

    def save(self, folder: Path) -> None:
        """Write the n-grams and their weights."""
        for name, part in self._ngrams.items():
            terms = sorted(part.vocabulary_, key=part.vocabulary_.get)
            (folder / f"{name}.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")
            np.save(folder / f"{name}_idf.npy", part.idf_)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        for name, part in self._ngrams.items():
            part.vocabulary = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            part.idf_ = np.load(folder / f"{name}_idf.npy")


@dataclass(frozen=True)
class Head:
    """A multinomial logistic regression: `classes`, their `weights` (classes, features), and their `bias`."""

    classes: list[str]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def fit(cls, rows: csr_matrix, labels: Sequence[str]) -> Head:
        """Learn `labels` from `rows`."""
        model = LogisticRegression(C=20, max_iter=200).fit(rows, labels)
        return cls(list(model.classes_), model.coef_.astype(np.float32), model.intercept_.astype(np.float32))

    def probabilities(self, rows: csr_matrix) -> NDArray[np.float32]:
        """Probability of each class for each row, shape (rows, classes)."""
        scores = rows @ self.weights.T + self.bias
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def save(self, path: Path) -> None:
        """Write to an npz file."""
        np.savez(path, classes=np.array(self.classes), weights=self.weights.astype(np.float16), bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> Head:
        """Read an npz file."""
        with np.load(path) as data:
            return cls(data["classes"].tolist(), data["weights"].astype(np.float32), data["bias"])


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
        self._features = Features(SentenceEncoder())
        self._intents: Head | None = None
        self._topics: Head | None = None

    @classmethod
    def required_components(cls) -> list[type]:
        """The linker names the topics that are masked here."""
        return [TopicLinker]

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> QuestionClassifier:
        """A classifier that has yet to be trained."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn intents from masked questions, and implied topics from questions as they were typed."""
        examples = training_data.intent_examples
        texts = [example.get("text") for example in examples]
        masked = [_masked(text, example.get("links")) for text, example in zip(texts, examples, strict=True)]
        self._features.fit(masked)
        self._intents = Head.fit(self._features.rows(masked), [example.get("intent") for example in examples])
        about = [(text, topic) for text, example in zip(texts, examples, strict=True) if (topic := _only_topic(example))]
        self._topics = Head.fit(self._features.rows([text for text, _ in about]), [topic for _, topic in about])
        with self._model_storage.write_to(self._resource) as folder:
            self._features.save(folder)
            self._intents.save(folder / "intents.npz")
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
            made._intents = Head.load(folder / "intents.npz")
            made._topics = Head.load(folder / "topics.npz")
        return made

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's intent, intent ranking, and questions."""
        for message in messages:
            self._understand(message)
        return messages

    def _understand(self, message: Message) -> None:
        if (message.get("text") or "").startswith(INTENT_MESSAGE_PREFIX):
            return  # Rasa reads the intent from the payload
        assert self._intents is not None, "the classifier was neither trained nor loaded"
        text, entities = message.get("text") or "", message.get("links") or []
        spans = split(text)
        parts = self._parts(text, entities, [(0, len(text)), *(spans if len(spans) > 1 else [])])
        questions = self._questions(parts[0], parts[1:])
        ranking = questions[0]["ranking"]
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)
        message.set("questions", questions, add_to_output=True)

    def _parts(self, text: str, entities: list[dict[str, Any]], spans: list[tuple[int, int]]) -> list[Part]:
        assert self._intents is not None
        assert self._topics is not None
        inside = [[e for e in entities if start <= e["start"] and e["end"] <= end] for start, end in spans]
        masked = [_masked(text[start:end], found, start) for (start, end), found in zip(spans, inside, strict=True)]
        rows = self._features.rows(masked)
        topics = self._topics.probabilities(rows)
        return [
            Part(text[start:end], found, intents, self._implied(guess) if not found else None)
            for (start, end), found, intents, guess in zip(
                spans, inside, self._intents.probabilities(rows), topics, strict=True
            )
        ]

    def _implied(self, probabilities: NDArray[np.float32]) -> str | None:
        assert self._topics is not None
        best = int(probabilities.argmax())
        topic = self._topics.classes[best]
        return topic if topic != NO_TOPIC and probabilities[best] >= IMPLIED else None

    def _questions(self, whole: Part, parts: list[Part]) -> list[dict[str, Any]]:
        """The questions of a message, an emergency alone if any part is one."""
        for part in [whole, *parts]:
            alarms = {intent: self._probability(part, intent) for intent in EMERGENCIES}
            if sum(alarms.values()) >= ALARM:
                return [self._question(part, whole.entities, boost=max(alarms, key=lambda intent: alarms[intent]))]
        asked = _without_repeats([part for part in parts if self._asks(part)], self._top)
        if len(asked) > 1:
            return [self._question(part, part.entities) for part in asked]
        if len(asked) == 1:
            mixed = (whole.probabilities + asked[0].probabilities) / 2
            own = asked[0].entities or whole.entities
            implied = asked[0].implied_topic or (None if own else whole.implied_topic)
            return [self._question(Part(whole.text, own, mixed, implied), own)]
        return [self._question(whole, whole.entities)]

    def _question(self, part: Part, entities: list[dict[str, Any]], boost: str | None = None) -> dict[str, Any]:
        assert self._intents is not None
        order = np.argsort(-part.probabilities)[:RANKED]
        ranking = [{"name": self._intents.classes[i], "confidence": float(part.probabilities[i])} for i in order]
        if boost is not None:
            ranking = [{"name": boost, "confidence": 1.0}]
        return {
            "text": part.text,
            "intent": ranking[0]["name"],
            "confidence": ranking[0]["confidence"],
            "ranking": ranking,
            "entities": entities,
            "implied_topic": part.implied_topic,
        }

    def _top(self, part: Part) -> str:
        assert self._intents is not None
        return self._intents.classes[int(part.probabilities.argmax())]

    def _probability(self, part: Part, intent: str) -> float:
        assert self._intents is not None
        return float(part.probabilities[self._intents.classes.index(intent)])

    def _asks(self, part: Part) -> bool:
        return self._top(part) not in BACKGROUND and float(part.probabilities.max()) >= ASKED


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
