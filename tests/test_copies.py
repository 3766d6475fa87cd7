"""Copies of the counts: what was saved comes back once, whole or not at all, from and into either kind of database."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
from collections import Counter
from datetime import date

import pytest
from services import Service, new_database

from fascicle import ROOT
from fascicle.bot.rows import CONVERSATIONS, TURNS
from fascicle.database import Database
from fascicle.operations.copies import BadCopy, as_text, from_text, put_back, restore, save
from fascicle.operations.counts import Count, read

DAY, NEXT = date(2026, 3, 1), date(2026, 3, 2)
COUNTS = Counter(
    {
        Count(DAY, "answer", "als", "causes"): 12,
        Count(DAY, "missing", "als", "duration"): 3,
        Count(NEXT, "unhelpful", "", "", "clarification"): -1,
        Count(NEXT, "outside", about='nerve "block" \u00e9'): 2,
    }
)


@pytest.fixture(params=["sqlite", "postgresql"])
def databases(request, tmp_path):
    """Two empty databases: one that is copied, and one that a copy is put into."""
    if request.param == "sqlite":
        urls = [f"sqlite:///{tmp_path / name}.sqlite" for name in ("one", "two")]
    else:
        server: Service = request.getfixturevalue("postgresql_server")
        urls = [new_database(server), new_database(server)]
    made = [Database(url) for url in urls]
    yield made
    for database in made:
        database.close()


def counts_of(database: Database) -> Counter[Count]:
    return asyncio.run(database.run(lambda connection: read(connection, date.min)))


def put(database: Database, counts: Counter[Count]) -> None:
    asyncio.run(database.run(lambda connection: put_back(connection, counts, replace=False)))


def test_what_is_saved_comes_back(databases, tmp_path):
    old, new = databases
    put(old, COUNTS)
    assert save(old, tmp_path / "copy") == len(COUNTS)
    assert restore(new, tmp_path / "copy", replace=False) == len(COUNTS)
    assert counts_of(new) == COUNTS == counts_of(old)


def test_nothing_is_counted_twice(databases, tmp_path):
    database, _ = databases
    put(database, COUNTS)
    save(database, tmp_path / "copy")
    with pytest.raises(BadCopy, match="2026-03-01, 2026-03-02 are already counted"):
        restore(database, tmp_path / "copy", replace=False)
    assert counts_of(database) == COUNTS


def test_days_are_replaced_when_that_is_asked_for_and_others_stay(databases, tmp_path):
    database, other = databases
    later = Counter({Count(date(2026, 4, 1), "answer", "als", "causes"): 1})
    put(database, COUNTS)
    save(database, tmp_path / "copy")
    put(other, later | Counter({Count(DAY, "answer", "als", "causes"): 5000}))
    restore(other, tmp_path / "copy", replace=True)
    assert counts_of(other) == {**COUNTS, **later}


def test_an_empty_table_is_copied_as_well(databases, tmp_path):
    old, new = databases
    assert save(old, tmp_path / "copy") == 0
    assert restore(new, tmp_path / "copy", replace=False) == 0


def test_a_copy_holds_counts_and_nothing_of_conversations(tmp_path, database):
    async def say() -> None:
        def write(connection) -> None:
            at = {"version": 1, "first": 1, "opening": "[]", "updated_at": 1.0}
            connection.execute(CONVERSATIONS.insert().values(sender_id="secret-sender", incarnation="a", **at))
            connection.execute(TURNS.insert().values(sender_id="secret-sender", number=1, at=1.0, events="my secret words"))

        await database.run(write)

    asyncio.run(say())
    put(database, COUNTS)
    save(database, tmp_path / "copy")
    assert "secret" not in (tmp_path / "copy").read_text()


def test_nobody_else_can_read_a_copy_and_there_is_always_a_whole_one(tmp_path, database, monkeypatch):
    copy = tmp_path / "copy"
    put(database, COUNTS)
    save(database, copy)
    assert copy.stat().st_mode & 0o777 == 0o600
    before = copy.read_text()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        save(database, copy)
    assert copy.read_text() == before
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("copy")] == ["copy"]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda text: "",
        lambda text: "[]\n",
        lambda text: "null\n",
        lambda text: text.replace("fascicle counts 1", "fascicle counts 2"),
        lambda text: text[:-5],
        lambda text: text.rsplit("\n", 2)[0] + "\n",
        lambda text: text.replace("12]", "13]"),
        lambda text: text + text,
        lambda text: "\x00" + text,
    ],
)
def test_a_broken_copy_is_refused_and_changes_nothing(break_it, tmp_path, database):
    (tmp_path / "copy").write_text(break_it(as_text(COUNTS)))
    with pytest.raises(BadCopy):
        restore(database, tmp_path / "copy", replace=True)
    assert counts_of(database) == Counter()


@pytest.mark.parametrize("line", ['["2026-03-01"]', '["someday", "a", "b", "c", "d", 1]', '["2026-03-01", 1, "b", "c", "d", 1]',
                                  '["2026-03-01", "a", "b", "c", "d", true]', "{}", "1"])  # fmt: skip
def test_a_line_that_is_no_count_is_refused(line):
    body = line + "\n"
    head = json.dumps({"format": "fascicle counts 1", "counts": 1, "sha256": hashlib.sha256(body.encode()).hexdigest()})
    with pytest.raises(BadCopy, match="no copy"):
        from_text(f"{head}\n{body}")


def test_the_command_saves_and_restores_and_says_in_one_line_what_is_wrong(tmp_path):
    def call(state: str, *words: str) -> subprocess.CompletedProcess[str]:
        given = os.environ | {"FASCICLE_STATE": str(tmp_path / state), "FASCICLE_PROFILE": "local"}
        command = [sys.executable, "-m", "fascicle.operations.copies", *words]
        return subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, check=False)

    (tmp_path / "one").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'one/fascicle.sqlite'}")
    put(database, COUNTS)
    database.close()
    copy = str(tmp_path / "copy")
    assert call("one", "save", copy).stdout == f"4 counts saved to {copy}\n"
    assert call("two", "restore", copy).stdout == f"4 counts restored from {copy}\n"
    again = call("two", "restore", copy)
    assert (again.returncode, again.stderr.count("\n")) == (1, 1)
    missing = call("two", "restore", str(tmp_path / "nothing"))
    assert (missing.returncode, missing.stderr) == (1, "Could not restore the counts: No such file or directory\n")
