"""Names that stand for more than one topic: which one is meant, or asking."""

from __future__ import annotations

from dataclasses import replace

from fascicle.answering.context import Context
from fascicle.answering.offers import offer, with_offers
from fascicle.library import Article, said
from fascicle.reply import Block, Offer, Reply
from fascicle.understanding.question import Question


def unsure_of(question: Question, context: Context) -> tuple[str, ...]:
    """The topics that a name in a question may mean, unless the conversation is about one of them; none if it is clear."""
    unclear = (topics for topics in question.ambiguous if not set(topics) & set(context.topics))
    return next(unclear, ())


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


def which_is_meant(article: Article, topics: tuple[str, ...], aspect: str, context: Context) -> tuple[Reply, Context]:
    """A question back, with a button for each topic that may be meant."""
    names = " or ".join(article.topics[topic].name for topic in topics)
    reply = Reply("clarify", (Block(said("answers", "ambiguous", names=names)),), tuple(_offers(article, topics, aspect)))
    return with_offers(reply, context)


def _offers(article: Article, topics: tuple[str, ...], aspect: str) -> list[Offer]:
    found = (article.passage(topic, aspect) or article.passage(topic, "overview") for topic in topics)
    return [offer(article, passage) for passage in found if passage]
