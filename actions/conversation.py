"""What actions share: the conversation so far from its slots, saying a reply, and remembering what was said."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from fascicle import answering, library
from fascicle.answering import Context, check_in, safety
from fascicle.library import Article
from fascicle.reply import Reply
from fascicle.understanding.question import Question, questions_of

Domain = dict[str, Any]
Events = list[dict[str, Any]]


TEMPLATES = {"out_of_scope": "utter_not_ours"}
"""Responses that say a reply where that of its kind says words of its own."""


def context_of(tracker: Tracker) -> Context:
    """What the conversation remembers, but for what the article no longer has."""
    topics, passages = article_of(tracker).topics, {passage.id for passage in article_of(tracker).passages}
    return Context(
        topics=tuple(topic for topic in tracker.get_slot("topics") or () if topic in topics),
        earlier=tuple(topic for topic in tracker.get_slot("earlier") or () if topic in topics),
        aspect=tracker.get_slot("aspect"),
        told=tuple(passage for passage in tracker.get_slot("told") or () if passage in passages),
        options=tuple(tracker.get_slot("options") or ()),
        suggestion=tracker.get_slot("suggestion"),
    )


def article_of(tracker: Tracker) -> Article:
    """The article that the conversation is about."""
    return library.opened().default


def country_of(tracker: Tracker) -> str | None:
    """Code of the country whose numbers are named: where the person says to be, else that of the page, else of this server."""
    page = (tracker.latest_message.get("metadata") or {}).get("country")
    return tracker.get_slot("country") or page or os.environ.get("FASCICLE_COUNTRY")


def say(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply) -> None:
    """Say a reply; where a question of the check-in follows, which brings its own buttons, without suggestions."""
    article = article_of(tracker)
    if tracker.active_loop.get("name") and reply.kind != "checkin":
        reply = check_in.before_a_question(reply)
    reply = safety.with_caution(reply, article, asked=bool(tracker.latest_message.get("caution")))
    dispatcher.utter_message(
        response=TEMPLATES.get(reply.kind, f"utter_{reply.kind}"),
        answer=reply.text(article),
        source=reply.source(article),
        reply=reply.as_dict(),
        buttons=[{"title": offer.title, "payload": offer.payload} for offer in reply.offers],
    )


def questions_in(tracker: Tracker) -> list[Question]:
    """What the message asks."""
    return questions_of(tracker.latest_message, article_of(tracker))


def answers_to(questions: Iterable[Question], article: Article, context: Context) -> tuple[list[Reply], Context]:
    """The replies to questions in the order asked, none twice, and the context after them."""
    replies: list[Reply] = []
    answered: list[str] = []
    for question in questions:
        turn = answering.sources if question.intent == "ask_sources" else answering.answer
        reply, context = turn(article, question, context)
        answered += context.topics
        if all(reply.blocks != said.blocks for said in replies):  # two questions may have one answer
            replies.append(reply)
    context = answering.of_turn(context, answered)
    return [*(replace(reply, offers=()) for reply in replies[:-1]), replies[-1]], context


def remember(context: Context, outcome: str | None) -> Events:
    """The events that keep what the conversation remembers, and the kind of its last reply."""
    return [
        SlotSet("topics", list(context.topics)),
        SlotSet("earlier", list(context.earlier)),
        SlotSet("aspect", context.aspect),
        SlotSet("told", list(context.told)),
        SlotSet("options", list(context.options)),
        SlotSet("suggestion", context.suggestion),
        SlotSet("outcome", outcome),
    ]
