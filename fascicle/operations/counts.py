"""Counts for the editor of the article: what was asked, what it lacks, what helped. No word of anybody, and nobody's id."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, timezone
from typing import Any, NamedTuple

from sqlalchemy import Column, Date, Integer, String, Table, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from fascicle.database import TABLES, Database
from fascicle.errors import Unavailable
from fascicle.library import ASPECTS, Article
from fascicle.operations.ratings import RATINGS, Rating
from fascicle.reply import KINDS

MISSING, OUTSIDE = "missing", "outside"
"""What is counted beside kinds of replies and ratings: cells that the article does not fill, and subjects it does not discuss."""
WRITTEN_EVERY = 3.0
"""Seconds that counts may wait in memory."""
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
TABLE = Table(
    "counts",
    TABLES,
    Column("day", Date, primary_key=True),
    Column("what", String(32), primary_key=True),
    Column("topic", String(128), primary_key=True),
    Column("aspect", String(32), primary_key=True),
    Column("about", String(128), primary_key=True),
    Column("number", Integer, nullable=False),
)
"""How often something was the case on a day (UTC); columns that do not apply are empty."""
logger = logging.getLogger(__name__)


class Count(NamedTuple):
    """What is counted.

    Args:
        day: when.
        what: kind of a reply, a rating, `MISSING`, or `OUTSIDE`.
        topic: topic of the first passage that was shown, of the passage that was rated, or of the cell that is missing.
        aspect: its aspect.
        about: the outside subject, or the kind of a rated reply that showed no passage.
    """

    day: date
    what: str
    topic: str = ""
    aspect: str = ""
    about: str = ""


class Counts:
    """Counts in memory, and adds that to the database every few seconds, so that no turn waits for it or fails with it."""

    def __init__(self, database: Database, article: Article) -> None:
        """Set up.

        Args:
            database: where the counts are kept.
            article: the only names that are counted are its own.
        """
        self._database = database
        self._article = article
        self._outside = {entry.name for entry in article.outside}
        self._waiting: Counter[Count] = Counter()
        self._writing: asyncio.Task[None] | None = None

    def reply(self, message: Mapping[str, Any], aside: Mapping[str, Any]) -> None:
        """Count a reply.

        Args:
            message: as it is sent.
            aside: what stood beside it (`fascicle.bot.turn.ASIDE`).
        """
        if message["kind"] in KINDS:
            passage: Mapping[str, str] = next(iter(message.get("passages", ())), {})
            self._add(message["kind"], passage.get("topic", ""), passage.get("aspect", ""))
        for topic, aspect in aside.get("missing", ()):
            if topic in self._article.topics and aspect in ASPECTS:
                self._add(MISSING, topic, aspect)
        for name in aside.get("outside", ()):
            if name in self._outside:
                self._add(OUTSIDE, about=name)

    def rating(self, rating: Rating, before: str | None) -> None:
        """Count a rating.

        Args:
            rating: what was checked against `feedback.schema`.
            before: how the same message had been rated before, if it was.
        """
        for passage in rating.passages or ("",):
            topic, _, aspect = passage.partition(".")
            about = "" if passage else rating.kind
            self._add(rating.rating, topic, aspect, about)
            if before in RATINGS:
                self._add(before, topic, aspect, about, -1)

    def _add(self, what: str, topic: str = "", aspect: str = "", about: str = "", number: int = 1) -> None:
        self._waiting[Count(datetime.now(timezone.utc).date(), what, topic, aspect, about)] += number
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_regularly())

    async def _write_regularly(self) -> None:
        while self._waiting:
            await asyncio.sleep(WRITTEN_EVERY)
            await self.write()

    async def write(self) -> None:
        """Add what waits to the database; where that fails, it is lost."""
        counted, self._waiting = self._waiting, Counter()
        rows = [count._asdict() | {"number": number} for count, number in sorted(counted.items()) if number]
        if rows:
            try:
                await self._database.run(lambda connection: _add_rows(connection, rows))
            except Unavailable as error:
                logger.warning("Counts were lost: %s", error)

    async def close(self) -> None:
        """Write what waits, and stop."""
        if self._writing is not None:
            self._writing.cancel()
            with suppress(asyncio.CancelledError):
                await self._writing
        await self.write()


def _add_rows(connection: Connection, rows: list[dict[str, Any]]) -> None:
    insert = INSERTS[connection.dialect.name](TABLE).values(rows)
    total = TABLE.c.number + insert.excluded.number
    connection.execute(insert.on_conflict_do_update(index_elements=list(TABLE.primary_key), set_={"number": total}))


def read(connection: Connection, since: date) -> Counter[Count]:
    """All counts from a day on."""
    rows = connection.execute(select(TABLE).where(TABLE.c.day >= since))
    return Counter({Count(row.day, row.what, row.topic, row.aspect, row.about): row.number for row in rows})
