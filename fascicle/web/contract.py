"""What a request to the web channel has to look like, and what it is told when it does not."""

from __future__ import annotations

import json
import re
from typing import Any

from sanic import Request

from fascicle.bot.turn import FAULTS, checked_payload, checked_text
from fascicle.errors import Refused
from fascicle.library import Library, countries, words

SENDER = re.compile(r"[A-Za-z0-9_-]{22,64}")
REQUEST = re.compile(r"[A-Za-z0-9_-]{0,64}")
"""Id of a question."""
MAX_BODY = 8 * 1024
"""Bytes a request may have."""

STATUS = {
    "not_json": 415, "too_large": 413, "malformed": 400, "bad_sender": 400, "bad_rating": 400, "not_sent": 404, "host": 421,
    "origin": 403, "busy": 429, "too_many": 429, "overloaded": 503, "not_kept": 503, "not_erased": 503,
}  # fmt: skip
REFUSALS = {code: (status, str({**FAULTS, **words("refusals")}[code])) for code, status in STATUS.items()}
"""Status and words of a request that is refused, by error code."""


def read_sender(text: str) -> str:
    """A sender's id.

    Raises:
        Refused: it is none.
    """
    if not SENDER.fullmatch(text):
        raise Refused("bad_sender")
    return text


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
    return read_sender(body["sender"]), body


def read_request_id(body: dict[str, Any]) -> str:
    """The id that a question was sent with; empty for none.

    Raises:
        Refused: it is no such id.
    """
    request = body.get("id", "")
    if not isinstance(request, str) or not REQUEST.fullmatch(request):
        raise Refused("malformed")
    return request


def read_country(body: dict[str, Any]) -> str:
    """Code of the country that a page is for, as far as it says one whose numbers are known; empty otherwise."""
    country = body.get("country")
    return country if isinstance(country, str) and country in countries() else ""


def read_article(body: dict[str, Any], articles: Library) -> str:
    """Id of the article of a page, as far as it says one that there is; empty otherwise."""
    article = body.get("article")
    return article if isinstance(article, str) and article in articles.ids() else ""


def read_question(body: dict[str, Any], articles: Library) -> str:
    """The checked text or payload in a request's body.

    Args:
        body: the request's.
        articles: what payloads have to be of.

    Raises:
        Refused: there is none, or both.
        Fault: it is nothing the bot can answer.
    """
    typed, payload = body.get("message"), body.get("payload")
    if isinstance(payload, str) and typed is None:
        return checked_payload(payload, articles)
    if isinstance(typed, str) and payload is None:
        return checked_text(typed)
    raise Refused("malformed")
