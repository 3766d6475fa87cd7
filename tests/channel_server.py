"""The web channel on a real server, as Rasa sets it up, with a stand-in for the model."""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import requests
from rasa.core.channels.channel import register
from rasa.server import configure_cors
from sanic import Sanic

from fascicle import library, sent
from fascicle.bot import answered
from fascicle.bot.conversations import Conversations
from fascicle.bot.locks import Locks
from fascicle.bot.servers import HOST
from fascicle.database import Database, conversation_of
from fascicle.web.channel import WebChannel
from fascicle.web.guard import MAX_HEAD, GuardedProtocol
from fascicle.web.settings import Settings

DEADLINE = 10
names = (f"channel_test_{number}" for number in itertools.count())


class FakeAgent:
    """Stands for the model: does with a message what `handle` says."""

    model_id = "f" * 32
    action_endpoint = SimpleNamespace(url=f"http://{HOST}:9/webhook")  # the discard port: nobody listens

    def __init__(self, database):
        self.database = database
        self.lock_store, self.tracker_store = Locks(), Conversations(database=database)
        self.reset()

    def reset(self):
        self.handle, self.ready, self.got = echo, True, []

    async def handle_message(self, message):
        self.got.append((message.sender_id, message.text))
        await self.handle(message)
        await self.save(message.sender_id)

    async def save(self, sender):
        """Keep what the real store keeps of a turn beside its events."""
        messages, question = sent.collected(), answered.running()

        def keep(connection):
            sent.note(connection, sender, messages)
            answered.note(connection, sender, question, time.time())

        await self.database.run(keep)

    def is_ready(self):
        return self.ready

    async def parse_message(self, text):
        return {"intent": {"name": "ask_causes"}}


async def echo(message):
    for text in (message.text, "And that was that."):
        await message.output_channel.send_response(message.sender_id, {"text": text})


@dataclass(frozen=True)
class Served:
    """A served channel: its address, and the agent behind it."""

    url: str
    agent: Any

    def call(self, method="POST", body=None, path="/message", **headers) -> requests.Response:
        """Send a request; a header's name has underscores for hyphens."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        named = {"content-type": "application/json"} | {name.replace("_", "-"): v for name, v in headers.items()}
        with requests.Session() as session:
            session.trust_env = False
            return session.request(method, self.url + path, data=content, headers=named, timeout=DEADLINE, allow_redirects=False)

    def rate(self, rating, **headers) -> requests.Response:
        """Send a rating of a message, after the message itself."""

        def note(connection):
            if not sent.was_sent(connection, conversation_of(rating["sender"]), rating["message"]):
                sent.note(connection, rating["sender"], [rating["message"]])

        asyncio.run(self.agent.database.run(note))
        return self.call(body=rating, path="/feedback", **headers)


def is_rewritten(app: Sanic) -> bool:
    """Whether Sanic has rewritten its own methods; it does when a server starts, and fails when a second one does."""
    return not Path(app.handle_exception.__code__.co_filename).is_file()


@contextmanager
def serving(credentials: dict[str, Any], database: Database, agent: Any = None) -> Iterator[Served]:
    """Serve the channel while the block runs."""
    agent, started = agent or FakeAgent(database), threading.Event()
    app = Sanic(next(names), configure_logging=False)
    app.config.ACCESS_LOG = False
    app.config.REQUEST_MAX_SIZE = 64 * 1024
    app.config.REQUEST_MAX_HEADER_SIZE = MAX_HEAD
    app.ctx.agent = agent
    configure_cors(app)
    register([WebChannel(Settings.of(credentials), database, library.opened())], app, "/webhooks/")
    listener = socket.create_server((HOST, 0))
    loop = asyncio.new_event_loop()

    async def serve():
        running = await app.create_server(sock=listener, return_asyncio_server=True, protocol=GuardedProtocol)
        with patch("sanic.app.TouchUp.run") if is_rewritten(app) else nullcontext():
            await running.startup()
        await running.before_start()
        started.set()

    def run():
        asyncio.set_event_loop(loop)
        loop.run_until_complete(serve())
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(DEADLINE)
    try:
        yield Served(f"http://{HOST}:{listener.getsockname()[1]}/chat", agent)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(DEADLINE)
