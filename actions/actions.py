"""Custom actions: each reads the slots, asks the article, says the reply, and returns what the conversation remembers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.conversation import (
    Domain,
    Events,
    answers_to,
    article_of,
    context_of,
    is_searched,
    more_from_library,
    questions_in,
    remember,
    say,
)
from fascicle import answering
from fascicle.answering import Context
from fascicle.bot import retention
from fascicle.library import Article
from fascicle.reply import Reply
from fascicle.understanding.question import REMEDIES, Question, from_payload

Turn = Callable[[Article, Question, Context], tuple[Reply, Context]]

SAME = (REMEDIES, frozenset({"ask_why", "ask_causes"}))
"""Intents that ask the same, so that nobody has to be asked which one is meant."""


class ActionAnswer(Action):
    """The person gets an answer to each question of the message, with its passage and source, or what the article leaves out."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_answer"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Answer the questions in the order asked."""
        return _answers(dispatcher, tracker)


class ActionMore(Action):
    """The person gets the next passage about what was talked about, none twice."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_more"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Tell more about the topics in play, or what of them is named."""
        if questions_in(tracker)[0].bare:
            return _answers(dispatcher, tracker)
        if found := more_from_library(tracker):
            return _said(dispatcher, tracker, *found)
        return _turn(dispatcher, tracker, answering.more)


class ActionNote(Action):
    """The person who tells something gets what the article says of it, or a word that it was heard."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_note"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Answer as if the person had asked whether that may be it, if they named something."""
        question = questions_in(tracker)[0]
        if is_searched() and question.sought and question.sought.named:
            return _answers(dispatcher, tracker)
        if set(question.topics) - {article_of(tracker).subject}:
            return _turn(dispatcher, tracker, answering.answer)
        dispatcher.utter_message(response="utter_noted")
        return []


class ActionPick(Action):
    """The person gets what they picked from the last list, or is asked which one they mean."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_pick"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Answer the picked option."""
        article = article_of(tracker)
        chosen = [from_payload(option) for option in answering.picked(questions_in(tracker)[0], context_of(tracker).options)]
        of_another = any(question.article not in ("", article.id) for question in chosen)
        if is_searched() and (of_another or article.is_quoted):
            return _answers(dispatcher, tracker, chosen or None)
        return _turn(dispatcher, tracker, answering.pick)


class ActionAccept(Action):
    """The person who says yes gets what was suggested last."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_accept"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Answer the suggestion."""
        suggestion = tracker.get_slot("suggestion")
        if is_searched() and suggestion:
            return _answers(dispatcher, tracker, [from_payload(suggestion)])
        return _turn(dispatcher, tracker, lambda article, _, context: answering.accept(article, context))


class ActionSources(Action):
    """The person gets the article's author, dates, address, forms of citation, and references."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_sources"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Show the sources of what is talked about, and answer what else is asked by name."""
        if questions_in(tracker)[0].bare:
            return _answers(dispatcher, tracker)
        return _turn(dispatcher, tracker, answering.sources)


class ActionPrivacy(Action):
    """The person gets told what becomes of what they type, and for how long it is kept."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_privacy"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Tell; the conversation stays where it was."""
        dispatcher.utter_message(response="utter_privacy", kept=retention.in_words())
        return []


class ActionRephrase(Action):
    """The person who did not follow gets the last answer in one sentence, and where in the article it stands."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_rephrase"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Say it again, shorter."""
        return _turn(dispatcher, tracker, lambda article, _, context: answering.rephrase(article, context))


class ActionClarify(Action):
    """The person is asked what they mean, with the likeliest readings to pick from."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_clarify"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Ask back."""
        question = questions_in(tracker)[0]
        if question.bare or (is_searched() and question.intent != "reject_answer"):
            return _answers(dispatcher, tracker)
        if question.cues.in_vain:
            return _turn(dispatcher, tracker, lambda a, q, c: answering.answer(a, replace(q, intent="ask_treatment"), c))
        if len(question.readings) > 1 and any(set(question.readings[:2]) <= same for same in SAME):  # of two, either
            return _turn(dispatcher, tracker, answering.answer)
        if question.cues.points and question.intent != "reject_answer":  # what is meant is said, if not what is asked of it
            return _turn(dispatcher, tracker, answering.pick)
        elsewhere = question.foreign or (question.outside and not question.topics)
        if elsewhere and question.intent != "reject_answer":  # not understood, for being about something else
            return _turn(dispatcher, tracker, answering.decline)
        intents = [entry["name"] for entry in tracker.latest_message.get("intent_ranking") or []]
        again = tracker.get_slot("outcome") == "clarify"
        return _turn(
            dispatcher,
            tracker,
            lambda article, question, context: answering.clarify(article, intents, question, context, again=again),
        )


class ActionTurnDown(Action):
    """The person who asks about something else is told so, unless another article of the library is about it."""

    def name(self) -> str:
        """Name in the domain."""
        return "action_turn_down"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Domain) -> Events:
        """Look for another article; turn down what none is about."""
        if is_searched():
            return _answers(dispatcher, tracker)
        dispatcher.utter_message(response="utter_out_of_scope")
        return []


def _turn(dispatcher: CollectingDispatcher, tracker: Tracker, turn: Turn) -> Events:
    """Reply to the first question of the message."""
    article = article_of(tracker)
    reply, context = turn(article, questions_in(tracker)[0], context_of(tracker))
    if is_searched():
        reply, context = answering.of_article(article.id, reply, context)
    return _said(dispatcher, tracker, replace(reply, article=context.article), context)


def _answers(dispatcher: CollectingDispatcher, tracker: Tracker, questions: list[Question] | None = None) -> Events:
    """Reply to each question of the message, or to questions in its place."""
    replies, context = answers_to(tracker, questions)
    for reply in replies:
        say(dispatcher, tracker, reply)
    return remember(context, replies[0].kind)


def _said(dispatcher: CollectingDispatcher, tracker: Tracker, reply: Reply, context: Context) -> Events:
    say(dispatcher, tracker, reply)
    return remember(context, reply.kind)
