"""The database that all parts share: SQLite and PostgreSQL, asked by several threads and processes."""

import asyncio
import time

import pytest
from sqlalchemy import text

from fascicle import database
from fascicle.database import Database
from fascicle.errors import Unavailable


@pytest.fixture
def url(tmp_path):
    return f"sqlite:///{tmp_path / 'test.sqlite'}"


def one(connection):
    return connection.execute(text("SELECT 1")).scalar()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_all_may_begin_at_once(kind, url, request):
    if kind == "postgresql":
        url = request.getfixturevalue("postgresql_server").url

    async def run():
        made = [Database(url) for _ in range(4)]
        found = await asyncio.gather(*(each.run(one) for each in made for _ in range(4)))
        for each in made:
            each.close()
        return found

    assert asyncio.run(run()) == [1] * 16


def test_a_database_that_hangs_keeps_one_thread_of_those_who_check_it(url, monkeypatch):
    monkeypatch.setattr(database, "SECONDS", 0.2)
    hanging = Database(url)
    monkeypatch.setattr(hanging, "_transaction", lambda work: time.sleep(1.5))

    async def check():
        began = time.monotonic()
        for _ in range(20):
            with pytest.raises(Unavailable):
                await hanging.check()
        return time.monotonic() - began

    assert asyncio.run(check()) < 1
    assert len(hanging._threads._threads) == 1
