"""Tells whether a message is in words at all, and in which language if not in English."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.nlu.training_data.message import Message

from fascicle.library import words
from fascicle.understanding.sentence_encoder import vocabulary
from fascicle.understanding.text import is_latin

ENGLISH = "en"
FOREIGN = 0.5
"""Least share of words that are none of the encoder's, which knows English: below it, no language is looked for."""
MARGIN = 18.0
"""How much likelier than English (log) another language has to be. Of 14,600 questions in English, none is over it."""
WORDS = 3
"""Words from which on a language is looked for in Latin letters: names of diseases look Italian."""
WORD = re.compile(r"[^\W\d_]+")
OTHER_LANGUAGE, NO_WORDS = "write_other_language", "write_no_words"
"""Intents of messages that cannot be read."""


def language_of(text: str) -> str | None:
    """The language of a text that is not in English (ISO 639-1), empty if it is none that is known; None for English.

    Args:
        text: evened out.
    """
    found = WORD.findall(text.lower())
    if not found:
        return None
    if not _is_mostly_latin("".join(found)):
        return _ranking(text)[0][0].replace(ENGLISH, "")
    known = vocabulary()
    if len(found) < WORDS or sum(word not in known for word in found) < FOREIGN * len(found):
        return None
    ranking = _ranking(" ".join(found))
    language, score = ranking[0]
    return language if language != ENGLISH and score - dict(ranking)[ENGLISH] >= MARGIN else None


def _is_mostly_latin(letters: str) -> bool:
    return sum(map(is_latin, letters)) * 2 >= len(letters)


def _ranking(text: str) -> list[tuple[str, float]]:
    """The languages that a text may be in, the likeliest first, each with its score."""
    ranked: list[tuple[str, float]] = _identifier().rank(text)
    return ranked


@cache
def _identifier() -> Any:
    """The identifier, for the languages that the bot has a line of help in. It takes half a second to load: so on first use."""
    from py3langid import langid

    made = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE)
    made.set_languages([ENGLISH, *words("emergency_lines")])
    return made


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageFinder(GraphComponent):
    """Sets the `language` of messages in another language than English, and the intent of those and of messages without words."""

    @classmethod
    def create(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext
    ) -> LanguageFinder:
        """The component; it has nothing to learn."""
        return cls()

    def process(self, messages: list[Message]) -> list[Message]:
        """Set languages and intents."""
        for message in messages:
            text = message.get("text") or ""
            if text.startswith(INTENT_MESSAGE_PREFIX):
                continue
            language = language_of(text)
            if language is not None:
                message.set("language", language, add_to_output=True)
            if language is not None or not any(map(str.isalnum, text)):
                name = NO_WORDS if language is None else OTHER_LANGUAGE
                message.set("intent", {"name": name, "confidence": 1.0}, add_to_output=True)
        return messages
