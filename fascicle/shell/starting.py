"""Starts the bot for a terminal: its model in this process, its actions in a child."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import structlog

from fascicle import environment, private
from fascicle.bot import servers
from fascicle.library import Library

if TYPE_CHECKING:
    from fascicle.bot.agent import Bot  # Rasa is imported while the action server starts

ACTION_SECONDS = 60.0
"""How long an action may take where nobody but who typed waits for it; a busy or sleeping laptop is slow at times."""
Result = TypeVar("Result")


@dataclass(frozen=True)
class Running:
    """The bot, and the loop that it runs in."""

    bot: Bot
    loop: asyncio.AbstractEventLoop

    def run(self, what: Coroutine[Any, Any, Result]) -> Result:
        """What comes of it."""
        return self.loop.run_until_complete(what)


@contextmanager
def running(model: Path, articles: Library, *, warm: bool) -> Iterator[Running]:
    """Run the bot while the block runs.

    Args:
        model: the trained model.
        articles: what it answers from.
        warm: have it answer a question of its own first, so that the first one of a person is not the slowest.

    Raises:
        StartError: it cannot be started.
    """
    log_path = servers.state_folder() / "chat.log"
    with private.appending(log_path) as log, servers.action_server(log) as actions, _event_loop() as loop:
        _log_to(str(log_path))
        import sanic.app  # noqa: F401

        environment.hide_warnings()
        from fascicle.bot import agent as bot
        from fascicle.bot import profile
        from fascicle.operations.readiness import first_question

        retention = profile.retention()
        agent = loop.run_until_complete(bot.load(model, actions.url, ACTION_SECONDS, articles))
        started = Running(bot.Bot(agent, articles, turn_seconds=None), loop)
        started.run(bot.purge(agent, retention))
        actions.wait()
        if warm:
            started.run(started.bot.warm_up(first_question(articles.default)))
        try:
            yield started
        finally:
            started.run(started.bot.close())


def _log_to(path: str) -> None:
    """Send every log line to a file, so that none stands in the chat."""
    logging.basicConfig(filename=path, level=logging.WARNING, force=True, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop; what still runs in it when the block ends, such as a prompt that a signal interrupts, is canceled and cleans up."""
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        _cancel(loop)
        loop.close()


def _cancel(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
