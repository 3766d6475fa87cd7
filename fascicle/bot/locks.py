"""Locks that make the messages of one conversation wait for each other, in one process or in several."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import redis.asyncio
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore
from rasa.utils.endpoints import EndpointConfig
from redis.asyncio.lock import Lock
from redis.exceptions import LockNotOwnedError, RedisError

WAIT_SECONDS = 0.01
"""Between two looks at whether a lock is free."""
REDIS_SECONDS = 0.5
"""How long Redis may take to answer."""
LIFETIME_SECONDS = 7.0
"""How long Redis holds a lock that nobody frees: somewhat longer than a turn that waits in vain for an action."""
PAUSE_SECONDS = 5.0
"""How long Redis is left alone after it has failed."""
logger = logging.getLogger(__name__)


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


class RedisLocks(Locks):
    """Locks that several processes share, on top of those in memory, which keep the order of the messages in a process.

    Where Redis is down or slow, turns go on under the lock in memory alone. That is as good while the proxy sends a conversation
    to one process; where it does not, the store refuses the later one of two turns (`Conflict`).
    """

    def __init__(self, endpoint_config: EndpointConfig) -> None:
        """Set up the store; Rasa calls it with what `endpoints.cluster.yml` says. Nothing is connected to yet."""
        super().__init__()
        self._redis = redis.asyncio.from_url(
            endpoint_config.url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
        )
        self._token = secrets.token_hex(8)
        self._failed_at: float | None = None

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = WAIT_SECONDS
    ) -> AsyncIterator[TicketLock]:
        """Acquire the lock of a conversation, here and in Redis."""
        async with super().lock(conversation_id, lock_lifetime, wait_time_in_seconds) as ticket:
            shared = await self._acquired(conversation_id)
            try:
                yield ticket
            finally:
                if shared:
                    await self._release(shared)

    async def _acquired(self, conversation_id: str) -> Lock | None:
        """The lock in Redis once it is ours; None if Redis fails, or someone holds the lock longer than it may live."""
        if self._failed_at is not None and time.monotonic() < self._failed_at + PAUSE_SECONDS:
            return None
        lock = self._redis.lock(
            f"fascicle:lock:{conversation_id}",
            timeout=LIFETIME_SECONDS,
            sleep=WAIT_SECONDS,
            blocking_timeout=LIFETIME_SECONDS,
            thread_local=False,
        )
        try:
            acquired = await self._acquire(lock)
        except (RedisError, OSError) as error:
            self._fail(error)
            return None
        if self._failed_at is not None:
            self._failed_at = None
            logger.warning("Redis is back: processes share their locks")
        return lock if acquired else None

    async def _acquire(self, lock: Lock) -> bool:
        if await lock.acquire(blocking=False, token=self._token):
            return True
        lock.local.token = self._token.encode()
        if await lock.owned():  # taken by a call of this process that Redis answered too late; nobody here holds it now
            return True
        return await lock.acquire(token=self._token)

    async def _release(self, lock: Lock) -> None:
        try:
            await lock.release()
        except LockNotOwnedError:
            logger.warning("A turn took longer than its lock lives")
        except (RedisError, OSError) as error:
            self._fail(error)  # it frees the lock itself when its lifetime is over

    def _fail(self, error: Exception) -> None:
        if self._failed_at is None:
            logger.warning("Redis does not answer (%s): each process has its own locks until it does", type(error).__name__)
        self._failed_at = time.monotonic()
