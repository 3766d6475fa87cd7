"""Keeps visitors from taking the chatbot away from each other: so many requests in a time, so many questions at a time."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import math
import re
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from limits import parse_many
from limits.errors import StorageError
from limits.storage import storage_from_string
from limits.strategies import FixedWindowRateLimiter

from fascicle.errors import Busy, Full, TooMany

MAX_WAITING = 1
"""Questions of a conversation that may wait while another one runs."""
MAX_RUNNING = 8
"""Questions of all conversations that run at a time in one process; what they share is one processor core."""
COUNT_SECONDS = 0.5
"""How long counting in Redis may take."""
PAUSE_SECONDS = 5.0
"""How long Redis is left alone after that failed."""
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Limits:
    """How many requests are taken, in the notation of the `limits` package ("60 per minute; 600 per hour").

    Args:
        sender: of one conversation.
        address: of one network address (IPv6: one /64 network); this computer's own is not limited.
        at_once: questions of all conversations that one process runs and lets wait at a time.
    """

    sender: str = "600 per minute"
    address: str = "1200 per minute"
    at_once: int = 128


class RateLimiter:
    """Counts requests, in windows that begin with the first one."""

    def __init__(self, limits: Limits, shared: str = "") -> None:
        """Set up the counts.

        Args:
            limits: how many are taken.
            shared: the Redis (`redis://...`) in which several processes count together; in memory without one.

        Raises:
            ValueError: a limit is not in the notation.
            ConfigurationError: there is no such place, or what it needs is not installed.
        """
        self._rates = {"sender": parse_many(limits.sender), "address": parse_many(limits.address)}
        self._is_shared = bool(shared)
        timeouts = {"socket_timeout": COUNT_SECONDS, "socket_connect_timeout": COUNT_SECONDS} if shared else {}
        storage = storage_from_string(shared or "memory://", wrap_exceptions=True, **timeouts)
        self._limiter = FixedWindowRateLimiter(storage)
        self._paused_until = 0.0

    async def count(self, kind: str, who: str) -> None:
        """Count one request of a `sender` or an `address`. Counts that fail, or take long, limit nobody for a while.

        Raises:
            TooMany: it is one too many.
        """
        if not self._is_shared:
            seconds = self._wait(kind, who)
        elif time.monotonic() < self._paused_until:
            return
        else:
            try:
                seconds = await asyncio.wait_for(asyncio.to_thread(self._wait, kind, who), COUNT_SECONDS)
            except (StorageError, asyncio.TimeoutError) as error:
                self._paused_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("Requests cannot be counted (%s): nobody is limited for %g s", type(error).__name__, PAUSE_SECONDS)
                return
        if seconds:
            raise TooMany(seconds)

    def _wait(self, kind: str, who: str) -> int:
        """Seconds until a request of theirs is taken again; 0 if this one is."""
        over = [rate for rate in self._rates[kind] if not self._limiter.hit(rate, kind, who)]
        ends = [self._limiter.get_window_stats(rate, kind, who).reset_time for rate in over]
        return max((max(1, math.ceil(end - time.time())) for end in ends), default=0)


@dataclass
class _Queue:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    inside: int = 0


class OneAtATime:
    """Answers the questions of a conversation one after the other, however fast they come."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def turn(self, sender: str, *, always: bool = False) -> AsyncIterator[None]:
        """The block runs when no other one of this conversation does.

        Args:
            sender: id of the conversation.
            always: wait, however many are waiting.

        Raises:
            Busy: too many are waiting for that already.
        """
        queue = self._queues.setdefault(sender, _Queue())
        if queue.inside > MAX_WAITING and not always:
            raise Busy
        queue.inside += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.inside -= 1
            if not queue.inside:
                del self._queues[sender]


class Places:
    """Takes so many questions at a time, and turns down the rest at once: a queue that grows makes all of them late.

    Few of those taken run, and the others wait for them: all together, none would be done before the last.
    """

    def __init__(self, at_once: int) -> None:
        self.running = asyncio.Semaphore(MAX_RUNNING)
        self._at_once = at_once
        self.taken = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Take a place while the block runs.

        Raises:
            Full: there is none.
        """
        if self.taken >= self._at_once:
            raise Full
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1


def visitor_address(peer: str, forwarded_for: Sequence[str], trusted_proxies: int) -> str:
    """What a visitor's requests are counted under; empty for this computer itself.

    Args:
        peer: address of the other end of the connection.
        forwarded_for: the `X-Forwarded-For` headers; all but what the trusted proxies added could be made up.
        trusted_proxies: how many proxies in front of us add an address.
    """
    entries = [entry.strip() for header in forwarded_for for entry in header.split(",")]
    vouched = entries[-trusted_proxies] if 0 < trusted_proxies <= len(entries) else peer
    address = _parsed(vouched) or _parsed(peer)
    if address is None or address.is_loopback:
        return ""
    return str(ipaddress.ip_network((address, 64), strict=False) if address.version == 6 else address)


def is_counted_wrong(peer: str, forwarded_for: Sequence[str], trusted_proxies: int) -> bool:
    """Whether somebody else's request passes for one of this computer, which is not limited: `trusted_proxies` is too small."""
    if not forwarded_for or visitor_address(peer, forwarded_for, trusted_proxies):
        return False
    entries = [_parsed(entry.strip()) for header in forwarded_for for entry in header.split(",")]
    return any(address is not None and not address.is_loopback for address in entries)


def _parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address in `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, or `[2001:db8::1]:443`; None if it is none."""
    bare = re.sub(r"^\[([^\]]*)\](:\d+)?$|^([\d.]+):\d+$", r"\1\3", text)
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
