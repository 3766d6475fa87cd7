"""What is known: articles, read, checked, and looked up."""

from fascicle.library.article import (
    Answer,
    Article,
    CheckInQuestion,
    Citation,
    Outside,
    Passage,
    Reference,
    Topic,
)
from fascicle.library.aspects import ANSWERABLE, ASPECTS, BY_INTENT, Aspect
from fascicle.library.reading import default, default_path, load, load_or_exit

__all__ = [
    "ANSWERABLE",
    "ASPECTS",
    "BY_INTENT",
    "Answer",
    "Article",
    "Aspect",
    "CheckInQuestion",
    "Citation",
    "Outside",
    "Passage",
    "Reference",
    "Topic",
    "default",
    "default_path",
    "load",
    "load_or_exit",
]
