"""The web channel: answers questions, takes ratings, and erases conversations, as JSON over HTTP."""

from __future__ import annotations

import json
import logging
import re
from asyncio import create_task, shield, wait_for
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from limits.errors import ConfigurationError
from sanic import Blueprint, Request, Sanic
from sanic.exceptions import SanicException
from sanic.helpers import STATUS_CODES
from sanic.response import HTTPResponse
from sanic.response import json as json_response
from sanic.response import text as text_response

from fascicle import library
from fascicle.bot import profile
from fascicle.bot.agent import Bot
from fascicle.bot.rasa_server import Channel, SettingsError
from fascicle.bot.turn import ASIDE, CHANNEL, FAULTS, REPEATED, Origin, fault_message, replies
from fascicle.database import Database
from fascicle.errors import Busy, Fault, Full, NotSent, Refused, TooMany, Unavailable
from fascicle.library import Library
from fascicle.operations.counts import Counts
from fascicle.operations.metrics import Metrics
from fascicle.operations.observed import LEFT, observe, seen, tell
from fascicle.operations.ratings import Rating, Ratings, schema
from fascicle.operations.readiness import Readiness, first_question
from fascicle.operations.routes import add_operations
from fascicle.web.contract import REFUSALS, read_article, read_country, read_question, read_request, read_request_id, read_sender
from fascicle.web.files import add_files
from fascicle.web.hosts import Hosts
from fascicle.web.origins import Origins
from fascicle.web.settings import Settings
from fascicle.web.throttle import OneAtATime, Places, RateLimiter, is_counted_wrong, visitor_address

OTHER_PATHS = re.compile(rf"(?!/{CHANNEL}(/|$))")
"""Paths that are not the channel's."""
CONVERSATION = "conversations/<sender>"
"""Path of a conversation."""
ERASE_SECONDS = 9.0
"""How long an erasure may wait for running turns, and take; a proxy that waits 10 s still hears what came of it."""
RETRY_SECONDS = 2
"""When someone may ask again who was turned down because too many were asking."""

logger = logging.getLogger(__name__)


