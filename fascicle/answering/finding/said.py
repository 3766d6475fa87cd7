"""Whether an article says what is asked, and in which of its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import exp

import numpy as np

from fascicle.answering.finding.background import usual
from fascicle.answering.finding.sentences import Place, asked, likelihood
from fascicle.library import Article, Library, Passage, Sentence
from fascicle.understanding.question import Sought

ON_REMEDIES = ("ask_other_treatment", "ask_treatment_detail")
"""Intents of questions on a certain remedy."""
SURELY = 0.42
"""How probable it has to be that an article says what is asked, to answer from it."""
CLOSE = 1.5
"""How far behind the best the score of a sentence may be that is shown with it."""
SHOWN = 5
"""Sentences that are shown at most, lists apart."""
ITEMS = 10
"""Items of a list that are shown at most."""
PASSAGES = 2
"""Passages that are shown at most."""
SHORT = 4
"""Sentences of a passage that is shown whole."""
ITEM = "item"
"""Kind of a sentence that is an item of a list."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for an article saying what is asked, as numbers of about one.

    Args:
        present: how probable it is that an aspect is asked for that the article has a passage on.
        unusual: how much more alike the question without names is to a sentence of the article than to the best of others.
        aspect: how probable it is that what the passage of the best sentence is about is asked.
        masked: likeness of the question without names to the best sentence.
        remedy: how probable it is that a remedy or a detail of one is asked for.
    """

    present: float
    unusual: float
    aspect: float
    masked: float
    remedy: float


WEIGHTS = Evidence(present=1.4, unusual=2.25, aspect=1.14, masked=1.63, remedy=-2.32)
"""What each counts; learned by `python -m lab.finding` from questions on articles of a library."""
CONSTANT = -0.86


def evidence(library: Library, article: Article, sought: Sought, found: Sequence[Place]) -> Evidence:
    """What speaks for an article saying what is asked.

    Args:
        library: has the article.
        article: where it was looked.
        sought: what is known of the question.
        found: the article's sentences, with how well each fits.
    """
    if not found:
        return Evidence(0.0, 0.0, 0.0, 0.0, 0.0)
    aspects, best = asked(sought), max(found, key=lambda place: place.score)
    return Evidence(
        present=max(likelihood(passage, aspects) for passage in article.passages),
        unusual=max(place.fit.masked for place in found) - usual(library, sought),
        aspect=best.fit.aspect,
        masked=best.fit.masked,
        remedy=sum(sought.intents.get(intent, 0.0) for intent in ON_REMEDIES),
    )


def says(found: Evidence) -> float:
    """How probable it is that an article says what is asked."""
    return 1 / (1 + exp(-(CONSTANT + float(np.dot(astuple(found), astuple(WEIGHTS))))))


def shown(article: Article, found: Sequence[Place]) -> list[tuple[str, tuple[int, ...]]]:
    """The passages to show, that with the best sentence first, and which of their sentences, in their order.

    Args:
        article: where it was looked.
        found: the article's sentences, with how well each fits; at least one.
    """
    ranked = sorted(found, key=lambda place: -place.score)
    close = [place for place in ranked[:SHOWN] if place.score >= ranked[0].score - CLOSE]
    passages = list(dict.fromkeys(place.passage for place in close))[:PASSAGES]
    chosen = ((id_, [place.sentence for place in close if place.passage == id_]) for id_ in passages)
    return [_of_passage(article.passage_by_id(id_), places) for id_, places in chosen]


def _of_passage(passage: Passage, chosen: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """A passage and its sentences to show: all of a short one, else those chosen with the lists they belong to."""
    if len(passage.sentences) <= SHORT:
        return passage.id, tuple(range(len(passage.sentences)))
    lists = (_list_around(passage.sentences, place) for place in chosen)
    return passage.id, tuple(sorted({*chosen, *(place for around in lists for place in around)}))


def _list_around(sentences: Sequence[Sentence], place: int) -> set[int]:
    """The list that a sentence stands in or leads to, with the sentence that leads to it; nothing where there is none."""
    first = place if sentences[place].kind == ITEM else place + 1
    while first > 0 and _goes_on(sentences, first - 1, place):
        first -= 1
    end = first
    while end < len(sentences) and _goes_on(sentences, end, place):
        end += 1
    begin = first - 1 if first > 0 and sentences[first - 1].section == sentences[place].section else first
    return {*range(begin, min(end, begin + ITEMS + 1)), place} if end > first else set()


def _goes_on(sentences: Sequence[Sentence], at: int, place: int) -> bool:
    """Whether there is an item of a list in the same section."""
    return sentences[at].kind == ITEM and sentences[at].section == sentences[place].section
