"""Real Redis and PostgreSQL servers for tests, each in a folder and on a port of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg2
import redis

from fascicle.bot.servers import HOST, free_port

START_SECONDS = 30


@dataclass(frozen=True)
class Service:
    """A running server: its address, and its process."""

    url: str
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Make it hang, with all its processes."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """End it, at once and with all its processes."""
        self._signal(signal.SIGKILL)
        self.process.wait(10)

    def _signal(self, which: signal.Signals) -> None:
        for process in family(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(process, which)


def family(process: int) -> list[int]:
    """A process, and all that come of it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.parent.name))
    return [process, *(each for child in children.get(process, ()) for each in family(child))]


def found(program: str, folders: str) -> str:
    """Path of an installed program, looked for in the given folders as well.

    Raises:
        FileNotFoundError: it is not installed.
    """
    more = sorted((str(folder) for folder in Path("/").glob(folders)), reverse=True)
    path = shutil.which(program, path=os.pathsep.join([os.environ["PATH"], *more]))
    if path is None:
        raise FileNotFoundError(f"the tests need {program}: install redis-server and postgresql")
    return path


@contextmanager
def running(url: str, command: list[str], folder: Path, is_up: Callable[[], object]) -> Iterator[Service]:
    """Run a server in a folder until the block ends."""
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    service = Service(url, process)
    try:
        wait_until(is_up, process, folder / "log")
        yield service
    finally:
        service.kill()


def wait_until(is_up: Callable[[], object], process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once `is_up` raises no error."""
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            is_up()
        except (OSError, redis.RedisError, psycopg2.Error) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args[0]} does not start: {log.read_text()[-1000:]}") from error
            time.sleep(0.05)
        else:
            return


@contextmanager
def redis_server(folder: Path) -> Iterator[Service]:
    """A Redis server that keeps nothing and asks for a password."""
    port, password = free_port(), secrets.token_hex(8)
    url = f"redis://:{password}@{HOST}:{port}/0"
    options = {"bind": HOST, "port": str(port), "save": "", "appendonly": "no", "requirepass": password}
    command = [found("redis-server", "usr/sbin"), *(word for name, value in options.items() for word in (f"--{name}", value))]
    client = redis.Redis.from_url(url, socket_timeout=1)
    with running(url, command, folder, client.ping) as service:
        yield service


@contextmanager
def postgresql_server() -> Iterator[Service]:
    """A PostgreSQL server with an empty database. It refuses to run as root, so then it runs as user `postgres`."""
    port, binaries = free_port(), "usr/lib/postgresql/*/bin"
    as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    with TemporaryDirectory(prefix="postgresql-") as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        if as_user:
            shutil.chown(folder, "postgres")
        make = [found("initdb", binaries), "-D", f"{name}/data", "-U", "fascicle", "--auth=trust", "--no-sync", "--encoding=UTF8"]
        subprocess.run([*as_user, *make], check=True, stdout=subprocess.DEVNULL, cwd=folder, timeout=120)
        serve = [found("postgres", binaries), "-D", f"{name}/data", "-h", HOST, "-p", str(port), "-k", name]
        url = f"postgresql://fascicle@{HOST}:{port}/postgres"
        with running(url, [*as_user, *serve], folder, lambda: psycopg2.connect(url).close()) as service:
            yield service


def new_database(service: Service) -> str:
    """Make an empty database of a PostgreSQL server; returns its address."""
    name = f"test_{secrets.token_hex(6)}"
    connection = psycopg2.connect(service.url)
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    return f"{service.url.rpartition('/')[0]}/{name}"
