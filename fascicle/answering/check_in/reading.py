"""What a message does to a check-in."""

from __future__ import annotations

import re

from fascicle.answering.check_in.asking import AFRESH, AGAIN, CHANGED, LIST, NOTED, SKIPPED, UNCLEAR, causes_payload
from fascicle.answering.check_in.matching import answers_in, is_named, is_title, picked_answer, typed_for, yes_or_no
from fascicle.answering.check_in.told import DONE, LEFT, LISTED, STOPPED, WAITING, Step, Told, open_question
from fascicle.answering.in_order import InOrder
from fascicle.library import Article, CheckInQuestion
from fascicle.understanding.question import ALARMS, Message

PATIENCE = 5
"""Messages in a row that are about something else before the check-in stops asking."""
READ = frozenset({"inform", "affirm", "deny", "skip", "report_symptom", "nlu_fallback"})
"""Intents of messages that are answers; any other counts as one only if it holds an answer and is no question."""
LEFT_ALONE = frozenset({*ALARMS, "request_erasure"})
"""Intents of messages that are never answers, whatever words they hold."""
GO_ON = re.compile(
    r"\b(?:go (?:on|ahead|for it)|continue|carry on|keep going|proceed|next|please|ready|(?:ask|fire) away|start|begin)\b"
    r"|^\W*(?:ok|okay|alright|all right)(?:\W*then)?\W*$",
    re.IGNORECASE,
)
RESUME = InOrder.of(r"\b(?:go on|continue|carry on|resume)\b", r"\b(?:check[- ]?in|questions?)\b", within=r"\n")
DECLINED = re.compile(r"\b(?:thanks?|thank you|not now|later|no need|i['’]?m good|i['’]?m ok)\b", re.IGNORECASE)
CORRECTION = re.compile(
    r"\b(?:actually|scratch that|wait|hang on|hold on|correction|correct that|i meant|make that|change (?:that|my)|i was wrong"
    r"|i forgot|i said|on second thought)\b",
    re.IGNORECASE,
)
ENOUGH = InOrder.of(r"\b(?:enough|stop|no more|quit|leave|forget)\b", r"\b(?:questions?|asking|check[- ]?in)\b", within=r"[.?!]")

UNASKED = InOrder.of(
    r"\bquestions?\b", r"\b(?:just|only|simply)\b[^.?!\n]{0,20}\b(?:(?:what|why) (?:it|this)|list|causes)\b", within=r"\n"
)
"""That the causes are wanted without any questions."""


def tells(message: Message) -> bool:
    """Whether a message tells of the symptom, and does not only ask to go on with the check-in."""
    return message.intent == "report_symptom" and not message.text.startswith("/") and not RESUME.search(message.text)


def reported(article: Article, message: Message) -> Told:
    """The questions that someone answers already as they tell of the symptom."""
    words = ((q, typed_for(q) if is_named(q, message) else [answer.in_report for answer in q.answers]) for q in article.check_in)
    return {question.id: answers for question, chosen in words if (answers := answers_in(question, message, chosen))}


def read(article: Article, told: Told, message: Message, *, listed: bool = False) -> Step | None:
    """What a message in a check-in does to it, or None if it is none of its business.

    Args:
        article: the article.
        told: what was told so far.
        message: what was said.
        listed: whether a list was shown since the question, which "the second one" then picks from.
    """
    asked = open_question(article, told)
    if asked is None or message.intent in LEFT_ALONE:
        return None
    if message.answer:
        return _tapped(article, told, message.answer)
    if message.text == causes_payload(article) or is_title(message.text, LIST) or UNASKED.search(message.text):
        return Step(told, end=LISTED)
    if message.intent == "stop":
        return Step(told, end=STOPPED)
    if message.intent == "start_over":
        return Step({}, AFRESH)
    if message.intent in ("ask_why_asked", "ask_rephrase"):
        return Step(told, asked.why)
    if message.intent == "report_symptom" and not tells(message):
        return Step(told, AGAIN)
    if message.intent in ("affirm", "ask_more") and GO_ON.search(message.text) and not message.named:
        return Step(told, AGAIN if told else "")
    if message.intent == "deny" and not told and DECLINED.search(message.text):
        return Step(told, end=STOPPED)
    if message.intent == "pick_option" and not listed and (picked := picked_answer(asked, message)):
        return _after(article, told, {asked.id: picked}, asked)
    found = _found(article, asked, told, message)
    answers_it = asked.id in found or (found and CORRECTION.search(message.text))
    if message.intent not in READ and (message.is_question or not answers_it or message.intent == "express_worry"):
        return None
    if message.intent == "nlu_fallback" and message.is_question and not answers_it:
        return None
    if asked.id not in found and (answers := yes_or_no(asked, message, alone=not found)):
        found[asked.id] = answers
    if found:
        return _after(article, told, found, asked)
    return _after(article, told, {asked.id: ()}, asked, SKIPPED if message.intent == "skip" else UNCLEAR)


def after_digression(message: Message, digressions: int) -> str:
    """How the check-in ends after something else was dealt with; empty if it asks again.

    Args:
        message: what was said; it may hold "enough with the questions" beside a question.
        digressions: how many messages in a row were about something else.
    """
    return LEFT if ENOUGH.search(message.text) else WAITING if digressions >= PATIENCE else ""


def going_on(article: Article, told: Told, message: Message) -> tuple[Told, str]:
    """What is told, and the words before the next question, when a check-in that waited goes on; maybe with an answer to it."""
    step = read(article, told, message) if message.intent == "inform" else None
    if step is None or step.end or step.lead in (SKIPPED, UNCLEAR):
        return told, AGAIN
    return step.told, step.lead


def _tapped(article: Article, told: Told, chosen: str) -> Step | None:
    """The step of a tapped answer, also one to an earlier question; None if the article does not have it."""
    for question in article.check_in:
        for answer in question.answers:
            if chosen == f"{question.id}.{answer.id}":
                return _after(article, told, {question.id: (answer.id,)}, question)
    return None


def _after(article: Article, told: Told, found: Told, asked: CheckInQuestion, lead: str = "") -> Step:
    """The step that takes in answers; how the next question is led to depends on whether they were asked for."""
    if any(told.get(question, answers) != answers for question, answers in found.items()):
        lead = CHANGED
    elif asked.id not in found:
        lead = NOTED
    told = {**told, **found}
    return Step(told, lead, "" if open_question(article, told) else DONE)


def _found(article: Article, asked: CheckInQuestion, told: Told, message: Message) -> dict[str, tuple[str, ...]]:
    """The answers in a message: to the question asked, to others whose topic it names, and in a correction to what was told."""
    found = {q.id: answers_in(q, message, typed_for(q) if q is asked or is_named(q, message) else ()) for q in article.check_in}
    if titled := [answer.id for answer in asked.answers if is_title(message.text, answer.title)]:
        found[asked.id] = tuple(titled)
    if not any(found.values()) and CORRECTION.search(message.text):
        latest = next((q for q in reversed(article.check_in) if q.id in told and answers_in(q, message, typed_for(q))), None)
        if latest is not None:
            found[latest.id] = answers_in(latest, message, typed_for(latest))
    return {question: answers for question, answers in found.items() if answers}
