"""Actions of the check-in: `check_in_form` asks for one slot again and again, each time with the next question.

`validate_check_in_form` reads what is said. What it leaves alone, a question for example, makes the form step back, and the
rules in data/rules/check_in.yml say what comes of it.
"""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import Domain, Events, answers_to, article_of, context_of, is_searched, remember, say
from fascicle import answering
from fascicle.answering import SHOWN_OFFERS, check_in
from fascicle.library import said
from fascicle.reply import Offer, payload
from fascicle.understanding.question import Message, message_of, questions_of


class ActionOpenCheckIn(Action):
    """Someone who tells of the symptom is asked about it; if they suspect something by name, that is answered first."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_open_check_in"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Note what is told already; answer, or leave the first question to the form."""
        loaded, context, message = article_of(tracker), context_of(tracker), _message(tracker)
        if is_searched() and loaded.is_quoted:  # what is told is looked for
            replies, context = answers_to(tracker)
            for reply in replies:
                say(dispatcher, tracker, reply)
            return remember(context, "answer")  # whatever kind it is, the person speaks next
        question = questions_of(tracker.latest_message, loaded)[0]
        told = check_in.reported(loaded, message) if check_in.tells(message) else check_in.told_of(tracker.get_slot("check_in"))
        kept = SlotSet("check_in", check_in.slot_of(told))
        if question.cues.points and answering.pointed_at(question, loaded, context):  # "the first one I asked about"
            reply, context = answering.pick(loaded, question, context)
            say(dispatcher, tracker, reply)
            return remember(context, "answer")  # whatever kind it is, the person speaks next
        if not loaded.check_in or (check_in.tells(message) and answering.suspects(loaded, question)):
            reply, context = answering.answer(loaded, question, context)
            offers = reply.offers
            if check_in.open_question(loaded, told):
                offers = (*offers[: SHOWN_OFFERS - 1], Offer(said("check_in", "begin"), payload("report_symptom")))
                context = replace(context, options=context.options[: len(offers) - 1])
            say(dispatcher, tracker, replace(reply, offers=offers))
            return [kept, *remember(context, reply.kind)]
        if check_in.open_question(loaded, told) is None:
            kept = SlotSet("check_in", {})
        if check_in.tells(message) or not tracker.get_slot("check_in_lead"):
            lead = check_in.opening(loaded, message)
        else:
            told, lead = check_in.going_on(loaded, told, message)
            kept = SlotSet("check_in", check_in.slot_of(told))
        context = replace(context, topics=(loaded.subject,), aspect="overview")
        return [kept, SlotSet("check_in_lead", lead), SlotSet("check_in_digressions", 0), *remember(context, "checkin")]


class ValidateCheckInForm(Action):
    """What is said in the check-in is taken as an answer, or left to the rules."""

    def name(self) -> str:
        """Name in the domain."""
        return "validate_check_in_form"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Take in an answer; no event makes the form step back."""
        message = _message(tracker)
        before = _action_before(tracker)
        if before == "action_open_check_in":  # what was said there opened the check-in
            return []
        if before:  # the form comes back after something else was said
            digressions = int(tracker.get_slot("check_in_digressions") or 0) + 1
            end = check_in.after_digression(message, digressions)
            return [SlotSet("check_in_digressions", digressions), *([SlotSet("check_in_answer", end)] if end else [])]
        told = check_in.told_of(tracker.get_slot("check_in"))
        listed = len(tracker.get_slot("options") or ()) > SHOWN_OFFERS
        step = check_in.read(article_of(tracker), told, message, listed=listed)
        if step is None:
            return []
        return [
            SlotSet("check_in", check_in.slot_of(step.told)),
            SlotSet("check_in_lead", step.lead),
            SlotSet("check_in_answer", step.end or None),
            SlotSet("check_in_digressions", 0),
        ]


class ActionAskCheckInAnswer(Action):
    """The person is asked the next question of the check-in."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_ask_check_in_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Ask it. Whatever else is said before it is answered, it is asked again."""
        told, lead = check_in.told_of(tracker.get_slot("check_in")), tracker.get_slot("check_in_lead") or ""
        say(dispatcher, tracker, check_in.ask(article_of(tracker), told, lead))
        options = tracker.get_slot("options") or []
        if lead != check_in.AGAIN or len(options) <= SHOWN_OFFERS:
            options = []
        return [SlotSet("check_in_lead", check_in.AGAIN), SlotSet("options", options), SlotSet("outcome", "checkin")]


class ActionCloseCheckIn(Action):
    """The person gets the passages that fit what they told, and when to see a doctor."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_close_check_in"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Close the check-in, and forget what was told in it."""
        end = tracker.get_slot("check_in_answer")
        if end == check_in.WAITING:
            say(dispatcher, tracker, check_in.wait())
            return [SlotSet("check_in_answer", None), SlotSet("outcome", "waiting")]
        told = check_in.told_of(tracker.get_slot("check_in"))
        forgotten = [SlotSet("check_in", None), SlotSet("check_in_lead", None), SlotSet("check_in_answer", None)]
        if end == check_in.LEFT:
            return forgotten
        reply, context = check_in.close(article_of(tracker), told, end, context_of(tracker))
        say(dispatcher, tracker, reply)
        return [*forgotten, *remember(context, reply.kind)]


def _message(tracker: Tracker) -> Message:
    return message_of(tracker.latest_message, article_of(tracker))


def _action_before(tracker: Tracker) -> str:
    """The last action, other than the form, since the person last said something; empty if there was none."""
    for event in reversed(tracker.events):
        if event["event"] == "user":
            break
        if event["event"] == "action" and event["name"] not in ("check_in_form", "action_extract_slots"):
            return event["name"]
    return ""
