"""Sees whether a message needs help now, whatever else is in it, before anything else is read.

The text is looked at as it was typed, as a whole and in windows, all by the same measure. The same reading says whether somebody
else is in danger, whether a question asks leave for something that a doctor should allow, and, while an alarm stands, what is
said to that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from fascicle.understanding.sentence_encoder import Array
from fascicle.understanding.sign_reader import SignReader, sign_reader
from fascicle.understanding.windows import windows

NONE = "none"
ALARM = 0.5
"""Least probability at which a window raises the alarm."""
UNCLEAR = 0.35
"""Least probability at which it is asked whether a sign is new."""
SUSPECT = 0.1
"""Least probability at which a message is read again behind the one before it: signs over two messages add up."""
CAUTION = 0.5
"""Least probability at which a question gets words of caution before its answer."""
RANKED = 3


@dataclass(frozen=True)
class Sign:
    """What a message was found to be.

    Args:
        kind: the alarm that it raises, if it does.
        likelihood: that it needs help now.
        of_another: whether it tells of somebody else.
        caution: whether it asks leave for something that a doctor or pharmacist should allow.
    """

    kind: str | None
    likelihood: float
    of_another: bool
    caution: bool


def sign(reader: SignReader, texts: Sequence[str]) -> Sign:
    """What a message is, from itself (the first of `texts`) and its windows (the rest)."""
    found = reader.read(texts)
    kinds = reader.classes["kind"]
    calm = found["kind"][:, kinds.index(NONE)]
    window = int(calm.argmin())
    alarms = np.where(np.array(kinds) == NONE, 0, found["kind"][window])
    return Sign(
        kind=kinds[int(alarms.argmax())] if 1 - calm[window] >= ALARM else None,
        likelihood=float(1 - calm[window]),
        of_another=_chance(reader, found, "of_another", window) >= 0.5,
        caution=_chance(reader, found, "caution", 0) >= CAUTION,
    )


def _chance(reader: SignReader, found: dict[str, Array], head: str, row: int) -> float:
    """Probability of a yes."""
    return float(found[head][row, reader.classes[head].index("yes")])


def follow_up(reader: SignReader, text: str) -> list[dict[str, Any]]:
    """The intents of what is said while an alarm stands, the likeliest first, as Rasa ranks them."""
    chances = reader.read([text])["follow_up"][0]
    return [{"name": reader.classes["follow_up"][i], "confidence": float(chances[i])} for i in np.argsort(-chances)[:RANKED]]


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class RedFlags(GraphComponent):
    """Sets a message's `alarm` (kind, and whether it is of another) and `caution`.

    While an alarm stands it sets `follow_up`, the ranking of what the message is to that.
    """

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> RedFlags:
        """The component; what it knows was learned before (`lab/tuning`)."""
        return cls()

    def process(self, messages: list[Message], tracker: DialogueStateTracker | None = None) -> list[Message]:
        """Look at messages."""
        for message in messages:
            text = message.get("text") or ""
            if not text.startswith(INTENT_MESSAGE_PREFIX):
                _look(message, text, tracker)
        return messages


def _look(message: Message, text: str, tracker: DialogueStateTracker | None) -> None:
    reader = sign_reader()
    found = sign(reader, windows(text))
    before = _said_before(tracker)
    if before and SUSPECT <= found.likelihood < ALARM:
        found = max(found, sign(reader, [f"{before} {text}"]), key=lambda sign: sign.likelihood)
    message.set("caution", found.caution, add_to_output=True)
    if found.kind:
        message.set("alarm", {"kind": found.kind, "of_another": found.of_another}, add_to_output=True)
    elif tracker is not None and tracker.get_slot("alarm"):
        message.set("follow_up", follow_up(reader, text))
    elif found.likelihood >= UNCLEAR:
        message.set("unclear", True, add_to_output=True)


def _said_before(tracker: DialogueStateTracker | None) -> str:
    """The message before this one, if it was typed."""
    said = tracker.latest_message.text if tracker is not None and tracker.latest_message else None
    return said if said and not said.startswith(INTENT_MESSAGE_PREFIX) else ""
