"""What the store holds afterwards, beside what people were told."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lab.reliability.people import CROSSED, RIGHT, Turn


@dataclass(frozen=True)
class Stored:
    """A turn as the store has it: what was said, and all events in one text."""

    number: int
    said: str
    events: str


def lost(turns: Iterable[Turn], url: str) -> list[str]:
    """What is wrong, a line each: every reply that arrived whole has to be in the store once, after the one before it.

    Args:
        turns: what people saw. Emergencies are left out: that reply is given whether or not it can be kept.
        url: address of the database.
    """
    delivered: dict[str, list[Turn]] = defaultdict(list)
    for turn in turns:
        if turn.reply.done and turn.passage and turn.seen in (RIGHT, CROSSED):
            delivered[turn.sender].append(turn)
    stored = _stored(url, delivered)
    return [fault for sender, told in delivered.items() for fault in missing(told, stored.get(sender, []))]


def missing(delivered: Sequence[Turn], stored: Sequence[Stored]) -> list[str]:
    """What is wrong with one conversation: replies that are not stored, or twice, or out of order, or with another answer."""
    faults, before = [], 0
    for turn in sorted(delivered, key=lambda turn: turn.asked):
        found = [kept for kept in stored if kept.said == turn.text]
        if len(found) != 1:
            faults.append(f"{turn.text!r} was answered and is stored {len(found)} times")
            continue
        (kept,) = found
        if kept.number <= before:
            faults.append(f"{turn.text!r} is stored before what was asked before it")
        elif turn.seen == RIGHT and turn.passage not in kept.events:
            faults.append(f"{turn.text!r} is stored with another answer")
        before = kept.number
    return faults


def _stored(url: str, senders: Iterable[str]) -> Mapping[str, list[Stored]]:
    from sqlalchemy import create_engine, text  # imported late: it reads at import what the environment has set

    engine = create_engine(url)
    found: dict[str, list[Stored]] = defaultdict(list)
    wanted = set(senders)
    with engine.connect() as connection:
        for sender, number, events in connection.execute(text("SELECT sender_id, number, events FROM turns ORDER BY number")):
            if sender in wanted:
                said = [event.get("text") for event in json.loads(events) if event["event"] == "user"]
                found[sender] += [Stored(number, line, events) for line in said]
    engine.dispose()
    return found
