"""What is kept of a conversation, and that Rasa cannot tell it from the whole."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import redis
from rasa.core.actions.action import RemoteAction
from rasa.core.lock_store import LockStore
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.interfaces import Tracker
from services import Service, new_database, postgresql_server
from sqlalchemy import Column, String, Table, select
from sqlalchemy.engine import Connection

from fascicle import sent
from fascicle.bot import profile
from fascicle.bot.agent import ActionServer, shortened
from fascicle.bot.conversations import KEPT_TURNS, Conversations
from fascicle.bot.locks import Locks, RedisLocks
from fascicle.bot.rows import TURNS
from fascicle.database import SECONDS, TABLES, Database
from fascicle.errors import Conflict, NotSent, Unavailable
from fascicle.operations.ratings import TABLE as RATINGS
from fascicle.operations.ratings import Rating, Ratings

SENDER = "a" * 24
SECRET = "my grandmother's lip"
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


async def talk(store: Conversations, turns: list[list[Event]], sender: str = SENDER) -> DialogueStateTracker:
    """The conversation as the store gives it back when it was saved after each turn."""
    tracker = await store.get_or_create_tracker(sender, append_action_listen=False)
    for events in turns:
        tracker.update_with_events(events, DOMAIN, override_timestamp=False)
        await store.save(tracker)
        tracker = await store.get_or_create_tracker(sender)
    return tracker


def after(store: Conversations, turns: list[list[Event]]) -> DialogueStateTracker:
    return asyncio.run(talk(store, turns))


def whole(turns: list[list[Event]]) -> DialogueStateTracker:
    """The conversation with everything in it."""
    return DialogueStateTracker.from_events(SENDER, [event for events in turns for event in events], DOMAIN.slots)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Address of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'fascicle.sqlite'}"
    return new_database(request.getfixturevalue("postgresql_server"))


@pytest.fixture
def new_store(url: str) -> Iterator[Callable[[], Conversations]]:
    """Makes stores of the same database, as several processes have them, or one that starts again."""
    databases: list[Database] = []

    def new() -> Conversations:
        databases.append(Database(url))
        return Conversations(DOMAIN, database=databases[-1])

    yield new
    for database in databases:
        database.close()


@pytest.fixture
def store(new_store: Callable[[], Conversations]) -> Conversations:
    return new_store()


def rows(store: Conversations) -> int:
    """How many rows there are in all tables."""

    def count(connection: Connection) -> int:
        return sum(len(connection.execute(select(table)).all()) for table in TABLES.sorted_tables)

    return asyncio.run(store._database.run(count))


def same_to_policies(kept: DialogueStateTracker, full: DialogueStateTracker, turns: int) -> bool:
    states = 2 * min(turns, KEPT_TURNS)  # one before the answer, one before listening again
    return (
        kept.current_slot_values() == full.current_slot_values()
        and kept.latest_message == full.latest_message
        and kept.latest_action_name == full.latest_action_name
        and kept.active_loop == full.active_loop
        and kept.past_states(DOMAIN)[-states:] == full.past_states(DOMAIN)[-states:]
    )


@pytest.mark.parametrize("count", [1, KEPT_TURNS, KEPT_TURNS + 1, 5 * KEPT_TURNS])
def test_what_is_kept_stands_for_the_whole(store: Conversations, count: int) -> None:
    turns = [START, *(turn(number) for number in range(1, count + 1))]
    assert same_to_policies(after(store, turns), whole(turns), count)


@pytest.mark.parametrize("count", [1, KEPT_TURNS, 3 * KEPT_TURNS])
@pytest.mark.parametrize("more", [[], [ActiveLoop("check_form")]], ids=["no form", "in a form"])
def test_a_process_that_starts_again_goes_on_with_the_conversation(
    new_store: Callable[[], Conversations], count: int, more: list[Event]
) -> None:
    turns = [START, turn(1, *more), *(turn(number) for number in range(2, count + 1))]
    after(new_store(), turns)
    again = asyncio.run(new_store().retrieve(SENDER))
    assert again is not None
    assert same_to_policies(again, whole(turns), count)


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


def test_every_turn_is_on_record(store: Conversations) -> None:
    turns = [START, *(turn(number) for number in range(1, 3 * KEPT_TURNS))]
    after(store, turns)
    record = asyncio.run(store._database.run(lambda connection: connection.execute(select(TURNS)).all()))
    assert [row.number for row in record] == list(range(1, len(turns) + 1))
    assert [[event.as_dict() for event in events] for events in turns] == [json.loads(row.events) for row in record]


def test_nothing_is_kept_of_a_conversation_in_which_nothing_was_said(store: Conversations) -> None:
    asyncio.run(store.get_or_create_tracker(SENDER, append_action_listen=False))
    assert rows(store) == 0


def test_conversations_that_left_memory_are_still_there(store: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.bot.conversations.REMEMBERED", 2)

    async def hold() -> list[int]:
        for sender in "abcd":
            await talk(store, [START, turn(1)], sender)
        return [len((await store.get_or_create_tracker(sender)).events) for sender in "abcd"]

    assert len(set(asyncio.run(hold()))) == 1
    assert len(store._memory) == 2


@pytest.mark.parametrize("earlier", [[], [START], [START, turn(1)]], ids=["first turn", "second turn", "third turn"])
def test_of_two_turns_at_once_one_is_saved(new_store: Callable[[], Conversations], earlier: list[list[Event]]) -> None:
    async def race() -> None:
        here, there = new_store(), new_store()
        await talk(here, earlier)
        first = await here.get_or_create_tracker(SENDER, append_action_listen=False)
        second = await there.get_or_create_tracker(SENDER, append_action_listen=False)
        for tracker, outcome in ((first, "answer"), (second, "notice")):
            tracker.update_with_events([UserUttered(outcome), SlotSet("outcome", outcome)], DOMAIN)
        await there.save(second)
        with pytest.raises(Conflict):
            await here.save(first)
        for store in (here, there):
            conversation = await store.retrieve(SENDER)
            assert conversation is not None
            assert conversation.latest_message.text == conversation.get_slot("outcome") == "notice"
            assert conversation.kept.version == len(earlier) + 1

    asyncio.run(race())


def test_many_conversations_at_once_lose_nothing(new_store: Callable[[], Conversations]) -> None:
    stores, turns = [new_store(), new_store()], [START, *(turn(number) for number in range(1, 6))]

    async def hold(sender: str) -> None:
        for number, events in enumerate(turns):
            await talk(stores[number % 2], [events], sender)

    async def hold_all() -> dict[str, tuple[int, str]]:
        await asyncio.gather(*(hold(f"sender {number}") for number in range(40)))
        found = await asyncio.gather(*(stores[0].retrieve(f"sender {number}") for number in range(40)))
        return {each.sender_id: (each.kept.version, each.latest_message.text) for each in found if each is not None}

    assert asyncio.run(hold_all()) == {f"sender {number}": (len(turns), "question 5") for number in range(40)}


def test_a_turn_of_another_process_is_seen(new_store: Callable[[], Conversations]) -> None:
    async def hold() -> tuple[str, str]:
        here, there = new_store(), new_store()
        await talk(here, [START, turn(1)])
        await talk(there, [turn(2)])
        return (await here.retrieve(SENDER)).latest_message.text, (await there.retrieve(SENDER)).latest_message.text

    assert asyncio.run(hold()) == ("question 2", "question 2")


@pytest.fixture
def more_tables() -> Iterator[list[Table]]:
    """Tables of other modules that keep something of a conversation."""
    by_sender = Table("by_sender", TABLES, Column("sender_id", String(64)), Column("words", String(64)))
    by_key = Table("by_key", TABLES, Column("conversation", String(64)), Column("words", String(64)))
    yield [by_sender, by_key]
    for table in (by_sender, by_key):
        TABLES.remove(table)


def fill(store: Conversations, tables: list[Table], sender: str) -> None:
    by_sender, by_key = tables

    def add(connection: Connection) -> None:
        connection.execute(by_sender.insert().values(sender_id=sender, words=SECRET))
        connection.execute(by_key.insert().values(conversation=Rating.of(rating_of(sender)).conversation, words=SECRET))

    asyncio.run(store._database.run(add))


def rating_of(sender: str) -> dict[str, Any]:
    return {"sender": sender, "message": "0" * 32, "rating": "helpful", "kind": "answer", "passages": []}


def said(words: str) -> list[Event]:
    return [UserUttered(words, {"name": "ask"}), SlotSet("aspect", words), ActionExecuted("action_listen")]


def is_in_files(words: str, folder: Path) -> bool:
    return any(words.encode() in file.read_bytes() for file in folder.iterdir())


def test_an_erased_conversation_is_gone_from_every_table_and_the_others_stay(
    store: Conversations, more_tables: list[Table]
) -> None:
    for sender in (SENDER, "b" * 24):
        asyncio.run(talk(store, [START, said(SECRET)], sender))
        fill(store, more_tables, sender)
    of_each = rows(store) // 2
    asyncio.run(store.erase(SENDER))
    assert rows(store) == of_each == 5
    assert asyncio.run(store.retrieve(SENDER)) is None
    assert asyncio.run(store.retrieve("b" * 24)) is not None


@pytest.mark.parametrize("how", ["erase", "purge"])
def test_the_messages_of_a_turn_are_kept_with_it_and_go_with_their_conversation(store: Conversations, how: str) -> None:
    async def hold() -> None:
        with sent.in_one_turn():
            sent.add("0" * 32)
            sent.add("1" * 32)
            await talk(store, [START, turn(1)])

    asyncio.run(hold())
    assert rows(store) == 1 + 2 + 2
    asyncio.run(Ratings(store._database).add(Rating.of(rating_of(SENDER))))
    asyncio.run(store.erase(SENDER) if how == "erase" else store.purge(timedelta()))
    assert rows(store) == 0


def test_no_rating_is_left_that_was_kept_while_its_conversation_was_erased(new_store: Callable[[], Conversations]) -> None:
    async def rate(store: Conversations) -> None:
        with suppress(NotSent):
            await Ratings(store._database).add(Rating.of(rating_of(SENDER)))

    async def hold() -> None:
        here, there = new_store(), new_store()
        for _ in range(20):
            await here._database.run(lambda connection: sent.note(connection, SENDER, ["0" * 32]))
            await asyncio.gather(rate(here), rate(here), there.erase(SENDER), rate(here))
            assert await here._database.run(lambda connection: connection.execute(select(RATINGS)).all()) == []

    asyncio.run(hold())


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("how", ["erase", "purge"])
def test_no_byte_of_what_was_said_is_left_on_disk(store: Conversations, tmp_path: Path, how: str) -> None:
    turns = [START, *(said(f"{SECRET} {number}") for number in range(3 * KEPT_TURNS))]
    after(store, turns)
    asyncio.run(talk(store, [START, said("something else")], "b" * 24))
    assert is_in_files(SECRET, tmp_path)
    asyncio.run(store.erase(SENDER) if how == "erase" else store.purge(timedelta()))
    assert not is_in_files(SECRET, tmp_path)
    assert is_in_files("something else", tmp_path) == (how == "erase")


def test_a_conversation_that_was_erased_begins_anew_in_every_process(new_store: Callable[[], Conversations]) -> None:
    async def hold() -> list[str]:
        here, there = new_store(), new_store()
        await talk(here, [START, said(SECRET)])
        await there.erase(SENDER)
        await talk(there, [START, said("new")])
        conversation = await here.retrieve(SENDER)
        return [event.text for event in conversation.events if isinstance(event, UserUttered)]

    assert asyncio.run(hold()) == ["new"]


def test_a_turn_that_runs_while_its_conversation_is_erased_is_not_saved(new_store: Callable[[], Conversations]) -> None:
    async def hold() -> None:
        here, there = new_store(), new_store()
        tracker = await talk(here, [START, turn(1)])
        await there.erase(SENDER)
        tracker.update_with_events(said(SECRET), DOMAIN)
        with pytest.raises(Conflict):
            await here.save(tracker)

    asyncio.run(hold())
    assert rows(new_store()) == 0


def test_a_purge_takes_the_conversations_that_are_old_and_no_others(
    store: Conversations, more_tables: list[Table], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fascicle.bot.rows.PURGED_AT_ONCE", 2)
    now = 1_800_000_000.0
    monkeypatch.setattr("fascicle.bot.conversations.time.time", lambda: now)
    for sender in "abcde":
        asyncio.run(talk(store, [START, turn(1)], sender))
        fill(store, more_tables, sender)
    now += 3600
    asyncio.run(talk(store, [turn(2)], "e"))
    assert asyncio.run(store.purge(timedelta(minutes=59))) == 4
    assert list(asyncio.run(store.keys())) == ["e"]
    assert rows(store) == 1 + 3 + 2
    assert asyncio.run(store.purge(timedelta(minutes=59))) == 0


def test_a_database_that_is_away_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    store = Conversations(DOMAIN, database=Database(f"sqlite:///{tmp_path}/nowhere/fascicle.sqlite"))
    for work in (store.retrieve(SENDER), store.erase(SENDER), store.purge(timedelta())):
        with pytest.raises(Unavailable):
            asyncio.run(work)
    with pytest.raises(Unavailable):
        after(store, [START])


def test_postgresql_that_dies_or_hangs_fails_in_time_and_comes_back() -> None:
    with postgresql_server() as service:
        store = Conversations(DOMAIN, database=Database(service.url))
        after(store, [START, turn(1)])
        service.stop()
        start = time.monotonic()
        with pytest.raises(Unavailable):
            asyncio.run(store.retrieve(SENDER))
        assert time.monotonic() - start < 2 * SECONDS
        service.go_on()
        assert asyncio.run(store.retrieve(SENDER)).latest_message.text == "question 1"
        service.kill()
        with pytest.raises(Unavailable):
            asyncio.run(store.retrieve(SENDER))


@pytest.mark.parametrize(("name", "locks"), [("local", Locks), ("cluster", RedisLocks)])
def test_rasa_makes_the_stores_that_a_profile_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, locks: type[Locks]
) -> None:
    monkeypatch.setenv("FASCICLE_PROFILE", name)
    monkeypatch.setenv("FASCICLE_ACTIONS_URL", "http://127.0.0.1/webhook")
    monkeypatch.setenv("FASCICLE_DATABASE_URL", "postgresql://127.0.0.1/fascicle")
    monkeypatch.setenv("FASCICLE_REDIS_URL", "redis://127.0.0.1:6379/0")
    monkeypatch.setattr(profile, "database", lambda: Database(f"sqlite:///{tmp_path}/fascicle.sqlite"))
    endpoints = profile.endpoints()
    assert type(TrackerStore.create(endpoints.tracker_store, DOMAIN)) is Conversations
    assert type(LockStore.create(endpoints.lock_store)) is locks


@pytest.fixture(params=["memory", "redis"])
def locks(request: pytest.FixtureRequest) -> Locks:
    if request.param == "memory":
        return Locks()
    return RedisLocks(EndpointConfig(request.getfixturevalue("redis_server").url))


async def in_turn(locks: list[Locks]) -> list[str]:
    """What happens when a message is sent while the first one runs, and one of another conversation beside them."""
    order: list[str] = []

    async def hold(locks: Locks, sender: str, name: str, until: asyncio.Event | None = None) -> None:
        async with locks.lock(sender):
            order.append(f"{name} in")
            if until:
                await until.wait()
            order.append(f"{name} out")

    go = asyncio.Event()
    first = asyncio.create_task(hold(locks[0], "a", "first", go))
    while not order:
        await asyncio.sleep(0.001)
    second = asyncio.create_task(hold(locks[-1], "a", "second"))
    await hold(locks[0], "b", "other")
    go.set()
    await asyncio.gather(first, second)
    return order


def test_messages_of_one_conversation_wait_for_each_other_and_others_do_not(locks: Locks) -> None:
    order = asyncio.run(in_turn([locks]))
    assert order == ["first in", "other in", "other out", "first out", "second in", "second out"]


def test_they_wait_for_each_other_in_several_processes(redis_server: Service) -> None:
    order = asyncio.run(in_turn([RedisLocks(EndpointConfig(redis_server.url)) for _ in range(2)]))
    assert order == ["first in", "other in", "other out", "first out", "second in", "second out"]


def test_many_messages_at_once_are_let_in_in_order(locks: Locks) -> None:
    order: list[int] = []

    async def hold(number: int) -> None:
        async with locks.lock("a"):
            order.append(number)

    async def send() -> None:
        await asyncio.gather(*map(hold, range(20)))

    asyncio.run(send())
    assert order == list(range(20))


def test_the_lock_of_a_process_that_died_is_freed(redis_server: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.bot.locks.LIFETIME_SECONDS", 0.5)

    async def die_and_go_on() -> float:
        died, goes_on = (RedisLocks(EndpointConfig(redis_server.url)) for _ in range(2))
        assert await died._acquired("a")
        start = time.monotonic()
        async with goes_on.lock("a"):
            return time.monotonic() - start

    assert 0.3 < asyncio.run(die_and_go_on()) < 2


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_without_redis_turns_go_on_in_order_with_one_warning(
    redis_server: Service, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def hold() -> tuple[list[str], float]:
        locks = RedisLocks(EndpointConfig(redis_server.url))
        await in_turn([locks])
        getattr(redis_server, how)()
        start = time.monotonic()
        return await in_turn([locks]), time.monotonic() - start

    order, seconds = asyncio.run(hold())
    assert order[-3:] == ["first out", "second in", "second out"]
    assert seconds < 2
    assert caplog.text.count("Redis does not answer") == 1


def test_a_lock_that_redis_gave_too_late_is_not_waited_for(redis_server: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.bot.locks.PAUSE_SECONDS", 0)

    async def hold() -> float:
        locks = RedisLocks(EndpointConfig(redis_server.url))
        await in_turn([locks])
        redis_server.stop()
        async with locks.lock("a"):  # Redis has got the call, and answers it when nobody listens any more
            pass
        redis_server.go_on()
        client = redis.Redis.from_url(redis_server.url)
        deadline = time.monotonic() + 5
        while not client.exists("fascicle:lock:a"):
            assert time.monotonic() < deadline
        start = time.monotonic()
        async with locks.lock("a"):
            return time.monotonic() - start

    assert asyncio.run(hold()) < 1


def test_locks_are_shared_again_once_redis_is_back(redis_server: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.bot.locks.PAUSE_SECONDS", 0.2)

    async def hold() -> list[str]:
        locks = [RedisLocks(EndpointConfig(redis_server.url)) for _ in range(2)]
        redis_server.stop()
        await asyncio.gather(*(in_turn([each]) for each in locks))
        redis_server.go_on()
        deadline = time.monotonic() + 10
        while any(each._failed_at is not None for each in locks):
            assert time.monotonic() < deadline
            for each in locks:
                async with each.lock("c"):
                    pass
        return await in_turn(locks)

    assert asyncio.run(hold())[-3:] == ["first out", "second in", "second out"]


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
