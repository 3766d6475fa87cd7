"""A short load on the running cluster."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from deploy.cluster import Cluster
from lab.reliability import load, processes


def test_many_conversations_go_on_and_nothing_is_lost_or_crossed(
    cluster: Cluster, questions: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "SAMPLE_SECONDS", 2.0)
    found = asyncio.run(load.hold(cluster, questions, 0.25, rate=12.0))
    assert (found["conversations"], found["lost"], found["crossed"]) == (200, 0, 0)
    assert found["error_rate"] < 0.001, found["seen_by_person"]
    assert found["turns"] > 100
    assert found["memory_samples"] >= 3


def test_memory_is_that_of_every_program(cluster: Cluster) -> None:
    taken = processes.memory(cluster)
    assert taken.keys() == {"supervisord", "postgres", "redis", "nginx", "actions", "rasa", "watchdog"}
    assert all(megabytes > 1 for megabytes in taken.values())
    assert taken["rasa"] > taken["actions"]
