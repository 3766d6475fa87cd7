"""What actions share: the conversation so far from its slots, saying a reply, and remembering what was said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from fascicle import library
from fascicle.answering.answering import Context
from fascicle.reply import Reply

Domain = dict[str, Any]
Events = list[dict[str, Any]]


def context_of(tracker: Tracker) -> Context:
    """What the conversation remembers."""
    return Context(
        topics=tuple(tracker.get_slot("topics") or ()),
        earlier=tuple(tracker.get_slot("earlier") or ()),
        aspect=tracker.get_slot("aspect"),
        told=tuple(tracker.get_slot("told") or ()),
        options=tuple(tracker.get_slot("options") or ()),
        suggestion=tracker.get_slot("suggestion"),
    )


def say(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply) -> None:
    """Say a reply. Its suggestions are left out where a question of the check-in follows, which brings its own."""
    if tracker.active_loop.get("name") and reply.kind != "checkin":
        reply = replace(reply, offers=())
    dispatcher.utter_message(
        response=f"utter_{reply.kind}",
        answer=reply.text(library.default()),
        source=reply.source(library.default()),
        reply=reply.as_dict(),
        buttons=[{"title": offer.title, "payload": offer.payload} for offer in reply.offers],
    )


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
