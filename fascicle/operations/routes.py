"""Routes for those who run the bot: whether it lives, whether it would answer, and what is measured."""

from __future__ import annotations

from prometheus_client import CONTENT_TYPE_LATEST
from sanic import Blueprint, Request
from sanic.exceptions import NotFound
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_response

from fascicle.operations.metrics import Metrics
from fascicle.operations.readiness import Readiness

NEVER_KEPT = {"Cache-Control": "no-store"}


def add_operations(routes: Blueprint, readiness: Readiness, metrics: Metrics) -> None:
    """Add the routes."""

    @routes.get("/health")
    async def health(request: Request) -> HTTPResponse:
        return json_response({"live": True}, headers=NEVER_KEPT)

    @routes.get("/ready")
    async def ready(request: Request) -> HTTPResponse:
        parts = await readiness.look(request.app.ctx.agent)
        is_ready = all(parts.values())
        return json_response({"ready": is_ready, "parts": parts}, 200 if is_ready else 503, headers=NEVER_KEPT)

    @routes.get("/metrics", name="metrics")
    async def figures(request: Request) -> HTTPResponse:
        if "x-forwarded-for" in request.headers:
            raise NotFound  # a proxy that passes everything on does not give them away
        return raw(metrics.as_text(request.app.ctx.agent.model_id or ""), content_type=CONTENT_TYPE_LATEST, headers=NEVER_KEPT)
