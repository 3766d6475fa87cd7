"""Full text over articles, in two tables of FTS5 (https://www.sqlite.org/fts5.html): their units, and each as a whole."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator, Sequence

from fascicle.library.article import Article, Topic

TABLES = """
CREATE VIRTUAL TABLE unit USING fts5(
    text, heading, names, passage UNINDEXED, sentence UNINDEXED, tokenize = 'porter unicode61'
);
CREATE VIRTUAL TABLE whole USING fts5(title, names, headings, body, tokenize = 'porter unicode61');
"""
UNIT_RANK = "bm25(1.0, 0.8, 0.4)"
"""What a word counts in a unit's text, its heading, and the names of its topic."""
WHOLE_RANK = "bm25(6.0, 6.0, 2.0, 1.0)"
"""What a word counts in an article's title, the names of its topics, its headings, and its text."""
SPAN = 1 << 24
"""Rows that are kept for the units of one article, so that they stand together."""
MOST_TERMS = 64
"""Words that are looked for at most: the rest of a longer text says nothing new."""
COMMON = 500
"""Articles that have a word from which on it is common, and counts only where a rarer one stands."""
FEW = 5
"""Articles that are looked in one by one, which is quick however common a word is."""
_SPAN = " AND rowid >= ? AND rowid < ?"
Row = tuple[int, str, int, float]


def add(connection: sqlite3.Connection, number: int, article: Article) -> None:
    """Put an article into both tables.

    Args:
        connection: in a transaction.
        number: the article's own, greater than 0.
        article: one that is not in there.
    """
    rows = [(number * SPAN + place, *row) for place, row in enumerate(_units(article))]
    connection.executemany("INSERT INTO unit (rowid, text, heading, names, passage, sentence) VALUES (?, ?, ?, ?, ?, ?)", rows)
    names = "\n".join(alias for topic in article.topics.values() for alias in (topic.name, *topic.aliases))
    headings = "\n".join(dict.fromkeys(section for passage in article.passages for section, _ in passage.where))
    body = "\n".join(passage.full_text for passage in article.passages)
    connection.execute(
        "INSERT INTO whole (rowid, title, names, headings, body) VALUES (?, ?, ?, ?, ?)",
        (number, article.title, names, headings, body),
    )


def remove(connection: sqlite3.Connection, number: int) -> None:
    """Take an article out of both tables; the connection has to be in a transaction."""
    connection.execute("DELETE FROM unit WHERE rowid >= ? AND rowid < ?", (number * SPAN, (number + 1) * SPAN))
    connection.execute("DELETE FROM whole WHERE rowid = ?", (number,))


def search(connection: sqlite3.Connection, terms: Sequence[str], numbers: Sequence[int] | None, limit: int) -> list[Row]:
    """The best units for some words.

    Args:
        connection: to the tables.
        terms: the words.
        numbers: of the articles to look in; None for all.
        limit: how many units at most.

    Returns:
        Article's number, passage's id, which of its units, and the score of each, the best first.
    """
    wanted = _any_of(_phrases(terms))
    if not wanted:
        return []
    if numbers is not None and len(numbers) <= FEW:
        rows = [
            row for number in numbers for row in _found(connection, wanted, limit, _SPAN, (number * SPAN, (number + 1) * SPAN))
        ]
        return sorted(rows, key=lambda row: -row[-1])[:limit]
    wanted = _selective(connection, terms)
    if numbers is None:
        return _found(connection, wanted, limit)
    return _found(connection, wanted, limit, f" AND rowid / {SPAN} IN (SELECT value FROM json_each(?))", (str(list(numbers)),))


def _found(
    connection: sqlite3.Connection, wanted: str, limit: int, within: str = "", values: tuple[int | str, ...] = ()
) -> list[Row]:
    query = f"SELECT rowid, passage, sentence, rank FROM unit WHERE unit MATCH ? AND rank MATCH ?{within} ORDER BY rank LIMIT ?"
    rows = connection.execute(query, (wanted, UNIT_RANK, *values, limit))
    return [(row // SPAN, passage, sentence, -rank) for row, passage, sentence, rank in rows]


def _selective(connection: sqlite3.Connection, terms: Sequence[str]) -> str:
    """A query for any of these words that leaves out units which only have the common ones: to rank half of all takes long."""
    phrases = _phrases(terms)
    having = {phrase: _count(connection, phrase) for phrase in phrases}
    rare = [phrase for phrase in phrases if having[phrase] <= COMMON] or [min(phrases, key=having.__getitem__)]
    return _any_of(phrases) if len(rare) == len(phrases) else f"({_any_of(rare)}) AND ({_any_of(phrases)})"


def articles_like(connection: sqlite3.Connection, terms: Sequence[str], limit: int) -> list[tuple[int, float]]:
    """Number and score of the best articles for some words, the best first."""
    wanted = _any_of(_phrases(terms))
    if not wanted:
        return []
    query = "SELECT rowid, rank FROM whole WHERE whole MATCH ? AND rank MATCH ? ORDER BY rank LIMIT ?"
    return [(number, -rank) for number, rank in connection.execute(query, (wanted, WHOLE_RANK, limit))]


def frequency(connection: sqlite3.Connection, term: str) -> int:
    """In how many articles a word stands; FTS5's own list of words has them without their endings, and so is no help here."""
    wanted = _phrase(term)
    return _count(connection, wanted) if wanted else 0


def _count(connection: sqlite3.Connection, phrase: str) -> int:
    return int(connection.execute("SELECT count(*) FROM whole WHERE whole MATCH ?", (phrase,)).fetchone()[0])


def texts(connection: sqlite3.Connection, number: int) -> list[str]:
    """The units of an article, in order."""
    span = (number * SPAN, (number + 1) * SPAN - 1)
    return [text for (text,) in connection.execute("SELECT text FROM unit WHERE rowid BETWEEN ? AND ? ORDER BY rowid", span)]


def is_sound(connection: sqlite3.Connection) -> bool:
    """Whether both tables find what is in them; the connection has to be in a transaction."""
    try:
        for table in ("unit", "whole"):
            connection.execute(f"INSERT INTO {table} ({table}) VALUES ('integrity-check')")
    except sqlite3.DatabaseError:
        return False
    return True


def _units(article: Article) -> Iterator[tuple[str, str, str, str, int]]:
    for topic in article.topics.values():
        names = _names(article, topic)
        for passage in topic.passages.values():
            sections = [sentence.section for sentence in passage.sentences] or [passage.section]
            for place, (text, section) in enumerate(zip(passage.units, sections, strict=True)):
                yield text, section, names, passage.id, place


def _names(article: Article, topic: Topic) -> str:
    """The names of a topic, and those of what the article is about."""
    both = (topic, article.topics[article.subject])
    return "\n".join(dict.fromkeys([article.title, *(name for one in both for name in (one.name, *one.aliases))]))


def _any_of(phrases: Iterable[str]) -> str:
    """A query for any of these."""
    return " OR ".join(phrases)


def _phrases(terms: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(phrase for term in terms[:MOST_TERMS] if (phrase := _phrase(term))))


def _phrase(term: str) -> str:
    """A word, or several that stand side by side, as FTS5 reads it; empty if there is no letter in it."""
    words = re.findall(r"\w+", term)
    return f'"{" ".join(words)}"' if words else ""
