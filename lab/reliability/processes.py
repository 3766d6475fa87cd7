"""The cluster's processes: their numbers, signals to them, and the memory they take."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from deploy.cluster import Cluster, supervisor_id
from lab.benchmarks.bots import processes

ALIVE = ("RUNNING", "STARTING")
"""States of a program that has a process; supervisord waits a while until it says that one runs."""


def running(cluster: Cluster) -> dict[str, int]:
    """Process id of each program that runs, by its name."""
    transport = SupervisorTransport(None, None, f"unix://{cluster.folder}/supervisor.sock")
    with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        found: Any = proxy.supervisor.getAllProcessInfo()
    return {str(program["name"]): int(program["pid"]) for program in found if program["statename"] in ALIVE}


def names(cluster: Cluster) -> set[str]:
    """Names of all programs."""
    servers = (("rasa", cluster.rasa), ("actions", cluster.actions))
    numbered = (f"{name}-{place}" for name, ports in servers for place in range(len(ports)))
    return {"postgres", "redis", "nginx", "watchdog", *numbered}


def tree(process: int) -> list[int]:
    """A process and all that come of it."""
    return [process, *processes(process)]


def tell(told: Iterable[int], sent: signal.Signals) -> None:
    """Send a signal to processes, those that have ended left out."""
    for process in told:
        with suppress(ProcessLookupError):
            os.kill(process, sent)


def alive(asked: Iterable[int]) -> list[int]:
    """Those that still run; one that has ended and that nobody has asked about does not."""
    found = []
    for process in asked:
        with suppress(OSError):
            if (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(process)
    return found


def memory(cluster: Cluster) -> dict[str, float]:
    """MB that each kind of program takes, memory that several share divided among them."""
    owner = supervisor_id(cluster.folder)
    taken: dict[str, float] = {}
    for name, main in {"supervisord": owner, **running(cluster)}.items():
        if main is None:
            continue
        kind = name.partition("-")[0]
        for process in [main] if name == "supervisord" else tree(main):
            with suppress(OSError):
                taken[kind] = taken.get(kind, 0.0) + _proportional(process)
    return taken


def _proportional(process: int) -> float:
    lines = (Path("/proc") / str(process) / "smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
