"""Whether an article says what is asked, and in which of its sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fascicle.answering.finding.background import usual
from fascicle.answering.finding.sentences import Place, asked, likelihood
from fascicle.answering.finding.weighing import probability, weighed
from fascicle.library import Article, Library, Passage, Sentence
from fascicle.reply import ITEM
from fascicle.understanding.question import Sought

ON_REMEDIES = ("ask_other_treatment", "ask_treatment_detail")
"""Intents of questions on a certain remedy."""
SURELY = 0.42
"""How probable it has to be that an article says what is asked, to answer from it."""
CLOSE = 1.2
"""How far behind the best the score of a sentence may be that is shown with it."""
SHOWN = 4
"""Sentences that are shown at most, lists apart."""
ITEMS = 8
"""Items of a list that are shown at most with the sentence that leads to it."""
PASSAGES = 2
"""Passages that are shown at most."""
SHORT = 4
"""Sentences of a passage that is shown whole."""


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
"""What each counts; learned by `python -m lab.finding` from questions that quote pages, and so are not here."""
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
    return probability(CONSTANT + weighed(found, WEIGHTS))


def shown(article: Article, found: Sequence[Place]) -> list[tuple[str, tuple[int, ...]]]:
    """The passages to show, that with the best sentence first, and which of their sentences, in their order.

    Args:
        article: where it was looked.
        found: the article's sentences, with how well each fits; at least one.
    """
    ranked = _each_once(article, sorted(found, key=lambda place: -place.score))
    close = [place for place in ranked[:SHOWN] if place.score >= ranked[0].score - CLOSE]
    passages = list(dict.fromkeys(place.passage for place in close))[:PASSAGES]
    chosen = ((id_, [place.sentence for place in close if place.passage == id_]) for id_ in passages)
    return [_of_passage(article.passage_by_id(id_), places) for id_, places in chosen]


def _each_once(article: Article, found: Iterable[Place]) -> list[Place]:
    """Places without those of words that stand at an earlier one."""
    kept: dict[str, Place] = {}
    for place in found:
        kept.setdefault(article.passage_by_id(place.passage).units[place.sentence], place)
    return list(kept.values())


def _of_passage(passage: Passage, chosen: Sequence[int]) -> tuple[str, tuple[int, ...]]:
    """A passage and its sentences to show: all of a short one, else those chosen with what leads to them or follows."""
    if len(passage.sentences) <= SHORT:
        return passage.id, tuple(range(len(passage.sentences)))
    around = (_around(passage.sentences, place, is_best=place == chosen[0]) for place in chosen)
    return passage.id, tuple(sorted({*chosen, *(place for places in around for place in places)}))


def _around(sentences: Sequence[Sentence], place: int, *, is_best: bool) -> range:
    """What leads to an item of a list; and where the best sentence leads to a list, its items."""
    if sentences[place].kind == ITEM:
        first = place
        while first > 0 and _is_item(sentences, first - 1, place):
            first -= 1
        is_led = first > 0 and sentences[first - 1].section == sentences[place].section
        return range(first - 1, first) if is_led else range(0)
    end = place + 1
    while is_best and end < min(len(sentences), place + 1 + ITEMS) and _is_item(sentences, end, place):
        end += 1
    return range(place + 1, end)


def _is_item(sentences: Sequence[Sentence], at: int, place: int) -> bool:
    """Whether there is an item of a list in the same section."""
    return sentences[at].kind == ITEM and sentences[at].section == sentences[place].section
