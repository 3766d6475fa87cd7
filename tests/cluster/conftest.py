"""A running cluster on free ports, in a folder of its own, that all tests here share."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deploy.cluster import MODEL, Cluster
from fascicle import ROOT
from lab.reliability import faults
from lab.reliability.people import known_questions


@dataclass(frozen=True)
class Answer:
    """What came to a request."""

    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The bot's messages, without the line that ends them."""
        *messages, last = [json.loads(line) for line in self.body.splitlines()]
        assert last == {"done": True}
        return messages


@dataclass(frozen=True)
class Running:
    """The cluster and the command that runs it."""

    cluster: Cluster
    command: subprocess.Popen[bytes]
    environment: Mapping[str, str]

    def tell(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run another command of the cluster."""
        return subprocess.run(
            [sys.executable, "-m", "deploy.cluster", *words],
            cwd=ROOT, env=dict(self.environment), capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def request(
        self, path: str, body: object = None, *, method: str | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Send a request to nginx: a text as it is, anything else as JSON."""
        data = None if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
        url = f"http://{self.cluster.address}:{self.cluster.port}{path}"
        sent = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
        try:
            with urllib.request.urlopen(sent, timeout=60) as response:
                return Answer(response.status, response.headers, response.read().decode())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read().decode())

    def say(self, text: str, sender: str | None = None) -> Answer:
        """Say something, in a new conversation if none is named."""
        return self.request("/chat/message", {"sender": sender or secrets.token_urlsafe(24), "message": text})

    def requests(self) -> dict[str, dict[str, Any]]:
        """What nginx has logged, by request id."""
        lines = (self.cluster.folder / "log/nginx.log").read_text().splitlines()
        return {found["request_id"]: found for line in lines if line.startswith("{") for found in [json.loads(line)]}


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    if not MODEL.is_file():
        pytest.fail(f"There is no model at {MODEL}: run `make train` first.", pytrace=False)
    with tempfile.TemporaryDirectory(prefix="fascicle-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's user has to come to its own folder
        environment = os.environ | {"FASCICLE_STATE": folder}
        command = subprocess.Popen(
            [sys.executable, "-m", "deploy.cluster", "up", "--port", "0", "--inner-port", "0"],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        said = [command.stdout.readline().decode() for _ in range(2)]
        if "The chat is at" not in said[-1]:
            command.terminate()
            rest = command.communicate(timeout=60)[0].decode()
            logs = "".join(path.read_text()[-1500:] for path in Path(folder).glob("cluster/log/*.log"))
            pytest.fail(f"The cluster did not start: {''.join(said)}{rest}\n{logs}", pytrace=False)
        made = Running(Cluster.of(Path(folder).resolve() / "cluster"), command, environment)
        yield made
        made.tell("down")
        command.wait(60)


@pytest.fixture(scope="session")
def cluster(running: Running) -> Cluster:
    return running.cluster


@pytest.fixture(scope="session")
def questions(cluster: Cluster) -> dict[str, str]:
    """Questions, and the passage that answers each."""
    return asyncio.run(known_questions(cluster.url))


@pytest.fixture
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Faults in a short form."""
    monkeypatch.setattr(faults, "CALM", 1.5)


@pytest.fixture
def logged(running: Running, wait_for: Callable[..., Any]) -> Callable[[Answer], dict[str, Any]]:
    """What nginx has logged of a request, once it has."""

    def find(answer: Answer) -> dict[str, Any]:
        request = answer.headers["X-Request-Id"]
        return wait_for(lambda: running.requests().get(request), "the request is in the log", 10)

    return find
