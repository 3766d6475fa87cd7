"""What was told so far in a check-in, what comes next, and what the answers point to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fascicle.library import Article, CheckInQuestion

Told = Mapping[str, tuple[str, ...]]
"""Ids of the answers given to each question asked so far; none for a question that was skipped or whose answer was unclear."""
DONE, STOPPED, LISTED, WAITING, LEFT = "done", "stopped", "listed", "waiting", "left"
"""How a check-in ends: all asked, stopped, the list of causes asked for, out of patience, or enough of it with a question."""


@dataclass(frozen=True)
class Step:
    """What a message does to a check-in: what is told after it, the words before the next question, how it ends if it does."""

    told: Told
    lead: str = ""
    end: str = ""


def open_question(article: Article, told: Told) -> CheckInQuestion | None:
    """The question that comes next, or None when all were asked."""
    return next((question for question in article.check_in if question.id not in told), None)


def pointed_at(article: Article, told: Told) -> list[str]:
    """The topics that answers point to, the strongest first.

    An answer that points to one topic counts 1 for it, one that points to three counts a third for each; between equals the
    article's order decides.
    """
    weights: dict[str, float] = {}
    for question in article.check_in:
        for answer in question.answers:
            if answer.id in told.get(question.id, ()):
                for topic in answer.topics:
                    weights[topic] = weights.get(topic, 0) + 1 / len(answer.topics)
    return sorted((topic for topic in article.topics if topic in weights), key=lambda topic: -round(weights[topic], 6))


def slot_of(told: Told) -> dict[str, list[str]]:
    """What was told, as its slot holds it."""
    return {question: list(answers) for question, answers in told.items()}


def told_of(slot: Mapping[str, list[str]] | None) -> Told:
    """What was told, from its slot."""
    return {question: tuple(answers) for question, answers in (slot or {}).items()}
