"""PostgreSQL and Redis behind encryption, at the addresses that the Helm chart makes: they have to show who they are."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
import redis
import services
from rasa.utils.endpoints import EndpointConfig
from ruamel.yaml import YAML
from services import Service
from sqlalchemy import text

from fascicle import ROOT
from fascicle.bot import locks
from fascicle.bot.locks import RedisLocks
from fascicle.bot.servers import free_port
from fascicle.database import Database
from fascicle.errors import TooMany, Unavailable
from fascicle.web import throttle
from fascicle.web.throttle import Limits, RateLimiter

NAME = "localhost"


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """This is about who is talked to, and not about how long they may take on a busy machine."""
    monkeypatch.setattr(locks, "REDIS_SECONDS", 10)
    monkeypatch.setattr(throttle, "COUNT_SECONDS", 10)


def address(variable: str, **values: str) -> str:
    """The address that a Rasa server finds in its environment, for another place, password, and certificate."""
    for each in YAML(typ="safe").load_all((ROOT / "deploy/helm/example.yml").read_text()):
        if each["kind"] == "Deployment" and each["metadata"]["name"] == "fascicle-rasa":
            variables = each["spec"]["template"]["spec"]["containers"][0]["env"]
            (made,) = [one["value"] for one in variables if one["name"] == variable]
            for old, new in values.items():
                assert old in made, f"{made} has no {old}"
                made = made.replace(old, new)
            return made
    raise AssertionError("the chart makes no such Deployment")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate of this computer and its key, and one that somebody else made for the same name."""
    folder = tmp_path_factory.mktemp("certificates")
    for name in ("ours", "theirs"):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={NAME}",
             "-addext", f"subjectAltName=DNS:{NAME}", "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"],
            check=True, capture_output=True,
        )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def postgresql(certificates: Path) -> Iterator[Service]:
    """A PostgreSQL server that can speak in secret."""
    with services.postgresql_server() as service, closing(psycopg2.connect(service.url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        cursor.execute("SHOW data_directory")
        data = Path(cursor.fetchone()[0])
        for end in ("crt", "key"):
            shutil.copy(certificates / f"ours.{end}", data / f"server.{end}")
            (data / f"server.{end}").chmod(0o600)
            if os.geteuid() == 0:
                shutil.chown(data / f"server.{end}", "postgres")
        cursor.execute("ALTER SYSTEM SET ssl = on")
        cursor.execute("SELECT pg_reload_conf()")
        yield service


@pytest.fixture(scope="module")
def encrypted_redis(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A Redis server that speaks in secret only."""
    port, password, folder = free_port(), secrets.token_hex(8), tmp_path_factory.mktemp("redis")
    options = {
        "port": "0", "tls-port": str(port), "tls-auth-clients": "no", "save": "", "requirepass": password,
        "tls-cert-file": str(certificates / "ours.crt"), "tls-key-file": str(certificates / "ours.key"),
        "tls-ca-cert-file": str(certificates / "ours.crt"),
    }  # fmt: skip
    program = services.found("redis-server", "usr/sbin")
    command = [program, *(word for name, value in options.items() for word in (f"--{name}", value))]
    url = redis_address(f"{password}@{NAME}:{port}", certificates / "ours.crt")
    with services.running(url, command, folder, redis.Redis.from_url(url, socket_timeout=1).ping) as service:
        yield service


def redis_address(place: str, certificate: Path) -> str:
    given = {"$(REDIS_PASSWORD)@redis.example.org:6379": place, "/etc/fascicle/redis/ca.crt": str(certificate)}
    return address("FASCICLE_REDIS_URL", **given)


def database_address(service: Service, certificate: Path, name: str = NAME) -> str:
    port = service.url.rpartition(":")[2].partition("/")[0]
    given = {
        "$(DATABASE_USER):$(DATABASE_PASSWORD)": "fascicle:secret",
        "postgres.example.org:5432/fascicle": f"{name}:{port}/postgres",
        "/etc/fascicle/database/ca.crt": str(certificate),
    }
    return address("FASCICLE_DATABASE_URL", **given)


def is_encrypted(url: str) -> bool:
    database = Database(url)
    mine = text("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")
    try:
        return bool(asyncio.run(database.run(lambda connection: connection.execute(mine).scalar())))
    finally:
        database.close()


def test_the_database_is_talked_to_in_secret(postgresql: Service, certificates: Path) -> None:
    assert is_encrypted(database_address(postgresql, certificates / "ours.crt"))


def test_a_database_that_somebody_else_vouches_for_gets_nothing(postgresql: Service, certificates: Path) -> None:
    with pytest.raises(Unavailable):
        is_encrypted(database_address(postgresql, certificates / "theirs.crt"))


def test_a_database_under_another_name_gets_nothing(postgresql: Service, certificates: Path) -> None:
    with pytest.raises(Unavailable):
        is_encrypted(database_address(postgresql, certificates / "ours.crt", "127.0.0.1"))


def test_requests_are_counted_in_secret(encrypted_redis: Service) -> None:
    async def count() -> None:
        for _ in range(2):
            await RateLimiter(Limits(sender="1 per minute"), encrypted_redis.url).count("sender", "a")

    with pytest.raises(TooMany):
        asyncio.run(count())


@pytest.mark.parametrize(
    ("certificate", "name", "works"), [("ours", NAME, True), ("theirs", NAME, False), ("ours", "127.0.0.1", False)]
)
def test_locks_are_shared_in_secret(
    encrypted_redis: Service, certificates: Path, certificate: str, name: str, works: bool
) -> None:
    place = encrypted_redis.url.removeprefix("rediss://:").partition("/")[0].replace(NAME, name)

    async def lock() -> bool:
        locks = RedisLocks(EndpointConfig(redis_address(place, certificates / f"{certificate}.crt")))
        async with locks.lock("a"):
            return locks._failed_at is None

    assert asyncio.run(lock()) is works


def test_nobody_is_counted_by_a_redis_under_another_name(encrypted_redis: Service) -> None:
    client = redis.Redis.from_url(encrypted_redis.url.replace(NAME, "127.0.0.1"), socket_timeout=1)
    with pytest.raises(redis.ConnectionError, match=r"127\.0\.0\.1"):
        client.ping()
