"""Actions of an alarm: it is raised, it stands whatever is said, and it ends when help has come or it is over."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import Restarted, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import Domain, Events, answers_to, article_of, country_of, questions_in, remember, say
from fascicle.answering import safety
from fascicle.library import BY_INTENT
from fascicle.understanding.question import ALARMS, ENDS, NOT_OURS, from_payload

ASKING = frozenset({NOT_OURS, "ask_comparison", "ask_sources", "ask_topic", "ask_why", "express_worry"})
"""Intents of questions beside those about an aspect."""


class ActionRaiseAlarm(Action):
    """The person is told to call for help, whatever was talked about."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_raise_alarm"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Raise the alarm."""
        alarm = tracker.latest_message.get("alarm") or {}
        kind = alarm.get("kind") or ALARMS[0]  # an unclear sign that is new
        of_another = bool(alarm.get("of_another"))
        language = tracker.latest_message.get("language")
        say(dispatcher, tracker, safety.raised(kind, of_another=of_another, country=country_of(tracker), language=language))
        return [SlotSet("alarm", kind), SlotSet("outcome", None)]


class ActionKeepAlarm(Action):
    """The person gets what they say next answered with safety first, until help has come or it is over."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_keep_alarm"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Answer; anything that has no words of its own is answered behind a line of safety."""
        kind, country = tracker.get_slot("alarm"), country_of(tracker)
        intent = tracker.latest_message["intent"]["name"]
        if intent in safety.replies():
            say(dispatcher, tracker, safety.kept_up(kind, intent, country=country))
            return [SlotSet("alarm", None if intent in ENDS else kind)]
        say(dispatcher, tracker, safety.before_an_answer(kind, country=country))
        if _asked(tracker) == "request_erasure":
            dispatcher.utter_message(response="utter_erased")
            return [Restarted()]
        payload = tracker.latest_message.get("payload")
        said = [from_payload(payload)] if payload else questions_in(tracker)
        asked = [question for question in said if question.intent in BY_INTENT or question.intent in ASKING]
        if not asked:
            return []
        replies, context = answers_to(tracker, asked)
        for reply in replies:
            say(dispatcher, tracker, reply)
        return remember(context, replies[0].kind)


class ActionAskWhetherNew(Action):
    """The person is asked whether a sign that may be one is new."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_ask_whether_new"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Ask; a yes or no to it is read as one to this question."""
        say(dispatcher, tracker, safety.whether_new())
        return []


class ActionSignNotNew(Action):
    """The person whose sign is not new is told when to see a doctor."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_sign_not_new"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Tell."""
        say(dispatcher, tracker, safety.not_new(article_of(tracker), country=country_of(tracker)))
        return []


class ActionOtherLanguage(Action):
    """Who writes in another language reads in it whom to call in an emergency, and that the bot reads English."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_other_language"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Say it; the conversation stays where it was."""
        language = str(tracker.latest_message.get("language") or "")
        say(dispatcher, tracker, safety.in_other_language(language, country=country_of(tracker)))
        return []


def _asked(tracker: Tracker) -> str:
    """What the message would be without the alarm."""
    ranking: list[dict[str, Any]] = tracker.latest_message.get("intent_ranking") or [{}]
    return str(ranking[0].get("name") or "")
