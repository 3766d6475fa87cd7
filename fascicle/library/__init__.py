"""What is known: articles, read, checked, and looked up."""

from fascicle.library.article import (
    Answer,
    Article,
    CheckInQuestion,
    Citation,
    Outside,
    Passage,
    Reference,
    Sentence,
    Topic,
)
from fascicle.library.aspects import ANSWERABLE, ASPECTS, BY_INTENT, Aspect
from fascicle.library.names import Name, Names, in_small_letters, names_of
from fascicle.library.opening import opened, opened_or_exit
from fascicle.library.reading import default, default_path, load, load_or_exit
from fascicle.library.store import Hit, Library, is_searched
from fascicle.library.stores import InMemory, OneArticle, SqliteLibrary
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
    "Hit",
    "InMemory",
    "Library",
    "Line",
    "Name",
    "Names",
    "Numbers",
    "OneArticle",
    "Outside",
    "Passage",
    "Reference",
    "Sentence",
    "SqliteLibrary",
    "Topic",
    "countries",
    "country_named",
    "default",
    "default_path",
    "in_small_letters",
    "is_searched",
    "load",
    "load_or_exit",
    "names_of",
    "opened",
    "opened_or_exit",
    "said",
    "words",
]
