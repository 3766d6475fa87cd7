"""The tables of a library's file, and how the file of an earlier program comes to have them."""

from __future__ import annotations

import sqlite3

from fascicle.errors import LibraryError
from fascicle.library.stores import full_text

APPLICATION = 0x66617363
"""What tells a library from other files of SQLite."""
_FIRST = f"""
CREATE TABLE article (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stamp INTEGER NOT NULL, digest TEXT NOT NULL,
    record BLOB NOT NULL, source BLOB NOT NULL, vectors BLOB, likeness BLOB
);
CREATE TABLE name (
    article INTEGER NOT NULL REFERENCES article (number), alias TEXT NOT NULL, label TEXT NOT NULL, value TEXT NOT NULL,
    weak INTEGER NOT NULL
);
CREATE INDEX name_of_article ON name (article);
CREATE TABLE state (version INTEGER NOT NULL);
INSERT INTO state VALUES (1);
{full_text.TABLES}
PRAGMA application_id = {APPLICATION};
"""
MIGRATIONS = (_FIRST,)
"""What makes each form of the file out of the one before; the first makes it out of an empty file."""
SETTINGS = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = NORMAL", "PRAGMA busy_timeout = 10000")


def prepare(connection: sqlite3.Connection, name: str) -> None:
    """See that a file is a library and has today's tables.

    Args:
        connection: without transactions of its own (`isolation_level=None`).
        name: of the file, for messages.

    Raises:
        LibraryError: it is none, or one of a later program.
        sqlite3.Error: SQLite cannot read it.
    """
    form, application = _form(connection)
    if (form, application) != (0, 0) and application != APPLICATION:
        raise LibraryError(f"{name}: is no library")
    if form > len(MIGRATIONS):
        raise LibraryError(f"{name}: is of a later program (form {form}; this one reads {len(MIGRATIONS)})")
    if form == len(MIGRATIONS):
        return
    if form == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
        raise LibraryError(f"{name}: is no library")
    _migrate(connection)


def _form(connection: sqlite3.Connection) -> tuple[int, int]:
    form, application = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("user_version", "application_id"))
    return form, application


def _migrate(connection: sqlite3.Connection) -> None:
    """Make today's tables, in one transaction; another process that wants to do so waits and finds it done."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        form, _ = _form(connection)
        for statements in MIGRATIONS[form:]:
            for statement in filter(str.strip, statements.split(";\n")):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
