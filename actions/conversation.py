"""What actions share: the conversation so far from its slots, saying a reply, and remembering what was said."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from fascicle import answering, library
from fascicle.answering import Context, check_in, safety
from fascicle.library import Article
from fascicle.reply import Reply
from fascicle.understanding.question import Question, questions_of

Turn = Callable[[Context], tuple[Reply, Context]]
Domain = dict[str, Any]
Events = list[dict[str, Any]]


TEMPLATES = {"out_of_scope": "utter_not_ours"}
"""Responses that say a reply where that of its kind says words of its own."""


def context_of(tracker: Tracker) -> Context:
    """What the conversation remembers, but for what the article in play no longer has."""
    article = article_of(tracker)
    topics, passages = article.topics, {passage.id for passage in article.passages}
    return Context(
        topics=tuple(topic for topic in tracker.get_slot("topics") or () if topic in topics),
        earlier=tuple(topic for topic in tracker.get_slot("earlier") or () if topic in topics),
        aspect=tracker.get_slot("aspect"),
        told=tuple(passage for passage in tracker.get_slot("told") or () if passage in passages),
        options=tuple(tracker.get_slot("options") or ()),
        suggestion=tracker.get_slot("suggestion"),
        article=_in_play(tracker),
    )


def article_of(tracker: Tracker) -> Article:
    """The article that the conversation is about."""
    articles, in_play = library.opened(), _in_play(tracker)
    return articles.article(in_play) if in_play else articles.default


def _in_play(tracker: Tracker) -> str:
    """Id of the article in play: that talked about, or that of the page; empty where that is none of the library's."""
    page = (tracker.latest_message.get("metadata") or {}).get("article")
    known = library.opened().ids()
    return next((id_ for id_ in (tracker.get_slot("article"), page) if id_ in known), "")


def country_of(tracker: Tracker) -> str | None:
    """Code of the country whose numbers are named: where the person says to be, else that of the page, else of this server."""
    page = (tracker.latest_message.get("metadata") or {}).get("country")
    return tracker.get_slot("country") or page or os.environ.get("FASCICLE_COUNTRY")


def say(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply) -> None:
    """Say a reply; where a question of the check-in follows, which brings its own buttons, without suggestions."""
    articles = library.opened()
    if reply.passages and not reply.article:
        reply = replace(reply, article=context_of(tracker).article)
    if tracker.active_loop.get("name") and reply.kind != "checkin":
        reply = check_in.before_a_question(reply)
    reply = safety.with_caution(reply, articles, asked=bool(tracker.latest_message.get("caution")))
    dispatcher.utter_message(
        response=TEMPLATES.get(reply.kind, f"utter_{reply.kind}"),
        answer=reply.text(articles),
        source=reply.source(articles),
        reply=reply.as_dict(),
        buttons=[{"title": offer.title, "payload": offer.payload} for offer in reply.offers],
    )


def questions_in(tracker: Tracker) -> list[Question]:
    """What the message asks, read for the article in play."""
    return questions_of(tracker.latest_message, article_of(tracker))


def is_searched() -> bool:
    """Whether answers have to be looked for in a library."""
    return library.is_searched(library.opened())


def answers_to(tracker: Tracker, questions: Iterable[Question] | None = None) -> tuple[list[Reply], Context]:
    """The replies to questions in the order asked, none twice, and the context after them.

    Args:
        tracker: of the conversation.
        questions: in place of those of the message.
    """
    article, context = article_of(tracker), context_of(tracker)
    if is_searched():
        asked = questions if questions is not None else questions_of(tracker.latest_message, None)
        turns: Iterable[Turn] = (partial(answering.answer_from, library.opened(), question) for question in asked)
    else:
        turns = (_turn(article, question) for question in (questions if questions is not None else questions_in(tracker)))
    replies: list[Reply] = []
    answered: list[str] = []
    for turn in turns:
        reply, context = turn(context)
        answered += context.topics
        if all(reply.blocks != said.blocks for said in replies):  # two questions may have one answer
            replies.append(reply)
    context = answering.of_turn(context, answered)
    return [*(replace(reply, offers=()) for reply in replies[:-1]), replies[-1]], context


def more_from_library(tracker: Tracker) -> tuple[Reply, Context] | None:
    """What the article in play says next, in its own words; None where answers are not quoted."""
    return answering.more_from(library.opened(), context_of(tracker))


def _turn(article: Article, question: Question) -> Turn:
    return partial(answering.sources if question.intent == "ask_sources" else answering.answer, article, question)


def remember(context: Context, outcome: str | None) -> Events:
    """The events that keep what the conversation remembers, and the kind of its last reply."""
    return [
        SlotSet("topics", list(context.topics)),
        SlotSet("earlier", list(context.earlier)),
        SlotSet("aspect", context.aspect),
        SlotSet("told", list(context.told)),
        SlotSet("options", list(context.options)),
        SlotSet("suggestion", context.suggestion),
        SlotSet("article", context.article or None),
        SlotSet("outcome", outcome),
    ]
