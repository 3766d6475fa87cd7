"""Commands of a running cluster. The last two tests stop it, and start it again: they are the last that use it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from deploy.cluster import Cluster, supervisor_id
from fascicle import ROOT
from fascicle.bot.servers import is_free
from fascicle.errors import StartError
from lab.reliability import processes


def test_status_names_every_program(running: Any, cluster: Cluster, wait_for: Callable[..., Any]) -> None:
    status = wait_for(lambda: "STARTING" not in (told := running.tell("status")).stdout and told, "all have been up a while", 30)
    assert status.returncode == 0
    lines = [line.split()[:2] for line in status.stdout.splitlines()]
    assert sorted(lines) == sorted([name, "RUNNING"] for name in processes.names(cluster))


def test_a_second_cluster_in_the_same_folder_is_refused(running: Any) -> None:
    second = running.tell("up", "--port", "0", "--inner-port", "0")
    assert second.returncode == 1
    assert "runs in" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_port_in_use_is_refused_in_words(
    running: Any, cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(running.environment, "FASCICLE_STATE", str(tmp_path))
    second = running.tell("up", "--port", str(cluster.port))
    assert second.returncode == 1
    assert f"port {cluster.port} is in use" in second.stderr


def test_down_stops_everything(running: Any, cluster: Cluster, wait_for: Callable[..., Any]) -> None:
    assert running.say("hello").status == 200
    supervisor = supervisor_id(cluster.folder)
    assert supervisor
    started = processes.tree(supervisor)
    assert len(started) > len(processes.names(cluster))
    assert running.tell("down").returncode == 0
    assert running.command.wait(60) == 0
    wait_for(lambda: not processes.alive(started), "all processes end", 15)
    assert all(is_free(port) for port in (cluster.port, cluster.postgres, cluster.redis, *cluster.actions, *cluster.rasa))
    again = running.tell("down")
    assert (again.returncode, "No cluster runs" in again.stdout) == (0, True)


def test_it_starts_again_with_what_it_kept_and_ends_with_its_supervisor(
    running: Any, cluster: Cluster, wait_for: Callable[..., Any]
) -> None:
    environment = dict(running.environment)
    command = [sys.executable, "-m", "deploy.cluster", "up", "--port", str(cluster.port), "--inner-port", "0"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, env=environment, **quiet) as again, ExitStack() as stack:
        stack.callback(again.kill)  # whatever fails here, nobody waits for it
        restarted = wait_for(lambda: _ready(cluster.folder), "it is ready", 120)
        assert restarted.passwords == cluster.passwords
        with closing(psycopg2.connect(restarted.database_url)) as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM turns")
            assert cursor.fetchone()[0] > 0, "what was said before is gone"
        supervisor = supervisor_id(cluster.folder)
        assert supervisor
        started = processes.tree(supervisor)
        os.kill(supervisor, signal.SIGKILL)
        wait_for(lambda: not processes.alive(started), "all processes end", 30)
        assert again.wait(30) != 0


def _ready(folder: Path) -> Cluster | None:
    """The cluster in a folder, once it is written down there and ready."""
    try:
        found = Cluster.of(folder)
    except StartError:
        return None
    return found if found.is_ready() else None
