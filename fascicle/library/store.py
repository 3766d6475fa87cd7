"""What a store of articles can do. `fascicle.library.stores` has those that there are; here is what holds for all of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.library.article import Article, Passage
from fascicle.library.names import Names

Array = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Array]
"""Turns texts into unit vectors, one row a text."""
SIZE = 384
"""Numbers of a vector."""


@dataclass(frozen=True)
class Hit:
    """A place that a search found.

    Args:
        article: id of its article.
        passage: id of its passage.
        sentence: which of the passage's units, counted from 0.
        score: how well it fits; higher is better, and only scores of one search can be compared.
    """

    article: str
    passage: str
    sentence: int
    score: float


@dataclass(frozen=True)
class Entry:
    """An article on its way into a store.

    Args:
        article: the article.
        digest: of all it was made from; the same digest is the same entry.
        source: what it can be made from again; the store only keeps it.
        vectors: of the units of all its passages, in order, shape (units, 384); None if there is no encoder.
        likeness: one vector for the whole article, shape (384,); None if there is no encoder.
    """

    article: Article
    digest: str = ""
    source: bytes = b""
    vectors: Array | None = None
    likeness: Array | None = None


class Library(Protocol):
    """A store of articles, as those see it who look things up. Every method may be called from several threads at once.

    What a method returns is of one state of the store: that before a change, or that after it.
    """

    @property
    def scope(self) -> Article | None:
        """The article of questions that name none.

        The one this installation names; else the only one there is; else the built-in one; else None.

        Raises:
            LibraryError: the one it names is not there.
        """

    @property
    def default(self) -> Article:
        """The same, and where there is none the first article, for what has to be of one.

        Raises:
            LibraryError: there is no article.
        """

    @property
    def version(self) -> int:
        """A number that is another one after every change, whoever made it. To ask takes microseconds."""

    def __hash__(self) -> int:
        """By which store it is, whatever is in it."""

    def __len__(self) -> int:
        """How many articles there are."""

    def ids(self) -> tuple[str, ...]:
        """Ids of all articles, in the order in which they came."""

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

    def names(self) -> Names:
        """Every name, with all that it may stand for in any article."""

    def search(self, terms: Sequence[str], *, articles: Collection[str] = (), limit: int = 50) -> list[Hit]:
        """The units in which most of these words stand, or under whose heading or topic's names; the best first.

        Args:
            terms: words as people write them; of one with several words these stand side by side. Forms of a word are alike.
            articles: ids of the articles to look in; all if empty.
            limit: how many at most.
        """

    def articles_like(self, terms: Sequence[str], limit: int = 10) -> list[tuple[str, float]]:
        """Ids of the articles that are most about these words, with scores as of hits; the best first."""

    def document_frequency(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many articles each of these words stands."""

    def vectors(self, article: str) -> Array | None:
        """Unit vectors of the units of all passages of an article, in order, shape (units, 384); None if it has none.

        Raises:
            KeyError: no article has this id.
        """

    def article_vectors(self) -> tuple[tuple[str, ...], Array]:
        """Ids of the articles that have vectors, and a unit vector for each, shape (articles, 384)."""


class Shelf(Library, Protocol):
    """A store of articles, as those see it who fill it."""

    def put(self, entries: Sequence[Entry]) -> None:
        """Add articles, each in place of the one that has its id; all of them or, where that fails, none.

        Raises:
            LibraryError: the store cannot be written to.
        """

    def remove(self, ids: Sequence[str]) -> None:
        """Take articles out; all of them or none.

        Raises:
            KeyError: no article has one of these ids.
            LibraryError: the store cannot be written to.
        """

    def source(self, id_: str) -> bytes:
        """What an article was made from.

        Raises:
            KeyError: no article has this id.
        """

    def digests(self) -> Mapping[str, str]:
        """The digest of each article, by its id."""


def is_searched(library: Library) -> bool:
    """Whether answers have to be looked for: there are several articles, or one that is quoted."""
    return len(library) > 1 or library.scope is None or library.scope.is_quoted


def scope_of(ids: Collection[str], named: str, built_in: str) -> str:
    """Id of the article of questions that name none; empty if there is none.

    Args:
        ids: of the articles that are there.
        named: the one that this installation names, there or not; empty if it names none.
        built_in: the one that comes with the program.
    """
    if named:
        return named
    if len(ids) == 1:
        return next(iter(ids))
    return built_in if built_in in ids else ""
