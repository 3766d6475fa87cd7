"""Answers from a library: which article a question is about, whether it says what is asked, and in which sentences."""

from fascicle.answering.finding.choosing import Choice, choose
from fascicle.answering.finding.quoting import quote, quotes_next, which_article

__all__ = ["Choice", "choose", "quote", "quotes_next", "which_article"]
