"""Where conversations are kept, in the database; and the locks that make the messages of one wait for each other."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain
from typing import Any

import redis.asyncio
from rasa.core.brokers.broker import EventBroker
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, deserialise_events
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError, RedisError
from sqlalchemy import Column, Float, Integer, String, Table, Text, delete, insert, select, update
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from fascicle import sent
from fascicle.bot import profile
from fascicle.database import TABLES, Database, conversation_of
from fascicle.errors import Conflict
from fascicle.sent import MESSAGES

KEPT_TURNS = 4
"""Turns that the bot goes by; more than any policy looks back."""
REMEMBERED = 100
"""Conversations whose last turns stay in memory."""
PURGED_AT_ONCE = 100
WAIT_SECONDS = 0.01
"""Between two looks at whether a lock is free."""
REDIS_SECONDS = 0.5
"""How long Redis may take to answer."""
LIFETIME_SECONDS = 7.0
"""How long Redis holds a lock that nobody frees: somewhat longer than a turn that waits in vain for an action."""
PAUSE_SECONDS = 5.0
"""How long Redis is left alone after it has failed."""
logger = logging.getLogger(__name__)

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


class Conversation(DialogueStateTracker):
    """Rasa's tracker of a conversation, which knows what of it was saved."""

    kept = Kept()
    saved_events = 0


