"""Kills servers that hang: `python -m deploy.watchdog FOLDER`. supervisord sees only what ends, and starts that again."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from deploy.cluster import START_SECONDS, Cluster
from fascicle.bot.servers import HOST

EVERY_SECONDS = 6.0
"""Between two looks."""
PATIENCE_SECONDS = 5.0
"""How long an answer may take. It says no more than that the process lives, and takes a thousandth of that."""
FAILURES = 3
"""Looks in a row without an answer after which a server counts as hanging: some 20 s, longer than any question takes."""


@dataclass(frozen=True)
class Server:
    """Where a server says that it lives."""

    port: int
    path: str


@dataclass(frozen=True)
class Known:
    """What is known of a process.

    Args:
        process: its id.
        since: when it was first seen.
        has_answered: whether it is past its start.
        failures: looks without an answer since the last one.
    """

    process: int
    since: float
    has_answered: bool = False
    failures: int = 0

    def after(self, answered: bool) -> Known:
        """What is known after one more look."""
        return replace(self, has_answered=self.has_answered or answered, failures=0 if answered else self.failures + 1)

    def hangs(self, now: float) -> bool:
        """Whether it has stopped answering, or never begins to."""
        return self.failures >= FAILURES and (self.has_answered or now > self.since + START_SECONDS)


def servers_of(cluster: Cluster) -> dict[str, Server]:
    """The servers that are watched, by the names of their programs."""
    rasa = {f"rasa-{number}": Server(port, "/chat/health") for number, port in enumerate(cluster.rasa)}
    return rasa | {f"actions-{number}": Server(port, "/health") for number, port in enumerate(cluster.actions)}


def lives(server: Server, patience: float = PATIENCE_SECONDS) -> bool:
    """Whether a server answers."""
    connection = HTTPConnection(HOST, server.port, timeout=patience)
    try:
        connection.request("GET", server.path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


class Watchdog:
    """Looks after servers, again and again."""

    def __init__(self, folder: Path, servers: Mapping[str, Server], lives: Callable[[Server], bool] = lives) -> None:
        """Set up.

        Args:
            folder: where supervisord's socket is.
            servers: what is watched, by the names that supervisord has for it.
            lives: whether a server answers.
        """
        self._socket = f"unix://{folder}/supervisor.sock"
        self._servers, self._lives = servers, lives
        self._known: dict[str, Known] = {}
        self._threads = ThreadPoolExecutor(len(servers))

    def look(self) -> list[str]:
        """Ask every server at once, and kill those that hang; returns their names. Without supervisord, nothing is done."""
        answered = dict(zip(self._servers, self._threads.map(self._lives, self._servers.values()), strict=True))
        try:
            with ServerProxy("http://127.0.0.1", transport=SupervisorTransport(None, None, self._socket)) as proxy:
                return [name for name, good in answered.items() if self._judge(proxy.supervisor, name, good)]
        except (Fault, OSError, HTTPException):
            return []

    def _judge(self, supervisor: Any, name: str, answered: bool) -> bool:
        """Count a look at a server; whether it was killed."""
        process, now = int(supervisor.getProcessInfo(name)["pid"]), time.monotonic()
        known = self._known.get(name)
        if known is None or known.process != process:
            known = Known(process, now)
        self._known[name] = known = known.after(answered)
        if not process or not known.hangs(now):
            return False
        supervisor.signalProcess(name, "KILL")
        return True


def main() -> int:
    """Watch the cluster in a folder until told to stop. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.watchdog", description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    watchdog = Watchdog(folder, servers_of(Cluster.of(folder)))
    while True:
        began = time.monotonic()
        for name in watchdog.look():
            print(f"{name} did not answer {FAILURES} times, and was killed", file=sys.stderr, flush=True)
        time.sleep(max(0.0, began + EVERY_SECONDS - time.monotonic()))


if __name__ == "__main__":
    sys.exit(main())
