"""The store in a file of SQLite: for a library on one machine, which one process fills while others read."""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from fascicle import private
from fascicle.errors import LibraryError
from fascicle.library.article import Article, Passage
from fascicle.library.names import Name, Names, names_of
from fascicle.library.store import Array, Entry, Hit, scope_of
from fascicle.library.stores import full_text, record, schema, vectors

KEPT = 256
"""Articles that stay unpacked, those used last."""
BY_LABEL = "CASE label WHEN 'topic' THEN 1 WHEN 'passage' THEN 2 ELSE 3 END"
"""The order of what a name may stand for, as in `fascicle.library.names`."""
Result = TypeVar("Result")


class SqliteLibrary:
    """A store in a file. Each thread has a connection of its own; what is read never waits for what is written.

    Args:
        path: the file; closed to other accounts.
        make: whether to make it if there is none.
        named: id of the article of questions that name none, if it is to be this one.
        built_in: id of the one that comes with the program.

    Raises:
        LibraryError: there is no such file, or it is no library.
    """

    def __init__(self, path: Path, *, make: bool = False, named: str = "", built_in: str = "") -> None:
        self._path, self._named, self._built_in = path, named, built_in
        self._own = threading.local()
        self._unpacked: OrderedDict[tuple[str, int], Article] = OrderedDict()
        self._made: dict[str, tuple[int, Any]] = {}
        self._keeping = threading.Lock()
        _see_to(path, make=make)
        with self._errors():
            schema.prepare(self._connection, str(path))

    @property
    def scope(self) -> Article | None:
        """As the contract says."""
        name = scope_of(self.ids(), self._named, self._built_in)
        try:
            return self.article(name) if name else None
        except KeyError:
            raise LibraryError(f"{self._path}: has no article {name!r}, which questions are to be about that name none") from None

    @property
    def default(self) -> Article:
        """As the contract says."""
        if not len(self):
            raise LibraryError(f"{self._path}: there is no article in the library")
        return self.scope or self.article(self.ids()[0])

    @property
    def version(self) -> int:
        """As the contract says."""
        with self._errors():
            return _version(self._connection)

    def __len__(self) -> int:
        return len(self.ids())

    def ids(self) -> tuple[str, ...]:
        """As the contract says."""
        return tuple(self._once("numbers", _numbers).values())

    def article(self, id_: str) -> Article:
        """As the contract says."""
        (stamp,) = self._row("stamp", id_)
        with self._keeping:
            if (id_, stamp) in self._unpacked:
                self._unpacked.move_to_end((id_, stamp))
                return self._unpacked[id_, stamp]
        stamp, content = self._row("stamp, record", id_)
        article = record.unpacked(content)
        with self._keeping:
            self._unpacked[id_, stamp] = article
            while len(self._unpacked) > KEPT:
                self._unpacked.popitem(last=False)
        return article

    def cell(self, article: str, topic: str, aspect: str) -> Passage | None:
        """As the contract says."""
        return self.article(article).passage(topic, aspect)

    def names(self) -> Names:
        """As the contract says."""
        return self._once("names", _names)

    def search(self, terms: Sequence[str], *, articles: Collection[str] = (), limit: int = 50) -> list[Hit]:
        """As the contract says."""
        with self._reading() as on:
            ids = self._once("numbers", _numbers)
            numbers = [number for number, name in ids.items() if name in articles] if articles else None
            rows = full_text.search(on, terms, numbers, limit)
        return [Hit(ids[number], passage, place, score) for number, passage, place, score in rows]

    def articles_like(self, terms: Sequence[str], limit: int = 10) -> list[tuple[str, float]]:
        """As the contract says."""
        with self._reading() as on:
            ids = self._once("numbers", _numbers)
            return [(ids[number], score) for number, score in full_text.articles_like(on, terms, limit)]

    def document_frequency(self, terms: Sequence[str]) -> dict[str, int]:
        """As the contract says."""
        with self._reading() as on:
            return {term: full_text.frequency(on, term) for term in terms}

    def vectors(self, article: str) -> Array | None:
        """As the contract says."""
        (content,) = self._row("vectors", article)
        return None if content is None else vectors.unpacked(content)

    def article_vectors(self) -> tuple[tuple[str, ...], Array]:
        """As the contract says."""
        return self._once("article_vectors", _article_vectors)

    def put(self, entries: Sequence[Entry]) -> None:
        """As the contract says."""
        with self._writing() as on:
            for entry in entries:
                _put(on, entry, _version(on))

    def remove(self, ids: Sequence[str]) -> None:
        """As the contract says."""
        with self._writing() as on:
            for name in ids:
                _take_out(on, _number(on, name))

    def source(self, id_: str) -> bytes:
        """As the contract says."""
        return bytes(self._row("source", id_)[0])

    def digests(self) -> Mapping[str, str]:
        """As the contract says."""
        with self._reading() as on:
            return dict(on.execute("SELECT id, digest FROM article ORDER BY number"))

    def faults(self) -> Iterator[str]:
        """What is wrong with the file itself, a line each."""
        with self._errors():
            on = self._connection
            yield from (said for (said,) in on.execute("PRAGMA integrity_check") if said != "ok")
            on.execute("BEGIN IMMEDIATE")
            sound = full_text.is_sound(on)
            on.execute("ROLLBACK")
        if not sound:
            yield "the full text is not sound"
        for name in self.ids():
            units = [unit for passage in self.article(name).passages for unit in passage.units]
            rows = self.vectors(name)
            if rows is not None and len(rows) != len(units):
                yield f"{name}: has vectors of other sentences"
            with self._reading() as on:
                if full_text.texts(on, _number(on, name)) != units:
                    yield f"{name}: the full text is of other sentences"

    def _row(self, columns: str, id_: str) -> tuple[Any, ...]:
        with self._errors():
            row = self._connection.execute(f"SELECT {columns} FROM article WHERE id = ?", (id_,)).fetchone()
        if row is None:
            raise KeyError(id_)
        return tuple(row)

    def _once(self, name: str, read: Callable[[sqlite3.Connection], Result]) -> Result:
        """What is read of the whole library, kept until the library is another one."""
        with self._reading() as on:
            version = _version(on)
            with self._keeping:
                if self._made.get(name, (0, None))[0] == version:
                    return self._made[name][1]
            made = read(on)
            with self._keeping:
                self._made[name] = version, made
            return made

    @property
    def _connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        if not hasattr(self._own, "connection"):
            made = sqlite3.connect(self._path, isolation_level=None)
            for setting in schema.SETTINGS:
                made.execute(setting)
            self._own.connection = made
        return self._own.connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        """A connection that sees one state of the file, even while others change it."""
        with self._errors():
            on = self._connection
            if on.in_transaction:
                yield on
                return
            on.execute("BEGIN")
            try:
                yield on
            finally:
                on.execute("ROLLBACK")

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction: all that is done in it is there afterwards, or nothing."""
        with self._errors():
            on = self._connection
            on.execute("BEGIN IMMEDIATE")
            try:
                on.execute("UPDATE state SET version = version + 1")
                yield on
                on.execute("COMMIT")
            except BaseException:
                if on.in_transaction:
                    on.execute("ROLLBACK")
                raise

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise LibraryError(f"{self._path}: {error}") from error


def _see_to(path: Path, *, make: bool) -> None:
    """Have the file closed to other accounts before SQLite opens it; the files beside it get its mode."""
    try:
        if make:
            if not path.parent.exists():
                private.make_folder(path.parent)
        elif not path.is_file():
            raise LibraryError(f"{path}: there is no such library; `python -m fascicle library add` makes one")
        private.close_file(path)
    except OSError as error:
        raise LibraryError(f"{path}: {error.strerror}") from error


def _version(on: sqlite3.Connection) -> int:
    return int(on.execute("SELECT version FROM state").fetchone()[0])


def _number(on: sqlite3.Connection, name: str) -> int:
    row = on.execute("SELECT number FROM article WHERE id = ?", (name,)).fetchone()
    if row is None:
        raise KeyError(name)
    return int(row[0])


def _numbers(on: sqlite3.Connection) -> dict[int, str]:
    return dict(on.execute("SELECT number, id FROM article ORDER BY number"))


def _names(on: sqlite3.Connection) -> Names:
    """What `names_of` all articles would give, without unpacking them."""
    found: dict[str, dict[Name, None]] = {}
    rows = on.execute(
        "SELECT alias, label, value, id, weak FROM name JOIN article ON article.number = name.article"
        f" ORDER BY {BY_LABEL}, article.number, name.rowid"
    )
    for alias, label, value, article, weak in rows:
        found.setdefault(alias, {})[Name(label, value, article, bool(weak))] = None
    return {alias: tuple(names) for alias, names in found.items()}


def _article_vectors(on: sqlite3.Connection) -> tuple[tuple[str, ...], Array]:
    rows = on.execute("SELECT id, likeness FROM article WHERE likeness IS NOT NULL ORDER BY number").fetchall()
    return tuple(name for name, _ in rows), vectors.unpacked(b"".join(content for _, content in rows))


def _put(on: sqlite3.Connection, entry: Entry, stamp: int) -> None:
    article = entry.article
    old = on.execute("SELECT number FROM article WHERE id = ?", (article.id,)).fetchone()
    if old:
        _take_out(on, old[0])
    rows = None if entry.vectors is None else vectors.packed(entry.vectors)
    likeness = None if entry.likeness is None else vectors.packed(entry.likeness[None])
    made = on.execute(
        "INSERT INTO article (number, id, stamp, digest, record, source, vectors, likeness) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (old[0] if old else None, article.id, stamp, entry.digest, record.packed(article), entry.source, rows, likeness),
    )
    number = int(made.lastrowid or 0)
    full_text.add(on, number, article)
    on.executemany(
        "INSERT INTO name (article, alias, label, value, weak) VALUES (?, ?, ?, ?, ?)",
        [(number, alias, name.label, name.value, name.weak) for alias, names in names_of([article]).items() for name in names],
    )


def _take_out(on: sqlite3.Connection, number: int) -> None:
    full_text.remove(on, number)
    on.execute("DELETE FROM name WHERE article = ?", (number,))
    on.execute("DELETE FROM article WHERE number = ?", (number,))
