"""The web channel: answers questions and takes ratings as JSON, and serves the widget and a page to try it on."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from asyncio import to_thread
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import aiohttp
from limits.errors import ConfigurationError
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Request, Sanic
from sanic.exceptions import SanicException
from sanic.helpers import STATUS_CODES
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import text as text_response

from fascicle import article, profile
from fascicle.assets import FOR_ANY_SITE, Asset
from fascicle.bot import Bot
from fascicle.feedback import FeedbackStore, Rating, SqliteFeedback, schema
from fascicle.page import WEB, policy, render
from fascicle.servers import state_folder
from fascicle.throttle import Busy, Limits, OneAtATime, RateLimiter, TooMany, visitor_address
from fascicle.turn import CHANNEL, FAULTS, Fault, checked_payload, checked_text, replies

SENDER = re.compile(r"[A-Za-z0-9_-]{22,64}")
MAX_BODY = 8 * 1024
"""Bytes a request may have."""
HEALTH_QUESTION = "what makes a lip twitch"
OTHER_PATHS = re.compile(rf"(?!/{CHANNEL}(/|$))")
"""Paths that are not the channel's."""
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d+)?|https?://\[[0-9a-f:]+\](:\d+)?")

FILES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("widget.js", "text/javascript; charset=utf-8", {"headers": FOR_ANY_SITE}),
    ("page.css", "text/css; charset=utf-8", {}),
    ("icon.svg", "image/svg+xml", {}),
)
PAGES = (("", "page.html"), ("frame", "frame.html"))

REFUSALS = {
    "not_json": (415, "Please send the message as application/json."),
    "too_large": (413, "That message is too large to read."),
    "malformed": (400, 'Please send a JSON object with "sender" and either "message" or "payload".'),
    "bad_sender": (400, "The sender has to be 22 to 64 letters, digits, hyphens, or underscores."),
    "bad_rating": (400, 'Please send "sender", "message", "rating", "kind", and "passages" as the bot named them.'),
    "origin": (403, "This page is not allowed to talk to the chatbot."),
    "busy": (429, "I am still working on your last question. Please wait for its answer, then ask again."),
    "too_many": (
        429,
        "That is faster than I can answer. Please wait a moment, then ask again. "
        "In an emergency, call your local emergency number now.",
    ),
    "not_kept": (503, "Your rating could not be kept. Please try again later."),
}
"""Status and words of a request that is refused, by error code."""

logger = logging.getLogger(__name__)


class Refused(Exception):
    """A request that breaks the channel's contract or cannot be taken now; the argument is a key of `REFUSALS`."""

    def __init__(self, code: str, retry_after: int = 0) -> None:
        super().__init__(code)
        self.retry_after = retry_after


@dataclass(frozen=True)
class Settings:
    """What `credentials.yml` says of the channel.

    Args:
        allowed_origins: other sites whose pages may use it; its own pages always may.
        trusted_proxies: how many proxies in front of it add an address to `X-Forwarded-For`.
        limits: how often people may ask.
    """

    allowed_origins: frozenset[str] = frozenset()
    trusted_proxies: int = 0
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def of(cls, credentials: dict[str, Any]) -> Settings:
        """The settings in the file.

        Raises:
            RasaException: they cannot be used; the message says why.
        """
        unknown = sorted(credentials.keys() - {"allowed_origins", "trusted_proxies", "limits"})
        if unknown:
            raise RasaException(f"credentials.yml: unknown setting {unknown[0]!r}")
        origins, proxies = credentials.get("allowed_origins") or [], credentials.get("trusted_proxies") or 0
        for origin in origins:
            if not isinstance(origin, str) or not ORIGIN.fullmatch(origin):
                raise RasaException(
                    f"credentials.yml: allowed_origins: {origin!r} is not an origin such as https://www.example.org"
                )
        if not isinstance(proxies, int) or isinstance(proxies, bool) or proxies < 0:
            raise RasaException(f"credentials.yml: trusted_proxies: {proxies!r} is not a number of proxies")
        try:
            return cls(frozenset(origins), proxies, Limits(**credentials.get("limits") or {}))
        except TypeError as error:
            raise RasaException(f"credentials.yml: limits: {error}") from None