class WebChannel(Channel):
    """Rasa input channel of the widget and of anything else that speaks its contract."""

    def __init__(self, settings: Settings, database: Database, articles: Library, redis_url: str | None = None) -> None:
        """Set up the channel.

        Args:
            settings: whom it answers, how often, and how many at once.
            database: where ratings and counts are kept.
            articles: what it answers from.
            redis_url: the Redis that several servers share; None where there is none.

        Raises:
            SettingsError: the limits cannot be understood or counted.
        """
        self._settings, self._articles = settings, articles
        self._hosts, self._origins = Hosts(settings.hosts), Origins(settings.allowed_origins)
        self._places = Places(settings.limits.at_once)
        self._has_warned = False
        self._turns, self._rated = OneAtATime(), OneAtATime()
        self._ratings = Ratings(database)
        self._readiness = Readiness(database, first_question(articles.default), redis_url)
        self._metrics = Metrics((*FAULTS, *REFUSALS), lambda: self._places.taken)
        self._counts = Counts(database, articles.default)
        try:
            self._limiter = RateLimiter(settings.limits, redis_url or "")
        except (ValueError, ConfigurationError) as error:
            raise SettingsError(f"credentials.yml: limits: {error}") from error

    @classmethod
    def name(cls) -> str:
        """Name that Rasa knows it by."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> WebChannel:
        """The channel as `credentials.yml` sets it up."""
        return cls(Settings.of(credentials or {}), profile.database(), library.opened(), profile.redis_url())

    def url_prefix(self) -> str:
        """Where it is mounted: at `/chat`, not under Rasa's `/webhooks`."""
        return f"/{CHANNEL}"

    def blueprint(self, on_new_message: Any) -> Blueprint:
        """The routes. They ask the bot themselves: Rasa's `on_new_message` would not tell of faults."""
        routes = Blueprint(CHANNEL)
        routes.before_server_start(settle)
        observe(routes, self._metrics)

        @routes.on_request
        async def check_host(request: Request) -> None:
            self._hosts.check(request)

        @routes.before_server_stop
        async def close(_app: Sanic, _loop: Any) -> None:
            await self._counts.close()

        self._add_errors(routes)
        self._add_preflights(routes)
        self._add_conversation(routes)
        self._add_feedback(routes)
        add_operations(routes, self._readiness, self._metrics)
        add_files(routes, self._articles.default, self._settings.allowed_origins, with_page=self._settings.page)
        return routes

    def _add_errors(self, routes: Blueprint) -> None:
        @routes.exception(Refused)
        async def refuse(request: Request, refused: Refused) -> HTTPResponse:
            status, text = REFUSALS[str(refused)]
            seen(request).code = str(refused)
            headers = self._origins.headers(request)
            if refused.retry_after:
                headers |= {"Retry-After": str(refused.retry_after)}
            return json_response({"error": str(refused), "kind": "error", "text": text}, status, headers=headers)

        @routes.exception(Fault)
        async def turn_down(request: Request, fault: Fault) -> HTTPResponse:
            seen(request).code = fault.code
            return json_response(fault_message(fault), 400, headers=self._origins.headers(request))

        @routes.exception(Exception)
        async def fail(request: Request, error: Exception) -> HTTPResponse:
            status = getattr(error, "status_code", 500)
            if status == 413:
                return await refuse(request, Refused("too_large"))
            if not isinstance(error, SanicException):
                logger.error("A request failed", exc_info=error)
            seen(request).code = "failed"
            body = {"error": "failed", "kind": "error", "text": FAULTS["no_reply"]}
            return json_response(body, status, headers=self._origins.headers(request))

    def _add_preflights(self, routes: Blueprint) -> None:
        def add(path: str, method: str) -> None:
            async def preflight(request: Request, **_: str) -> HTTPResponse:
                return HTTPResponse(status=204, headers=self._origins.preflight(request, method))

            routes.add_route(preflight, f"/{path}", methods=["OPTIONS"], name=f"preflight_{path.partition('/')[0]}")

        for path, method in (("message", "POST"), ("feedback", "POST"), (CONVERSATION, "DELETE")):
            add(path, method)

    def _add_conversation(self, routes: Blueprint) -> None:
        @routes.post("/message")
        async def message(request: Request) -> None:
            try:
                with self._places.one():
                    await answer(request)
            except Full:
                raise Refused("overloaded", RETRY_SECONDS) from None
            except Busy:
                raise Refused("busy", 1) from None

        async def answer(request: Request) -> None:
            sender, body = await self._admit(request)
            text = read_question(body, self._articles)
            origin = Origin(read_country(body), read_article(body, self._articles), read_request_id(body))
            replying = aclosing(replies(Bot(request.app.ctx.agent, self._articles), sender, text, origin))
            async with self._turns.turn(sender), self._places.running, replying as messages:
                with self._metrics.running.track_inprogress():
                    await send(request, messages)

        async def send(request: Request, messages: AsyncIterator[dict[str, Any]]) -> None:
            headers = self._origins.headers(request) | {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
            known, status = seen(request), LEFT
            known.is_open = True
            response = await request.respond(content_type="application/x-ndjson", headers=headers)
            try:
                async for reply in messages:
                    known.reply(reply)
                    self._note(reply, reply.pop(ASIDE, {}))
                    await response.send(json.dumps(reply, ensure_ascii=False) + "\n")
                await response.send('{"done": true}\n')
                await response.eof()
                status = response.status
            finally:
                if known.kinds:
                    self._metrics.turn(known.kind, known.seconds)
                tell(request, status, self._metrics)

        @routes.delete(f"/{CONVERSATION}", ignore_body=False)
        async def conversation(request: Request, sender: str) -> HTTPResponse:
            await self._admit_from(request)
            await self._admit_sender(request, read_sender(sender))
            # who asks may be gone before it is their turn; what they said is erased all the same
            if not await shield(create_task(self._erase(request.app.ctx.agent, sender))):
                raise Refused("not_erased", 60)
            self._metrics.erase()
            return HTTPResponse(status=204, headers=self._origins.headers(request))

    def _note(self, reply: dict[str, Any], aside: dict[str, Any]) -> None:
        """Count a reply that is sent, and what is not sent with it; one that is sent again was counted."""
        if aside == REPEATED:
            return
        self._counts.reply(reply, aside)
        if reply.get("erased"):
            self._metrics.erase()

    async def _erase(self, agent: Any, sender: str) -> bool:
        """Erase a conversation everywhere, after what is running of it; whether that worked."""

        async def erase() -> None:
            async with (
                self._turns.turn(sender, always=True),
                self._rated.turn(sender, always=True),
            ):
                await Bot(agent, self._articles).erase(sender)

        try:
            await wait_for(erase(), ERASE_SECONDS)
        except Exception:
            logger.exception("A conversation could not be erased")
            return False
        return True

    def _add_feedback(self, routes: Blueprint) -> None:
        valid = schema(self._articles)

        @routes.post("/feedback")
        async def feedback(request: Request) -> HTTPResponse:
            sender, body = await self._admit(request)
            if not valid.is_valid(body):
                raise Refused("bad_rating")
            try:
                async with self._rated.turn(sender, always=True):
                    rating = Rating.of(body)
                    self._counts.rating(rating, await self._ratings.add(rating))
            except NotSent:
                raise Refused("not_sent") from None
            except Unavailable:
                logger.exception("A rating could not be kept")
                raise Refused("not_kept", 60) from None
            self._metrics.rate(body["rating"], body["kind"])
            return HTTPResponse(status=204, headers=self._origins.headers(request))

    async def _admit(self, request: Request) -> tuple[str, dict[str, Any]]:
        """Sender and body of a request from a page that may send it, and not more often than it may.

        Raises:
            Refused: the page may not, the sender or the address sends too much, or it is not such a request.
        """
        await self._admit_from(request)
        sender, body = read_request(request)
        await self._admit_sender(request, sender)
        return sender, body

    async def _admit_sender(self, request: Request, sender: str) -> None:
        """Return if that sender may send another request."""
        seen(request).comes_from(sender)
        await self._count("sender", sender)

    async def _admit_from(self, request: Request) -> None:
        """Return if a request comes from a page and an address that may send it."""
        self._origins.check(request)
        forwarded, proxies = request.headers.getall("x-forwarded-for", []), self._settings.trusted_proxies
        if address := visitor_address(request.ip, forwarded, proxies):
            await self._count("address", address)
        elif not self._has_warned and is_counted_wrong(request.ip, forwarded, proxies):
            self._has_warned = True
            logger.warning(
                "Visitors count as this computer, which is not limited: trusted_proxies in credentials.yml is too small"
            )

    async def _count(self, kind: str, who: str) -> None:
        try:
            await self._limiter.count(kind, who)
        except TooMany as error:
            raise Refused("too_many", error.retry_after) from None


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
    tell(request, status)
    headers = getattr(error, "headers", {}) | {"X-Request-Id": seen(request).request}
    return text_response(STATUS_CODES[status].decode(), status, headers=headers)
