"""Many people at once, from a process of its own: `python -m benchmarks.load URL SENDERS SECONDS`; prints what came as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from dataclasses import asdict, dataclass, field
from itertools import cycle, islice

import aiohttp

from benchmarks.bots import NoAnswer, messages, new_sender
from fascicle import article
from fascicle.answering import offered_payloads
from fascicle.aspects import ASPECTS

THINKING = 0.0


@dataclass
class Load:
    """What came of a load: seconds of each turn, and how many turns failed or got another sender's reply."""

    senders: int
    seconds: float = 0.0
    turns: list[float] = field(default_factory=list)
    errors: int = 0
    crossed: int = 0

    @property
    def per_second(self) -> float:
        """Turns answered in a second."""
        return len(self.turns) / self.seconds if self.seconds else 0.0


def questions() -> list[str]:
    """A question for each passage; no two have the same answer."""
    loaded = article.default()
    asked = [ASPECTS[p.aspect].ask.format(topic=loaded.topics[p.topic].name) for p in loaded.passages if not p.items]
    assert offered_payloads(loaded)
    return asked


async def run(url: str, senders: int, seconds: float) -> Load:
    """Have senders ask for some seconds, each one question again and again, and the next as soon as the last is answered."""
    load = Load(senders)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        asked = list(islice(cycle(questions()), senders))
        expected = {text: await _reply(session, url, new_sender(), text) for text in dict.fromkeys(asked)}
        start = time.perf_counter()
        people = [_talk(session, url, text, expected[text], start + seconds, load) for text in asked]
        await asyncio.gather(*people)
        load.seconds = time.perf_counter() - start
    return load


async def _talk(session: aiohttp.ClientSession, url: str, text: str, expected: str, end: float, load: Load) -> None:
    sender = new_sender()
    while (start := time.perf_counter()) < end:
        try:
            reply = await _reply(session, url, sender, text)
        except (aiohttp.ClientError, NoAnswer, ValueError, asyncio.TimeoutError):
            load.errors += 1
            continue
        load.turns.append(time.perf_counter() - start)
        load.crossed += reply != expected


async def _reply(session: aiohttp.ClientSession, url: str, sender: str, text: str) -> str:
    """The words of a reply; Rasa's channel also says whom it is for.

    Raises:
        NoAnswer: it is an error, empty, or for another sender.
    """
    async with session.post(url, json={"sender": sender, "message": text}) as response:
        found = messages(await response.text())
    if not found or any(message.get("recipient_id", sender) != sender for message in found):
        raise NoAnswer(f"no reply, or one for another sender: {found}")
    return str(found[0].get("text"))


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(run(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))))
