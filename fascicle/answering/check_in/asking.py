"""The questions as they are asked, and the words around them."""

from __future__ import annotations

from dataclasses import replace

from fascicle.answering.check_in.told import Told, open_question
from fascicle.library import Answer, Article, CheckInQuestion, said, words
from fascicle.reply import Block, Offer, Reply, payload
from fascicle.understanding.question import Message

LIST = said("check_in", "list")
AGAIN = said("check_in", "again")
AFRESH = said("check_in", "afresh")
CHANGED = said("check_in", "changed")
NOTED = said("check_in", "noted")
UNCLEAR = said("check_in", "unclear")
PROMISING = ("which", "unclear", "rejected", "still_unclear")
"""Keys of sentences that say that buttons follow."""
SKIPPED = said("check_in", "skipped")


def ask(article: Article, told: Told, lead: str) -> Reply:
    """The next question, after words that lead to it, with its answers to tap."""
    question = open_question(article, told)
    assert question is not None, "all questions were asked"
    is_first = lead.startswith(_greeting(article))
    other = Offer(LIST, causes_payload(article)) if is_first else Offer(said("check_in", "stop"), payload("stop"))
    offers = (*(_offer(question, answer) for answer in question.answers), Offer(said("check_in", "skip"), payload("skip")), other)
    return Reply("checkin", (*framing(lead), Block(question.ask)), offers)


def opening(article: Article, message: Message) -> str:
    """The words before the first question."""
    missing = " or ".join(message.outside)
    return f"{_greeting(article)} {said('check_in', 'not_discussed', names=missing)}" if missing else _greeting(article)


def _greeting(article: Article) -> str:
    return said("check_in", "opening", subject=article.subject_name)


def before_a_question(reply: Reply) -> Reply:
    """A reply to something else, before the question is asked again: without suggestions, nor words that promise them."""
    promises = {words("answers")[key] for key in PROMISING}
    blocks = tuple(replace(b, text=said("check_in", "not_followed")) if b.text in promises else b for b in reply.blocks)
    return replace(reply, blocks=blocks, offers=())


def wait() -> Reply:
    """The check-in stops asking until it is wanted again."""
    return Reply("checkin", (Block(said("check_in", "waiting")),), (Offer(said("check_in", "go_on"), payload("report_symptom")),))


def causes_payload(article: Article) -> str:
    """What "Just list the causes" stands for."""
    return payload("ask_causes", topic=article.subject)


def framing(text: str) -> tuple[Block, ...]:
    """A block of framing, if there are words for it."""
    return (Block(text),) if text else ()


def _offer(question: CheckInQuestion, answer: Answer) -> Offer:
    return Offer(answer.title, payload("inform", answer=f"{question.id}.{answer.id}"))
