"""Where articles are looked up: what every store of articles can do, and the one in memory that holds a single article."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from fascicle.library.article import Article, Passage
from fascicle.library.reading import default


class Library(Protocol):
    """A store of articles."""

    @property
    def default(self) -> Article:
        """The article of questions that name none."""

    def article(self, id_: str) -> Article:
        """The article with this id.

        Raises:
            KeyError: no article has it.
        """

    def cell(self, article: str, topic: str, aspect: str) -> Passage | None:
        """What an article says about an aspect of a topic; None where it says nothing.

        Raises:
            KeyError: there is no such article, or it has no such topic.
        """


@dataclass(frozen=True)
class OneArticle:
    """The library of a single article, in memory."""

    default: Article

    def article(self, id_: str) -> Article:
        """The article, if this is its id.

        Raises:
            KeyError: it is not.
        """
        if id_ != self.default.id:
            raise KeyError(id_)
        return self.default

    def cell(self, article: str, topic: str, aspect: str) -> Passage | None:
        """What the article says about an aspect of a topic; None where it says nothing.

        Raises:
            KeyError: there is no such article, or it has no such topic.
        """
        return self.article(article).passage(topic, aspect)


@cache
def opened() -> Library:
    """The library that this installation answers from. Those who start something ask for it, and pass it on."""
    return OneArticle(default())
