"""Routes for those who run the bot: whether it lives, and whether it would answer."""

from __future__ import annotations

from sanic import Blueprint, Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from fascicle.readiness import Readiness

NEVER_KEPT = {"Cache-Control": "no-store"}


def add_operations(routes: Blueprint, readiness: Readiness) -> None:
    """Add the routes."""

    @routes.get("/health")
    async def health(request: Request) -> HTTPResponse:
        return json_response({"live": True}, headers=NEVER_KEPT)

    @routes.get("/ready")
    async def ready(request: Request) -> HTTPResponse:
        parts = await readiness.look(request.app.ctx.agent)
        is_ready = all(parts.values())
        return json_response({"ready": is_ready, "parts": parts}, 200 if is_ready else 503, headers=NEVER_KEPT)
