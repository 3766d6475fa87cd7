"""The check-in: a few questions to someone who tells of a twitching lip, and the passages that fit what they answer.

Pure functions of the article, what was told so far, and a message. Nothing here knows about Rasa.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fascicle.answering import answering
from fascicle.answering.answering import MAX_TOPICS, ORDINALS, SHOWN_OFFERS, Context
from fascicle.library import ASPECTS, Answer, Article, CheckInQuestion
from fascicle.reply import Block, Offer, Reply, payload
from fascicle.understanding.in_order import InOrder
from fascicle.understanding.question import ALARMS
from fascicle.understanding.question_splitter import QUESTION_FORM

Told = Mapping[str, tuple[str, ...]]
"""Ids of the answers given to each question asked so far; none for a question that was skipped or whose answer was unclear."""

PATIENCE = 5
"""Messages in a row that are about something else before the check-in stops asking."""
DONE, STOPPED, LISTED, WAITING, LEFT = "done", "stopped", "listed", "waiting", "left"
"""How a check-in ends: all asked, stopped, the list of causes asked for, out of patience, or enough of it with a question."""

OPENING = (
    "I'm sorry about the twitching. Let's go through it in a few short questions: nothing here is a diagnosis, you can skip any "
    "of them, and “stop” ends it. If it is someone else's lip, answer for them."
)
LIST = "Just list the causes"
AGAIN = "Back to the check-in."
AFRESH = "All right, from the first question."
CHANGED = "Thank you, I have changed that."
NOTED = "Thank you, I have noted that."
UNCLEAR = "Thank you. I could not tell which answer that is, so I leave it open."
SKIPPED = "No problem."

READ = frozenset({"inform", "affirm", "deny", "skip", "report_symptom", "nlu_fallback"})
"""Intents of messages that are answers; any other counts as one only if it holds an answer and is no question."""
LEFT_ALONE = frozenset({*ALARMS, "request_erasure"})
"""Intents of messages that are never answers, whatever words they hold."""
YES = re.compile(r"^\W*(?:yes|yeah|yep|yup|yea|aye|i do|i am|i have|it does)\b\W*(?:$|[,.;!]|but\b|and\b)", re.IGNORECASE)
NO = re.compile(
    r"^\W*(?:no|nope|nah|never|none|nothing|neither|not (?:really|at all)|i (?:do|have)n['’]?t)\b\W*(?:$|[,.;!]|but\b|and\b)",
    re.IGNORECASE,
)
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
NEGATED = re.compile(r"\b(?:no|not|never|without|nor|neither|\w+n['’]?t)\W+(?:\w+\W+)?$", re.IGNORECASE)


@dataclass(frozen=True)
class Named:
    """A stretch of a message that names a topic, maybe only to rule it out."""

    start: int
    end: int
    topic: str
    excluded: bool


@dataclass(frozen=True)
class Message:
    """What a person said: intent, words, topics named in them, and the answer that a button stands for."""

    intent: str
    text: str
    named: tuple[Named, ...] = ()
    answer: str = ""
    outside: tuple[str, ...] = ()

    @property
    def is_question(self) -> bool:
        """Whether it has the form of a question."""
        return QUESTION_FORM.search(self.text) is not None

    @property
    def tells(self) -> bool:
        """Whether it tells of the symptom, and does not only ask to go on with the check-in."""
        return self.intent == "report_symptom" and not self.text.startswith("/") and not RESUME.search(self.text)


@dataclass(frozen=True)
class Step:
    """What a message does to a check-in: what is told after it, the words before the next question, how it ends if it does."""

    told: Told
    lead: str = ""
    end: str = ""


def message_of(parsed: Mapping[str, Any], article: Article) -> Message:
    """A parsed message as the check-in reads it."""
    text = parsed.get("text") or ""
    found = parsed.get("entities") or []
    named = (
        Named(e["start"], e["end"], e["value"], bool(e.get("excluded")))
        for e in found
        if e["entity"] == "topic" and e["value"] in article.topics and not text.startswith("/")
    )
    return Message(
        intent=(parsed.get("intent") or {}).get("name") or "",
        text=text,
        named=tuple(named),
        answer=next((e["value"] for e in found if e["entity"] == "answer"), ""),
        outside=tuple(dict.fromkeys(e["value"] for e in found if e["entity"] == "outside" and not e.get("excluded"))),
    )


def open_question(article: Article, told: Told) -> CheckInQuestion | None:
    """The question that comes next, or None when all were asked."""
    return next((question for question in article.check_in if question.id not in told), None)


def reported(article: Article, message: Message) -> Told:
    """The questions that someone answers already as they tell of the twitching."""
    words = ((q, _words(q) if _is_named(q, message) else [answer.in_report for answer in q.answers]) for q in article.check_in)
    return {question.id: answers for question, chosen in words if (answers := _answers(question, message, chosen))}


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
    if message.text == causes_payload(article) or _is_title(message.text, LIST):
        return Step(told, end=LISTED)
    if message.intent == "stop":
        return Step(told, end=STOPPED)
    if message.intent == "start_over":
        return Step({}, AFRESH)
    if message.intent in ("ask_why_asked", "ask_rephrase"):
        return Step(told, asked.why)
    if message.intent == "report_symptom" and not message.tells:
        return Step(told, AGAIN)
    if message.intent in ("affirm", "ask_more") and GO_ON.search(message.text) and not message.named:
        return Step(told, AGAIN if told else "")
    if message.intent == "deny" and not told and DECLINED.search(message.text):
        return Step(told, end=STOPPED)
    if message.intent == "pick_option" and not listed and (picked := _picked(asked, message)):
        return _after(article, told, {asked.id: picked}, asked)
    found = _found(article, asked, told, message)
    answers_it = asked.id in found or (found and CORRECTION.search(message.text))
    if message.intent not in READ and (message.is_question or not answers_it or message.intent == "express_worry"):
        return None
    if message.intent == "nlu_fallback" and message.is_question and not answers_it:
        return None
    if asked.id not in found and (answers := _yes_or_no(asked, message, alone=not found)):
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


def ask(article: Article, told: Told, lead: str) -> Reply:
    """The next question, after words that lead to it, with its answers to tap."""
    question = open_question(article, told)
    assert question is not None, "all questions were asked"
    other = Offer(LIST, causes_payload(article)) if lead.startswith(OPENING) else Offer("Stop", payload("stop"))
    offers = (*(_offer(question, answer) for answer in question.answers), Offer("Skip", payload("skip")), other)
    return Reply("checkin", (*_framing(lead), Block(question.ask)), offers)


def opening(message: Message) -> str:
    """The words before the first question."""
    missing = " or ".join(message.outside)
    return f"{OPENING} The article does not discuss {missing}." if missing else OPENING


def going_on(article: Article, told: Told, message: Message) -> tuple[Told, str]:
    """What is told, and the words before the next question, when a check-in that waited goes on; maybe with an answer to it."""
    step = read(article, told, message) if message.intent == "inform" else None
    if step is None or step.end or step.lead in (SKIPPED, UNCLEAR):
        return told, AGAIN
    return step.told, step.lead


def wait() -> Reply:
    """The check-in stops asking until it is wanted again."""
    text = "I'll leave my own questions for now. We can go on with them whenever you like."
    return Reply("checkin", (Block(text),), (Offer("Go on with the check-in", payload("report_symptom")),))


def close(article: Article, told: Told, end: str, context: Context) -> tuple[Reply, Context]:
    """The end: the passages that fit what was told, or after a stop the offer to see them."""
    pointed = pointed_at(article, told)
    topics = tuple(pointed[:MAX_TOPICS])
    subject = article.topics[article.subject]
    first = [article.passage(topic, "overview") or next(iter(article.topics[topic].passages.values())) for topic in topics]
    doctor = subject.passages.get("see_doctor")
    if end == STOPPED:
        text = "All right, no more questions."
        text += " If you like, I can show you what the article says about what you told me." if topics else ""
        suggested = [*first[: SHOWN_OFFERS - 1], *([doctor] if doctor else [])] if topics else ()
        return answering.tell(article, "checkin", (Block(text),), (article.subject,), context, suggested)
    if end == LISTED or not topics:
        lead = "" if end == LISTED else "Nothing you told me points to one of the article's causes. These are all it lists."
        shown = [passage for passage in (subject.passages.get("causes"), doctor) if passage]
        blocks = (*_framing(lead), *(Block(passage=passage.id) for passage in shown))
        return answering.tell(article, "answer", blocks, (article.subject,), context)
    lead = f"From what you told me, the article links {'these' if len(topics) > 1 else 'this'} to {subject.name}:"
    closing = (Block("This is no diagnosis. On seeing a doctor, the article says:"), Block(passage=doctor.id)) if doctor else ()
    others = ", ".join(article.topics[topic].name for topic in pointed[MAX_TOPICS:])
    more = _framing(f"You can also ask me about: {others}." if others else "")
    blocks = (Block(lead), *(Block(passage=passage.id) for passage in first), *more, *closing)
    reply, context = answering.tell(article, "answer", blocks, topics, context)
    return reply, replace(context, options=tuple(_next(article, topic, context) for topic in topics))


def _next(article: Article, topic: str, context: Context) -> str:
    """The payload of the next passage of a topic, for "the first one": its first one again if all were shown."""
    passages = list(article.topics[topic].passages.values())
    passage = next((passage for passage in passages if passage.id not in context.told), passages[0])
    return payload(ASPECTS[passage.aspect].intent, topic=topic)


def pointed_at(article: Article, told: Told) -> list[str]:
    """The topics that answers point to, the strongest first.

    An answer that points to one topic counts 1 for it, one that points to three counts a third for each; between equals the
    article's order decides.
    """
    weights: dict[str, float] = {}
    for question in article.check_in:
        for answer in question.answers:
            if answer.id in told.get(question.id, ()):
                for topic in answer.topics:
                    weights[topic] = weights.get(topic, 0) + 1 / len(answer.topics)
    return sorted((topic for topic in article.topics if topic in weights), key=lambda topic: -round(weights[topic], 6))


def causes_payload(article: Article) -> str:
    """What "Just list the causes" stands for."""
    return payload("ask_causes", topic=article.subject)


def _framing(text: str) -> tuple[Block, ...]:
    return (Block(text),) if text else ()


def _offer(question: CheckInQuestion, answer: Answer) -> Offer:
    return Offer(answer.title, payload("inform", answer=f"{question.id}.{answer.id}"))


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
    found = {q.id: _answers(q, message, _words(q) if q is asked or _is_named(q, message) else ()) for q in article.check_in}
    if titled := [answer.id for answer in asked.answers if _is_title(message.text, answer.title)]:
        found[asked.id] = tuple(titled)
    if not any(found.values()) and CORRECTION.search(message.text):
        latest = next((q for q in reversed(article.check_in) if q.id in told and _answers(q, message, _words(q))), None)
        if latest is not None:
            found[latest.id] = _answers(latest, message, _words(latest))
    return {question: answers for question, answers in found.items() if answers}


def _is_title(text: str, title: str) -> bool:
    return text.strip(" .!").casefold() == title.casefold()


def _is_named(question: CheckInQuestion, message: Message) -> bool:
    """Whether a topic is named that the question is about."""
    return any(named.topic in question.about for named in message.named)


def _words(question: CheckInQuestion) -> list[tuple[str, ...]]:
    """What people type for each answer: its words and its title, unless that starts with a yes or no, which say too little."""
    return [
        (*a.words, *a.in_report, *(() if YES.search(a.title) or NO.search(a.title) else (a.title,))) for a in question.answers
    ]


def _answers(question: CheckInQuestion, message: Message, words: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The answers to one question that a message holds; the longest of overlapping names and words counts.

    Words for an answer that points nowhere outrank a topic that is only named ("coffee now and then"). Otherwise all answers
    that point somewhere count, and a topic or words that are ruled out stand for the answer that points nowhere.
    """
    text = message.text.replace("’", "'")
    found = [
        _Hit(match.start(), match.end(), answer, True, NEGATED.search(text[: match.start()]) is not None)
        for answer, phrases in zip(question.answers, words, strict=False)
        for phrase in phrases
        for match in re.finditer(rf"(?<!\w){re.escape(phrase)}(?!\w)", text, re.IGNORECASE)
    ]
    named = [
        _Hit(name.start, name.end, next(a for a in question.answers if name.topic in a.topics), False, name.excluded)
        for name in message.named
        if name.topic in question.about
    ]
    kept = _longest([*found, *named])
    pointing = [hit for hit in kept if hit.answer.topics and not hit.ruled_out]
    plain = [hit for hit in kept if not hit.answer.topics and not hit.ruled_out]
    if plain and not any(hit.by_words for hit in pointing):
        return (plain[0].answer.id,)
    if pointing:
        return tuple(dict.fromkeys(hit.answer.id for hit in pointing))
    return (_nowhere(question).id,) if any(hit.answer.topics for hit in kept) else ()


