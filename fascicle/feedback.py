"""Whether answers helped: what the widget sends, checked, and the file that keeps it without anyone's words."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Protocol

import jsonschema

from fascicle.article import Article
from fascicle.reply import KINDS

RATINGS = ("helpful", "unhelpful")
MAX_PASSAGES = 50


@dataclass(frozen=True)
class Rating:
    """What a person thought of one message of the bot.

    Args:
        conversation: the same for all ratings of a conversation; the sender's id cannot be told from it.
        message: id of the message.
        rating: one of `RATINGS`.
        kind: the message's kind.
        passages: ids of the passages it showed.
    """

    conversation: str
    message: str
    rating: str
    kind: str
    passages: tuple[str, ...]

    @classmethod
    def of(cls, body: dict[str, Any]) -> Rating:
        """The rating in a request that `schema` found valid."""
        return cls(conversation_of(body["sender"]), body["message"], body["rating"], body["kind"], tuple(body["passages"]))


def conversation_of(sender: str) -> str:
    """What stands for a conversation beside its ratings: the sender's id cannot be told from it."""
    return hashlib.sha256(sender.encode()).hexdigest()[:12]


def schema(article: Article) -> jsonschema.Draft7Validator:
    """What a rating has to look like: nothing but ids and words of fixed lists gets through."""
    passages = {"enum": [passage.id for passage in article.passages]}
    properties: dict[str, Any] = {
        "sender": {"type": "string"},
        "message": {"type": "string", "pattern": r"^[0-9a-f]{32}\Z"},
        "rating": {"enum": list(RATINGS)},
        "kind": {"enum": list(KINDS)},
        "passages": {"type": "array", "items": passages, "maxItems": MAX_PASSAGES, "uniqueItems": True},
    }
    return jsonschema.Draft7Validator(
        {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}
    )


class FeedbackStore(Protocol):
    """Where ratings are kept."""

    def add(self, rating: Rating) -> None:
        """Keep a rating; a later one of the same message counts in its place."""


class SqliteFeedback:
    """A file that ratings are added to. Table `ratings` has all, view `counted` the last one of each message."""

    _TABLES = """
        CREATE TABLE IF NOT EXISTS ratings (
            number INTEGER PRIMARY KEY, at TEXT NOT NULL, conversation TEXT NOT NULL, message TEXT NOT NULL,
            rating TEXT NOT NULL, kind TEXT NOT NULL, passages TEXT NOT NULL
        );
        CREATE INDEX IF NOT EXISTS ratings_by_message ON ratings (message);
        CREATE VIEW IF NOT EXISTS counted AS
            SELECT * FROM ratings WHERE number IN (SELECT max(number) FROM ratings GROUP BY message);
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, rating: Rating) -> None:
        """Keep a rating; the file is made with the first one.

        Raises:
            sqlite3.Error: it cannot be written.
        """
        now = datetime.now(timezone.utc).isoformat(timespec="seconds")
        row = (now, rating.conversation, rating.message, rating.rating, rating.kind, json.dumps(rating.passages))
        with closing(sqlite3.connect(self._path)) as database, database:
            database.executescript(self._TABLES)
            database.execute(
                "INSERT INTO ratings (at, conversation, message, rating, kind, passages) VALUES (?, ?, ?, ?, ?, ?)", row
            )
