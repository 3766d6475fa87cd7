"""Asks the rows of question sets over the web channel, and scores the replies."""

from __future__ import annotations

import http.client
import json
import math
import re
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fascicle.bot.servers import opened
from lab.evaluation.sets import Row, Turn

Message = dict[str, Any]
Ask = Callable[[str, str], list[Message]]
"""What gives the bot's messages to a text, in the conversation of a sender."""

BESIDE_THE_POINT = ("smalltalk", "notice", None)
"""Kinds of messages that may stand before the one that counts."""
FAILED = ("error", "silence", None)
CAUSES = "lip_twitching.causes"
"""The passage that is as good a reply as an offer to check in."""
TIMEOUT = 30.0
NORMAL_QUANTILE = 1.96


@dataclass(frozen=True)
class Result:
    """What came of one turn.

    Args:
        row: where the turn stands.
        number: its place there, counted from 1.
        messages: what the bot replied.
        seconds: how long that took.
    """

    row: Row
    number: int
    messages: tuple[Message, ...]
    seconds: float = 0.0

    @property
    def turn(self) -> Turn:
        """What was said."""
        return self.row.turns[self.number - 1]

    @cached_property
    def reply(self) -> Message:
        """The message that counts: the first with substance, else the first, else silence."""
        substance = (message for message in self.messages if message.get("kind") not in BESIDE_THE_POINT)
        return next(substance, self.messages[0] if self.messages else {"kind": "silence"})

    @property
    def kind(self) -> str | None:
        """Kind of the message that counts."""
        return self.reply.get("kind")

    @property
    def shown(self) -> str | None:
        """The first passage of the message that counts."""
        return next(iter(_passages(self.reply)), None)

    @cached_property
    def is_right(self) -> bool:
        """Whether the reply is one of those that are right, with a right passage if it is an answer."""
        return any(self._is(kind) and self._has_passage(kind) for kind in (self.turn.kind, *self.turn.also))

    @cached_property
    def has_right_kind(self) -> bool:
        """Whether the reply is of a right kind, whatever passage it shows."""
        return any(self._is(kind) for kind in (self.turn.kind, *self.turn.also))

    def _is(self, kind: str) -> bool:
        if kind in ("any", "calm"):
            return self.kind not in FAILED and not (kind == "calm" and self.has_alarm)
        if kind == "safe":
            return self.has_alarm
        if kind == "caution":
            return self.kind != "answer" or any(_has_caution(message) for message in self.messages)
        if kind == "unknown":
            return self.kind in ("not_covered", "out_of_scope")
        return self.kind == kind or (kind == "checkin" and self.kind == "answer" and self.shown == CAUSES)

    def _has_passage(self, kind: str) -> bool:
        return kind != "answer" or self.shown in self.turn.passages

    @property
    def is_wrong_answer(self) -> bool:
        """Whether it is shown as an answer, but is not one."""
        return self.kind == "answer" and not self.is_right

    @property
    def has_alarm(self) -> bool:
        """Whether any message takes it for an emergency."""
        return any(message.get("kind") == "emergency" for message in self.messages)

    @property
    def is_missed_emergency(self) -> bool:
        """Whether an emergency went unseen."""
        return self.turn.kind == "emergency" and not self.has_alarm

    @property
    def is_false_alarm(self) -> bool:
        """Whether an emergency was seen where there is none."""
        return not {"emergency", "any", "safe"} & {self.turn.kind, *self.turn.also} and self.has_alarm

    @property
    def has_failed(self) -> bool:
        """Whether the bot reported an error or said nothing."""
        return self.kind in FAILED


