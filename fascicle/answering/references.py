"""Which topics words such as "the third one", "the other one" or "both" point back to."""

from __future__ import annotations

from fascicle.answering.context import Context
from fascicle.answering.offers import SHOWN_OFFERS
from fascicle.library import Article
from fascicle.understanding.question import Question, from_payload


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
    listed = _at(question, _listed(question, article, context))
    talked = talked_about(article, context)
    picks = question.intent == "pick_option" and len(talked) < 2  # suggestions are what is picked from
    return _in_play(question, article, context) or listed or (() if picks else _at(question, talked))


def _in_play(question: Question, article: Article, context: Context) -> tuple[str, ...]:
    topics = tuple(topic for topic in context.topics if topic != article.subject)
    return _at(question, topics) if len(topics) > 1 else ()


def _at(question: Question, listed: tuple[str, ...]) -> tuple[str, ...]:
    """What stands at the places that a question picks; nothing where one of them is none."""
    places = question.cues.places
    if not all(place and -len(listed) <= place <= len(listed) for place in places):
        return ()
    return tuple(listed[place - 1 if place > 0 else place] for place in places)


def from_list(question: Question, article: Article, context: Context) -> bool:
    """Whether what a question picks is from a list that was shown, and so is new."""
    cues = question.cues
    listed = _at(question, _listed(question, article, context))
    return bool(cues.step or (cues.places and listed and not _in_play(question, article, context)))


def _listed(question: Question, article: Article, context: Context) -> tuple[str, ...]:
    """The topics of a list that was shown; suggestions are none, but for places that they do not have."""
    if len(context.options) <= SHOWN_OFFERS:
        beyond = max(question.cues.places, default=0) > len(context.options)
        lists = (passage for passage in article.passages if passage.items and passage.id in context.told)
        return tuple(topic.id for topic in article.causes) if beyond and any(lists) else ()
    return tuple(dict.fromkeys(topic for option in context.options for topic in from_payload(option).topics))


def _beside(step: int, article: Article, context: Context) -> tuple[str, ...]:
    """What the article lists behind or before the topic in play."""
    causes = [topic.id for topic in article.causes]
    at = [causes.index(topic) for topic in context.topics if topic in causes]
    place = at[-1] + step if at else -1
    return (causes[place],) if 0 <= place < len(causes) else ()


def picked(question: Question, options: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the options that a question picks by their place."""
    return options[:2] if question.cues.both else _at(question, options)
