"""What is said: which article and topic, which passage, or that it is not said. Knows nothing of Rasa."""

from fascicle.answering.answering import accept, answer, as_meant, clarify, decline, more, pick, rephrase
from fascicle.answering.context import Context, of_turn
from fascicle.answering.coverage import aspect_of
from fascicle.answering.finding import choose
from fascicle.answering.focus import MAX_TOPICS, RULES, Focus, focus_of, suspects
from fascicle.answering.offers import SHOWN_OFFERS, is_offered, of_article, offered_payloads
from fascicle.answering.references import picked, pointed_at
from fascicle.answering.searching import answer_from, more_from
from fascicle.answering.sourcing import sources
from fascicle.answering.telling import tell

__all__ = [
    "MAX_TOPICS",
    "RULES",
    "SHOWN_OFFERS",
    "Context",
    "Focus",
    "accept",
    "answer",
    "answer_from",
    "as_meant",
    "aspect_of",
    "choose",
    "clarify",
    "decline",
    "focus_of",
    "is_offered",
    "more",
    "more_from",
    "of_article",
    "of_turn",
    "offered_payloads",
    "pick",
    "picked",
    "pointed_at",
    "rephrase",
    "sources",
    "suspects",
    "tell",
]
