"""Names the intent of each question in a message.

Each text is read in two ways, and both count: with its topics masked, so that what is asked is learned apart from what it is
asked about and a new topic needs no new examples; and as it was typed, where the name itself may say what is asked. One
regression on both gives the intent, and the topic that is meant though it is not named.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from fascicle.library import default, is_searched, opened
from fascicle.understanding import kernel_ridge, sentence_encoder, vocabulary
from fascicle.understanding.kernel_ridge import Array, Choice, Regression, Space, one_hot
from fascicle.understanding.question import AFTER_ALARM, ALARMS, NOT_HERE, vector_as_text
from fascicle.understanding.question_splitter import QUESTION_FORM, split
from fascicle.understanding.topic_linker import TopicLinker
from fascicle.understanding.vocabulary import Vocabulary

MASKS = {"topic": "this condition", "passage": "this detail", "outside": "something else"}
"""What stands for a linked name when a question is classified."""
QUESTIONS = ("ask_", "express_")
"""How intents begin that ask for something."""
CONVERSATION = frozenset({
    "ask_bot", "ask_help", "ask_human", "ask_more", "ask_privacy", "ask_rephrase", "ask_topic", "ask_why", "ask_why_asked",
    "express_worry",
})  # fmt: skip
"""Intents that beside a question about the article only lead up to it."""
ELSEWHERE = frozenset({
    *NOT_HERE, "ask_other_cause", "ask_other_treatment", "ask_treatment_detail", "chitchat",
})  # fmt: skip
"""Intents of questions whose words may be about something that no article here discusses."""
RANKED = 3
ASKED, STATED = 0.35, 0.6
"""Least probability at which a part of a message counts as a question of its own: one in the form of a question, any other."""
TOLD = 0.005
"""Least probability of an intent that a search is told."""
RARE = 8_000
"""Place in the encoder's vocabulary, which begins with the words used most, from which on a word is rare."""
IMPLIED = 0.6
"""Least probability at which a topic counts as meant though no name of it was found."""
NO_TOPIC = "none"
UNMARKED = "names_unmarked"
"""Key in the metadata of training examples whose names are not marked."""
CHOICES = ("intents", "topics")


@dataclass(frozen=True)
class Part:
    """A stretch of a message, as typed and with names masked, the entities in it, and the probabilities of intents and topics."""

    start: int
    text: str
    masked: str
    entities: list[dict[str, Any]]
    intents: Array
    topics: Array


