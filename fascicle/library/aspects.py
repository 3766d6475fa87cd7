"""What people ask about a topic: the fixed vocabulary of aspects, with their words from data/words/aspects.yml."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fascicle.library.words import words


@dataclass(frozen=True)
class Aspect:
    """One thing that can be asked about a topic.

    Args:
        id: the aspect's name, as in a passage id (`bells_palsy.treatment`).
        missing: what the article does not say when it has no passage for this aspect, with `{subject}`; completes "it does not
            say ...".
        of_several: the same of several topics; empty where it is the same words.
        ask: a suggested question with `{topic}`, for aspects that some passage answers; empty for the others.
        compared_by: words that say that things are compared by it.
        heading: what stands above a passage on a page; None where the aspect's own name says it.
    """

    id: str
    missing: str
    of_several: str = ""
    ask: str = ""
    heading: str | None = None
    compared_by: Sequence[str] = ()

    @property
    def intent(self) -> str:
        """The intent of a question about this aspect."""
        return f"ask_{self.id}"

    def missing_of(self, *, several: bool) -> str:
        """What the article does not say of one topic, or of several."""
        return self.of_several or self.missing if several else self.missing


_ALL = tuple(Aspect(name, **texts) for name, texts in words("aspects").items())

ASPECTS: dict[str, Aspect] = {aspect.id: aspect for aspect in _ALL}
BY_INTENT: dict[str, Aspect] = {aspect.intent: aspect for aspect in _ALL}
ANSWERABLE: tuple[str, ...] = tuple(aspect.id for aspect in _ALL if aspect.ask)
"""Aspects a passage may be about, in the order in which suggestions are offered."""
