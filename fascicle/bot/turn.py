"""One turn of a conversation, for every channel: checks what was typed, asks Rasa, and never answers with silence."""

from __future__ import annotations

import asyncio
import logging
import re
import unicodedata
import uuid
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rasa.core.channels.channel import OutputChannel, UserMessage

from fascicle import sent
from fascicle.answering import is_offered, offered_payloads
from fascicle.bot import answered
from fascicle.errors import Conflict, Fault
from fascicle.library import Library, words
from fascicle.reply import Reply, as_message

if TYPE_CHECKING:
    from fascicle.bot.agent import Bot  # the terminal chat shows its notice before all of Rasa is imported

CHANNEL = "chat"
ASIDE = "aside"
"""Key of a message under which stands what is for us, and what no channel shows or sends: `missing` and `outside`, what the
article lacks of what was asked (see `Reply`)."""
REPEATED = {"repeated": True}
"""What stands there of a message that was sent before."""
MAX_MESSAGE = 1_000
"""Characters a message may have."""
UNSEEN = frozenset({"Cc", "Cf", "Cs"})
"""Categories of characters that are never seen: for control, for format, and halves of pairs."""
logger = logging.getLogger(__name__)

FAULTS = {code: text.format(limit=f"{MAX_MESSAGE:,}") for code, text in words("faults").items()}
"""What a person reads when a turn fails, by error code."""


def fault_message(fault: Fault) -> dict[str, Any]:
    """The error as a channel sends it."""
    return {"error": fault.code, "kind": "error", "text": FAULTS[fault.code]}


def checked_text(text: str) -> str:
    """What was typed, without the leading `/` that Rasa would obey as a command. It is evened out as Rasa reads it.

    Raises:
        Fault: it is empty or too long.
    """
    if len(text) > MAX_MESSAGE:
        raise Fault("too_long")
    plain = re.sub(r"^[\s/]+", "", "".join(map(_printable, "\n".join(text.splitlines())))).rstrip()
    if not plain:
        raise Fault("empty")
    return plain


def _printable(character: str) -> str:
    """The character; a space in place of one that is never seen."""
    return " " if unicodedata.category(character) in UNSEEN and character != "\n" else character


def checked_payload(payload: str, articles: Library) -> str:
    """A payload the bot itself offers.

    Raises:
        Fault: it is any other.
    """
    if payload not in offered_payloads(articles.default) and not is_offered(payload, articles):
        raise Fault("unknown_payload")
    return payload


@dataclass(frozen=True)
class Origin:
    """Where a question comes from.

    Args:
        country: code of the country whose emergency numbers are named; empty where it is not known.
        article: id of the article of the page; empty where it is none.
        request: id that the question was sent with. Sent again with it, the same question gets the same replies, and the
            conversation does not go on.
    """

    country: str = ""
    article: str = ""
    request: str = ""

    @property
    def metadata(self) -> dict[str, str] | None:
        """What is kept with the message."""
        known = {"country": self.country, "article": self.article}
        return {name: value for name, value in known.items() if value} or None


async def replies(bot: Bot, sender: str, text: str, origin: Origin = Origin()) -> AsyncGenerator[dict[str, Any], None]:
    """The bot's messages to a checked text or payload, once the turn is saved; an error message where it failed.

    What an emergency is told, it is told whatever fails.

    Args:
        bot: has the turn.
        sender: id of the conversation.
        text: what `checked_text` or `checked_payload` returned.
        origin: where it comes from.
    """
    running = asyncio.create_task(_turn(bot, sender, text, origin))
    try:
        messages = await asyncio.shield(running)
    except asyncio.CancelledError:
        await running  # who does not wait for the answer does not break the turn
        raise
    for message in messages:
        yield message


async def _turn(bot: Bot, sender: str, text: str, origin: Origin) -> list[dict[str, Any]]:
    """Have a turn; what to say in the end."""
    try:
        try:
            said = await _handled(bot, sender, text, origin)
        except Conflict:
            said = await _handled(bot, sender, text, origin)  # another process was faster; now on top of what it has saved
    except Exception:
        logger.exception("A turn failed")
        said = _Collector(bot.articles)
    if not said.messages:
        return [await _instead(bot, text, origin.country)]
    if said.erases:
        try:
            await bot.erase(sender)
        except Exception:
            logger.exception("A conversation could not be erased")
            return [fault_message(Fault("not_erased"))]
    return said.messages


async def _handled(bot: Bot, sender: str, text: str, origin: Origin) -> _Collector:
    """Have Rasa handle the message; what it says to that, or has said if it was asked with that request."""
    output, question = _Collector(bot.articles), answered.name_of(origin.request, text)
    if question and (again := await bot.replies_to(sender, question)):
        output.messages = [{**message, ASIDE: REPEATED} for message in again]
        return output
    with sent.in_one_turn(), answered.in_one_turn(question, output.messages):
        await bot.handle_message(UserMessage(text, output, sender, input_channel=CHANNEL, metadata=origin.metadata))
    return output


async def _instead(bot: Bot, text: str, country: str) -> dict[str, Any]:
    """What a person reads in place of the answer: a fault, or for an emergency what it is told first."""
    try:
        alarm = await bot.alarm(text, country)
    except Exception:
        logger.exception("A failed turn could not be looked at for an emergency")
        alarm = None
    return _sent({"reply": alarm.as_dict()}, bot.articles) if alarm else fault_message(Fault("no_reply"))


class _Collector(OutputChannel):
    """Takes Rasa's messages of one turn and puts them into the channel contract's form.

    A response of the domain with `erase: true` in its metadata makes the bot erase the conversation after the turn.
    """

    def __init__(self, articles: Library) -> None:
        self._articles = articles
        self.messages: list[dict[str, Any]] = []
        self.erases = False

    @classmethod
    def name(cls) -> str:
        """Name that response variants ask for."""
        return CHANNEL

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Take one message."""
        self.messages.append(made := _sent(message, self._articles))
        sent.add(made["id"])
        self.erases |= (message.get("metadata") or {}).get("erase") is True


def _sent(message: dict[str, Any], articles: Library) -> dict[str, Any]:
    """Rasa's message in the contract's form: structured when an action made it, plain when it is a response of the domain."""
    if "reply" in message:
        reply = Reply.from_dict(message["reply"])
        body = as_message(reply, articles)
        if reply.missing or reply.outside:
            body[ASIDE] = {"missing": reply.missing, "outside": reply.outside}
    else:
        text = message.get("text") or ""
        blocks = [{"type": "paragraph", "spans": [{"text": line}]} for line in text.splitlines()]
        metadata = message.get("metadata") or {}
        body = {"kind": metadata.get("kind", "smalltalk"), "text": text, "blocks": blocks, "passages": [], "citations": []}
        body |= {"erased": True} if metadata.get("erase") else {}
    buttons = [{"title": b["title"], "payload": b["payload"]} for b in message.get("buttons") or []]
    return {"id": uuid.uuid4().hex, **body, "buttons": buttons}
