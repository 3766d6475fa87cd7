"""What is kept of a conversation, and that Rasa cannot tell it from the whole."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rasa.core.actions.action import RemoteAction
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.core.utils import read_endpoints_from_path
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa_sdk.interfaces import Tracker

from fascicle.bot import ActionServer, shortened
from fascicle.conversations import KEPT_TURNS, Conversations, Locks
from fascicle.database import Database

SENDER = "a" * 24
DOMAIN = Domain.from_yaml("""
version: "3.1"
intents: [ask]
actions: [action_answer]
forms: {check_form: {required_slots: []}}
slots:
  told: {type: list, influence_conversation: false, mappings: [{type: custom}]}
  outcome: {type: categorical, values: [answer, notice], influence_conversation: true, mappings: [{type: custom}]}
  aspect: {type: text, influence_conversation: false, mappings: [{type: custom}]}
""")
START: list[Event] = [ActionExecuted("action_session_start"), SessionStarted(), ActionExecuted("action_listen")]


def turn(number: int, *more: Event) -> list[Event]:
    outcome = "notice" if number % 3 else "answer"
    return [
        UserUttered(f"question {number}", {"name": "ask"}),
        ActionExecuted("action_answer"),
        SlotSet("told", [str(number)]),
        SlotSet("outcome", outcome),
        *([SlotSet("aspect", "causes")] if number == 1 else []),
        *more,
        ActionExecuted("action_listen"),
    ]


def after(store: Conversations, turns: list[list[Event]]) -> DialogueStateTracker:
    """The conversation as the store gives it back when it was saved after each turn."""

    async def talk() -> DialogueStateTracker:
        tracker = await store.get_or_create_tracker(SENDER, append_action_listen=False)
        for events in turns:
            tracker.update_with_events(events, DOMAIN, override_timestamp=False)
            await store.save(tracker)
            tracker = await store.get_or_create_tracker(SENDER)
        return tracker

    return asyncio.run(talk())


def whole(turns: list[list[Event]]) -> DialogueStateTracker:
    """The conversation with everything in it."""
    return DialogueStateTracker.from_events(SENDER, [event for events in turns for event in events], DOMAIN.slots)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Conversations]:
    database = Database(f"sqlite:///{tmp_path / 'fascicle.sqlite'}")
    yield Conversations(DOMAIN, database=database)
    database.close()


@pytest.mark.parametrize("count", [1, KEPT_TURNS, KEPT_TURNS + 1, 5 * KEPT_TURNS])
def test_what_is_kept_stands_for_the_whole(store: Conversations, count: int) -> None:
    turns = [START, *(turn(number) for number in range(1, count + 1))]
    kept, full = after(store, turns), whole(turns)
    assert kept.current_slot_values() == full.current_slot_values()
    assert kept.latest_message == full.latest_message
    assert kept.latest_action_name == full.latest_action_name
    assert kept.active_loop == full.active_loop
    states = 2 * min(count, KEPT_TURNS)  # one before the answer, one before listening again
    assert kept.past_states(DOMAIN)[-states:] == full.past_states(DOMAIN)[-states:]


def test_a_long_conversation_takes_no_more_room_than_a_short_one(store: Conversations) -> None:
    counts = [len(after(store, [START, *(turn(n) for n in range(1, count))]).events) for count in (20, 200)]
    assert counts[0] == counts[1]


def test_a_form_is_kept_whole(store: Conversations) -> None:
    turns = [START, turn(1, ActiveLoop("check_form")), *(turn(number) for number in range(2, 3 * KEPT_TURNS))]
    kept, full = after(store, turns), whole(turns)
    assert kept.active_loop == full.active_loop
    assert len(kept.events) == len(full.events)


def test_a_conversation_does_not_change_while_it_is_not_saved(store: Conversations) -> None:
    after(store, [START, turn(1)])

    async def look() -> tuple[int, int]:
        first = await store.retrieve(SENDER)
        first.update(SlotSet("aspect", "treatment"))
        again = await store.retrieve(SENDER)
        return len(first.events), len(again.events)

    changed, kept = asyncio.run(look())
    assert changed == kept + 1


def test_conversations_are_apart(store: Conversations) -> None:
    after(store, [START, turn(1)])
    assert asyncio.run(store.retrieve("b" * 24)) is None
    assert list(asyncio.run(store.keys())) == [SENDER]


def test_rasa_makes_the_stores_that_endpoints_name() -> None:
    endpoints = read_endpoints_from_path("endpoints.yml")
    assert isinstance(TrackerStore.create(endpoints.tracker_store, DOMAIN), Conversations)
    assert isinstance(LockStore.create(endpoints.lock_store), Locks)


def test_messages_of_one_conversation_wait_for_each_other_and_others_do_not() -> None:
    locks, order = Locks(), []

    async def hold(sender: str, name: str, until: asyncio.Event | None = None) -> None:
        async with locks.lock(sender):
            order.append(f"{name} in")
            if until:
                await until.wait()
            order.append(f"{name} out")

    async def run() -> None:
        go = asyncio.Event()
        first = asyncio.create_task(hold("a", "first", go))
        await asyncio.sleep(0)
        second = asyncio.create_task(hold("a", "second"))
        await hold("b", "other")
        go.set()
        await asyncio.gather(first, second)

    asyncio.run(run())
    assert order == ["first in", "other in", "other out", "first out", "second in", "second out"]


def test_rasa_leaves_how_long_to_wait_to_the_locks(bot: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[tuple[Any, ...]] = []

    class Watched(Locks):
        def lock(self, *arguments: Any, **settings: Any) -> Any:
            given.append((arguments, settings))
            return super().lock(*arguments, **settings)

    monkeypatch.setattr(bot.agent, "lock_store", Watched())
    bot.say(SENDER, "hello")
    assert given == [((SENDER,), {})]


def test_an_action_is_told_of_this_turn_only() -> None:
    tracker = whole([START, turn(1), turn(2), [UserUttered("and now", {"name": "ask"}), SlotSet("outcome", "answer")]])
    call = RemoteAction("action_answer", ActionServer("http://127.0.0.1:1/webhook"))._action_call_format(tracker, DOMAIN)
    sent = Tracker.from_dict(json.loads(json.dumps(shortened(call)))["tracker"])
    everything = Tracker.from_dict(json.loads(json.dumps(call))["tracker"])
    assert [event["event"] for event in sent.events] == ["user", "slot"]
    assert (sent.slots, sent.latest_message, sent.sender_id) == (everything.slots, everything.latest_message, SENDER)
    assert len(call["tracker"]["events"]) > 10, "Rasa does not send the events any more"


def test_an_action_before_the_first_message_is_told_everything() -> None:
    call: dict[str, Any] = {"tracker": {"events": [{"event": "action"}]}}
    assert shortened(call) == call
