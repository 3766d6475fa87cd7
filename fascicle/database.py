"""The database that keeps conversations, ratings, and counts: SQLite or PostgreSQL, asked in threads and for a limited time."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

from sqlalchemy import MetaData, create_engine, event, text
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from fascicle import private
from fascicle.errors import Unavailable

SECONDS = 5.0
"""How long anything may take before it counts as failed."""
THREADS = 8
"""How many transactions run at once in PostgreSQL."""
MAKING_TABLES = 7041
"""Number of the lock in PostgreSQL under which tables are made."""
TABLES = MetaData()
"""All tables; a module that keeps something adds its own."""
SQLITE = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = NORMAL",  # safe in a crash of the program; a power cut may take the last turns
    "PRAGMA secure_delete = ON",  # what is deleted is overwritten, and not only marked as free
    "PRAGMA busy_timeout = 2000",
)
SQLITE_FILES = ("-wal", "-shm")
"""How the names of the files beside a database end."""
POSTGRESQL = {
    "connect_timeout": 2,
    "options": "-c statement_timeout=3000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000",
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
Result = TypeVar("Result")


class Database:
    """Runs work in transactions. Nothing is connected to before the first one, which also makes missing tables."""

    def __init__(self, url: str) -> None:
        """Set up the database.

        Args:
            url: as SQLAlchemy writes it: `sqlite:///path` or `postgresql://user:password@host/name`.

        Raises:
            sqlalchemy.exc.ArgumentError: that is no such address.
        """
        self._engine = _engine(url)
        self._is_sqlite = self._engine.dialect.name == "sqlite"
        self._threads = ThreadPoolExecutor(self._engine.pool.size(), "database")
        self._has_tables = False
        self._checking: Future[None] | None = None

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """Call `work` in a transaction, in a thread; it is rolled back if that raises.

        Raises:
            Unavailable: the database failed, or took more than `SECONDS`. What was to be written may then be written late.
        """
        return await self._result(self._threads.submit(self._transaction, work))

    async def check(self) -> None:
        """Return if the database answers. However often it is asked, one thread at most waits for a database that hangs.

        Raises:
            Unavailable: it does not, or still hangs from the last time.
        """
        if self._checking is not None and not self._checking.done():
            raise Unavailable("the database hangs")
        self._checking = self._threads.submit(self._transaction, lambda connection: connection.execute(text("SELECT 1")).close())
        await self._result(self._checking)

    async def _result(self, running: Future[Result]) -> Result:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(running), SECONDS)
        except asyncio.TimeoutError:
            raise Unavailable(f"the database took more than {SECONDS:g} s") from None
        except SQLAlchemyError as error:
            raise Unavailable(f"the database failed: {type(getattr(error, 'orig', None) or error).__name__}") from None

    async def scrub(self) -> None:
        """Have what was deleted leave the disk: SQLite keeps old pages in its write-ahead log; PostgreSQL does this in its time.

        Raises:
            Unavailable: it could not be done, or others were using the database all the time.
        """
        if self._is_sqlite:
            busy = await self.run(lambda connection: connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)")).scalar())
            if busy:
                raise Unavailable("the database is in use, and its log could not be emptied")

    def _transaction(self, work: Callable[[Connection], Result]) -> Result:
        if not self._has_tables:
            self._make_tables()
        with self._engine.begin() as connection:
            return work(connection)

    def _make_tables(self) -> None:
        """Make the tables that are missing; other processes that want to do so at the same time wait."""
        with self._engine.begin() as connection:
            connection.execute(text("BEGIN IMMEDIATE" if self._is_sqlite else f"SELECT pg_advisory_xact_lock({MAKING_TABLES})"))
            TABLES.create_all(connection)
        self._has_tables = True

    def close(self) -> None:
        """Let go of connections and threads."""
        self._threads.shutdown(wait=False)
        self._engine.dispose()


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, connect_args=POSTGRESQL, pool_size=THREADS, max_overflow=0, pool_timeout=3, pool_pre_ping=True)
    # One at a time: SQLite has one writer, and those that wait for it are not let in in order.
    engine = create_engine(url, connect_args={"check_same_thread": False}, poolclass=QueuePool, pool_size=1, max_overflow=0)
    _keep_private(engine)

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _: object) -> None:
        for statement in SQLITE:
            connection.execute(statement)

    return engine


def _keep_private(engine: Engine) -> None:
    """Have the files closed to others before SQLite opens them; it gives those that it makes the mode of the database."""
    path = engine.url.database
    if not path or path == ":memory:":
        return

    @event.listens_for(engine, "do_connect")
    def close(*_: object) -> None:
        with suppress(OSError):  # SQLite itself says what is wrong with the place
            for file in (path, *(f"{path}{end}" for end in SQLITE_FILES if os.path.exists(f"{path}{end}"))):
                private.close_file(file)


def conversation_of(sender: str) -> str:
    """What stands for a conversation beside its ratings: the sender's id cannot be told from it."""
    return hashlib.sha256(sender.encode()).hexdigest()[:12]
