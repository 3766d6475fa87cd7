"""The store in memory: for one article, for tests, and for whatever fits."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TypeVar

import numpy as np

from fascicle.errors import LibraryError
from fascicle.library.article import Article, Passage
from fascicle.library.names import Names, names_of
from fascicle.library.store import SIZE, Array, Entry, Hit, scope_of
from fascicle.library.stores import full_text

Result = TypeVar("Result")


class InMemory:
    """A store that is gone with the process. A change makes a new state; who reads the old one is not disturbed.

    Args:
        entries: what is in it.
        named: id of the article of questions that name none, if it is to be this one.
        built_in: id of the one that comes with the program.
    """

    def __init__(self, entries: Iterable[Entry] = (), *, named: str = "", built_in: str = "") -> None:
        self._named, self._built_in = named, built_in
        self._changing = threading.Lock()
        self._state = _State({entry.article.id: entry for entry in entries}, 1)

    @property
    def scope(self) -> Article | None:
        """As the contract says."""
        entries = self._state.entries
        name = scope_of(entries, self._named, self._built_in)
        if name and name not in entries:
            raise LibraryError(f"there is no article {name!r}, which questions are to be about that name none")
        return entries[name].article if name else None

    @property
    def default(self) -> Article:
        """As the contract says."""
        if not self._state.entries:
            raise LibraryError("there is no article in the library")
        return self.scope or next(iter(self._state.entries.values())).article

    @property
    def version(self) -> int:
        """As the contract says."""
        return self._state.version

    def __len__(self) -> int:
        return len(self._state.entries)

    def ids(self) -> tuple[str, ...]:
        """As the contract says."""
        return tuple(self._state.entries)

    def article(self, id_: str) -> Article:
        """As the contract says."""
        return self._state.entries[id_].article

    def cell(self, article: str, topic: str, aspect: str) -> Passage | None:
        """As the contract says."""
        return self.article(article).passage(topic, aspect)

    def names(self) -> Names:
        """As the contract says."""
        return self._state.names

    def search(self, terms: Sequence[str], *, articles: Collection[str] = (), limit: int = 50) -> list[Hit]:
        """As the contract says."""
        return self._state.search(terms, articles, limit)

    def articles_like(self, terms: Sequence[str], limit: int = 10) -> list[tuple[str, float]]:
        """As the contract says."""
        state = self._state
        return [(state.ids[number], score) for number, score in state.ask(lambda on: full_text.articles_like(on, terms, limit))]

    def document_frequency(self, terms: Sequence[str]) -> dict[str, int]:
        """As the contract says."""
        return self._state.ask(lambda on: {term: full_text.frequency(on, term) for term in terms})

    def vectors(self, article: str) -> Array | None:
        """As the contract says."""
        return self._state.entries[article].vectors

    def article_vectors(self) -> tuple[tuple[str, ...], Array]:
        """As the contract says."""
        having = {name: entry.likeness for name, entry in self._state.entries.items() if entry.likeness is not None}
        return tuple(having), np.array(list(having.values()), np.float32).reshape(-1, SIZE)

    def put(self, entries: Sequence[Entry]) -> None:
        """As the contract says."""
        self._change(lambda old: {**old, **{entry.article.id: entry for entry in entries}})

    def remove(self, ids: Sequence[str]) -> None:
        """As the contract says."""

        def without(old: Mapping[str, Entry]) -> dict[str, Entry]:
            if unknown := [name for name in ids if name not in old]:
                raise KeyError(unknown[0])
            return {name: entry for name, entry in old.items() if name not in ids}

        self._change(without)

    def _change(self, change: Callable[[Mapping[str, Entry]], dict[str, Entry]]) -> None:
        with self._changing:
            self._state = _State(change(self._state.entries), self._state.version + 1)

    def source(self, id_: str) -> bytes:
        """As the contract says."""
        return self._state.entries[id_].source

    def digests(self) -> Mapping[str, str]:
        """As the contract says."""
        return {name: entry.digest for name, entry in self._state.entries.items()}


class OneArticle(InMemory):
    """The library of a single article."""

    def __init__(self, article: Article) -> None:
        super().__init__([Entry(article)])


class _State:
    """What is there between two changes, with what is made of it when it is first asked for."""

    def __init__(self, entries: Mapping[str, Entry], version: int) -> None:
        self.entries = entries
        self.version = version
        self.ids = dict(enumerate(entries, 1))
        self._asking = threading.Lock()

    @cached_property
    def names(self) -> Names:
        """What every name stands for."""
        return names_of([entry.article for entry in self.entries.values()])

    @cached_property
    def _index(self) -> sqlite3.Connection:
        made = sqlite3.connect(":memory:", check_same_thread=False)
        made.executescript(full_text.TABLES)
        for number, name in self.ids.items():
            full_text.add(made, number, self.entries[name].article)
        return made

    def ask(self, question: Callable[[sqlite3.Connection], Result]) -> Result:
        """Ask the full text; one at a time."""
        with self._asking:
            return question(self._index)

    def search(self, terms: Sequence[str], articles: Collection[str], limit: int) -> list[Hit]:
        """The units with these words."""
        numbers = [number for number, name in self.ids.items() if name in articles] if articles else None
        rows = self.ask(lambda on: full_text.search(on, terms, numbers, limit))
        return [Hit(self.ids[number], passage, place, score) for number, passage, place, score in rows]
