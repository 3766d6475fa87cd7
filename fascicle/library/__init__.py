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
from fascicle.library.names import Name, Names, names_of
from fascicle.library.reading import default, default_path, load, load_or_exit
from fascicle.library.store import Library, OneArticle, opened
from fascicle.library.words import Line, Numbers, countries, country_named, said, words

__all__ = [
    "ANSWERABLE",
    "ASPECTS",
    "BY_INTENT",
    "Answer",
    "Article",
    "Aspect",
    "CheckInQuestion",
    "Citation",
    "Library",
    "Line",
    "Name",
    "Names",
    "Numbers",
    "OneArticle",
    "Outside",
    "Passage",
    "Reference",
    "Topic",
    "countries",
    "country_named",
    "default",
    "default_path",
    "load",
    "load_or_exit",
    "names_of",
    "opened",
    "said",
    "words",
]
