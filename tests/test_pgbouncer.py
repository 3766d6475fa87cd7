"""PgBouncer with the settings in deploy, between the bot and PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import pytest
import services
from services import Service
from sqlalchemy import text

from fascicle import ROOT
from fascicle.bot.servers import HOST, free_port
from fascicle.database import POSTGRESQL, Database

SETTINGS = (ROOT / "deploy/pgbouncer.ini").read_text(encoding="utf-8")
ROLE = (ROOT / "deploy/database.sql").read_text(encoding="utf-8")
PROGRAM = shutil.which("pgbouncer", path=f"/usr/sbin:{os.environ['PATH']}")
AT_ONCE = 60


def test_the_role_has_the_time_limits_that_a_connection_asks_for():
    def milliseconds(given: str) -> int:
        return int(given[:-1]) * 1000 if given.endswith("s") else int(given)

    asked = {name: milliseconds(value) for name, value in re.findall(r"-c (\w+)=(\S+)", str(POSTGRESQL["options"]))}
    given = {name: milliseconds(value) for name, value in re.findall(r"SET (\w*timeout) = '(\w+)'", ROLE)}
    assert given == asked


def test_no_statement_gets_into_the_log_as_in_the_cluster():
    ours = (ROOT / "deploy/templates/postgresql.conf").read_text(encoding="utf-8")
    for name in ("log_statement", "log_min_error_statement", "log_error_verbosity"):
        (value,) = re.findall(rf"^{name} = (\w+)$", ours, re.M)
        assert f"{name} = '{value}'" in ROLE


@pytest.fixture(scope="module")
def pooled() -> Iterator[Service]:
    """PgBouncer in front of a PostgreSQL server of its own whose role has the settings; without encryption and password."""
    if PROGRAM is None:
        pytest.skip("there is no pgbouncer here")
    with services.postgresql_server() as server, closing(psycopg2.connect(server.url)) as connection:
        connection.autocommit = True
        connection.cursor().execute(ROLE)
        port, behind = free_port(), server.url.rpartition(":")[2].partition("/")[0]
        settings = SETTINGS.replace("host=<postgres.example.org> port=5432 dbname=fascicle",
                                    f"host={HOST} port={behind} dbname=postgres user=fascicle")  # fmt: skip
        settings = settings.replace("listen_port = 6432", f"listen_port = {port}").replace(
            "listen_addr = *", f"listen_addr = {HOST}"
        )
        settings = re.sub(r"^(auth_file|\w+_tls_\w+) = .*\n?", "", settings.replace("scram-sha-256", "any"), flags=re.M)
        with TemporaryDirectory(prefix="pgbouncer-") as name:  # pytest's own folders are closed to other users
            (Path(name) / "pgbouncer.ini").write_text(settings)
            as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
            for path in (Path(name), Path(name) / "pgbouncer.ini"):
                path.chmod(0o755)
            url = f"postgresql://fascicle@{HOST}:{port}/fascicle"
            command = [*as_user, PROGRAM, "-q", f"{name}/pgbouncer.ini"]
            with services.running(url, command, Path(name), lambda: psycopg2.connect(url).close()) as service:
                yield service


@pytest.fixture
def database(pooled: Service) -> Iterator[Database]:
    made = Database(pooled.url)
    yield made
    made.close()


def ask(database: Database, statement: str) -> list[object]:
    async def all_at_once() -> list[object]:
        once = [database.run(lambda connection: connection.execute(text(statement)).scalar()) for _ in range(AT_ONCE)]
        return list(await asyncio.gather(*once))

    return asyncio.run(all_at_once())


def test_more_transactions_than_connections_are_all_done(database):
    assert ask(database, "SELECT 1 FROM pg_sleep(0.02)") == [1] * AT_ONCE


@pytest.mark.parametrize(("name", "value"), re.findall(r"SET (\w+) = '?([\w-]+)'?;", ROLE))
def test_the_settings_of_the_role_hold_behind_it(database, name, value):
    assert set(ask(database, f"SHOW {name}")) == {value}


def test_tables_are_made_through_it(database):
    assert ask(database, "SELECT count(*) FROM turns") == [0] * AT_ONCE
