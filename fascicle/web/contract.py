"""What a request to the web channel has to look like, and what it is told when it does not."""

from __future__ import annotations

import json
import re
from typing import Any

from sanic import Request

from fascicle.bot.turn import FAULTS, checked_payload, checked_text
from fascicle.errors import Refused
from fascicle.library import countries

SENDER = re.compile(r"[A-Za-z0-9_-]{22,64}")
MAX_BODY = 8 * 1024
"""Bytes a request may have."""

REFUSALS = {
    "not_json": (415, "Please send the message as application/json."),
    "too_large": (413, "That message is too large to read. In an emergency, call your local emergency number now."),
    "malformed": (400, 'Please send a JSON object with "sender" and either "message" or "payload".'),
    "bad_sender": (400, "The sender has to be 22 to 64 letters, digits, hyphens, or underscores."),
    "bad_rating": (400, 'Please send "sender", "message", "rating", "kind", and "passages" as the bot named them.'),
    "not_sent": (404, "There is no such message in this conversation, or it was deleted."),
    "host": (421, "The chatbot is not at home under that name."),
    "origin": (403, "This page is not allowed to talk to the chatbot."),
    "busy": (
        429,
        "I am still working on your last question. Please wait for its answer, then ask again. "
        "In an emergency, call your local emergency number now.",
    ),
    "too_many": (
        429,
        "That is faster than I can answer. Please wait a moment, then ask again. "
        "In an emergency, call your local emergency number now.",
    ),
    "overloaded": (
        503,
        "Many people are asking at this moment. Please wait a few seconds, then ask again. "
        "In an emergency, call your local emergency number now.",
    ),
    "not_kept": (503, "Your rating could not be kept. Please try again later."),
    "not_erased": (503, FAULTS["not_erased"]),
}
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


def read_country(body: dict[str, Any]) -> str:
    """Code of the country that a page is for, as far as it says one whose numbers are known; empty otherwise."""
    country = body.get("country")
    return country if isinstance(country, str) and country in countries() else ""


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
