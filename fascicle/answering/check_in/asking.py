"""The questions as they are asked, and the words around them."""

from __future__ import annotations

from fascicle.answering.check_in.told import Told, open_question
from fascicle.library import Answer, Article, CheckInQuestion
from fascicle.reply import Block, Offer, Reply, payload
from fascicle.understanding.question import Message

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


def ask(article: Article, told: Told, lead: str) -> Reply:
    """The next question, after words that lead to it, with its answers to tap."""
    question = open_question(article, told)
    assert question is not None, "all questions were asked"
    other = Offer(LIST, causes_payload(article)) if lead.startswith(OPENING) else Offer("Stop", payload("stop"))
    offers = (*(_offer(question, answer) for answer in question.answers), Offer("Skip", payload("skip")), other)
    return Reply("checkin", (*framing(lead), Block(question.ask)), offers)


def opening(message: Message) -> str:
    """The words before the first question."""
    missing = " or ".join(message.outside)
    return f"{OPENING} The article does not discuss {missing}." if missing else OPENING


def wait() -> Reply:
    """The check-in stops asking until it is wanted again."""
    text = "I'll leave my own questions for now. We can go on with them whenever you like."
    return Reply("checkin", (Block(text),), (Offer("Go on with the check-in", payload("report_symptom")),))


def causes_payload(article: Article) -> str:
    """What "Just list the causes" stands for."""
    return payload("ask_causes", topic=article.subject)


def framing(text: str) -> tuple[Block, ...]:
    """A block of framing, if there are words for it."""
    return (Block(text),) if text else ()


def _offer(question: CheckInQuestion, answer: Answer) -> Offer:
    return Offer(answer.title, payload("inform", answer=f"{question.id}.{answer.id}"))
