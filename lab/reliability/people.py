"""People who ask the cluster questions all the time, and a note of what each of them saw."""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from fascicle import library
from fascicle.library import ASPECTS
from lab.benchmarks.bots import new_sender

PATIENCE = 60.0
"""Seconds until a person gives up, as the widget does."""
RIGHT, CROSSED, SILENCE, CUT_OFF, UNREACHABLE = "right", "crossed", "silence", "cut off", "unreachable"
"""What a person sees, where it is no error code of the bot: the answer to their question; the one to another; no reply at all;
a reply that breaks off; nobody at the address, which the widget puts into words."""
EMERGENCY = "My face is drooping on one side and I can't speak properly"


@dataclass(frozen=True)
class Reply:
    """What came to a question.

    Args:
        seen: `right` and the like, or the bot's code of an error.
        status: HTTP status; 0 where there was none.
        done: whether it arrived whole.
        retry_after: whether it said when to ask again.
    """

    seen: str
    status: int = 0
    done: bool = False
    retry_after: bool = False


@dataclass(frozen=True)
class Turn:
    """A question and what became of it.

    Args:
        sender: whose it is.
        text: the question, which is asked once in its conversation.
        passage: id of the passage that answers it; empty for an emergency.
        asked: when it was asked.
        seconds: how long the reply took.
        reply: what came.
    """

    sender: str
    text: str
    passage: str
    asked: float
    seconds: float
    reply: Reply

    @property
    def seen(self) -> str:
        """What the person saw."""
        return self.reply.seen

    @property
    def answered(self) -> float:
        """When the reply was there."""
        return self.asked + self.seconds


@dataclass
class Crowd:
    """Everyone who asks in one test, and their turns in the order in which they ended."""

    url: str
    thinking: float
    questions: Mapping[str, str]
    turns: list[Turn] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, session: aiohttp.ClientSession, place: int, emergency: bool) -> None:
        """One person: asks, reads, thinks, asks the next question, until all are told to stop; a new one when all are asked."""
        asked = list(self.questions.items())
        asked = asked[place % len(asked) :] + asked[: place % len(asked)]
        await self.pause(self.thinking * (place * 0.618 % 1))  # not all at once
        while not self.stopped.is_set():
            sender = new_sender()
            for text, passage in [(EMERGENCY, "")] * len(asked) if emergency else asked:
                self.turns.append(await ask(session, self.url, sender, text, passage))
                await self.pause(self.thinking)
                if self.stopped.is_set():
                    return

    async def pause(self, seconds: float) -> None:
        """Wait, but not longer than until all are told to stop."""
        try:
            await asyncio.wait_for(self.stopped.wait(), seconds)
        except asyncio.TimeoutError:
            return

    @property
    def seen(self) -> dict[str, int]:
        """How often people saw what, the most frequent first."""
        return dict(Counter(turn.seen for turn in self.turns).most_common())


@asynccontextmanager
async def crowd(
    url: str, questions: Mapping[str, str], people: int, thinking: float, emergencies: int = 0
) -> AsyncIterator[Crowd]:
    """Have people ask while the block runs; the last replies are waited for.

    Args:
        url: address of the channel, with `/chat/`.
        questions: what they ask, and the passage that answers it.
        people: how many conversations there are at once.
        thinking: seconds between a reply and the next question.
        emergencies: how many of them report an emergency again and again.
    """
    async with session() as shared:
        made = Crowd(url, thinking, questions)
        talking = [asyncio.create_task(made.talk(shared, place, place < emergencies)) for place in range(people)]
        try:
            yield made
        finally:
            made.stopped.set()
            await asyncio.gather(*talking)


def session() -> aiohttp.ClientSession:
    """A browser's connections: kept, but given up before nginx closes them."""
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=15))


async def known_questions(url: str) -> dict[str, str]:
    """Questions and the passage that answers each, once the bot has answered all of them.

    Raises:
        RuntimeError: it gives another answer.
    """
    loaded = library.default()
    made = {ASPECTS[p.aspect].ask.format(topic=loaded.topics[p.topic].name): p.id for p in loaded.passages if not p.items}
    async with session() as shared:
        for text, passage in made.items():
            turn = await ask(shared, url, new_sender(), text, passage)
            if turn.seen != RIGHT:
                raise RuntimeError(f"{text!r} was answered with {turn.seen!r} before anything was broken")
    return made


async def ask(shared: aiohttp.ClientSession, url: str, sender: str, text: str, passage: str) -> Turn:
    """Ask a question and note what comes."""
    asked = time.monotonic()
    reply = await _reply(shared, f"{url}message", {"sender": sender, "message": text}, passage)
    return Turn(sender, text, passage, asked, time.monotonic() - asked, reply)


async def _reply(shared: aiohttp.ClientSession, url: str, body: dict[str, str], passage: str) -> Reply:
    try:
        async with shared.post(url, json=body, timeout=aiohttp.ClientTimeout(total=PATIENCE)) as response:
            text = await response.text()
    except aiohttp.ClientConnectorError:
        return Reply(UNREACHABLE)
    except asyncio.TimeoutError:
        return Reply(SILENCE)
    except aiohttp.ClientError:
        return Reply(CUT_OFF)
    if response.status != 200:
        return Reply(_code(text, response.status), response.status, retry_after="Retry-After" in response.headers)
    try:
        *messages, last = [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return Reply(CUT_OFF, response.status)
    if last != {"done": True}:
        return Reply(CUT_OFF, response.status)
    return Reply(judged(messages, passage), response.status, done=True)


def judged(messages: Sequence[Mapping[str, Any]], passage: str) -> str:
    """What a person sees who asked for a passage, or reported an emergency."""
    if not messages:
        return SILENCE
    errors = [message["error"] for message in messages if "error" in message]
    if errors:
        return str(errors[0])
    shown = [shown["id"] for message in messages for shown in message["passages"]]
    if not passage:
        return RIGHT if messages[0]["kind"] == "emergency" else CROSSED if shown else str(messages[0]["kind"])
    return RIGHT if passage in shown else CROSSED if shown else str(messages[0]["kind"])


def _code(text: str, status: int) -> str:
    try:
        return str(json.loads(text)["error"])
    except (ValueError, KeyError, TypeError):
        return f"a bare {status}"
