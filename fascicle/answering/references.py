"""Which topic words such as "the third one", "the other one" or "the first I asked about" point back to."""

from __future__ import annotations

import re
from dataclasses import replace

from fascicle.answering.context import Context
from fascicle.answering.in_order import InOrder
from fascicle.library import Article
from fascicle.understanding.question import Question, from_payload

FIRST_ASKED = InOrder.of(r"\bfirst\b", r"\b(?:i|we) (?:asked|said|mentioned|talked|spoke|started)", within=r"\n")
AT_FIRST = re.compile(r"\b(?:at the (?:start|beginning)|started with)\b", re.IGNORECASE)
OTHER = re.compile(r"\bthe other (?:one|condition|disease|illness)?\b", re.IGNORECASE)
ORDINALS = (
    r"\b(?:1st|first|one|1)\b", r"\b(?:2nd|second|two|2)\b", r"\b(?:3rd|third|three|3)\b", r"\b(?:4th|fourth|four|4)\b",
    r"\b(?:5th|fifth|five|5)\b", r"\b(?:6th|sixth|six|6)\b", r"\b(?:7th|seventh|seven|7)\b", r"\b(?:8th|eighth|eight|8)\b",
    r"\b(?:9th|ninth|nine|9)\b", r"\b(?:10th|tenth|ten|10)\b", r"\b(?:11th|eleventh|eleven|11)\b",
    r"\b(?:12th|twelfth|twelve|12)\b",
)  # fmt: skip


def resolved(question: Question, article: Article, context: Context) -> Question:
    """Put the topic that "the third one", "the first one" or "the other one" means in place of the words."""
    if any(topic != article.subject for topic in question.topics):
        return question
    if before := said_before(question, article, context):
        return replace(question, topics=before)
    if not re.search(r"\b(?:one|ones|number|no\.?|option)\b|\b(?:1st|2nd|3rd|\d+th)\b", question.text, re.IGNORECASE):
        return question
    listed = tuple(dict.fromkeys(topic for option in context.options for topic in from_payload(option).topics))
    text = re.sub(r"\b(?:that|this|which|another|no|any|some|one[- ]sided) one\b", "", question.text, flags=re.IGNORECASE)
    chosen = picked(text, context.topics if len(context.topics) > 1 else listed)
    return replace(question, topics=tuple(chosen[:1])) if chosen else question


def said_before(question: Question, article: Article, context: Context) -> tuple[str, ...]:
    """The topic that "the first one I asked about" or "the other one" means; none for other words."""
    if FIRST_ASKED.search(question.text) or AT_FIRST.search(question.text):
        return context.earlier[:1]
    if not OTHER.search(question.text):
        return ()
    return tuple(topic for topic in context.earlier if topic not in (*context.topics[-1:], article.subject))[-1:]


def picked(text: str, options: tuple[str, ...]) -> list[str]:
    """Those of the options that a text picks by their place."""
    text = text.lower()
    if re.search(r"\b(both|all of them|all)\b", text):
        return list(options[:2])
    if options and re.search(r"\blast\b", text):
        return [options[-1]]
    text = re.sub(r"(?<=\w )ones?\b", "", text)
    return [option for option, pattern in zip(options, ORDINALS, strict=False) if re.search(pattern, text)]