class WebChannel(InputChannel):
    """Rasa input channel of the widget and of anything else that speaks its contract."""

    def __init__(self, settings: Settings, feedback: FeedbackStore) -> None:
        """Set up the channel.

        Args:
            settings: whom it answers, and how often.
            feedback: where ratings are kept.

        Raises:
            RasaException: the limits cannot be understood or counted.
        """
        self._settings = settings
        self._feedback = feedback
        self._turns = OneAtATime()
        try:
            self._limiter = RateLimiter(settings.limits, profile.shared_counts())
        except (ValueError, ConfigurationError) as error:
            raise RasaException(f"credentials.yml: limits: {error}") from error

    @classmethod
    def name(cls) -> str:
        """Name that Rasa knows it by."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """The channel as `credentials.yml` sets it up."""
        return cls(Settings.of(credentials or {}), SqliteFeedback(state_folder() / "feedback.sqlite"))

    def url_prefix(self) -> str:
        """Where it is mounted: at `/chat`, not under Rasa's `/webhooks`."""
        return f"/{CHANNEL}"

    def blueprint(self, on_new_message: Any) -> Blueprint:
        """The routes. They ask the bot themselves: Rasa's `on_new_message` would not tell of faults."""
        routes = Blueprint(CHANNEL)
        routes.before_server_start(settle)
        self._add_errors(routes)
        self._add_conversation(routes)
        add_files(routes, self._settings.allowed_origins)
        return routes

    def _add_errors(self, routes: Blueprint) -> None:
        @routes.exception(Refused)
        async def refuse(request: Request, refused: Refused) -> HTTPResponse:
            status, text = REFUSALS[str(refused)]
            headers = self._headers(request)
            if refused.retry_after:
                headers |= {"Retry-After": str(refused.retry_after)}
            return json_response({"error": str(refused), "kind": "error", "text": text}, status, headers=headers)

        @routes.exception(Fault)
        async def turn_down(request: Request, fault: Fault) -> HTTPResponse:
            return json_response(fault.as_message(), 400, headers=self._headers(request))

        @routes.exception(Exception)
        async def fail(request: Request, error: Exception) -> HTTPResponse:
            status = getattr(error, "status_code", 500)
            if status == 413:
                return await refuse(request, Refused("too_large"))
            if not isinstance(error, SanicException):
                logger.error("A request failed", exc_info=error)
            body = {"error": "failed", "kind": "error", "text": FAULTS["no_reply"]}
            return json_response(body, status, headers=self._headers(request))

    def _add_conversation(self, routes: Blueprint) -> None:
        ratings = schema(article.default())

        async def preflight(request: Request) -> HTTPResponse:
            self._check_origin(request)
            allowed = {
                "Access-Control-Allow-Methods": "POST",
                "Access-Control-Allow-Headers": "Content-Type",
                "Access-Control-Max-Age": "600",
            }
            return HTTPResponse(status=204, headers=self._headers(request) | allowed)

        for path in ("message", "feedback"):
            routes.add_route(preflight, f"/{path}", methods=["OPTIONS"], name=f"preflight_{path}")

        @routes.post("/message")
        async def message(request: Request) -> None:
            sender, body = await self._admit(request)
            text = read_question(body)
            try:
                async with self._turns.turn(sender), aclosing(replies(Bot(request.app.ctx.agent), sender, text)) as messages:
                    headers = self._headers(request) | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
                    response = await request.respond(content_type="application/x-ndjson", headers=headers)
                    async for reply in messages:
                        await response.send(json.dumps(reply, ensure_ascii=False) + "\n")
                    await response.send('{"done": true}\n')
                    await response.eof()
            except Busy:
                raise Refused("busy", 1) from None

        @routes.post("/feedback")
        async def feedback(request: Request) -> HTTPResponse:
            _, body = await self._admit(request)
            if not ratings.is_valid(body):
                raise Refused("bad_rating")
            try:
                await to_thread(self._feedback.add, Rating.of(body))
            except (OSError, sqlite3.Error):
                logger.exception("A rating could not be kept")
                raise Refused("not_kept", 60) from None
            return HTTPResponse(status=204, headers=self._headers(request))

        @routes.get("/health")
        async def health(request: Request) -> HTTPResponse:
            ready = await can_answer(request.app.ctx.agent)
            return json_response({"ready": ready}, 200 if ready else 503, headers={"Cache-Control": "no-store"})

    async def _admit(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Sender and body of a request from a page that may send it, and not more often than it may.

        Raises:
            Refused: the page may not, the sender or the address sends too much, or it is not such a request.
        """
        self._check_origin(request)
        forwarded = request.headers.getall("x-forwarded-for", [])
        try:
            if address := visitor_address(request.ip, forwarded, self._settings.trusted_proxies):
                await self._limiter.count("address", address)
            sender, body = read_request(request)
            await self._limiter.count("sender", sender)
        except TooMany as error:
            raise Refused("too_many", error.retry_after) from None
        return sender, body

    def _check_origin(self, request: Request) -> None:
        origin = request.headers.get("origin")
        if origin is not None and not is_own(request, origin) and origin not in self._settings.allowed_origins:
            raise Refused("origin")

    def _headers(self, request: Request) -> dict[str, str]:
        """Headers that let a page of a listed site read the reply."""
        origin = request.headers.get("origin")
        if origin not in self._settings.allowed_origins or is_own(request, origin):
            return {}
        return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "Retry-After", "Vary": "Origin"}


async def settle(app: Sanic, _loop: Any) -> None:
    """Undo what Rasa and Sanic set up for the whole server and what does not fit a channel that anyone can reach.

    Rasa would refuse preflights of other sites and allow credentials; Sanic's own error pages repeat the request, and fail where
    its `Accept` header is broken.
    """
    if rasa_cors := getattr(app.ctx, "sanic_cors", None):
        rasa_cors.resources = [(OTHER_PATHS, options) for _, options in rasa_cors.resources]

    app.error_handler.add(Exception, refuse_unrouted)


async def refuse_unrouted(request: Request, error: Exception) -> HTTPResponse:
    """Answer what no route of ours has answered; before a route was found, it is the request that was broken."""
    status = getattr(error, "status_code", 500 if request.route else 400)
    if status >= 500 and not isinstance(error, SanicException):
        logger.error("A request failed", exc_info=error)
    return text_response(STATUS_CODES[status].decode(), status, headers=getattr(error, "headers", {}))


def is_own(request: Request, origin: str) -> bool:
    """Whether one of our own pages asks. The browser says so itself, because a proxy may give us another host than it sees."""
    return request.headers.get("sec-fetch-site") == "same-origin" or re.sub(r"^https?://", "", origin) == request.host


def read_request(request: Request) -> tuple[str, dict[str, Any]]:
    """Sender and body of a request.

    Raises:
        Refused: it is not a JSON object with a good sender.
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
    return body["sender"], body


def read_question(body: dict[str, Any]) -> str:
    """The checked text or payload in a request's body.

    Raises:
        Refused: there is none, or both.
        Fault: it is nothing the bot can answer.
    """
    typed, payload = body.get("message"), body.get("payload")
    if isinstance(payload, str) and typed is None:
        return checked_payload(payload)
    if isinstance(typed, str) and payload is None:
        return checked_text(typed)
    raise Refused("malformed")


def add_files(routes: Blueprint, allowed_origins: frozenset[str], folder: Path = WEB) -> None:
    """Routes of the widget and the pages. All addresses in them are relative, so that a proxy can serve them under any path.

    Raises:
        RasaException: a file is missing.
    """
    try:
        files = {name: Asset.of((folder / name).read_bytes(), type_, **more) for name, type_, more in FILES}
    except OSError as error:
        raise RasaException(f"{error.filename} cannot be read: {error.strerror}") from error
    headers = {"Content-Security-Policy": policy(allowed_origins), "Referrer-Policy": "strict-origin-when-cross-origin"}
    for path, template in PAGES:
        page = render(template, article.default()).encode()
        files[path] = Asset.of(page, "text/html; charset=utf-8", max_age=0, headers=headers)

    for path, asset in files.items():
        _add_file(routes, path, asset)


def _add_file(routes: Blueprint, path: str, asset: Asset) -> None:
    @routes.route(f"/{path}", methods=["GET", "HEAD"], name=path.replace(".", "_") or "page")
    async def file(request: Request) -> HTTPResponse:
        if not path and not request.path.endswith("/"):
            return HTTPResponse(status=308, headers={"Location": f"{CHANNEL}/"})
        return asset.response(request)


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
