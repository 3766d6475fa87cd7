"""Whether an article says what is asked, and in which of its sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import exp

import numpy as np

from fascicle.answering.finding.articles import rarities
from fascicle.answering.finding.sentences import Place, asked, likelihood
from fascicle.answering.finding.terms import spelled
from fascicle.library import Article, Library, Sentence
from fascicle.understanding.question import Sought

SURELY = 0.5
"""How probable it has to be that an article says what is asked, to answer from it."""
CLOSE = 1.5
"""How far behind the best the score of a sentence may be that is shown with it."""
SHOWN = 5
"""Sentences that are shown at most, lists apart."""
ITEMS = 10
"""Items of a list that are shown at most."""
SHORT = 4
"""Sentences of a passage that is shown whole."""
ITEM = "item"
"""Kind of a sentence that is an item of a list."""


@dataclass(frozen=True)
class Evidence:
    """What speaks for an article saying what is asked, as numbers of about one.

    Args:
        score: of the best sentence.
        masked: likeness of the question without names to the sentence that is most alike.
        present: how probable it is that an aspect is asked for that the article has a passage on.
        words: how well a sentence has the question's words.
        strange: how rare the rarest word of the question without names is that the article does not have.
    """

    score: float
    masked: float
    present: float
    words: float
    strange: float


WEIGHTS = Evidence(score=0.3, masked=2.0, present=2.0, words=0.3, strange=-0.8)
"""What each counts; learned by `python -m lab.finding` from questions on articles of a library."""
CONSTANT = -2.0


def evidence(library: Library, article: Article, sought: Sought, found: Sequence[Place]) -> Evidence:
    """What speaks for an article saying what is asked.

    Args:
        library: has the article.
        article: where it was looked.
        sought: what is known of the question.
        found: the article's sentences, with how well each fits.
    """
    rarity = rarities(library, spelled(sought.masked))
    lacking = (rare for forms, rare in rarity.items() if not library.search(forms, articles=[article.id], limit=1))
    aspects = asked(sought)
    return Evidence(
        score=max((place.score for place in found), default=0.0),
        masked=max((place.fit.masked for place in found), default=0.0),
        present=max((likelihood(passage, aspects) for passage in article.passages), default=0.0),
        words=max((place.fit.words for place in found), default=0.0),
        strange=max(lacking, default=0.0) / 4,
    )


def says(found: Evidence) -> float:
    """How probable it is that an article says what is asked."""
    return 1 / (1 + exp(-(CONSTANT + float(np.dot(astuple(found), astuple(WEIGHTS))))))


def shown(article: Article, found: Sequence[Place]) -> tuple[str, tuple[int, ...]]:
    """The passage to show, and which of its sentences, in their order.

    Args:
        article: where it was looked.
        found: the article's sentences, with how well each fits; at least one.
    """
    best = max(found, key=lambda place: place.score)
    passage = article.passage_by_id(best.passage)
    if len(passage.sentences) <= SHORT:
        return passage.id, tuple(range(len(passage.sentences)))
    within = sorted((place for place in found if place.passage == passage.id), key=lambda place: -place.score)
    chosen = {place.sentence for place in within[:SHOWN] if place.score >= best.score - CLOSE}
    for place in sorted(chosen):
        chosen |= _list_around(passage.sentences, place)
    return passage.id, tuple(sorted(chosen))


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
