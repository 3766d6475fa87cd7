"""Questions that were answered, with their replies: one that is sent again, because its answer was lost, is no second turn."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Float, String, Table, Text, delete, insert, select
from sqlalchemy.engine import Connection

from fascicle.database import TABLES

ANSWERED = Table(
    "answered",
    TABLES,
    Column("sender_id", String(255), primary_key=True),
    Column("question", String(64), primary_key=True),  # made from the id it was sent with, and its words
    Column("at", Float, nullable=False),
    Column("replies", Text, nullable=False),
)
"""The last questions of each conversation that were sent with an id; they go with it (`fascicle.bot.conversations`)."""
KEPT = 4
"""Questions that are kept of a conversation. Who lost an answer asks again before asking much else."""


@dataclass(frozen=True)
class Question:
    """A question that is being answered: what names it, and the replies so far."""

    name: str
    replies: list[dict[str, Any]]


_running: ContextVar[Question | None] = ContextVar("the question of the turn that runs", default=None)


def name_of(request: str, text: str) -> str:
    """What names a question: the same only for the same words, sent with the same id.

    Args:
        request: the id it was sent with; empty for none.
        text: what is asked.

    Returns:
        64 digits; nothing without an id.
    """
    return hashlib.sha256(f"{request} {text}".encode()).hexdigest() if request else ""


@contextmanager
def in_one_turn(name: str, replies: list[dict[str, Any]]) -> Iterator[None]:
    """Keep the replies of the turn that runs in the block, whatever they are when it is saved.

    Args:
        name: of the question; if empty, nothing is kept.
        replies: grows while the turn runs.
    """
    token = _running.set(Question(name, replies) if name else None)
    try:
        yield
    finally:
        _running.reset(token)


def running() -> tuple[str, str] | None:
    """Name and replies, as JSON, of the question of the turn that runs, if they are to be kept."""
    question = _running.get()
    return (question.name, json.dumps(question.replies, separators=(",", ":"))) if question else None


def note(connection: Connection, sender: str, answered: tuple[str, str] | None, now: float) -> None:
    """Keep what `running` returned, in the transaction that saves the turn."""
    if answered is None:
        return
    name, replies = answered
    of_sender = ANSWERED.c.sender_id == sender
    newest = select(ANSWERED.c.question).where(of_sender, ANSWERED.c.question != name).order_by(ANSWERED.c.at.desc())
    kept = connection.execute(newest.limit(KEPT - 1)).scalars().all()
    connection.execute(delete(ANSWERED).where(of_sender, ANSWERED.c.question.not_in(kept)))
    connection.execute(insert(ANSWERED).values(sender_id=sender, question=name, at=now, replies=replies))


def replies_to(connection: Connection, sender: str, name: str) -> list[dict[str, Any]]:
    """The replies to a question that was answered; none if it was not, or is no longer kept."""
    asked = (ANSWERED.c.sender_id == sender) & (ANSWERED.c.question == name)
    replies = connection.execute(select(ANSWERED.c.replies).where(asked)).scalar()
    return json.loads(replies) if replies else []