class Conversations(TrackerStore):
    """Keeps the turns of conversations, one row each, and of each conversation what its next turn needs.

    Rasa replays the events of a conversation several times a turn, so that a turn gets slower with every turn before it. It is
    given the last turns only, behind an opening that sets the slots as they were before.

    A turn is saved only on top of the version that it began with. So several processes can hold a conversation between them
    and none loses a turn of another, whatever becomes of the lock.
    """

    def __init__(
        self,
        domain: Domain | None = None,
        event_broker: EventBroker | None = None,
        host: str | None = None,
        database: Database | None = None,
        **kwargs: Any,
    ) -> None:
        """Set up the store; Rasa calls it with what `endpoints.yml` says. The address there is that of the shared database.

        Args:
            domain: the slots; the agent sets it once the model is there.
            event_broker: gets the events, too.
            host: what Rasa calls the address.
            database: another database than the shared one.
            kwargs: what else the file says.
        """
        super().__init__(domain, event_broker, **kwargs)
        self._database = database or profile.database()
        self._memory: OrderedDict[str, Kept] = OrderedDict()

    def init_tracker(self, sender_id: str) -> Conversation:
        """A conversation without events."""
        return Conversation(sender_id, self.domain.slots, self.max_event_history)

    async def retrieve(self, sender_id: str) -> Conversation | None:
        """The conversation as the last `save` left it, in whichever process that was.

        Raises:
            Unavailable: the database failed.
        """
        known = self._memory.get(sender_id)
        kept = await self._database.run(lambda connection: _read(connection, sender_id, known))
        if kept is None:
            self._memory.pop(sender_id, None)
            return None
        self._remember(sender_id, kept)
        conversation = self._replayed(sender_id, kept.events)
        conversation.kept, conversation.saved_events = kept, len(conversation.events)
        return conversation

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep what is new, as one turn.

        Raises:
            Conflict: another turn was saved since the tracker was retrieved, or the conversation was erased.
            Unavailable: the database failed.
        """
        conversation = tracker if isinstance(tracker, Conversation) else self._replayed(tracker.sender_id, tracker.events)
        sender, seen = conversation.sender_id, conversation.kept
        new = tuple(conversation.events)[conversation.saved_events :]
        if not new:
            return
        await self.stream_events(conversation)
        kept = self._shortened(
            sender,
            replace(
                seen,
                incarnation=seen.incarnation or secrets.token_hex(8),
                version=seen.version + 1,
                turns=(*seen.turns, new),
            ),
        )
        opening, events, now, messages = _as_json(kept.opening), _as_json(new), time.time(), sent.collected()

        def write(connection: Connection) -> None:
            _write(connection, sender, kept, opening, events, now)
            sent.note(connection, sender, messages)

        await self._database.run(write)
        conversation.kept, conversation.saved_events = kept, len(conversation.events)
        self._remember(sender, kept)

    async def keys(self) -> Iterable[str]:
        """Ids of all conversations."""
        ids = select(CONVERSATIONS.c.sender_id)
        return await self._database.run(lambda connection: list(connection.execute(ids).scalars()))

    async def erase(self, sender_id: str) -> None:
        """Delete all there is of a conversation, in every table; nothing of it is left in the files of an SQLite database.

        A turn that is running is not waited for: it fails if it is not the first one, so hold the lock.

        Raises:
            Unavailable: the database failed, and some of it may be left.
        """
        self._memory.pop(sender_id, None)
        await self._database.run(lambda connection: _delete(connection, [sender_id]))
        await self._database.scrub()

    async def purge(self, older_than: timedelta) -> int:
        """Erase the conversations without a turn in that time; returns how many there were.

        Raises:
            Unavailable: the database failed, and some may be left.
        """
        self._memory.clear()  # other processes may have erased conversations that are remembered here
        count, before = 0, time.time() - older_than.total_seconds()
        while gone := await self._database.run(lambda connection: _delete_old(connection, before)):
            count += gone
        if count:
            await self._database.scrub()
        return count

    def _remember(self, sender_id: str, kept: Kept) -> None:
        self._memory[sender_id] = kept
        self._memory.move_to_end(sender_id)
        if len(self._memory) > REMEMBERED:
            self._memory.popitem(last=False)

    def _shortened(self, sender_id: str, kept: Kept) -> Kept:
        """Only the last turns, and an opening that sets the slots as they were before."""
        surplus = len(kept.turns) - KEPT_TURNS
        if surplus <= 0:
            return kept
        before = self._replayed(sender_id, chain(kept.opening, *kept.turns[:surplus]))
        if before.active_loop is not None or before.is_paused():
            return kept  # a form has more to it than slots
        return replace(kept, first=kept.first + surplus, opening=self._opening(before), turns=kept.turns[surplus:])

    def _opening(self, before: DialogueStateTracker) -> tuple[Event, ...]:
        """The start of a session whose slots are those of `before`."""
        at = before.events[-1].timestamp
        initial = {slot.name: slot.initial_value for slot in self.domain.slots}
        changed = [(name, value) for name, value in before.current_slot_values().items() if value != initial.get(name)]
        return (
            ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at),
            SessionStarted(timestamp=at),
            *(SlotSet(name, value, timestamp=at) for name, value in changed),
            ActionExecuted(ACTION_LISTEN_NAME, timestamp=at),
        )

    def _replayed(self, sender_id: str, events: Iterable[Event]) -> Conversation:
        return Conversation.from_events(sender_id, events, self.domain.slots)


def _read(connection: Connection, sender_id: str, known: Kept | None) -> Kept | None:
    """The newest version of a conversation; the known one, if that is it."""
    row = connection.execute(select(CONVERSATIONS).where(CONVERSATIONS.c.sender_id == sender_id)).first()
    if row is None:
        return None
    if known is not None and (known.incarnation, known.version) == (row.incarnation, row.version):
        return known
    kept = TURNS.c.number.between(row.first, row.version)
    turns = select(TURNS.c.events).where(TURNS.c.sender_id == sender_id, kept).order_by(TURNS.c.number)
    events = connection.execute(turns).scalars().all()
    return Kept(row.incarnation, row.version, row.first, _from_json(row.opening), tuple(map(_from_json, events)))


def _write(connection: Connection, sender_id: str, kept: Kept, opening: str, events: str, now: float) -> None:
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


def _delete(connection: Connection, sender_ids: Sequence[str]) -> None:
    """Delete the rows of conversations in all tables.

    That of the conversation goes first: a turn that runs then conflicts. Its messages go before its ratings: a rating that is
    being kept is waited for, and goes as well.
    """
    for table in (CONVERSATIONS, MESSAGES, *TABLES.sorted_tables):
        if "sender_id" in table.c:
            connection.execute(delete(table).where(table.c.sender_id.in_(sender_ids)))
        elif "conversation" in table.c:
            connection.execute(delete(table).where(table.c.conversation.in_(map(conversation_of, sender_ids))))


def _delete_old(connection: Connection, before: float) -> int:
    """Delete some of the conversations that were last touched before then; returns how many."""
    old = CONVERSATIONS.c.updated_at < before
    candidates = connection.execute(select(CONVERSATIONS.c.sender_id).where(old).limit(PURGED_AT_ONCE)).scalars().all()
    chosen = CONVERSATIONS.c.sender_id.in_(candidates)
    connection.execute(delete(CONVERSATIONS).where(chosen & old))  # and not one that has gone on in between
    gone = set(candidates) - set(connection.execute(select(CONVERSATIONS.c.sender_id).where(chosen)).scalars())
    _delete(connection, sorted(gone))
    return len(gone)


def _as_json(events: Iterable[Event]) -> str:
    return json.dumps([event.as_dict() for event in events], separators=(",", ":"))


def _from_json(text: str) -> tuple[Event, ...]:
    return tuple(deserialise_events(json.loads(text)))


class Locks(InMemoryLockStore):
    """Rasa's locks, which make the messages of one conversation wait for each other; Rasa's own look once a second."""

    def __init__(self, endpoint_config: EndpointConfig | None = None) -> None:
        """Set up the store; Rasa calls it with this argument when `endpoints.yml` names it."""
        super().__init__()

    def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = WAIT_SECONDS
    ) -> AbstractAsyncContextManager[TicketLock]:
        """Acquire the lock of a conversation."""
        return super().lock(conversation_id, lock_lifetime, wait_time_in_seconds)


class RedisLocks(Locks):
    """Locks that several processes share, on top of those in memory, which keep the order of the messages in a process.

    Where Redis is down or slow, turns go on under the lock in memory alone. That is as good while the proxy sends a conversation
    to one process; where it does not, the store refuses the later one of two turns (`Conflict`).
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        """Set up the store; Rasa calls it with what `endpoints.cluster.yml` says. Nothing is connected to yet."""
        super().__init__()
        self._redis = redis.asyncio.from_url(
            endpoint_config.url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._token = secrets.token_hex(8)
        self._failed_at: float | None = None

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = WAIT_SECONDS
    ) -> AsyncIterator[TicketLock]:
        """Acquire the lock of a conversation, here and in Redis."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            shared = await self._acquired(conversation_id)
            try:
                yield ticket
            finally:
                if shared:
                    await self._release(shared)

    async def _acquired(self, conversation_id: str) -> Lock | None:
        """The lock in Redis once it is ours; None if Redis fails, or someone holds the lock longer than it may live."""
        if self._failed_at is not None and time.monotonic() < self._failed_at + PAUSE_SECONDS:
            return None
        lock = self._redis.lock(
            f"fascicle:lock:{conversation_id}",
            timeout=LIFETIME_SECONDS,
            sleep=WAIT_SECONDS,
            blocking_timeout=LIFETIME_SECONDS,
            thread_local=False,
        )
        try:
            acquired = await self._acquire(lock)
        except (RedisError, OSError) as error:
            self._fail(error)
            return None
        if self._failed_at is not None:
            self._failed_at = None
            logger.warning("Redis is back: processes share their locks")
        return lock if acquired else None

    async def _acquire(self, lock: Lock) -> bool:
        if await lock.acquire(blocking=False, token=self._token):
            return True
        lock.local.token = self._token.encode()
        if await lock.owned():  # taken by a call of this process that Redis answered too late; nobody here holds it now
            return True
        return await lock.acquire(token=self._token)

    async def _release(self, lock: Lock) -> None:
        try:
            await lock.release()
        except LockNotOwnedError:
            logger.warning("A turn took longer than its lock lives")
        except (RedisError, OSError) as error:
            self._fail(error)  # it frees the lock itself when its lifetime is over

    def _fail(self, error: Exception) -> None:
        if self._failed_at is None:
            logger.warning("Redis does not answer (%s): each process has its own locks until it does", type(error).__name__)
        self._failed_at = time.monotonic()
