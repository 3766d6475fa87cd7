"""Names that stand for more than one topic: which one is meant, or asking."""

from __future__ import annotations

from dataclasses import replace

from fascicle.answering.context import Context
from fascicle.answering.offers import offer, with_offers
from fascicle.answering.wording import listed
from fascicle.library import Article, said
from fascicle.reply import Block, Offer, Reply
from fascicle.understanding.question import Question

ABOUT_SOMETHING_BEGUN = frozenset({"ask_overview", "ask_topic", "ask_other_cause", "ask_why", "ask_causes"})
"""Intents of questions whether something that was begun is the cause."""


def settled(question: Question, context: Context) -> Question:
    """The question, with what its names mean that may mean several things, where the message or else the conversation says it."""
    topics, unclear = question.topics, []
    for meanings in question.ambiguous:
        said = (tuple(topic for topic in meanings if topic in near) for near in (question.background, context.topics))
        meant = next(filter(None, said), ())
        topics = tuple(dict.fromkeys((*topics, *meant)))
        unclear += [] if meant else [meanings]
    return replace(question, topics=topics, ambiguous=tuple(unclear))


def unsure_of(question: Question) -> tuple[str, ...]:
    """The topics that a name in a question may mean, where nothing says which; none if it is clear."""
    return next(iter(question.ambiguous), ())


def of_something_begun(article: Article, question: Question, context: Context) -> tuple[str, ...]:
    """The topics that "I started something, could it be that?" may mean where nothing that was begun is known: a medicine, or
    what is talked about; none for another question."""
    named = question.topics or question.background or question.outside or question.passages or question.about_subject
    if named or not (question.cues.begun and question.cues.pronoun) or question.intent not in ABOUT_SOMETHING_BEGUN:
        return ()
    medicines = [topic.id for topic in article.topics.values() if topic.remedy]
    talked = [topic for topic in context.topics if topic != article.subject]
    return tuple(dict.fromkeys((*medicines, *talked))) if medicines else ()


def of_remedy(article: Article, question: Question) -> Question:
    """A question on treatment, read as whether a remedy helps where it names one and no passage does."""
    named = [topic for topic in question.topics if topic != article.subject]
    conditions = tuple(topic for topic in named if not article.topics[topic].remedy)
    # "gabapentin for hemifacial spasm?": a medicine, not as a cause
    remedy_for = question.cues.whether and len(named) > len(conditions) > 0
    strange = question.cues.whether and (question.outside or (question.unknown and not question.cues.any_treatment))
    if question.passages or not (remedy_for or strange or (question.remedy and conditions)):
        return question
    return replace(question, intent="ask_other_treatment", topics=conditions or question.topics, outside=())


def which_is_meant(
    article: Article, topics: tuple[str, ...], aspect: str, context: Context, *, unknown: bool = False
) -> tuple[Reply, Context]:
    """A question back, with a button for each topic that may be meant; by a name of several, or by one that is `unknown`."""
    names = listed((article.topics[topic].name for topic in topics), "or")
    text = said("answers", "may_be_meant" if unknown else "ambiguous", names=names)
    reply = Reply("clarify", (Block(text),), tuple(_offers(article, topics, aspect)))
    return with_offers(reply, context)


def _offers(article: Article, topics: tuple[str, ...], aspect: str) -> list[Offer]:
    found = (article.passage(topic, aspect) or article.passage(topic, "overview") for topic in topics)
    return [offer(article, passage) for passage in found if passage]
