"""Every fault in a short form, on the running cluster: what people see of it, and that nothing they were told is lost."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from deploy.cluster import Cluster
from fascicle.bot.turn import FAULTS
from lab.reliability import faults, processes
from lab.reliability.faults import Found
from lab.reliability.people import CUT_OFF

WORDS = {"right", "no_reply", "overloaded", "busy"}
"""What a person may see; each but the answer comes with words of the bot."""


def assert_nothing_is_lost(found: Found, allowed: set[str] = WORDS) -> None:
    assert (found.lost, found.crossed) == (0, 0), found
    assert found.seen_by_person.keys() <= allowed, found
    assert found.seen_by_person["right"] > 0, found
    assert found.recovered_s is not None, found


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("kind", faults.VICTIMS)
def test_a_killed_server_comes_back(cluster: Cluster, questions: Mapping[str, str], kind: str) -> None:
    found = asyncio.run(faults.with_cluster(cluster, questions, f"kill-{kind}"))
    # where nginx itself is gone nobody answers, which the widget says, and replies break off, which it says as well
    assert_nothing_is_lost(found, WORDS | {"unreachable", CUT_OFF} if kind == "nginx" else WORDS)
    assert found.restarted_s is not None


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("kind", faults.VICTIMS)
def test_a_server_that_hangs_for_a_while_is_put_up_with(cluster: Cluster, questions: Mapping[str, str], kind: str) -> None:
    found = asyncio.run(faults.with_cluster(cluster, questions, f"stop-{kind}", 3.0))
    assert_nothing_is_lost(found)
    if kind != "nginx":
        assert found.emergencies["answered"] >= found.emergencies["reported"] - faults.EMERGENCIES


@pytest.mark.usefixtures("quickly")
@pytest.mark.parametrize("kind", ["postgres", "redis", "actions"])
def test_an_emergency_is_answered_whatever_hangs_behind_the_rasa_server(cluster: Cluster, running: Any, kind: str) -> None:
    stopped = [p for name, main in processes.running(cluster).items() if name.startswith(kind) for p in processes.tree(main)]
    processes.tell(stopped, signal.SIGSTOP)
    try:
        (message,) = running.say("My face is drooping on one side and I can't speak properly").messages
    finally:
        processes.tell(stopped, signal.SIGCONT)
    assert message["kind"] == "emergency"


def test_when_no_server_answers_nginx_says_so_in_words(cluster: Cluster, running: Any, wait_for: Callable[..., Any]) -> None:
    servers = [main for name, main in processes.running(cluster).items() if name.startswith("rasa")]
    processes.tell(servers, signal.SIGSTOP)
    try:
        answer = running.say("What causes ALS?")
    finally:
        processes.tell(servers, signal.SIGCONT)
    assert (answer.status, int(answer.headers["Retry-After"]) > 0) == (503, True)
    assert json.loads(answer.body) == {"error": "no_reply", "kind": "error", "text": FAULTS["no_reply"]}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    wait_for(cluster.is_ready, "the cluster is ready again", 60)
    assert running.say("What causes ALS?").messages[0]["kind"] == "answer"


@pytest.mark.parametrize("program", ["rasa-0", "actions-0"])
def test_a_server_that_hangs_for_good_is_replaced(
    cluster: Cluster, running: Any, wait_for: Callable[..., Any], program: str
) -> None:
    hanging = processes.running(cluster)[program]
    processes.tell([hanging], signal.SIGSTOP)
    wait_for(lambda: processes.running(cluster).get(program, hanging) != hanging, "the watchdog has it replaced", 60)
    wait_for(cluster.is_ready, "the cluster is ready again", 60)
    assert running.say("What causes ALS?").messages[0]["kind"] == "answer"


def test_a_killed_master_of_nginx_is_replaced_with_its_workers(
    cluster: Cluster, running: Any, wait_for: Callable[..., Any]
) -> None:
    master = processes.running(cluster)["nginx"]
    workers = processes.tree(master)[1:]
    assert workers
    os.kill(master, signal.SIGKILL)
    wait_for(lambda: processes.running(cluster).get("nginx", master) != master, "nginx is started again", 30)
    wait_for(lambda: not processes.alive(workers), "the old workers finish", 30)
    wait_for(cluster.is_ready, "the cluster is ready again", 30)
    assert running.say("What causes ALS?").messages[0]["kind"] == "answer"


@pytest.mark.usefixtures("quickly")
def test_far_too_many_questions_are_turned_down_in_words(cluster: Cluster, questions: Mapping[str, str]) -> None:
    found = asyncio.run(faults.fill_queue(cluster, questions, people=300, seconds=3.0))
    assert_nothing_is_lost(found)
    assert found.seen_by_person["overloaded"] > 0
    assert found.note == "", "a refusal does not say when to ask again"


def test_two_messages_at_once_are_both_answered_one_right_after_the_other(running: Any) -> None:
    sender, gaps = secrets.token_urlsafe(24), []

    def ask(text: str) -> tuple[float, str]:
        topic = running.say(text, sender).messages[0]["passages"][0]["topic"]
        return time.monotonic(), topic

    for _ in range(5):
        with ThreadPoolExecutor(2) as pool:
            (first, one), (second, other) = pool.map(ask, ("What helps with stress?", "What helps with Bell's palsy?"))
        assert (one, other) == ("stress", "bells_palsy")
        gaps.append(abs(second - first))
    assert min(gaps) < 0.9, "the second waits for a look once a second"


@pytest.mark.usefixtures("quickly")
def test_a_full_disk_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may mount a small file system")
    with (tmp_path / "log").open("ab") as log:
        found = asyncio.run(faults.fill_disk(tmp_path / "disk", log, 2.0))
    assert_nothing_is_lost(found)
    assert found.seen_by_person["no_reply"] > 0, "the disk was not full"
    assert found.emergencies["answered"] == found.emergencies["reported"]


@pytest.mark.usefixtures("quickly")
def test_a_spoiled_model_file_is_refused_and_does_not_touch_what_runs(tmp_path: Path) -> None:
    with (tmp_path / "log").open("ab") as log:
        found = asyncio.run(faults.corrupt_model(tmp_path / "model", log))
    assert_nothing_is_lost(found)
    assert found.seen_by_person.keys() == {"right"}
    assert "ends with exit code 1: Could not start: the model at fascicle.tar.gz cannot be used" in found.note
