"""Which answers to a question of the check-in a message holds, by words and by names of topics."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from fascicle.library import Answer, CheckInQuestion
from fascicle.understanding.question import Message

YES = re.compile(r"^\W*(?:yes|yeah|yep|yup|yea|aye|i do|i am|i have|it does)\b\W*(?:$|[,.;!]|but\b|and\b)", re.IGNORECASE)
NO = re.compile(
    r"^\W*(?:no|nope|nah|never|none|nothing|neither|not (?:really|at all)|i (?:do|have)n['’]?t)\b\W*(?:$|[,.;!]|but\b|and\b)",
    re.IGNORECASE,
)
NEGATED = re.compile(r"\b(?:no|not|never|without|nor|neither|\w+n['’]?t)\W+(?:\w+\W+)?$", re.IGNORECASE)


def answers_in(question: CheckInQuestion, message: Message, words: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The answers to one question that a message holds; the longest of overlapping names and words counts.

    Words for an answer that points nowhere outrank a topic that is only named ("coffee now and then"). Otherwise all answers
    that point somewhere count, and a topic or words that are ruled out stand for the answer that points nowhere.
    """
    text = message.text.replace("’", "'")
    found = [
        _Hit(match.start(), match.end(), answer, True, NEGATED.search(text[: match.start()]) is not None)
        for answer, phrases in zip(question.answers, words, strict=False)
        for phrase in phrases
        for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE)
    ]
    named = [
        _Hit(name.start, name.end, next(a for a in question.answers if name.topic in a.topics), False, name.excluded)
        for name in message.named
        if name.topic in question.about
    ]
    kept = _longest([*found, *named])
    pointing = [hit for hit in kept if hit.answer.topics and not hit.ruled_out]
    plain = [hit for hit in kept if not hit.answer.topics and not hit.ruled_out]
    if plain and not any(hit.by_words for hit in pointing):
        return (plain[0].answer.id,)
    if pointing:
        return tuple(dict.fromkeys(hit.answer.id for hit in pointing))
    return (nowhere(question).id,) if any(hit.answer.topics for hit in kept) else ()


@dataclass(frozen=True)
class _Hit:
    """A stretch of a message that stands for an answer, by its words or by the name of a topic; maybe ruled out."""

    start: int
    end: int
    answer: Answer
    by_words: bool
    ruled_out: bool


def _longest(hits: Iterable[_Hit]) -> list[_Hit]:
    """The hits in order, of overlapping ones the longest."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: hit.start - hit.end):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def nowhere(question: CheckInQuestion) -> Answer:
    """The answer that points to no topic."""
    return next(answer for answer in question.answers if not answer.topics)


def typed_for(question: CheckInQuestion) -> list[tuple[str, ...]]:
    """What people type for each answer: its words and its title, unless that starts with a yes or no, which say too little."""
    return [
        (*a.words, *a.in_report, *(() if YES.search(a.title) or NO.search(a.title) else (a.title,))) for a in question.answers
    ]


def is_named(question: CheckInQuestion, message: Message) -> bool:
    """Whether a topic is named that the question is about."""
    return any(named.topic in question.about for named in message.named)


def is_title(text: str, title: str) -> bool:
    """Whether a text is the title of a button, typed."""
    return text.strip(" .!").casefold() == title.casefold()


def yes_or_no(asked: CheckInQuestion, message: Message, *, alone: bool) -> tuple[str, ...]:
    """The answer that a plain yes or no is: to a question about one thing, the one that points to it or the one that does not.

    Args:
        asked: the question.
        message: what was said.
        alone: whether it says nothing else; if it does, the yes or no has to lead.
    """
    no = NO.search(message.text) or (alone and message.intent == "deny")
    yes = YES.search(message.text) or (alone and message.intent == "affirm")
    pointing = [answer for answer in asked.answers if answer.topics]
    if no and pointing:
        return (nowhere(asked).id,)
    return (pointing[0].id,) if yes and asked.about else ()


def picked_answer(asked: CheckInQuestion, message: Message) -> tuple[str, ...]:
    """The answer that "the second one" is."""
    number = len(asked.answers)
    places = [place for place in message.places if place and -number <= place <= number]
    return tuple(asked.answers[place - 1 if place > 0 else place].id for place in places[:1])
