"""What the conversation remembers, and what it remembers next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

KEPT = 30
"""Topics that are remembered, the latest ones."""


@dataclass(frozen=True)
class Context:
    """What the conversation remembers.

    Args:
        topics: topics in play, in the order in which they were named.
        earlier: all topics talked about so far, in order, again where they came up again.
        aspect: the aspect asked about last.
        told: ids of the passages shown so far, the latest last.
        options: payloads that "the third one" picks from.
        suggestion: the payload that "yes" takes up.
        article: id of the article in play; empty where it is that of questions that name none.
    """

    topics: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    aspect: str | None = None
    told: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    suggestion: str | None = None
    article: str = ""


def about(context: Context, topics: tuple[str, ...], aspect: str) -> Context:
    """The context with these topics in play, remembered as the latest."""
    again = topics == context.earlier[-len(topics) :]
    earlier = context.earlier if again else (*context.earlier, *topics)
    return replace(context, topics=topics, earlier=earlier[-KEPT:], aspect=aspect)


def within(context: Context, article: str) -> Context:
    """The context for an article, by its id: what was talked about in another is left."""
    if context.article in ("", article):
        return replace(context, article=article)
    return Context(article=article, aspect=context.aspect)


def of_turn(context: Context, answered: Iterable[str]) -> Context:
    """The context after a turn of several questions: what all of them were about is in play.

    Args:
        context: what is remembered after the last question.
        answered: topics in play after each question, in order.
    """
    topics = tuple(dict.fromkeys(answered))
    return replace(context, topics=topics) if len(topics) > 1 else context


def added(told: tuple[str, ...], passages: Iterable[str]) -> tuple[str, ...]:
    """The passages shown, the latest last."""
    new = tuple(dict.fromkeys(passages))
    return tuple(passage for passage in told if passage not in new) + new
