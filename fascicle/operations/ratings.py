"""Whether answers helped: what the widget sends, checked, and the table that keeps it without anyone's words."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any

import jsonschema
from sqlalchemy import Column, Date, Integer, String, Table, Text, UniqueConstraint, select
from sqlalchemy.engine import Connection

from fascicle import sent
from fascicle.database import TABLES, Database, conversation_of
from fascicle.errors import NotSent
from fascicle.library import Library, is_searched
from fascicle.reply import KINDS

RATINGS = ("helpful", "unhelpful")
MAX_PASSAGES = 50
PASSAGE = r"^[a-z0-9_]{1,128}\.[a-z0-9_]{1,32}\Z"
"""Form of a passage's id."""
TABLE = Table(
    "ratings",
    TABLES,
    Column("number", Integer, primary_key=True),
    Column("day", Date, nullable=False),
    Column("conversation", String(12), nullable=False),
    Column("message", String(32), nullable=False),
    Column("rating", String(16), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("passages", Text, nullable=False),
    UniqueConstraint("conversation", "message"),
)
"""A rating a row; `passages` has the ids of the passages that were shown, with spaces between them."""


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


def schema(articles: Library) -> jsonschema.Draft7Validator:
    """What a rating has to look like: nothing but ids and words of fixed lists gets through.

    The passages of a library are too many to be listed, and change; their ids are of one form.
    """
    listed = {"enum": [passage.id for passage in articles.default.passages]}
    passages: dict[str, Any] = {"type": "string", "pattern": PASSAGE} if is_searched(articles) else listed
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


class Ratings:
    """The ratings in the database. The last one of a message counts, and is the only one kept.

    Only a message that was sent is rated: what is kept without a conversation would be erased with none. Ratings go with their
    conversation (`fascicle.bot.conversations`): the column `conversation` says which rows those are.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, rating: Rating) -> str | None:
        """Keep a rating in place of an earlier one of the same message; returns the earlier one.

        Raises:
            NotSent: there is no such message in that conversation.
            Unavailable: it could not be kept.
        """
        today = datetime.now(timezone.utc).date()
        row = asdict(rating) | {"day": today, "passages": " ".join(rating.passages)}
        same = (TABLE.c.conversation == rating.conversation) & (TABLE.c.message == rating.message)

        def replace(connection: Connection) -> str | None:
            if not sent.was_sent(connection, rating.conversation, rating.message):
                raise NotSent
            before: str | None = connection.execute(select(TABLE.c.rating).where(same)).scalar()
            connection.execute(TABLE.delete().where(same))
            connection.execute(TABLE.insert().values(row))
            return before

        return await self._database.run(replace)
