"""How a check-in ends: with the passages that fit what was told."""

from __future__ import annotations

from dataclasses import replace

from fascicle.answering.check_in.asking import framing
from fascicle.answering.check_in.told import LISTED, STOPPED, Told, pointed_at
from fascicle.answering.context import Context
from fascicle.answering.focus import MAX_TOPICS
from fascicle.answering.offers import SHOWN_OFFERS
from fascicle.answering.telling import tell
from fascicle.library import ASPECTS, Article, said
from fascicle.reply import Block, Reply, payload


def close(article: Article, told: Told, end: str, context: Context) -> tuple[Reply, Context]:
    """The end: the passages that fit what was told, or after a stop the offer to see them."""
    pointed = pointed_at(article, told)
    topics = tuple(pointed[:MAX_TOPICS])
    subject = article.topics[article.subject]
    first = [article.passage(topic, "overview") or next(iter(article.topics[topic].passages.values())) for topic in topics]
    doctor = subject.passages.get("see_doctor")
    if end == STOPPED:
        text = said("check_in", "stopped_early" if topics else "stopped")
        suggested = [*first[: SHOWN_OFFERS - 1], *([doctor] if doctor else [])] if topics else ()
        return tell(article, "checkin", (Block(text),), (article.subject,), context, suggested)
    if end == LISTED or not topics:
        lead = "" if end == LISTED else said("check_in", "nothing_points")
        shown = [passage for passage in (subject.passages.get("causes"), doctor) if passage]
        blocks = (*framing(lead), *(Block(passage=passage.id) for passage in shown))
        return tell(article, "answer", blocks, (article.subject,), context)
    lead = said("check_in", "points_to_several" if len(topics) > 1 else "points_to_one", subject=subject.name)
    closing = (Block(said("check_in", "doctor")), Block(passage=doctor.id)) if doctor else ()
    others = ", ".join(article.topics[topic].name for topic in pointed[MAX_TOPICS:])
    more = framing(said("check_in", "more", names=others) if others else "")
    blocks = (Block(lead), *(Block(passage=passage.id) for passage in first), *more, *closing)
    reply, context = tell(article, "answer", blocks, topics, context)
    return reply, replace(context, options=tuple(_next(article, topic, context) for topic in topics))


def _next(article: Article, topic: str, context: Context) -> str:
    """The payload of the next passage of a topic, for "the first one": its first one again if all were shown."""
    passages = list(article.topics[topic].passages.values())
    passage = next((passage for passage in passages if passage.id not in context.told), passages[0])
    return payload(ASPECTS[passage.aspect].intent, topic=topic)
