"""Which topics a question is about, or that it is about something the article does not discuss."""

from __future__ import annotations

import re

from fascicle.answering.context import Context
from fascicle.library import Article
from fascicle.understanding.question import Question

ABOUT_THE_SYMPTOM = frozenset({"see_doctor", "diagnosis"})
"""Aspects that without a named topic are about the symptom, unless the topic in play has a passage for them."""
MAX_TOPICS = 4
"""Topics one answer speaks of at most, so that it stays readable."""
WHICH = re.compile(
    r"\bwhich (?:ones?|of (?:them|these|those)|(?:of (?:the|these|those) )?(?:causes?|conditions?|illness(?:es)?|diseases?))\b",
    re.IGNORECASE,
)


def topics_of(article: Article, question: Question, context: Context, aspect: str | None) -> tuple[str, ...]:
    """The topics a question is about: those it names, else those of its background or in play, else the article's subject."""
    named = tuple(topic for topic in question.topics if topic != article.subject)
    about_subject = question.about_subject or article.subject in question.topics
    if aspect in ABOUT_THE_SYMPTOM:
        in_play = () if about_subject else named
        covered = [topic for topic in context.topics if not question.topics and article.passage(topic, aspect)]
        return in_play or tuple(covered) or (article.subject,)
    if named:
        return named
    which = WHICH.search(question.text) is not None
    pointed = [p for p in question.passages if which or aspect in (None, "overview", "other_cause", p.split(".")[1])]
    if pointed or (question.passages and not about_subject):
        return ((pointed or question.passages)[0].split(".")[0],)
    if question.ruled_out and question.intent == "ask_topic":
        return question.ruled_out
    if several := asked_which(article, question, context, aspect):
        return several
    near = question.background or ((question.implied,) if question.implied else ())
    if question.ruled_out and (aspect == "overview" or not near):
        return question.ruled_out if aspect == "overview" else (article.subject,)
    if aspect == "causes" and re.search(r"\b(?:causes|list|reasons|possibilities|else)\b", question.text, re.IGNORECASE):
        in_play = () if about_subject else tuple(topic for topic in context.topics if article.passage(topic, aspect))
        return in_play or (article.subject,)
    if near and (aspect == "overview" or not about_subject):
        return near
    if about_subject:
        return (article.subject,)
    return context.topics or (article.subject,)


def asked_which(article: Article, question: Question, context: Context, aspect: str | None) -> tuple[str, ...]:
    """The topics that "which of them can be cured?" asks about: those of several that have a passage; none if they are many."""
    if aspect is None or not WHICH.search(question.text):
        return ()
    among = context.topics if len(context.topics) > 1 else [topic.id for topic in article.causes]
    covered = tuple(topic for topic in among if article.passage(topic, aspect))
    return covered if len(covered) <= MAX_TOPICS else ()


def is_outside(question: Question, article: Article) -> bool:
    """Whether it asks about something the article does not discuss."""
    named = set(question.topics) - {article.subject}
    if question.intent == "ask_other_cause":
        return bool(question.outside) or not (named or question.passages or question.implied)
    return bool(question.outside) and not named and question.intent in (
        "ask_overview", "ask_topic", "ask_symptoms", "ask_causes", "ask_treatment", "ask_outlook",
    )  # fmt: skip


def suspects(article: Article, question: Question) -> tuple[str, ...]:
    """The one or two topics that someone who tells of the symptom suspects by name; none if they rule anything out."""
    named = tuple(topic for topic in question.topics if topic != article.subject)
    return named if len(named) < 3 and not question.ruled_out else ()
