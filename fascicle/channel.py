"""The web channel: `POST /chat/message` answers with one JSON line a message, `GET /chat/health` says whether it can."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urljoin

import aiohttp
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel
from sanic import Blueprint, Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from fascicle.turn import CHANNEL, Fault, Handler, checked_payload, checked_text, replies

SENDER = re.compile(r"[A-Za-z0-9_-]{22,64}")
MAX_BODY = 8 * 1024
"""Bytes a request may have."""
HEALTH_QUESTION = "what makes a lip twitch"

REFUSALS = {
    "not_json": (415, "Please send the message as application/json."),
    "too_large": (413, "That message is too large to read."),
    "malformed": (400, 'Please send a JSON object with "sender" and either "message" or "payload".'),
    "bad_sender": (400, "The sender has to be 22 to 64 letters, digits, hyphens, or underscores."),
    "origin": (403, "This page is not allowed to talk to the chatbot."),
}
"""Status and words of a request that is refused, by error code."""


class Refused(Exception):
    """A request that breaks the channel's contract; the argument is a key of `REFUSALS`."""


class WebChannel(InputChannel):
    """Rasa input channel of the widget and of anything else that speaks its contract."""

    def __init__(self, allowed_origins: list[str]) -> None:
        """Set up the channel.

        Args:
            allowed_origins: origins of other sites whose pages may use it; its own pages always may.
        """
        self._allowed_origins = frozenset(allowed_origins)

    @classmethod
    def name(cls) -> str:
        """Name that Rasa knows it by."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """The channel as `credentials.yml` sets it up."""
        return cls((credentials or {}).get("allowed_origins") or [])

    def url_prefix(self) -> str:
        """Where it is mounted: at `/chat`, not under Rasa's `/webhooks`."""
        return f"/{CHANNEL}"

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        """The routes."""
        routes = Blueprint(CHANNEL)

        @routes.exception(Refused)
        async def refuse(request: Request, refused: Refused) -> HTTPResponse:
            status, text = REFUSALS[str(refused)]
            headers = {} if str(refused) == "origin" else self._headers(request)
            return json_response({"error": str(refused), "kind": "error", "text": text}, status, headers=headers)

        @routes.exception(Fault)
        async def fail(request: Request, fault: Fault) -> HTTPResponse:
            return json_response(fault.as_message(), 400, headers=self._headers(request))

        @routes.options("/message")
        async def preflight(request: Request) -> HTTPResponse:
            allowed = {"Access-Control-Allow-Methods": "POST", "Access-Control-Allow-Headers": "Content-Type"}
            return HTTPResponse(status=204, headers=self._headers(request) | allowed)

        @routes.post("/message")
        async def message(request: Request) -> None:
            headers = self._headers(request)
            sender, text = read_request(request)
            response = await request.respond(content_type="application/x-ndjson", headers=headers)
            async for reply in replies(on_new_message, sender, text):
                await response.send(json.dumps(reply, ensure_ascii=False) + "\n")
            await response.send('{"done": true}\n')
            await response.eof()

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            ready = await can_answer(request.app.ctx.agent)
            return json_response({"ready": ready}, 200 if ready else 503)

        return routes

    def _headers(self, request: Request) -> dict[str, str]:
        """Headers that let the asking page read the reply.

        Raises:
            Refused: the page is neither ours nor on the list.
        """
        origin = request.headers.get("origin")
        if origin is None or re.sub(r"^https?://", "", origin) == request.host:
            return {}
        if origin not in self._allowed_origins:
            raise Refused("origin")
        return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}


def read_request(request: Request) -> tuple[str, str]:
    """Sender and checked text of a request.

    Raises:
        Refused: the request breaks the contract.
        Fault: the text is nothing the bot can answer.
    """
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refused("not_json")
    if len(request.body) > MAX_BODY:
        raise Refused("too_large")
    try:
        body = json.loads(request.body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise Refused("malformed") from None
    if not isinstance(body, dict) or not isinstance(body.get("sender"), str):
        raise Refused("malformed")
    if not SENDER.fullmatch(body["sender"]):
        raise Refused("bad_sender")
    typed, payload = body.get("message"), body.get("payload")
    if isinstance(payload, str) and typed is None:
        return body["sender"], checked_payload(payload)
    if isinstance(typed, str) and payload is None:
        return body["sender"], checked_text(typed)
    raise Refused("malformed")


async def can_answer(agent: Agent | None) -> bool:
    """Whether a question would be answered now: the model understands one, and the action server is there."""
    if agent is None or not agent.is_ready():
        return False
    understood = await agent.parse_message(HEALTH_QUESTION)
    url = urljoin(agent.action_endpoint.url, "health")
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session,
            session.get(url) as response,
        ):
            return bool(understood.get("intent", {}).get("name")) and response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
