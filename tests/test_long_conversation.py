"""A conversation of 500 turns stays right to its end, and what the bot remembers of it stays small."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from fascicle import library
from fascicle.answering.context import KEPT
from lab.evaluation import long_conversation
from lab.evaluation.long_conversation import TURNS, script, wrong
from lab.evaluation.score import Result

ARTICLE = library.default()
LISTS = ("topics", "earlier", "told", "options")


class Held:
    """The conversation, once it was held: what came of each turn, and the slots after it."""

    def __init__(self, bot: Any) -> None:
        row, sender = script(ARTICLE), secrets.token_urlsafe(24)
        self.results: list[Result] = []
        self.slots: list[dict[str, Any]] = []
        for number, turn in enumerate(row.turns, 1):
            self.results.append(Result(row, number, tuple(bot.say(sender, turn.text))))
            tracker = bot.loop.run_until_complete(bot.agent.tracker_store.retrieve(sender))
            self.slots.append(tracker.current_slot_values())


@pytest.fixture(scope="module")
def held(bot: Any) -> Held:
    return Held(bot)


def test_the_script_is_varied() -> None:
    turns = script(ARTICLE).turns
    assert len(turns) == TURNS
    assert {turn.kind for turn in turns} >= {
        "answer", "not_covered", "clarify", "sources", "smalltalk", "notice", "out_of_scope", "emergency",
    }  # fmt: skip
    assert {passage for turn in turns for passage in turn.passages} > {f"{topic.id}.overview" for topic in ARTICLE.causes}
    assert len({turn.text for turn in turns}) > 70


def test_every_turn_is_right(held: Held) -> None:
    assert [wrong(result) for result in held.results if not result.is_right] == []


def test_more_never_shows_what_was_shown(held: Held) -> None:
    shown: set[str] = set()
    for result in held.results:
        new = [passage["id"] for message in result.messages for passage in message["passages"]]
        if result.turn.text == "tell me more":
            assert shown.isdisjoint(new), wrong(result)
        shown.update(new)


def test_what_is_remembered_does_not_grow_without_end(held: Held) -> None:
    most = {name: max(len(slots[name] or ()) for slots in held.slots) for name in LISTS}
    topics, passages = len(ARTICLE.topics), len(ARTICLE.passages)
    assert most["topics"] <= topics
    assert most["earlier"] <= KEPT
    assert most["told"] <= passages
    assert most["options"] <= topics
    for slots in held.slots:
        for name in set(LISTS) - {"earlier"}:  # what came up again stands there again
            assert len(set(slots[name] or ())) == len(slots[name] or ()), name


def test_the_report_compares_the_first_turns_with_the_last() -> None:
    row = script(ARTICLE, 4)
    results = [Result(row, number, ({"kind": "error"},), seconds=number / 100) for number in range(1, 5)]
    text = long_conversation.report(results)
    assert "0 of 4" in text
    assert text.count("\nturn ") == 4
