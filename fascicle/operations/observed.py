"""Each request to the web channel as it is seen from outside: one line in the log, and its share in the metrics."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import Any

from sanic import Blueprint, Request
from sanic.response import BaseHTTPResponse

from fascicle.operations.logs import begin_request, short
from fascicle.operations.metrics import Metrics

ROUTINE = ("health", "ready", "metrics")
"""Routes that machines ask again and again; they are not logged. What changes in what they say is."""
BESIDE_THE_POINT = ("smalltalk", "notice")
"""Kinds of messages that may stand before the one that counts."""
LEFT = 499
"""Status that is logged where nobody was there any more to read the answer."""
logger = logging.getLogger(__name__)


@dataclass
class Seen:
    """What is known of a request.

    Args:
        request: its id.
        began: when it came.
        sender: whose it is, short.
        code: code of its error or refusal.
        kinds: kinds of the replies that were sent.
        is_open: whether the reply goes on after its headers; who sends it then says when it ends.
    """

    request: str
    began: float = field(default_factory=time.perf_counter)
    sender: str = ""
    code: str = ""
    kinds: list[str] = field(default_factory=list)
    is_open: bool = False

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.perf_counter() - self.began

    def comes_from(self, sender: str) -> None:
        """Note whose it is."""
        self.sender = short(sender)

    @property
    def kind(self) -> str:
        """Kind of the reply as a whole: that of its first message with substance, and `error` if something failed."""
        if "error" in self.kinds:
            return "error"
        return next((kind for kind in self.kinds if kind not in BESIDE_THE_POINT), self.kinds[0])

    def reply(self, message: dict[str, Any]) -> None:
        """Note a reply that is sent."""
        self.kinds.append(message["kind"])
        self.code = message.get("error") or self.code


def seen(request: Request) -> Seen:
    """What is known of a request, which begins here if it has not."""
    if not hasattr(request.ctx, "seen"):
        request.ctx.seen = Seen(begin_request(request.headers.get("x-request-id", "")))
    return request.ctx.seen


def observe(routes: Blueprint, metrics: Metrics) -> None:
    """Watch all requests of the routes."""

    @routes.on_request
    async def begin(request: Request) -> None:
        seen(request)

    @routes.on_response
    async def end(request: Request, response: BaseHTTPResponse) -> None:
        response.headers["X-Request-Id"] = seen(request).request
        if not seen(request).is_open:
            tell(request, response.status, metrics)


def tell(request: Request, status: int, metrics: Metrics | None = None) -> None:
    """Log a request that has ended, and count what came to nothing."""
    known = seen(request)
    route = (request.name or "none").rpartition(".")[2]
    if known.code and metrics:
        metrics.refuse(known.code)
    if route in ROUTINE:
        return
    facts: dict[str, Any] = {"route": route, "status": status, "ms": round(1000 * known.seconds, 1)}
    facts |= {name: value for name in ("sender", "code", "kinds") if (value := getattr(known, name))}
    logger.log(logging.WARNING if status >= 500 else logging.INFO, "request", extra=facts)
