"""Commands of a running cluster. The last test stops it; it is the last of the folder."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from deploy.cluster import Cluster
from reliability import processes


def belonging(folder: Path) -> list[str]:
    """Commands of all processes that have to do with a folder."""
    found, marks = [], (os.fsencode(folder), f"FASCICLE_STATE={folder}".encode())
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (process / "cmdline").read_bytes()
            if marks[0] in command or marks[1] in (process / "environ").read_bytes().split(b"\0"):
                found.append(command.replace(b"\0", b" ").decode())
    return found


def test_status_names_every_program(running: Any, cluster: Cluster) -> None:
    status = running.tell("status")
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
    assert len(belonging(cluster.folder)) > 8
    assert running.tell("down").returncode == 0
    assert running.command.wait(60) == 0
    wait_for(lambda: not belonging(cluster.folder), "all processes end", 15)
    again = running.tell("down")
    assert (again.returncode, "No cluster runs" in again.stdout) == (0, True)
