"""The Rasa server with the web channel. It listens only once it has answered a question of its own."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from pathlib import Path

import rasa.core.run
import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from sanic import Sanic

from fascicle import bot
from fascicle.readiness import QUESTION

MAX_REQUEST = 64 * 1024
"""Bytes that are read of a request before it is refused."""


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
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    channels = rasa.core.run.create_http_input_channels(None, str(credentials))
    app = rasa.core.run.configure_app(channels, enable_api=False, port=port)
    app.config.REQUEST_MAX_SIZE = MAX_REQUEST

    @app.before_server_start
    async def get_ready(app: Sanic, _: object) -> None:
        app.ctx.agent = await bot.load(model, action_url)
        wait_for_actions()
        await _warm_up(app.ctx.agent)

    @app.after_server_start
    async def tell(app: Sanic, _: object) -> None:
        when_ready()

    app.run(host=host, port=port, access_log=False)


async def _warm_up(agent: Agent) -> None:
    """Answer a question, so that the first person to ask one does not wait for what is loaded when it is first needed."""
    await agent.handle_message(UserMessage(QUESTION, CollectingOutputChannel(), secrets.token_urlsafe(24)))
