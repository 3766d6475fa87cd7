"""What a person reads when the database or the action server fails, and what is kept of such a turn."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from fascicle import library
from fascicle.bot.agent import ActionServer
from fascicle.bot.agent import Bot as Loaded
from fascicle.bot.conversations import Conversations
from fascicle.bot.rows import TURNS
from fascicle.bot.servers import HOST
from fascicle.bot.turn import replies
from fascicle.database import Database
from fascicle.errors import Conflict, Unavailable
from fascicle.web import server as web_server

QUESTION = "What causes ALS?"
EMERGENCY = "My face is drooping on one side and I can't speak properly"
DESPAIR = "I want to end my life"


def kinds(messages: list[dict[str, Any]]) -> list[str]:
    return [message["kind"] for message in messages]


def record(bot: Any, sender: str) -> list[list[dict[str, Any]]]:
    """The events of each turn on record."""
    turns = select(TURNS.c.events).where(TURNS.c.sender_id == sender).order_by(TURNS.c.number)
    store = bot.agent.tracker_store
    rows = bot.loop.run_until_complete(store._database.run(lambda connection: connection.execute(turns).scalars().all()))
    return [json.loads(row) for row in rows]


def asked(turn: list[dict[str, Any]]) -> list[str]:
    return [event["text"] for event in turn if event["event"] == "user"]


@pytest.fixture
def sender() -> str:
    return secrets.token_urlsafe(24)


@pytest.fixture
def away(bot: Any, tmp_path: Path) -> Database:
    """A database that cannot be opened."""
    return Database(f"sqlite:///{tmp_path}/nowhere/fascicle.sqlite")


def test_the_bot_uses_the_store_itself_and_nothing_around_it(bot: Any) -> None:
    assert isinstance(bot.agent.tracker_store, Conversations)
    assert bot.agent.processor.tracker_store is bot.agent.tracker_store
    assert bot.agent.tracker_store.domain is bot.agent.domain


@pytest.mark.parametrize(("text", "kind"), [(QUESTION, "error"), (EMERGENCY, "emergency"), (DESPAIR, "emergency")])
def test_without_the_database_a_person_is_told_so_but_for_an_emergency(
    bot: Any, sender: str, away: Database, monkeypatch: pytest.MonkeyPatch, text: str, kind: str
) -> None:
    bot.say(sender, QUESTION)
    with monkeypatch.context() as broken:
        broken.setattr(bot.agent.tracker_store, "_database", away)
        assert kinds(bot.say(sender, text)) == [kind]
    assert len(record(bot, sender)) == 1
    assert kinds(bot.say(sender, "how is it treated?")) == ["answer"]
    assert len(record(bot, sender)) == 2


def test_a_reply_that_could_not_be_saved_is_not_delivered(bot: Any, sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(tracker: Any) -> None:
        raise Unavailable

    with monkeypatch.context() as broken:
        broken.setattr(bot.agent.tracker_store, "save", fail)
        assert kinds(bot.say(sender, QUESTION)) == ["error"]
        assert kinds(bot.say(sender, EMERGENCY)) == ["emergency"]
    assert record(bot, sender) == []
    assert kinds(bot.say(sender, QUESTION)) == ["answer"]


def test_a_turn_that_another_process_was_faster_than_is_answered_on_top_of_it(
    bot: Any, sender: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, saved = bot.agent.tracker_store, bot.agent.tracker_store.save
    conflicts = iter([Conflict()])

    async def save(tracker: Any) -> None:
        if conflict := next(conflicts, None):
            raise conflict
        await saved(tracker)

    monkeypatch.setattr(store, "save", save)
    assert kinds(bot.say(sender, QUESTION)) == ["answer"]
    assert [asked(turn) for turn in record(bot, sender)] == [[QUESTION]]


def test_messages_sent_at_once_are_all_answered_in_order(bot: Any, sender: str) -> None:
    questions = ["What causes ALS?", "What helps with Bell's palsy?", "hello"]

    async def ask(text: str) -> list[str]:
        return [message["kind"] async for message in replies(Loaded(bot.agent, library.opened()), sender, text)]

    async def ask_all() -> list[list[str]]:
        return await asyncio.gather(*map(ask, questions))

    assert bot.loop.run_until_complete(ask_all()) == [["answer"], ["answer"], ["smalltalk"]]
    assert [asked(turn) for turn in record(bot, sender)] == [[question] for question in questions]


def test_erasing_waits_for_the_turn_that_runs(bot: Any, sender: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, saved, erasing = bot.agent.tracker_store, bot.agent.tracker_store.save, []

    async def erase_and_save(tracker: Any) -> None:
        erasing.append(asyncio.create_task(Loaded(bot.agent, library.opened()).erase(sender)))
        await asyncio.sleep(0.1)
        await saved(tracker)

    monkeypatch.setattr(store, "save", erase_and_save)
    assert kinds(bot.say(sender, QUESTION)) == ["answer"]
    bot.loop.run_until_complete(erasing[0])
    assert record(bot, sender) == []


class Served:
    """A stand-in for the action server: answers each call with `status`, and counts connections."""

    def __init__(self) -> None:
        self.status, self.calls, self.connections = 200, 0, 0
        served = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                served.connections += 1

            def do_POST(self) -> None:
                served.calls += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                body = (
                    {"events": [], "responses": []} if served.status == 200 else {"error": "no", "action_name": "action_answer"}
                )
                content = json.dumps(body).encode()
                self.send_response(served.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer((HOST, 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://{HOST}:{self.server.server_port}/webhook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def served() -> Iterator[Served]:
    made = Served()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def hanging() -> Iterator[str]:
    """Address of a server that takes calls and never answers."""
    with socket.create_server((HOST, 0)) as listener:
        yield f"http://{HOST}:{listener.getsockname()[1]}/webhook"


@pytest.fixture
def with_actions(bot: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ActionServer]]:
    """Has the bot call its actions at another address."""
    made: list[ActionServer] = []

    def call_at(url: str) -> ActionServer:
        made.append(ActionServer(url, enable_selective_domain=True))
        monkeypatch.setattr(bot.agent.processor, "action_endpoint", made[-1])
        return made[-1]

    yield call_at
    for server in made:
        bot.loop.run_until_complete(server.close())


def test_an_action_server_that_hangs_is_said_in_words_in_time(
    bot: Any, sender: str, hanging: str, with_actions: Callable[[str], ActionServer]
) -> None:
    bot.say(sender, "my lip keeps twitching")  # the check-in begins: several actions a turn
    with_actions(hanging).seconds = 0.5
    for text, kind in ((QUESTION, "error"), ("two coffees", "error"), (EMERGENCY, "emergency")):
        start = time.monotonic()
        assert kinds(bot.say(sender, text)) == [kind]
        assert time.monotonic() - start < 2
    assert len(record(bot, sender)) == 1


def test_a_turn_that_takes_too_long_in_all_is_said_in_words(
    bot: Any, sender: str, hanging: str, with_actions: Callable[[str], ActionServer]
) -> None:
    with_actions(hanging)
    start = time.monotonic()
    assert kinds(bot.say(sender, QUESTION, seconds=0.5)) == ["error"]
    assert time.monotonic() - start < 2
    assert record(bot, sender) == []


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_action_that_fails_is_said_in_words(
    bot: Any, sender: str, served: Served, with_actions: Callable[[str], ActionServer], status: int
) -> None:
    with_actions(served.url)
    served.status = status
    assert kinds(bot.say(sender, QUESTION)) == ["error"]
    assert served.calls == 1
    assert record(bot, sender) == []


def test_calls_share_a_connection_and_get_a_new_one_when_it_was_closed(bot: Any, served: Served) -> None:
    call = {"json": {"next_action": "action_answer", "tracker": {"events": []}}}

    async def call_and_lose_the_connection() -> None:
        server = ActionServer(served.url)
        for _ in range(3):
            await server.request(**call)
        assert served.connections == 1
        for transport in open_transports(server):
            transport.abort()
        await server.request(**call)
        await server.close()

    asyncio.run(call_and_lose_the_connection())
    assert (served.calls, served.connections) == (4, 2)


def open_transports(server: ActionServer) -> list[asyncio.Transport]:
    return [protocol.transport for pool in server._session.connector._conns.values() for protocol, _ in pool]


def test_old_conversations_are_erased_again_and_again_though_the_database_fails() -> None:
    purged: list[object] = []
    outcomes = iter([Unavailable("down"), OSError(), 3])

    class Store:
        async def purge(self, older_than: object) -> int:
            purged.append(older_than)
            outcome = next(outcomes, 0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome

    class Agent:
        tracker_store = Store()

    async def run() -> None:
        task = asyncio.create_task(web_server.purge_regularly(Agent, "a day", 0))
        deadline = time.monotonic() + 5
        while len(purged) < 5:
            assert time.monotonic() < deadline
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(run())
    assert set(purged) == {"a day"}
