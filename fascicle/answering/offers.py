"""Suggestions: the nearest passages, what "yes" and "the second one" mean after them, and every payload there is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fascicle.answering.context import Context
from fascicle.library import ANSWERABLE, ASPECTS, BY_INTENT, Article, Library, Passage
from fascicle.reply import Offer, Reply, payload
from fascicle.understanding.question import from_payload

SHOWN_OFFERS = 3


def offered_payloads(article: Article) -> frozenset[str]:
    """Every payload the bot may offer: no other is accepted from a visitor."""
    answers = {payload("inform", answer=f"{question.id}.{a.id}") for question in article.check_in for a in question.answers}
    check_in = {*answers, *map(payload, ("report_symptom", "skip", "stop"))} if article.check_in else set()
    return (
        frozenset(offer(article, passage).payload for passage in article.passages)
        | check_in
        | {
            payload("ask_help"),
            payload("ask_sources"),
            payload("confirm_sign"),
            payload("deny_sign"),
        }
    )


def is_offered(text: str, library: Library) -> bool:
    """Whether a payload is one that is offered of an article of a library."""
    try:
        question = from_payload(text)
    except (ValueError, RecursionError):
        return False
    named = (question.article, *question.topics)
    if question.intent not in BY_INTENT or len(named) != 2 or not all(isinstance(name, str) for name in named):
        return False
    article, topic = named
    return text == payload(question.intent, topic=topic, article=article) and _has_topic(library, article, topic)


def _has_topic(library: Library, article: str, topic: str) -> bool:
    try:
        return topic in library.article(article).topics
    except (KeyError, UnicodeEncodeError):  # half a letter is in no id
        return False


def of_article(id_: str, reply: Reply, context: Context) -> tuple[Reply, Context]:
    """A reply and its context with an article named in all that is offered of its topics, as a library has to be told."""
    offers = tuple(replace(offer, payload=_of(id_, offer.payload)) for offer in reply.offers)
    options = tuple(_of(id_, option) for option in context.options)
    suggestion = _of(id_, context.suggestion) if context.suggestion else None
    return replace(reply, offers=offers), replace(context, options=options, suggestion=suggestion)


def _of(id_: str, text: str) -> str:
    """A payload with the article in it, if it is one on a topic that names none."""
    question = from_payload(text)
    if question.article or not question.topics:
        return text
    return payload(question.intent, topic=question.topics[0], article=id_)


def with_offers(reply: Reply, context: Context) -> tuple[Reply, Context]:
    """The reply, with its first offer as what "yes" takes up; "the second one" goes on to mean a longer list shown before.

    A question back is answered from its own offers.
    """
    payloads = tuple(offer.payload for offer in reply.offers)
    options = context.options if len(context.options) > SHOWN_OFFERS and reply.kind != "clarify" else payloads
    return reply, replace(context, options=options, suggestion=payloads[0] if payloads else None)


def nearest(article: Article, topics: tuple[str, ...], context: Context) -> tuple[Offer, ...]:
    """The nearest passages not shown yet: the topics' own first, then the subject's."""
    near = [p for topic in (*topics, article.subject) for a in ANSWERABLE if (p := article.topics[topic].passages.get(a))]
    near.sort(key=lambda passage: passage.topic == article.subject and article.subject not in topics)
    return distinct(offer(article, passage) for passage in near if passage.id not in context.told)


def distinct(offers: Iterable[Offer]) -> tuple[Offer, ...]:
    """The first offers, none twice."""
    return tuple({offer.payload: offer for offer in offers}.values())[:SHOWN_OFFERS]


def offer(article: Article, passage: Passage) -> Offer:
    """The suggestion to ask what a passage answers."""
    title = ASPECTS[passage.aspect].ask.format(topic=article.topics[passage.topic].name)
    return Offer(title, payload(ASPECTS[passage.aspect].intent, topic=passage.topic))
