"""Whether a question would be answered now: looks at the model, and at every server that a turn needs."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, Protocol
from urllib.parse import urljoin

import aiohttp
from redis.asyncio import Redis

from fascicle.database import Database
from fascicle.errors import NotReady
from fascicle.library import ASPECTS, Article

FALLBACK = "nlu_fallback"
SECONDS = 4.0
"""How long a part may take to answer; in a cluster, the second action server is asked after two seconds."""
FRESH_SECONDS = 0.5
"""How long a result holds, so that however many ask, the parts are not asked more often than this."""
logger = logging.getLogger(__name__)


class Agent(Protocol):
    """What is asked of the trained bot."""

    action_endpoint: Any

    def is_ready(self) -> bool:
        """Whether it has its model."""

    async def parse_message(self, text: str) -> dict[str, Any]:
        """What it understands of a text."""


Look = Callable[[Agent], Awaitable[None]]


def first_question(article: Article) -> str:
    """What a bot that knows an article has to understand: what causes the article's subject."""
    return ASPECTS["causes"].ask.format(topic=article.subject_name)


class Readiness:
    """Asks each part whether it works, all at once. A part that hangs is not asked again before it is done with the last time."""

    def __init__(self, database: Database, question: str, redis_url: str | None = None) -> None:
        """Set up.

        Args:
            database: where conversations are kept.
            question: what the model has to understand.
            redis_url: the Redis that the servers share; None where there is none.
        """
        self._looks: dict[str, Look] = {
            "model": lambda agent: _understands(agent, question),
            "actions": _reaches_actions,
            "database": lambda _: database.check(),
        }
        if redis_url is not None:
            redis = Redis.from_url(redis_url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS)
            self._looks["redis"] = lambda _: redis.ping()
        self._running: dict[str, asyncio.Future[None]] = {}
        self._result: asyncio.Task[dict[str, bool]] | None = None
        self._since = 0.0
        self._down: list[str] = []

    async def look(self, agent: Agent) -> dict[str, bool]:
        """Whether each part works."""
        if self._result is None or (self._result.done() and time.monotonic() - self._since > FRESH_SECONDS):
            self._since = time.monotonic()
            self._result = asyncio.create_task(self._look(agent))
        return await asyncio.shield(self._result)

    async def _look(self, agent: Agent) -> dict[str, bool]:
        for name, look in self._looks.items():
            if name not in self._running or self._running[name].done():
                self._running[name] = asyncio.ensure_future(look(agent))
        await asyncio.wait(self._running.values(), timeout=SECONDS)
        works = {name: part.done() and part.exception() is None for name, part in self._running.items()}
        self._tell([name for name, good in works.items() if not good])
        return works

    def _tell(self, down: list[str]) -> None:
        """Log what has changed since the last time."""
        if down != self._down:
            logger.warning("Not ready: %s", ", ".join(down)) if down else logger.warning("Ready again")
            self._down = down


async def _understands(agent: Agent, question: str) -> None:
    if agent is None or not agent.is_ready():
        raise NotReady("no model")
    understood = await agent.parse_message(question)
    if understood["intent"]["name"] in (None, FALLBACK):
        raise NotReady("not understood")


async def _reaches_actions(agent: Agent) -> None:
    url = urljoin(agent.action_endpoint.url, "health")
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session, session.get(url) as response:
        if response.status != 200:
            raise NotReady("not healthy")
