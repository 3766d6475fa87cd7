"""Which messages the bot sent in which conversation: noted with the turn that is saved, asked when one of them is rated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Column, String, Table, insert, update
from sqlalchemy.engine import Connection

from fascicle.database import TABLES, conversation_of

MESSAGES = Table(
    "messages",
    TABLES,
    Column("conversation", String(12), primary_key=True),
    Column("message", String(32), primary_key=True),
)
"""A message a row; they go with their conversation (`fascicle.bot.conversations`)."""
_ids: ContextVar[list[str] | None] = ContextVar("ids of the messages of the turn that runs", default=None)


@contextmanager
def in_one_turn() -> Iterator[None]:
    """Collect the ids of the messages that are sent while the block runs, for whoever saves the turn."""
    token = _ids.set([])
    try:
        yield
    finally:
        _ids.reset(token)


def add(message: str) -> None:
    """Collect the id of a message, if there is a turn that it belongs to."""
    ids = _ids.get()
    if ids is not None:
        ids.append(message)


def collected() -> tuple[str, ...]:
    """The ids of the turn's messages that were not asked for before."""
    ids = _ids.get() or []
    taken = tuple(ids)
    ids.clear()
    return taken


def note(connection: Connection, sender: str, messages: Iterable[str]) -> None:
    """Keep the ids of messages of a conversation, in the transaction that saves their turn."""
    rows = [{"conversation": conversation_of(sender), "message": message} for message in messages]
    if rows:
        connection.execute(insert(MESSAGES), rows)


def was_sent(connection: Connection, conversation: str, message: str) -> bool:
    """Whether a message was sent in a conversation that is still kept. Until the transaction ends, nobody else can change that.

    It writes what is there already: that holds the row in PostgreSQL, and makes us the one writer of SQLite.
    """
    asked = (MESSAGES.c.conversation == conversation) & (MESSAGES.c.message == message)
    return bool(connection.execute(update(MESSAGES).where(asked).values(message=message)).rowcount)
