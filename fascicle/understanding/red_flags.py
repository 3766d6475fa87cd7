"""Sees whether a message needs help now, whatever else is in it, before anything else is read.

The text is looked at as it was typed, as a whole and in windows, all by the same measure: kernel ridge regression on the same
kinds of vectors as questions are, learned on emergencies in many voices and on far more messages that only look like one. The
same scores say whether somebody else is in danger, and whether a question asks leave for something a doctor should allow. While
an alarm stands, a second, small regression reads what is said next.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from fascicle.understanding import kernel_ridge, sentence_encoder
from fascicle.understanding.kernel_ridge import Choice, Regression, Space, one_hot
from fascicle.understanding.question import AFTER_ALARM, ALARMS
from fascicle.understanding.windows import windows

NONE = "none"
KINDS = (*ALARMS, NONE)
YES, NO = "yes", "no"
ALARM = 0.5
"""Least probability at which a window raises the alarm."""
CAUTION = 0.5
"""Least probability at which a question gets words of caution before its answer."""


@dataclass(frozen=True)
class Sign:
    """What a message was found to be.

    Args:
        kind: the alarm that it raises, if it does.
        likelihood: of the window that is most likely one.
        of_another: whether it tells of somebody else.
        caution: whether it asks leave for something that a doctor or pharmacist should allow.
    """

    kind: str | None
    likelihood: float
    of_another: bool
    caution: bool


@dataclass(frozen=True)
class Example:
    """A training example: its text, the alarm it raises (or `NONE`), and what its metadata say of it."""

    text: str
    kind: str
    of_another: bool | None
    caution: bool


@dataclass(frozen=True)
class Watch:
    """What is learned: the regression on messages, the one on what follows an alarm, and what their scores say."""

    space: Space
    signs: Regression
    kinds: Choice
    others: Choice
    cautions: Choice
    follow_ups: Regression
    intents: Choice

    @classmethod
    def fit(cls, examples: Sequence[Example], follow_ups: Sequence[tuple[str, str]]) -> Watch:
        """Learn from examples.

        Args:
            examples: messages.
            follow_ups: what is said after an alarm, and its intent.
        """
        texts = [example.text for example in examples]
        space = Space()
        space.fit(list(dict.fromkeys(texts)))
        columns: list[tuple[tuple[str, ...], list[str | None]]] = [
            (KINDS, [example.kind for example in examples]),
            ((YES, NO), [None if example.of_another is None else _word(example.of_another) for example in examples]),
            ((YES, NO), [_word(example.caution) for example in examples]),
        ]
        targets = np.hstack([one_hot(classes, labels) for classes, labels in columns])
        signs, left_out = Regression.fit([space.points(texts)], targets)
        choices, start = [], 0
        for classes, labels in columns:
            choices.append(Choice.fit(classes, start, left_out, labels))
            start += len(classes)
        said, intents = zip(*follow_ups, strict=True)
        classes = tuple(sorted(set(intents)))
        regression, left_out = Regression.fit([space.points(said)], one_hot(classes, intents))
        kinds, others, cautions = choices
        return cls(space, signs, kinds, others, cautions, regression, Choice.fit(classes, 0, left_out, intents))

    def sign(self, texts: Sequence[str]) -> Sign:
        """What a message is, from itself (the first of `texts`) and its windows (the rest)."""
        scores = self.signs.scores([self.space.points(texts)])
        kinds = self.kinds.probabilities(scores)
        likelihoods = 1 - kinds[:, KINDS.index(NONE)]
        window = int(likelihoods.argmax())
        alarm = float(likelihoods[window]) >= ALARM
        return Sign(
            kind=ALARMS[int(kinds[window, : len(ALARMS)].argmax())] if alarm else None,
            likelihood=float(likelihoods[window]),
            of_another=bool(self.others.probabilities(scores[window : window + 1])[0, 0] >= 0.5),
            caution=bool(self.cautions.probabilities(scores[:1])[0, 0] >= CAUTION),
        )

    def follow_up(self, text: str) -> list[dict[str, Any]]:
        """The intents of what is said while an alarm stands, the likeliest first, as Rasa ranks them."""
        chances = self.intents.probabilities(self.follow_ups.scores([self.space.points([text])]))[0]
        return [{"name": self.intents.classes[i], "confidence": float(chances[i])} for i in np.argsort(-chances)[:3]]

    def save(self, folder: Path) -> None:
        """Write into a folder."""
        self.space.save(folder)
        self.signs.save(folder / "signs.npz")
        self.follow_ups.save(folder / "follow_ups.npz")
        choices = {name: asdict(getattr(self, name)) for name in ("kinds", "others", "cautions", "intents")}
        (folder / "choices.json").write_text(json.dumps(choices), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Watch:
        """Read what `save` wrote."""
        space = Space()
        space.load(folder)
        kept = json.loads((folder / "choices.json").read_text(encoding="utf-8"))
        choices = {name: Choice(tuple(one["classes"]), one["start"], one["sharpness"]) for name, one in kept.items()}
        signs, follow_ups = (Regression.load(folder / f"{name}.npz") for name in ("signs", "follow_ups"))
        return cls(space, signs, choices["kinds"], choices["others"], choices["cautions"], follow_ups, choices["intents"])


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class RedFlags(GraphComponent):
    """Sets a message's `alarm` (kind, and whether it is of another) and `caution`, and the intent where it raises an alarm.

    While an alarm stands it sets `follow_up`, the ranking of what the message is to that.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource, watch: Watch | None = None) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._learned = watch

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """A digest of the code that learns: Rasa trains anew when the data, this file, or this configuration changes."""
        sources = (kernel_ridge.__file__, sentence_encoder.__file__)
        return {"code": sha256(b"".join(Path(source).read_bytes() for source in sources)).hexdigest()}

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> RedFlags:
        """A watch that has yet to learn."""
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        """Learn what needs help now, what only looks like it, and what people say next."""
        known = training_data.intent_examples
        examples = [_example(message) for message in known if not _metadata(message).get(AFTER_ALARM)]
        follow_ups = [(message.get("text"), message.get("intent")) for message in known if _metadata(message).get(AFTER_ALARM)]
        self._learned = Watch.fit(examples, follow_ups)
        with self._model_storage.write_to(self._resource) as folder:
            self._learned.save(folder)
        return self._resource

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> RedFlags:  # fmt: skip
        """The watch of a trained model."""
        with model_storage.read_from(resource) as folder:
            return cls(model_storage, resource, Watch.load(folder))

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Look at messages."""
        assert self._learned is not None, "the watch was neither trained nor loaded"
        for message in messages:
            text = message.get("text") or ""
            if not text.startswith(INTENT_MESSAGE_PREFIX):
                self._look(self._learned, message, text, tracker)
        return messages

    def _look(self, watch: Watch, message: Message, text: str, tracker: DialogueStateTracker | None) -> None:
        found = watch.sign(windows(text))
        message.set("caution", found.caution, add_to_output=True)
        if found.kind:
            message.set("alarm", {"kind": found.kind, "of_another": found.of_another}, add_to_output=True)
        elif tracker is not None and tracker.get_slot("alarm"):
            message.set("follow_up", watch.follow_up(text))


def _example(message: Message) -> Example:
    said, intent = _metadata(message), message.get("intent")
    kind = intent if intent in ALARMS else NONE
    of_another = bool(said.get("of_another")) if kind != NONE else None
    return Example(message.get("text"), kind, of_another, bool(said.get("caution")))


def _metadata(message: Message) -> Mapping[str, Any]:
    """What the training data say of an example's block."""
    return (message.get("metadata") or {}).get("intent") or {}


def _word(answer: bool) -> str:
    return YES if answer else NO
