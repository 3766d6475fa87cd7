"""Which passage answers an aspect of a topic, or that the article does not say it."""

from __future__ import annotations

from collections.abc import Iterable

from fascicle.answering.context import Context
from fascicle.answering.wording import listed
from fascicle.library import ANSWERABLE, ASPECTS, BY_INTENT, Article, Passage, said
from fascicle.understanding.question import REMEDIES, Question


def aspect_of(question: Question, context: Context) -> str:
    """The aspect that is asked about: of a bare name the one asked about last, and where nothing says which, the overview."""
    if question.intent == "ask_topic":
        return context.aspect or "overview"
    of_topics = not question.topics or any(passage.split(".")[0] in question.topics for passage in question.passages)
    pointed = [passage.split(".")[1] for passage in question.passages]
    if question.intent == "ask_other_treatment" and pointed and "treatment" not in pointed:
        return pointed[0]  # "could a nerve do this": no remedy, whatever it sounds like
    if question.intent in REMEDIES and pointed and of_topics and not question.cues.detail:
        return "treatment"  # a remedy that passages name: what they say of it
    if question.intent == "ask_complications" and question.text and not question.cues.untreated:
        return "symptoms"  # "what happens when I have too much"
    aspect = BY_INTENT.get(question.intent)
    return aspect.id if aspect else "overview"


def reason(article: Article, context: Context) -> str:
    """The intent of "why?": what causes the topic in play, if that was not told yet, else how it is linked to the symptom."""
    topics = context.topics or (article.subject,)
    causes = [passage.id for topic in topics if (passage := article.passage(topic, "causes"))]
    return "ask_causes" if set(causes) - set(context.told) else "ask_overview"


def passages_for(article: Article, question: Question, topics: tuple[str, ...], aspect: str) -> list[Passage]:
    """The passages that answer an aspect of topics; a passage whose own term was used stands in where there is none."""
    pointed = [article.passage_by_id(passage) for passage in question.passages]
    by_term = [passage for passage in pointed if passage.topic in topics]
    if by_term and aspect in ("overview", "other_cause"):
        return by_term[:1]
    if aspect == "other_treatment":  # whether a remedy helps: only if a passage names it
        helps = [passage for passage in by_term if passage.aspect == "treatment"]
        return helps or (_of_causes(article, question, topics) if not _names_another(question) else [])
    if aspect == "other_cause":
        aspect = "overview"
    found = [passage for topic in topics if (passage := article.passage(topic, aspect))]
    stands_in = bool(question.topics) and aspect in ANSWERABLE  # its term was used of a topic that was named
    return found or (by_term[:1] if stands_in else [])


def _of_causes(article: Article, question: Question, topics: tuple[str, ...]) -> list[Passage]:
    """What is said of leaving out the causes that a question names: nothing else in it could be the remedy."""
    named = (topic for topic in topics if topic in question.topics and topic != article.subject)
    return [passage for topic in named if (passage := article.passage(topic, "treatment"))]


def _names_another(question: Question) -> bool:
    """Whether a question has a word for a remedy that no passage names; of a payload, which has no words, it is not known."""
    return bool(not question.text or question.unknown or question.outside or question.remedy or question.passages)


def not_said(article: Article, topics: Iterable[str], aspect: str) -> str:
    """What the article does not say about topics; empty for none."""
    names = [article.topics[topic].name for topic in topics]
    if not names:
        return ""
    missing = ASPECTS[aspect].missing_of(several=len(names) > 1).format(subject=article.subject_name)
    return said("answers", "not_said", names=listed(names), missing=missing)


def silent_on(article: Article, topics: Iterable[str], aspect: str) -> list[str]:
    """Those of `topics` of which the article does not tell this."""
    return [topic for topic in topics if article.passage(topic, aspect) is None]


def cells(topics: Iterable[str], aspect: str) -> tuple[tuple[str, str], ...]:
    """An aspect of each topic."""
    return tuple((topic, aspect) for topic in topics)
