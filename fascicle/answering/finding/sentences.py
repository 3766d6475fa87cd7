"""Which sentences of an article answer a question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fascicle.answering.finding.terms import terms
from fascicle.answering.finding.weighing import weighed
from fascicle.library import BY_INTENT, Article, Library, Passage
from fascicle.understanding.question import Sought

Array = NDArray[np.float32]
ALSO = 0.7
"""What an aspect counts that a passage answers beside its own."""
SAME = {"ask_treatment": ("self_care", "living_with"), "ask_prevention": ("self_care",), "ask_outlook": ("complications",)}
"""Aspects that an intent asks for beside its own."""
LESS = 0.5
"""What those count."""
BEYOND = frozenset({"ask_other_body_part", "ask_other_cause", "ask_other_treatment", "ask_superstition"})
"""Intents that ask for something beside what is asked about."""


@dataclass(frozen=True)
class Fit:
    """What speaks for a sentence, as numbers of about one.

    Args:
        masked: likeness to the question without names.
        parted: likeness to the question, of both the part that is not their being about the same thing.
        near: the same of the better of the two sentences beside it.
        words: how well it has the question's words.
        aspect: how probable it is that what its passage is about is asked.
        asks: whether it is itself a question.
    """

    masked: float
    parted: float
    near: float
    words: float
    aspect: float
    asks: float


WEIGHTS = Fit(masked=5.25, parted=3.89, near=1.06, words=0.53, aspect=1.32, asks=-0.31)
"""What each counts; learned by `python -m lab.finding` from questions that quote pages, and so are not here."""


@dataclass(frozen=True)
class Place:
    """A sentence of an article, by its passage and its place in it, and what speaks for it."""

    article: str
    passage: str
    sentence: int
    fit: Fit

    @property
    def score(self) -> float:
        """What all of it says together."""
        return weighed(self.fit, WEIGHTS)


def places(library: Library, article: Article, text: str, sought: Sought) -> list[Place]:
    """All sentences of an article, in its order, with how well each answers a question.

    Args:
        library: has the article.
        article: where it is looked.
        text: the question's words.
        sought: what is known of it.
    """
    vectors = library.vectors(article.id)
    units = [(passage, number) for passage in article.passages for number in range(len(passage.units))]
    if vectors is None or not units:
        return []
    said = terms(sought.masked) or terms(text)
    hits = library.search(said, articles=[article.id], limit=len(units))
    having = {(hit.passage, hit.sentence): hit.score / 10 for hit in hits}
    middle = _unit(vectors.mean(axis=0))
    masked = vectors @ sought.without_names
    parted = _parted(vectors, middle) @ _parted(sought.typed, middle)
    aspects = asked(sought)
    near = np.maximum(np.roll(parted, 1), np.roll(parted, -1)) if len(parted) > 1 else parted
    return [
        Place(
            article.id,
            passage.id,
            number,
            Fit(
                masked=float(masked[row]),
                parted=float(parted[row]),
                near=float(near[row]),
                words=having.get((passage.id, number), 0.0),
                aspect=likelihood(passage, aspects),
                asks=float(passage.units[number].rstrip().endswith("?")),
            ),
        )
        for row, (passage, number) in enumerate(units)
    ]


def asked(sought: Sought) -> Mapping[str, float]:
    """How probable it is that each aspect is asked for, if one is."""
    found: dict[str, float] = {}
    for intent, probability in _asking(sought):
        aspect = intent.removeprefix("ask_")
        found[aspect] = found.get(aspect, 0.0) + probability
        for other in SAME.get(intent, ()):
            found[other] = found.get(other, 0.0) + LESS * probability
    total = sum(probability for _, probability in _asking(sought)) or 1.0
    return {aspect: probability / total for aspect, probability in found.items()}


def likelihood(passage: Passage, aspects: Mapping[str, float]) -> float:
    """How probable it is that what a passage is about is asked for."""
    also = (ALSO * aspects.get(aspect, 0.0) for aspect in passage.answers)
    return max([aspects.get(passage.aspect, 0.0), *also])


def _asking(sought: Sought) -> Iterator[tuple[str, float]]:
    """The intents that ask for an aspect of what is asked about."""
    return ((name, value) for name, value in sought.intents.items() if name in BY_INTENT and name not in BEYOND)


def _parted(vectors: Array, middle: Array) -> Array:
    """What is left of vectors, at length one, without their part in the direction of another."""
    along = vectors @ middle
    return _unit(vectors - along[..., None] * middle)


def _unit(vectors: Array) -> Array:
    made: Array = vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-9)
    return made
