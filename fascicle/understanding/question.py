"""What a message asks, as everything behind understanding reads it; taken from Rasa's message and payloads here alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fascicle.library import Article
from fascicle.understanding.question_splitter import QUESTION_FORM

ALARMS = (
    "report_emergency", "report_collapse", "report_seizure", "report_poisoning", "report_crisis", "report_crisis_other",
)  # fmt: skip
"""Intents of messages that raise the alarm."""
AFTER_ALARM = "after_alarm"
"""Key in the metadata of training examples that only come after an alarm."""
ENDS = frozenset({"report_help_here", "report_over", "report_false_alarm"})
"""Intents of what ends an alarm when it is said."""
REMEDY = 0.05
"""Likelihood below which a topic that can be a remedy counts as one; leaves 19 of 20 that are meant as topics alone."""
PLACE = re.compile(
    r"\b(?:first|second|third|fourth|fifth|last|other|\d+(?:st|nd|rd|th)) (?:ones?|causes?|conditions?|options?)\b"
    r"|\bnumber \d+\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Question:
    """One question of a message, as understood.

    Args:
        intent: what is asked.
        topics: ids of the topics it names, without those it rules out.
        ruled_out: topics it names only to rule them out ("not caffeine").
        passages: ids of passages whose own terms it uses.
        outside: names of subjects the article does not discuss.
        background: topics named in the same message, but not in the question itself.
        about_subject: whether it names the article's subject.
        implied: a topic it seems to be about though it names none.
        text: the words, for ordinals ("the third one").
    """

    intent: str
    topics: tuple[str, ...] = ()
    ruled_out: tuple[str, ...] = ()
    passages: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()
    background: tuple[str, ...] = ()
    about_subject: bool = False
    implied: str | None = None
    text: str = ""


def questions_of(message: Mapping[str, Any], article: Article) -> list[Question]:
    """The questions of a parsed message: those the classifier found, or for a payload the one it names."""
    found = message.get("questions")
    if not found:
        intent = (message.get("intent") or {}).get("name") or ""
        found = [{"intent": intent, "entities": message.get("entities") or [], "text": ""}]
    if len(found) == 1 and PLACE.search(message.get("text") or ""):
        found = [found[0] | {"text": message["text"]}]  # "the first one, how is it treated": the place is outside the question
    return [_question(entry, article) for entry in found]


def _question(entry: Mapping[str, Any], article: Article) -> Question:
    entities = entry.get("entities") or []
    entities = [entity for entity in entities if not _is_remedy(entity, article)]
    named = [topic for topic in _values(entities, "topic") if topic in article.topics]
    background = _values(entry.get("background") or [], "topic")
    return Question(
        intent=entry["intent"],
        topics=tuple(topic for topic in named if topic != article.subject) or tuple(named),
        ruled_out=tuple(topic for topic in _values(entities, "topic", excluded=True) if topic in article.topics),
        passages=_values(entities, "passage"),
        outside=_values(entities, "outside"),
        background=tuple(topic for topic in background if topic in article.topics and topic != article.subject),
        about_subject=article.subject in named or (not named and background == (article.subject,)),
        implied=implied if (implied := entry.get("implied_topic")) in article.topics else None,
        text=entry.get("text") or "",
    )


def _is_remedy(entity: Mapping[str, Any], article: Article) -> bool:
    """Whether a topic is most likely named as a means ("a pill for it") and not as what is asked about."""
    topic = article.topics.get(entity["value"])
    return topic is not None and topic.remedy and entity.get("likelihood", 1.0) < REMEDY


def _values(entities: Iterable[Mapping[str, Any]], label: str, *, excluded: bool = False) -> tuple[str, ...]:
    chosen = (e["value"] for e in entities if e["entity"] == label and bool(e.get("excluded")) == excluded)
    return tuple(dict.fromkeys(chosen))


def from_payload(text: str) -> Question:
    """The question an offer stands for."""
    intent, _, entities = text.lstrip("/").partition("{")
    named = json.loads("{" + entities) if entities else {}
    return Question(intent, topics=(named["topic"],) if "topic" in named else ())


@dataclass(frozen=True)
class Named:
    """A stretch of a message that names a topic, maybe only to rule it out."""

    start: int
    end: int
    topic: str
    excluded: bool


@dataclass(frozen=True)
class Message:
    """What a person said: intent, words, topics named in them, and the answer that a button stands for."""

    intent: str
    text: str
    named: tuple[Named, ...] = ()
    answer: str = ""
    outside: tuple[str, ...] = ()

    @property
    def is_question(self) -> bool:
        """Whether it has the form of a question."""
        return QUESTION_FORM.search(self.text) is not None


def message_of(parsed: Mapping[str, Any], article: Article) -> Message:
    """A parsed message as the check-in reads it."""
    text = parsed.get("text") or ""
    found = parsed.get("entities") or []
    named = (
        Named(e["start"], e["end"], e["value"], bool(e.get("excluded")))
        for e in found
        if e["entity"] == "topic" and e["value"] in article.topics and not text.startswith("/")
    )
    return Message(
        intent=(parsed.get("intent") or {}).get("name") or "",
        text=text,
        named=tuple(named),
        answer=next((e["value"] for e in found if e["entity"] == "answer"), ""),
        outside=tuple(dict.fromkeys(e["value"] for e in found if e["entity"] == "outside" and not e.get("excluded"))),
    )
