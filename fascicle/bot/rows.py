"""The rows of conversations in the database: one for each conversation, one for each turn."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from rasa.shared.core.events import Event, deserialise_events
from sqlalchemy import Column, Float, Integer, String, Table, Text, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from fascicle.database import TABLES, conversation_of
from fascicle.errors import Conflict
from fascicle.sent import MESSAGES

PURGED_AT_ONCE = 100
CONVERSATIONS = Table(
    "conversations",
    TABLES,
    Column("sender_id", String(255), primary_key=True),
    Column("incarnation", String(16), nullable=False),  # tells it from one of the same id that was erased
    Column("version", Integer, nullable=False),  # number of its last turn
    Column("first", Integer, nullable=False),  # number of the first turn that the bot goes by
    Column("opening", Text, nullable=False),  # events that stand for the turns before
    Column("updated_at", Float, nullable=False, index=True),  # seconds since 1970
)
TURNS = Table(
    "turns",
    TABLES,
    Column("sender_id", String(255), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("events", Text, nullable=False),
)


@dataclass(frozen=True)
class Kept:
    """What the bot goes by of a conversation, as of one version of it; without anything, one that is not saved yet.

    Args:
        incarnation: the same for all versions of a conversation, and another one once it was erased.
        version: number of its last turn.
        first: number of the first turn whose events are here.
        opening: events that stand for the turns before.
        turns: the events of the turns from `first` to `version`.
    """

    incarnation: str = ""
    version: int = 0
    first: int = 1
    opening: tuple[Event, ...] = ()
    turns: tuple[tuple[Event, ...], ...] = ()

    @property
    def events(self) -> Iterable[Event]:
        """All events, in order."""
        return chain(self.opening, *self.turns)


def read(connection: Connection, sender_id: str, known: Kept | None) -> Kept | None:
    """The newest version of a conversation; the known one, if that is it."""
    row = connection.execute(select(CONVERSATIONS).where(CONVERSATIONS.c.sender_id == sender_id)).first()
    if row is None:
        return None
    if known is not None and (known.incarnation, known.version) == (row.incarnation, row.version):
        return known
    kept = TURNS.c.number.between(row.first, row.version)
    turns = select(TURNS.c.events).where(TURNS.c.sender_id == sender_id, kept).order_by(TURNS.c.number)
    events = connection.execute(turns).scalars().all()
    return Kept(row.incarnation, row.version, row.first, from_json(row.opening), tuple(map(from_json, events)))


def write(connection: Connection, sender_id: str, kept: Kept, opening: str, events: str, now: float) -> None:
    """Save a turn, on top of the version before it.

    Args:
        connection: in a transaction.
        sender_id: id of the conversation.
        kept: the conversation with the turn.
        opening: the events that stand for the turns before, as JSON.
        events: the turn's events, as JSON.
        now: seconds since 1970.

    Raises:
        Conflict: another turn was saved on top of that version, or the conversation was erased.
    """
    state = {"version": kept.version, "first": kept.first, "opening": opening, "updated_at": now}
    try:
        if kept.version == 1:
            connection.execute(insert(CONVERSATIONS).values(sender_id=sender_id, incarnation=kept.incarnation, **state))
        else:
            seen = (
                (CONVERSATIONS.c.sender_id == sender_id)
                & (CONVERSATIONS.c.incarnation == kept.incarnation)
                & (CONVERSATIONS.c.version == kept.version - 1)
            )
            if not connection.execute(update(CONVERSATIONS).where(seen).values(**state)).rowcount:
                raise Conflict
        connection.execute(insert(TURNS).values(sender_id=sender_id, number=kept.version, at=now, events=events))
    except IntegrityError:
        raise Conflict from None


def delete_all(connection: Connection, sender_ids: Sequence[str]) -> None:
    """Delete the rows of conversations in all tables.

    That of the conversation goes first: a turn that runs then conflicts. Its messages go before its ratings: a rating that is
    being kept is waited for, and goes as well.
    """
    for table in (CONVERSATIONS, MESSAGES, *TABLES.sorted_tables):
        if "sender_id" in table.c:
            connection.execute(delete(table).where(table.c.sender_id.in_(sender_ids)))
        elif "conversation" in table.c:
            connection.execute(delete(table).where(table.c.conversation.in_(map(conversation_of, sender_ids))))


def delete_old(connection: Connection, before: float) -> int:
    """Delete some of the conversations that were last touched before then; returns how many."""
    old = CONVERSATIONS.c.updated_at < before
    candidates = connection.execute(select(CONVERSATIONS.c.sender_id).where(old).limit(PURGED_AT_ONCE)).scalars().all()
    chosen = CONVERSATIONS.c.sender_id.in_(candidates)
    connection.execute(delete(CONVERSATIONS).where(chosen & old))  # and not one that has gone on in between
    gone = set(candidates) - set(connection.execute(select(CONVERSATIONS.c.sender_id).where(chosen)).scalars())
    delete_all(connection, sorted(gone))
    return len(gone)


def as_json(events: Iterable[Event]) -> str:
    """Events, as JSON."""
    return json.dumps([event.as_dict() for event in events], separators=(",", ":"))


def from_json(text: str) -> tuple[Event, ...]:
    """What `as_json` wrote."""
    return tuple(deserialise_events(json.loads(text)))
