"""The Rasa server with the web channel. It listens only once it has answered a question of its own."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sanic import Sanic

from fascicle import library
from fascicle.bot import agent as bot
from fascicle.bot import profile
from fascicle.bot.agent import Bot
from fascicle.bot.rasa_server import app_of
from fascicle.operations import logs
from fascicle.operations.readiness import first_question
from fascicle.web.guard import MAX_HEAD, GuardedProtocol

MAX_REQUEST = 64 * 1024
"""Bytes that are read of a request before it is refused."""
PURGE_SECONDS = 600.0
"""Between two looks for conversations that have been kept long enough."""
BACKLOG = 1024
"""Connections that may wait to be taken: many people can come at once, and each is to be told something."""
logger = logging.getLogger(__name__)


def run(
    model: Path, action_url: str, host: str, port: int, credentials: Path, *,
    wait_for_actions: Callable[[], None], when_ready: Callable[[], None],
) -> None:  # fmt: skip
    """Serve until told to stop.

    Args:
        model: the trained model.
        action_url: where actions are called.
        host: the interface to listen on.
        port: the port to listen on.
        credentials: settings of the web channel.
        wait_for_actions: returns when actions can be called.
        when_ready: called once questions are answered.

    Raises:
        StartError: the environment asks for something that there is not.
    """
    retention = profile.retention()
    logs.to_stream()
    app, articles = app_of(credentials, port), library.opened()
    app.config.REQUEST_MAX_SIZE = MAX_REQUEST
    app.config.REQUEST_MAX_HEADER_SIZE = MAX_HEAD

    @app.before_server_start
    async def get_ready(app: Sanic, _: object) -> None:
        app.ctx.agent = await bot.load(model, action_url, articles=articles)
        wait_for_actions()
        await Bot(app.ctx.agent, articles).warm_up(first_question(articles.default))
        gc.collect()
        gc.freeze()  # what is loaded stays: to look through it for garbage takes 0.15 s, in which nobody is answered

    @app.after_server_start
    async def begin(app: Sanic, _: object) -> None:
        app.add_task(purge_regularly(lambda: app.ctx.agent, retention, PURGE_SECONDS), name="purge")
        when_ready()

    @app.after_server_stop
    async def let_go(app: Sanic, _: object) -> None:
        await app.ctx.agent.action_endpoint.close()

    app.run(host=host, port=port, access_log=False, backlog=BACKLOG, protocol=GuardedProtocol)


async def purge_regularly(agent: Callable[[], Any], retention: timedelta, every: float) -> None:
    """Erase old conversations now and whenever so many seconds have passed.

    Args:
        agent: the bot that runs then.
        retention: how long a conversation is kept after its last message.
        every: seconds.
    """
    while True:
        await bot.purge(agent(), retention)
        await asyncio.sleep(every)
