"""Which topics words such as "the third one", "the other one" or "both" point back to."""

from __future__ import annotations

import re

from fascicle.answering.context import Context
from fascicle.answering.offers import SHOWN_OFFERS
from fascicle.library import Article
from fascicle.understanding.question import Question, from_payload

ORDINALS = (
    r"\b(?:1st|first|one|1)\b", r"\b(?:2nd|second|two|2)\b", r"\b(?:3rd|third|three|3)\b", r"\b(?:4th|fourth|four|4)\b",
    r"\b(?:5th|fifth|five|5)\b", r"\b(?:6th|sixth|six|6)\b", r"\b(?:7th|seventh|seven|7)\b", r"\b(?:8th|eighth|eight|8)\b",
    r"\b(?:9th|ninth|nine|9)\b", r"\b(?:10th|tenth|ten|10)\b", r"\b(?:11th|eleventh|eleven|11)\b",
    r"\b(?:12th|twelfth|twelve|12)\b",
)  # fmt: skip


def pointed_at(question: Question, article: Article, context: Context) -> tuple[str, ...]:
    """The topics that a question points back to by their place or by what they are beside; none for other words."""
    cues, talked = question.cues, talked_about(article, context)
    if cues.at_first:
        return talked[:1]
    if cues.step:
        return _beside(cues.step, article, context)
    if cues.places:
        return _placed(question, article, context)
    if cues.other:
        return tuple(topic for topic in reversed(talked_about(article, context, latest=True)) if topic not in context.topics)[:1]
    return ()


def several(article: Article, context: Context) -> tuple[str, ...]:
    """The topics that "both" means: those in play, or of one the last two that were talked about; none if there are no two."""
    in_play = tuple(topic for topic in context.topics if topic != article.subject)
    latest = in_play if len(in_play) > 1 else talked_about(article, context, latest=True)[-2:]
    return latest if len(latest) > 1 else ()


def talked_about(article: Article, context: Context, *, latest: bool = False) -> tuple[str, ...]:
    """The topics talked about, each once: where it came up first, or `latest`, where it came up last."""
    topics = [topic for topic in context.earlier if topic != article.subject and topic in article.topics]
    once = dict.fromkeys(reversed(topics) if latest else topics)
    return tuple(reversed(once)) if latest else tuple(once)


def _placed(question: Question, article: Article, context: Context) -> tuple[str, ...]:
    """What stands at places of several topics in play, of the list shown last, or of all that was talked about."""
    listed = _at(question, _listed(context))
    talked = talked_about(article, context)
    picks = question.intent == "pick_option" and len(talked) < 2  # suggestions are what is picked from
    return _in_play(question, article, context) or listed or (() if picks else _at(question, talked))


def _in_play(question: Question, article: Article, context: Context) -> tuple[str, ...]:
    topics = tuple(topic for topic in context.topics if topic != article.subject)
    return _at(question, topics) if len(topics) > 1 else ()


def _at(question: Question, topics: tuple[str, ...]) -> tuple[str, ...]:
    """What stands at the places that a question picks; nothing where one of them is none."""
    places = question.cues.places
    if not topics or not all(-len(topics) <= place <= len(topics) for place in places):
        return ()
    return tuple(topics[place - 1 if place > 0 else place] for place in places)


def from_list(question: Question, article: Article, context: Context) -> bool:
    """Whether what a question picks is from a list that was shown, and so is new."""
    cues = question.cues
    return bool(cues.step or (cues.places and not _in_play(question, article, context) and _at(question, _listed(context))))


def _listed(context: Context) -> tuple[str, ...]:
    """The topics of a list that was shown; suggestions are none."""
    if len(context.options) <= SHOWN_OFFERS:
        return ()
    return tuple(dict.fromkeys(topic for option in context.options for topic in from_payload(option).topics))


def _beside(step: int, article: Article, context: Context) -> tuple[str, ...]:
    """What the article lists behind or before the topic in play."""
    causes = [topic.id for topic in article.causes]
    at = [causes.index(topic) for topic in context.topics if topic in causes]
    place = at[-1] + step if at else -1
    return (causes[place],) if 0 <= place < len(causes) else ()


def picked(text: str, options: tuple[str, ...]) -> list[str]:
    """Those of the options that a text picks by their place, when picking is all that it does."""
    text = text.lower()
    if re.search(r"\bboth\b", text):
        return list(options[:2])
    if options and re.search(r"\blast\b", text):
        return [options[-1]]
    text = re.sub(r"(?<=\w )ones?\b", "", text)
    return [option for option, pattern in zip(options, ORDINALS, strict=False) if re.search(pattern, text)]
