"""What the conversation remembers, and what it remembers next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Context:
    """What the conversation remembers.

    Args:
        topics: topics in play, in the order in which they were named.
        earlier: all topics named so far, the latest last.
        aspect: the aspect asked about last.
        told: ids of the passages shown so far, the latest last.
        options: payloads that "the third one" picks from.
        suggestion: the payload that "yes" takes up.
    """

    topics: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()
    aspect: str | None = None
    told: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    suggestion: str | None = None


def about(context: Context, topics: tuple[str, ...], aspect: str) -> Context:
    """The context with these topics in play, remembered as the latest."""
    earlier = tuple(topic for topic in context.earlier if topic not in topics) + topics
    return replace(context, topics=topics, earlier=earlier, aspect=aspect)


def added(told: tuple[str, ...], passages: Iterable[str]) -> tuple[str, ...]:
    """The passages shown, the latest last."""
    new = tuple(dict.fromkeys(passages))
    return tuple(passage for passage in told if passage not in new) + new