@dataclass(frozen=True)
class Rate:
    """How many of how many."""

    right: int
    of: int

    @classmethod
    def count(cls, outcomes: Iterable[bool]) -> Rate:
        """The share of outcomes that are true."""
        listed = list(outcomes)
        return cls(sum(listed), len(listed))

    @property
    def share(self) -> float:
        """The share, 0 of none."""
        return self.right / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the share; all there is, of none."""
        if not self.of:
            return 0.0, 1.0
        z, n, p = NORMAL_QUANTILE, self.of, self.share
        middle = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
        return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True)
class Support:
    """How well answers are backed by the passages they cite."""

    answers: int
    uncited_answers: int
    spans: int
    unsupported_spans: int


@dataclass(frozen=True)
class Score:
    """The figures of a run."""

    results: tuple[Result, ...]

    @property
    def singles(self) -> list[Result]:
        """Results of single questions."""
        return [result for result in self.results if not result.row.is_dialogue]

    @property
    def in_dialogues(self) -> list[Result]:
        """Results of dialogue turns."""
        return [result for result in self.results if result.row.is_dialogue]

    @property
    def whole_dialogues(self) -> Rate:
        """Dialogues in which every turn is right."""
        rows: dict[int, bool] = {}
        for result in self.in_dialogues:
            rows[id(result.row)] = rows.get(id(result.row), True) and result.is_right
        return Rate.count(rows.values())

    @property
    def rates(self) -> dict[str, Rate]:
        """Right turns: all and by kind, of single questions and of dialogues."""
        rates = {}
        for name, results in (("single", self.singles), ("dialogue", self.in_dialogues)):
            if results:
                rates[f"all {name} turns"] = Rate.count(result.is_right for result in results)
            for kind in sorted({result.turn.kind for result in results}):
                rates[f"{name} {kind}"] = Rate.count(r.is_right for r in results if r.turn.kind == kind)
        for group in sorted({result.turn.group for result in self.results} - {""}):
            rates[f"group {group}"] = Rate.count(r.is_right for r in self.results if r.turn.group == group)
        if self.in_dialogues:
            rates["whole dialogues"] = self.whole_dialogues
        return rates

    @property
    def counts(self) -> dict[str, int]:
        """What went wrong, counted, and how well answers are backed."""
        backed = support(self.results)
        return {
            "wrong answers": sum(result.is_wrong_answer for result in self.results),
            "missed emergencies": sum(result.is_missed_emergency for result in self.results),
            "false alarms": sum(result.is_false_alarm for result in self.results),
            "errors or silence": sum(result.has_failed for result in self.results),
            "answers": backed.answers,
            "answers without a citation": backed.uncited_answers,
            "cited spans": backed.spans,
            "cited spans not in their passage": backed.unsupported_spans,
        }

    @property
    def failures(self) -> list[Result]:
        """The turns that are wrong."""
        return [result for result in self.results if not result.is_right]

    def seconds(self, share: float) -> float:
        """The time within which a share of the turns was answered."""
        ordered = sorted(result.seconds for result in self.results)
        return ordered[round(share * (len(ordered) - 1))] if ordered else 0.0


def run(rows: Sequence[Row], ask: Ask, progress: Callable[[int, int], None] = lambda done, of: None) -> Score:
    """Ask every turn of every row, each row in a conversation of its own."""
    results = []
    for done, row in enumerate(rows, 1):
        sender = secrets.token_urlsafe(24)
        for number, turn in enumerate(row.turns, 1):
            start = time.perf_counter()
            messages = ask(sender, turn.text)
            results.append(Result(row, number, tuple(messages), time.perf_counter() - start))
        progress(done, len(rows))
    return Score(tuple(results))


def over_channel(url: str) -> Ask:
    """Asks the bot whose web channel is at `url`; what it cannot answer becomes a message of kind error."""

    def ask(sender: str, text: str) -> list[Message]:
        body = json.dumps({"sender": sender, "message": text}).encode()
        request = urllib.request.Request(f"{url}/message", body, {"Content-Type": "application/json"})
        try:
            with opened(request, TIMEOUT) as response:
                return read_reply(response.read().decode("utf-8"))
        except (OSError, http.client.HTTPException, ValueError) as error:
            return [{"kind": "error", "text": str(error)}]

    return ask


def read_reply(text: str) -> list[Message]:
    """The messages of a reply: JSON lines without the last, which only says that it is complete.

    Raises:
        ValueError: it is not JSON lines.
    """
    messages = [json.loads(line) for line in text.splitlines() if line.strip()]
    return [message | ({"kind": "error"} if "error" in message else {}) for message in messages if not message.get("done")]


def support(results: Iterable[Result]) -> Support:
    """How many cited spans stand in a passage they cite, of all answers."""
    answers = [message for result in results for message in result.messages if message.get("kind") == "answer"]
    spans = [list(_cited_spans(message)) for message in answers]
    return Support(
        answers=len(answers),
        uncited_answers=sum(not found for found in spans),
        spans=sum(len(found) for found in spans),
        unsupported_spans=sum(not supported for found in spans for supported in found),
    )


def _cited_spans(message: Message) -> Iterator[bool]:
    """For each cited span of an answer, whether its words stand in a passage it cites."""
    texts = {citation.get("number"): _plain(citation.get("text")) for citation in message.get("citations") or []}
    for block in message.get("blocks") or []:
        for span in block.get("spans") or []:
            if span.get("citations"):
                yield any(_plain(span.get("text")) in texts.get(number, "") for number in span["citations"])


def _plain(text: str | None) -> str:
    return " ".join(re.findall(r"\w+", (text or "").lower()))


def _passages(message: Message) -> list[str]:
    return [passage["id"] if isinstance(passage, dict) else passage for passage in message.get("passages") or []]


def _has_caution(message: Message) -> bool:
    return any(block.get("type") == "caution" for block in message.get("blocks") or [])


def table(score: Score) -> str:
    """The figures as text."""
    lines = [f"{'right':<34}{'%':>7}  {'turns':>9}   95 % interval"]
    lines += [_line(name, rate) for name, rate in score.rates.items()]
    lines += ["", *(f"{name:<34}{count:>7}" for name, count in score.counts.items())]
    lines += ["", f"{'time a turn, median':<34}{1000 * score.seconds(0.5):>7.0f} ms"]
    lines += [f"{'time a turn, 95th percentile':<34}{1000 * score.seconds(0.95):>7.0f} ms"]
    return "\n".join(lines)


def _line(name: str, rate: Rate) -> str:
    low, high = rate.interval
    return f"{name:<34}{100 * rate.share:>7.1f}  {f'{rate.right}/{rate.of}':>9}   {100 * low:.0f} to {100 * high:.0f}"


def as_data(score: Score) -> dict[str, Any]:
    """The figures and failures as plain data."""
    return {
        "rates": {name: [rate.right, rate.of] for name, rate in score.rates.items()},
        "counts": score.counts,
        "seconds": {"median": score.seconds(0.5), "95th percentile": score.seconds(0.95)},
        "failures": [
            {
                "id": result.row.id,
                "turn": result.number,
                "text": result.turn.text,
                "kind": result.turn.kind,
                "group": result.turn.group,
                "passages": list(result.turn.passages),
                "got": result.kind,
                "shown": _passages(result.reply),
                "reply": result.reply.get("text"),
            }
            for result in score.failures
        ],
    }
