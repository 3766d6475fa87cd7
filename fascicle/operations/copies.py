"""Copies of the counts for the article's editor: `python -m fascicle.operations.copies save FILE`, and `restore FILE`.

They are all of the database that may outlive it: conversations and ratings are kept for a time that people are told of, and a
copy would keep them longer.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import TypeVar

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import Connection

from fascicle import environment, private
from fascicle.database import Database
from fascicle.errors import StartError, Unavailable
from fascicle.operations.counts import TABLE, Count, read

FORMAT = "fascicle counts 1"
"""What a copy begins with."""
DAYS_SHOWN = 3
Result = TypeVar("Result")


class BadCopy(Exception):
    """A file is no copy, or not a whole one, or would be counted twice; the message says so in one line."""


def as_text(counts: Mapping[Count, int]) -> str:
    """A copy: a line that says what follows, and a line for each count."""
    lines = [json.dumps([count.day.isoformat(), *count[1:], number]) for count, number in sorted(counts.items())]
    body = "".join(f"{line}\n" for line in lines)
    head = {"format": FORMAT, "counts": len(lines), "sha256": hashlib.sha256(body.encode()).hexdigest()}
    return f"{json.dumps(head)}\n{body}"


def from_text(text: str) -> Counter[Count]:
    """What a copy holds.

    Raises:
        BadCopy: it is none, or a part of it is missing or changed.
    """
    head, _, body = text.partition("\n")
    try:
        said = json.loads(head)
        if said["format"] != FORMAT:
            raise ValueError
        if said["sha256"] != hashlib.sha256(body.encode()).hexdigest():
            raise BadCopy("a part of the copy is missing, or was changed")
        return Counter(dict(map(_row, body.splitlines())))
    except (ValueError, KeyError, TypeError):
        raise BadCopy("that is no copy of counts") from None


def _row(line: str) -> tuple[Count, int]:
    day, *words, number = json.loads(line)
    if len(words) != len(Count._fields) - 1 or not all(isinstance(word, str) for word in words) or type(number) is not int:
        raise ValueError
    return Count(date.fromisoformat(day), *words), number


def put_back(connection: Connection, counts: Mapping[Count, int], *, replace: bool) -> None:
    """Write counts into the table, whole days only, so that nothing is counted twice.

    Args:
        connection: a transaction.
        counts: what a copy holds.
        replace: whether days that have counts lose them for those of the copy.

    Raises:
        BadCopy: a day has counts, and is not to lose them.
    """
    days = {count.day for count in counts}
    there = set(connection.execute(select(TABLE.c.day).distinct()).scalars()) & days
    if there and not replace:
        raise BadCopy(f"{_listed(there)} already counted; --replace puts the copy in the place of that")
    connection.execute(delete(TABLE).where(TABLE.c.day.in_(there)))
    if counts:
        connection.execute(insert(TABLE), [count._asdict() | {"number": number} for count, number in counts.items()])


def _listed(days: set[date]) -> str:
    shown = ", ".join(day.isoformat() for day in sorted(days)[:DAYS_SHOWN])
    more = f" and {len(days) - DAYS_SHOWN} more days are" if len(days) > DAYS_SHOWN else " are" if len(days) > 1 else " is"
    return shown + more


def save(database: Database, path: Path) -> int:
    """Write a copy that nobody else can read; where that fails, the one before is left. Returns how many counts it has.

    Raises:
        Unavailable: the database failed.
        OSError: the file cannot be written.
    """
    counts = _run(database, lambda connection: read(connection, date.min))
    unfinished = path.with_name(f"{path.name}.new")
    private.close_file(unfinished)
    try:
        with unfinished.open("w", encoding="utf-8") as file:
            file.write(as_text(counts))
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
    return len(counts)


def restore(database: Database, path: Path, *, replace: bool) -> int:
    """Write what a copy holds into the database: all of it, or nothing. Returns how many counts that are.

    Raises:
        BadCopy: it is no copy, or would be counted twice.
        Unavailable: the database failed.
        OSError: the file cannot be read.
    """
    counts = from_text(path.read_text(encoding="utf-8", errors="replace"))
    _run(database, lambda connection: put_back(connection, counts, replace=replace))
    return len(counts)


def _run(database: Database, work: Callable[[Connection], Result]) -> Result:
    return asyncio.run(database.run(work))


def main(arguments: Sequence[str] | None = None) -> int:
    """Save or restore. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m fascicle.operations.copies", description="Copies of the counts for the article's editor."
    )
    parser.add_argument("what", choices=("save", "restore"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--replace", action="store_true", help="restore days that have counts already, in the place of those")
    options = parser.parse_args(arguments)
    environment.prepare_to_serve()
    import sanic.app  # noqa: F401  Sanic turns warnings on when it is imported

    environment.hide_warnings()
    from fascicle.bot import profile  # imported late: it brings Rasa with it

    try:
        with closing(profile.database()) as database:
            print(_done(database, options.what, options.file, options.replace))
    except (BadCopy, Unavailable, StartError, OSError) as error:
        said = getattr(error, "strerror", None) or error
        print(f"Could not {options.what} the counts: {said}", file=sys.stderr)
        return 1
    return 0


def _done(database: Database, what: str, path: Path, replace: bool) -> str:
    if what == "save":
        return f"{save(database, path)} counts saved to {path}"
    return f"{restore(database, path, replace=replace)} counts restored from {path}"


if __name__ == "__main__":
    sys.exit(main())