@dataclass(frozen=True)
class Model:
    """What is learned: the regression on masked and typed texts, and what its scores say."""

    space: Space
    regression: Regression
    vocabulary: Vocabulary
    intents: Choice
    topics: Choice

    @classmethod
    def fit(cls, typed: Sequence[str], masked: Sequence[str], intents: Sequence[str], topics: Sequence[str | None]) -> Model:
        """Learn from examples.

        Args:
            typed: the texts as they were typed.
            masked: the texts with their topics masked.
            intents: the intent of each.
            topics: the one topic of each, `NO_TOPIC` if it has none, None if it has several.
        """
        space = Space()
        space.fit(list(dict.fromkeys([*typed, *masked])))
        labels: list[list[str | None]] = [list(intents), list(topics)]
        classes = [tuple(sorted({label for label in column if label})) for column in labels]
        targets = np.hstack([one_hot(names, column) for names, column in zip(classes, labels, strict=True)])
        regression, left_out = Regression.fit([space.points(masked), space.points(typed)], targets)
        starts = [0, len(classes[0])]
        choices = (Choice.fit(names, at, left_out, column) for names, at, column in zip(classes, starts, labels, strict=True))
        inside = (text for text, intent in zip(masked, intents, strict=True) if intent not in ELSEWHERE)
        return cls(space, regression, Vocabulary.of(inside), *choices)

    def scores(self, masked: Sequence[str], typed: Sequence[str]) -> Array:
        """Scores of texts, each masked and as typed; the choices read probabilities off them."""
        points = self.space.points([*masked, *typed])
        return self.regression.scores([points[: len(masked)], points[len(masked) :]])

    def save(self, folder: Path) -> None:
        """Write into a folder."""
        self.space.save(folder)
        self.regression.save(folder / "regression.npz")
        choices = {name: asdict(getattr(self, name)) for name in CHOICES}
        (folder / "choices.json").write_text(json.dumps(choices), encoding="utf-8")
        (folder / "vocabulary.json").write_text(json.dumps(sorted(self.vocabulary.words), ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Model:
        """Read what `save` wrote."""
        space = Space()
        space.load(folder)
        choices = json.loads((folder / "choices.json").read_text(encoding="utf-8"))
        made = (Choice(tuple(choices[name]["classes"]), choices[name]["start"], choices[name]["sharpness"]) for name in CHOICES)
        words = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        names = (word for alias in opened().names() for word in alias.lower().split())
        known = Vocabulary([*words, *names])  # so that a misspelled name is no strange word
        return cls(space, Regression.load(folder / "regression.npz"), known, *made)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class QuestionClassifier(GraphComponent):
    """Sets a message's intent and its `questions`: each with its text, intent, confidence, and entities, in the order asked.

    Reads the entities of `TopicLinker`, which has to stand before it in the pipeline.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, model: Model | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._learned = model
        self._is_searched = is_searched(opened())

    @classmethod
    def required_components(cls) -> list[type]:
        """The linker names the topics that are masked here."""
        return [TopicLinker]

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """A digest of the code that learns: Rasa trains anew when the data, this file, or this configuration changes."""
        sources = (__file__, kernel_ridge.__file__, sentence_encoder.__file__, vocabulary.__file__)
        return {"code": sha256(b"".join(Path(source).read_bytes() for source in sources)).hexdigest()}

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
        """Learn intents and implied topics, from all examples but those of an emergency and of what follows one."""
        examples = [example for example in training_data.intent_examples if _is_question(example)]
        typed = [example.get("text") for example in examples]
        masked = [_masked(text, example.get("links")) for text, example in zip(typed, examples, strict=True)]
        intents = [example.get("intent") for example in examples]
        self._learned = Model.fit(typed, masked, intents, [_only_topic(example) for example in examples])
        with self._model_storage.write_to(self._resource) as folder:
            self._learned.save(folder)
        return self._resource

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> QuestionClassifier:  # fmt: skip
        """The classifier of a trained model."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Model.load(folder))

    def process(self, messages: list[Message]) -> list[Message]:
        """Set each message's intent, intent ranking, and questions."""
        for message in messages:
            self._understand(message)
        return messages

    @property
    def _model(self) -> Model:
        assert self._learned is not None, "the classifier was neither trained nor loaded"
        return self._learned

    def _understand(self, message: Message) -> None:
        text, entities = message.get("text") or "", message.get("links") or []
        if alarm := message.get("alarm"):  # nothing else in it is read
            found = {"name": alarm["kind"], "confidence": 1.0}
            message.set("intent", found, add_to_output=True)
            message.set("intent_ranking", [found], add_to_output=True)
            return
        if text.startswith(INTENT_MESSAGE_PREFIX):
            message.set("intent", {"name": None, "confidence": 1.0}, add_to_output=True)
            message.set("intent_ranking", [], add_to_output=True)
            return  # the handler behind this reads the intent from the payload
        spans = split(text)
        whole, *parts = self._parts(text, entities, [(0, len(text)), *(spans if len(spans) > 1 else [])])
        questions = self._questions(whole, parts)
        ranking = questions[0]["ranking"]
        message.set("questions", questions, add_to_output=True)
        message.set("intent", ranking[0], add_to_output=True)
        message.set("intent_ranking", ranking, add_to_output=True)

    def _parts(self, text: str, entities: list[dict[str, Any]], spans: list[tuple[int, int]]) -> list[Part]:
        inside = [[e for e in entities if start <= e["start"] and e["end"] <= end] for start, end in spans]
        typed = [text[start:end] for start, end in spans]
        masked = [_masked(words, found, start) for words, found, (start, _) in zip(typed, inside, spans, strict=True)]
        taught = [_masked(words, _untaught(found), start) for words, found, (start, _) in zip(typed, inside, spans, strict=True)]
        scores = self._model.scores(masked, taught)
        read = (getattr(self._model, name).probabilities(scores) for name in CHOICES)
        starts = [start for start, _ in spans]
        return [Part(*part) for part in zip(starts, typed, masked, inside, *read, strict=True)]

    def _weighed(self, part: Part) -> list[dict[str, Any]]:
        """The entities, each topic with the probability that the words are about it and do not only name it."""
        likely = dict(zip(self._model.topics.classes, part.topics, strict=True))
        return [entity | {"likelihood": float(likely.get(entity["value"], 1.0))} for entity in part.entities]

    def _unknown(self, part: Part) -> list[int]:
        """Where words stand that no question about an article has, apart from what is named."""
        named = [range(entity["start"] - part.start, entity["end"] - part.start) for entity in part.entities]
        places = (start for start, _ in self._model.vocabulary.unknown(part.text))
        return [place for place in places if not any(place in stretch for stretch in named)]

    def _implied(self, part: Part) -> str | None:
        best = int(part.topics.argmax())
        topic = self._model.topics.classes[best]
        return topic if not part.entities and topic != NO_TOPIC and part.topics[best] >= IMPLIED else None

    def _questions(self, whole: Part, parts: list[Part]) -> list[dict[str, Any]]:
        """The questions of a message, in the order asked; what is not a question is background of the one beside it."""
        asked = _without_repeats([part for part in parts if self._asks(part)], self._top)
        if len(asked) > 1:
            return [self._question(part, whole) for part in asked]
        if len(asked) == 1:
            mixed = (whole.intents + asked[0].intents) / 2
            return [self._question(replace(asked[0], intents=mixed), whole)]
        return [self._question(whole, whole)]

    def _question(self, part: Part, whole: Part) -> dict[str, Any]:
        order = np.argsort(-part.intents)[:RANKED]
        ranking = [{"name": self._model.intents.classes[i], "confidence": float(part.intents[i])} for i in order]
        return {
            "text": part.text,
            "start": part.start,
            "intent": ranking[0]["name"],
            "confidence": ranking[0]["confidence"],
            "ranking": ranking,
            "entities": self._weighed(part),
            "unknown": self._unknown(part),
            "elsewhere": sum(float(part.intents[self._model.intents.classes.index(name)]) for name in NOT_HERE),
            "background": [e for e in whole.entities if e["start"] not in {own["start"] for own in part.entities}],
            "implied_topic": self._implied(part) or self._implied(whole),
            **(self._looked_for(part) if self._is_searched else {}),
        }

    def _looked_for(self, part: Part) -> dict[str, Any]:
        """What a search needs to know of a question: the probabilities of what may be asked, and vectors of its words."""
        likely = zip(self._model.intents.classes, part.intents, strict=True)
        intents = {name: round(float(probability), 3) for name, probability in likely if probability >= TOLD}
        typed, masked = sentence_encoder.encoder().encode([part.text, part.masked])[:, -1]
        vectors = [vector_as_text(typed), vector_as_text(masked)]
        return {"intents": intents, "masked": part.masked, "rare": _rare(part.masked), "vectors": vectors}

    def _top(self, part: Part) -> str:
        return self._model.intents.classes[int(part.intents.argmax())]

    def _asks(self, part: Part) -> bool:
        intent, bar = self._top(part), ASKED if QUESTION_FORM.search(part.text) else STATED
        return intent.startswith(QUESTIONS) and intent not in CONVERSATION and float(part.intents.max()) >= bar


def _rare(text: str) -> list[str]:
    """The words of a text that are rare in English, with and without a plural s."""
    known, words = sentence_encoder.vocabulary(), vocabulary.WORD.findall(text.lower())
    return [word for word in words if min(known.get(form, RARE) for form in (word, word.removesuffix("s"))) >= RARE]


def _untaught(entities: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Names of articles other than that which the examples are about: as they are typed, nothing is learned of them."""
    known = {entity["start"] for entity in entities if entity["article"] == default().id}
    return [entity for entity in entities if entity["start"] not in known]


def _without_repeats(parts: list[Part], top: Callable[[Part], str]) -> list[Part]:
    """`parts` less those that ask the same of the same as an earlier one."""
    kept: dict[tuple[str, tuple[str, ...]], Part] = {}
    for part in parts:
        kept.setdefault((top(part), tuple(entity["value"] for entity in part.entities)), part)
    return list(kept.values())


def _is_question(example: Message) -> bool:
    return example.get("intent") not in ALARMS and not _metadata(example).get(AFTER_ALARM)


def _metadata(example: Message) -> dict[str, Any]:
    """What the training data say of an example's block."""
    return (example.get("metadata") or {}).get("intent") or {}


def _only_topic(example: Message) -> str | None:
    """The one topic of an example, `NO_TOPIC` if it has none, None if it has several or its names are not marked."""
    if _metadata(example).get(UNMARKED):
        return None
    topics = {entity["value"] for entity in example.get("entities") or [] if entity["entity"] == "topic"}
    return None if len(topics) > 1 else next(iter(topics), NO_TOPIC)


def _masked(text: str, entities: list[dict[str, Any]], offset: int = 0) -> str:
    """`text` with what stands for each linked name in its place; of a name that may mean several things, for the first."""
    first = {entity["start"]: entity for entity in reversed(entities)}
    for start in sorted(first, reverse=True):
        behind = text[first[start]["end"] - offset :]
        parted = " " if behind[:1].isalnum() else ""  # of words that were run together
        text = text[: start - offset] + MASKS[first[start]["entity"]] + parted + behind
    return text
