"""The model of a running cluster is changed and changed back while people go on asking."""

from __future__ import annotations

import json
import secrets
import shutil
import tarfile
import tempfile
import threading
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import cluster
from deploy.cluster import Cluster
from deploy.release import Models, ReleaseError, Server, model_id, roll_out, servers_of
from fascicle.__main__ import MODEL
from fascicle.bot.servers import HOST

PEOPLE = 4


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that the database's user can reach, too."""
    made = Path(tempfile.mkdtemp(prefix="fascicle-"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def models(folder: Path) -> Models:
    shutil.copyfile(MODEL, folder / "fascicle.tar.gz")
    return Models(folder / "fascicle.tar.gz")


@pytest.fixture(scope="module")
def new(folder: Path) -> Path:
    """The same model under another id."""
    inside = folder / "new"
    with tarfile.open(MODEL) as archive:
        archive.extractall(inside)
    metadata = json.loads((inside / "metadata.json").read_text())
    (inside / "metadata.json").write_text(json.dumps(metadata | {"model_id": secrets.token_hex(16)}))
    with tarfile.open(folder / "new.tar.gz", "w:gz") as archive:
        archive.add(inside, arcname="")
    return folder / "new.tar.gz"


@pytest.fixture(scope="module")
def running(folder: Path, models: Models) -> Iterator[Cluster]:
    made = Cluster.new(folder / "cluster", HOST, 0, 0, rasa=2, actions=2)
    with cluster.running(made, models.current):
        yield made


class People:
    """People who ask one question after the other, and what they get."""

    def __init__(self, url: str) -> None:
        self.url, self.got = url, Counter[str]()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._talk, daemon=True) for _ in range(PEOPLE)]

    def __enter__(self) -> People:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _talk(self) -> None:
        sender = secrets.token_urlsafe(24)
        while not self._over.wait(0.1):
            self.got[self._ask(sender)] += 1

    def _ask(self, sender: str) -> str:
        body = json.dumps({"sender": sender, "message": "What helps with Bell's palsy?"}).encode()
        request = urllib.request.Request(f"{self.url}message", body, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                first = json.loads(response.readline())
                return str(first.get("error") or first["kind"])
        except urllib.error.HTTPError as error:
            return f"{error.code} {json.load(error)['error']}"


def test_people_go_on_asking_while_the_model_changes_and_changes_back(running: Cluster, models: Models, new: Path) -> None:
    old, servers = model_id(models.current), servers_of(running)
    with People(running.url) as people:
        roll_out(models, servers, lambda: models.switch(new))
        assert all(_serves(server, model_id(new)) for server in servers)
        roll_out(models, servers, models.back)
        assert all(_serves(server, old) for server in servers)
    assert people.got.keys() == {"answer"}, people.got
    assert people.got["answer"] > 10 * PEOPLE


def test_a_model_that_does_not_load_is_taken_back_while_people_go_on_asking(
    running: Cluster, models: Models, folder: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    broken, old = folder / "broken.tar.gz", model_id(models.current)
    with tarfile.open(MODEL) as archive, tarfile.open(broken, "w:gz") as cut:
        for entry in archive:
            if "components" not in entry.name:
                cut.addfile(entry, archive.extractfile(entry))
    servers = servers_of(running)
    with People(running.url) as people:
        with pytest.raises(ReleaseError, match="rasa-0 was not ready"):
            roll_out(models, servers, lambda: models.switch(broken), 25)
        assert all(_serves(server, old) for server in servers)
    assert people.got.keys() == {"answer"}, people.got


def _serves(server: Server, model: str) -> bool:
    if not server.has_model:
        return cluster.answers(f"{server.url}health")
    with urllib.request.urlopen(f"{server.url}metrics", timeout=10) as response:
        return f'fascicle_model_info{{id="{model}"}} 1.0' in response.read().decode()