@dataclass(frozen=True)
class _Hit:
    """A stretch of a message that stands for an answer, by its words or by the name of a topic; maybe ruled out."""

    start: int
    end: int
    answer: Answer
    by_words: bool
    ruled_out: bool


def _longest(hits: Iterable[_Hit]) -> list[_Hit]:
    """The hits in order, of overlapping ones the longest."""
    kept: list[_Hit] = []
    for hit in sorted(hits, key=lambda hit: hit.start - hit.end):
        if all(hit.end <= other.start or other.end <= hit.start for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.start)


def _nowhere(question: CheckInQuestion) -> Answer:
    return next(answer for answer in question.answers if not answer.topics)


def _yes_or_no(asked: CheckInQuestion, message: Message, *, alone: bool) -> tuple[str, ...]:
    """The answer that a plain yes or no is: to a question about one thing, the one that points to it or the one that does not.

    Args:
        asked: the question.
        message: what was said.
        alone: whether it says nothing else; if it does, the yes or no has to lead.
    """
    no = NO.search(message.text) or (alone and message.intent == "deny")
    yes = YES.search(message.text) or (alone and message.intent == "affirm")
    pointing = [answer for answer in asked.answers if answer.topics]
    if no and pointing:
        return (_nowhere(asked).id,)
    return (pointing[0].id,) if yes and asked.about else ()


def _picked(asked: CheckInQuestion, message: Message) -> tuple[str, ...]:
    """The answer that "the second one" is."""
    if re.search(r"\blast\b", message.text, re.IGNORECASE):
        return (asked.answers[-1].id,)
    text = re.sub(r"(?<=\w )ones?\b", "", message.text.lower())
    places = (answer.id for answer, pattern in zip(asked.answers, ORDINALS, strict=False) if re.search(pattern, text))
    return tuple(places)[:1]


def slot_of(told: Told) -> dict[str, list[str]]:
    """What was told, as its slot holds it."""
    return {question: list(answers) for question, answers in told.items()}


def told_of(slot: Mapping[str, list[str]] | None) -> Told:
    """What was told, from its slot."""
    return {question: tuple(answers) for question, answers in (slot or {}).items()}
