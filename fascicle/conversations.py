"""Where conversations are kept while the bot runs: in memory, the last turns of each, so that turns do not get slower."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from itertools import islice
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

KEPT_TURNS = 8
"""Turns kept of a conversation; more than any policy looks back."""
WAIT_SECONDS = 0.01


class RecentTurns(TrackerStore):
    """Keeps what the next turn needs of a conversation: its last turns, and the slots as they were before.

    Rasa replays all events of a conversation several times a turn, so that a turn gets slower with every turn before it. Events
    are kept as they are: Rasa's own store in memory turns them into JSON and back, which takes longer than all else in a turn.
    """

    def __init__(
        self, domain: Domain | None = None, event_broker: EventBroker | None = None, host: str | None = None, **kwargs: Any
    ) -> None:
        """Set up the store; Rasa calls it with these arguments when `endpoints.yml` names it."""
        super().__init__(domain, event_broker, **kwargs)
        self._events: dict[str, list[Event]] = {}

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Keep the last turns."""
        await self.stream_events(tracker)
        self._events[tracker.sender_id] = self._recent(tracker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The conversation as `save` left it."""
        events = self._events.get(sender_id)
        return None if events is None else self._tracker(sender_id, events)

    async def keys(self) -> Iterable[str]:
        """Ids of all conversations."""
        return self._events.keys()

    def _recent(self, tracker: DialogueStateTracker) -> list[Event]:
        events = list(tracker.events)
        start = _start_of_turn(events, KEPT_TURNS)
        before = self._tracker(tracker.sender_id, events[:start])
        if start == 0 or before.active_loop is not None or before.is_paused():
            return events  # a form has more to it than slots
        return [*self._opening(before, at=events[start].timestamp), *events[start:]]

    def _opening(self, before: DialogueStateTracker, at: float) -> list[Event]:
        """The start of a session whose slots are those of `before`."""
        initial = {slot.name: slot.initial_value for slot in self.domain.slots}
        changed = [(name, value) for name, value in before.current_slot_values().items() if value != initial.get(name)]
        return [
            ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at),
            SessionStarted(timestamp=at),
            *(SlotSet(name, value, timestamp=at) for name, value in changed),
        ]

    def _tracker(self, sender_id: str, events: Sequence[Event]) -> DialogueStateTracker:
        return DialogueStateTracker.from_events(sender_id, events, self.domain.slots)


def _start_of_turn(events: Sequence[Event], count: int) -> int:
    """Where the last `count` turns start: with the bot listening for the first of them. 0 where there are no more turns."""
    messages = (place for place in range(len(events) - 1, -1, -1) if isinstance(events[place], UserUttered))
    message = next(islice(messages, count - 1, None), 0)
    listening = (
        p for p in range(message, 0, -1) if isinstance(e := events[p], ActionExecuted) and e.action_name == ACTION_LISTEN_NAME
    )
    return next(listening, 0)


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
