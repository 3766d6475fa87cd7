"""Where conversations are kept: Rasa's tracker store, on the rows of the database."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from itertools import chain
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import select
from sqlalchemy.engine import Connection

from fascicle import sent
from fascicle.bot import answered, profile
from fascicle.bot.rows import CONVERSATIONS, Kept, as_json, delete_all, delete_old, read, write
from fascicle.database import Database

KEPT_TURNS = 4
"""Turns that the bot goes by; more than any policy looks back."""
REMEMBERED = 100
"""Conversations whose last turns stay in memory."""


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
        kept = await self._database.run(lambda connection: read(connection, sender_id, known))
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
        opening, events, now, messages = as_json(kept.opening), as_json(new), time.time(), sent.collected()
        question = answered.running()

        def keep(connection: Connection) -> None:
            write(connection, sender, kept, opening, events, now)
            sent.note(connection, sender, messages)
            answered.note(connection, sender, question, now)

        await self._database.run(keep)
        conversation.kept, conversation.saved_events = kept, len(conversation.events)
        self._remember(sender, kept)

    async def replies_to(self, sender_id: str, question: str) -> list[dict[str, Any]]:
        """What was said to one of the last questions of a conversation; nothing if it was not asked, or its turn not saved.

        Args:
            sender_id: id of the conversation.
            question: what `answered.name_of` made of it.

        Raises:
            Unavailable: the database failed.
        """
        return await self._database.run(lambda connection: answered.replies_to(connection, sender_id, question))

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
        await self._database.run(lambda connection: delete_all(connection, [sender_id]))
        await self._database.scrub()

    async def purge(self, older_than: timedelta) -> int:
        """Erase the conversations without a turn in that time; returns how many there were.

        Raises:
            Unavailable: the database failed, and some may be left.
        """
        self._memory.clear()  # other processes may have erased conversations that are remembered here
        count, before = 0, time.time() - older_than.total_seconds()
        while gone := await self._database.run(lambda connection: delete_old(connection, before)):
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
