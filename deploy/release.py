"""Changes the model of servers that run: `python -m deploy.release MODEL`, and `--back` to the one before.

A new model is asked the question sets first, and refused where it does worse than the bar. Then it takes the place of the current
one, and the servers are restarted one after the other. If one of them does not get ready with it, all go back.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import Faults, SupervisorTransport

from deploy.cluster import MODEL, Cluster, answers
from fascicle import ROOT
from fascicle.bot.servers import HOST, opened, state_folder
from fascicle.errors import StartError
from lab.evaluation import bot, score
from lab.evaluation.score import Score
from lab.evaluation.sets import SetError, read_sets

SETS = [ROOT / "tests/questions/dev" / name for name in ("questions.jsonl", "dialogues.jsonl")]
READY_SECONDS = 120.0
"""How long a server may take from its restart until it is ready."""
PAUSE_SECONDS = 6.0
"""Between two servers: nginx sends nothing to a server for up to 5 s after it was not there, and must have one to send to."""
METADATA = "metadata.json"


class ReleaseError(RuntimeError):
    """A model could not be released; the message says why."""


@dataclass(frozen=True)
class Bar:
    """What a model has to reach.

    Args:
        single: share of single questions that are right, at least.
        dialogue: share of dialogue turns that are right, at least.
        wrong: share of turns that show a wrong answer, at most.
        missed: emergencies that are missed, at most.
        failed: turns that end in an error or silence, at most.
        unsupported: answers without a citation and cited spans that are not in their passage, at most.
    """

    single: float = 0.92
    dialogue: float = 0.94
    wrong: float = 0.04
    missed: int = 0
    failed: int = 0
    unsupported: int = 0

    def complaints(self, scored: Score) -> list[str]:
        """What of it a score does not reach."""
        counts, rates = scored.counts, scored.rates
        shares = {name: rate.share for name in ("single", "dialogue") if (rate := rates.get(f"all {name} turns"))}
        least = [
            f"{name} turns right: {100 * share:.1f} %, less than {100 * getattr(self, name):g} %"
            for name, share in shares.items()
            if share < getattr(self, name)
        ]
        unsupported = counts["answers without a citation"] + counts["cited spans not in their passage"]
        found = {
            "wrong answers": (counts["wrong answers"], self.wrong * len(scored.results)),
            "missed emergencies": (counts["missed emergencies"], self.missed),
            "errors or silence": (counts["errors or silence"], self.failed),
            "unsupported statements": (unsupported, self.unsupported),
        }
        return least + [f"{name}: {number}, more than {most:g}" for name, (number, most) in found.items() if number > most]


def check(model: Path, sets: Sequence[Path], bar: Bar) -> None:
    """Ask a model the question sets.

    Raises:
        ReleaseError: it does not load, or does worse than the bar.
    """
    try:
        rows = read_sets(sets)
        with bot.running(model) as url:
            scored = score.run(rows, score.over_channel(url))
    except (SetError, StartError) as error:
        raise ReleaseError(f"{model} cannot be checked: {error}") from None
    print(score.table(scored), flush=True)
    if complaints := bar.complaints(scored):
        raise ReleaseError(f"{model} is refused: {'; '.join(complaints)}")


def model_id(model: Path) -> str:
    """The id that a model was given when it was trained.

    Raises:
        ReleaseError: the file is no model.
    """
    try:
        with tarfile.open(model) as archive:
            member = next(entry for entry in archive if entry.name.removeprefix("./") == METADATA)
            content = archive.extractfile(member)
            assert content is not None
            return str(json.load(content)["model_id"])
    except (OSError, EOFError, tarfile.TarError, StopIteration, AssertionError, ValueError, KeyError) as error:
        raise ReleaseError(f"{model} is no model: {type(error).__name__}") from None


@dataclass(frozen=True)
class Models:
    """The model that servers load, and the one before it, in one folder.

    Args:
        current: the file that servers load. At every moment it is a whole model.
    """

    current: Path

    @property
    def previous(self) -> Path:
        """The model before."""
        return self.current.with_name("previous.tar.gz")

    def switch(self, new: Path) -> None:
        """Put a new model in the place of the current one, which becomes the previous one.

        Raises:
            OSError: it cannot be written; the current model is still in place.
        """
        arriving, leaving = self.current.with_name(".next.tar.gz"), self.current.with_name(".previous.tar.gz")
        for left_over in (arriving, leaving):
            left_over.unlink(missing_ok=True)
        shutil.copyfile(new, arriving)
        with arriving.open("rb") as written:
            os.fsync(written.fileno())
        if self.current.is_file():
            os.link(self.current, leaving)
            os.replace(leaving, self.previous)
        os.replace(arriving, self.current)

    def back(self) -> None:
        """Put the previous model in its place again; the current one becomes the previous one.

        Raises:
            ReleaseError: there is none.
        """
        if not self.previous.is_file():
            raise ReleaseError(f"there is no model before this one: {self.previous} is missing")
        self.switch(self.previous)


@dataclass(frozen=True)
class Server:
    """A server that is restarted.

    Args:
        name: what it is called.
        url: where it alone answers: of a Rasa server its `/chat/`, of an action server its root.
        restart: tells it to restart; it need not be up again when this returns.
        process: what tells its process from any other one; 0 if it has none.
        has_model: whether it is a Rasa server.
    """

    name: str
    url: str
    restart: Callable[[], None]
    process: Callable[[], float]
    has_model: bool = True

    def renew(self, model: str, seconds: float) -> None:
        """Restart it, and return when it is ready, with the model of that id if it has one.

        Raises:
            ReleaseError: that takes too long.
        """
        before, deadline = self.process(), time.monotonic() + seconds
        self.restart()
        while self.process() in (before, 0) or not self._is_ready(model):
            if time.monotonic() > deadline:
                raise ReleaseError(f"{self.name} was not ready with the model within {seconds:g} s")
            time.sleep(0.2)

    def _is_ready(self, model: str) -> bool:
        if not self.has_model:
            return answers(f"{self.url}health")
        return f'fascicle_model_info{{id="{model}"}}' in _read(f"{self.url}metrics") and answers(f"{self.url}ready")


def servers_of(cluster: Cluster) -> list[Server]:
    """The servers of a cluster in the order in which they are restarted.

    The Rasa servers come first: they show passages of the article by the ids that the action servers send.
    """

    def server(kind: str, number: int, url: str) -> Server:
        name = f"{kind}-{number}"
        return Server(name, url, lambda: _end(cluster, name), lambda: _process(cluster, name), kind == "rasa")

    rasa = [server("rasa", number, f"http://{HOST}:{port}/chat/") for number, port in enumerate(cluster.rasa)]
    return rasa + [server("actions", number, f"http://{HOST}:{port}/") for number, port in enumerate(cluster.actions)]


def _end(cluster: Cluster, name: str) -> None:
    """End a server after its running turns; its supervisor starts it again, as it does one that has just ended by itself."""
    with _supervisor(cluster) as supervisor:
        try:
            supervisor.signalProcess(name, "TERM")
        except Fault as fault:
            if fault.faultCode != Faults.NOT_RUNNING:
                raise


def _process(cluster: Cluster, name: str) -> float:
    with _supervisor(cluster) as supervisor:
        return float(supervisor.getProcessInfo(name)["pid"])


@contextmanager
def _supervisor(cluster: Cluster) -> Iterator[Any]:
    transport = SupervisorTransport(None, None, f"unix://{cluster.folder}/supervisor.sock")
    try:
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            yield proxy.supervisor
    except (Fault, OSError) as error:
        raise ReleaseError(f"the supervisor of {cluster.folder} does not do as it is told: {error}") from None


def server_by_command(url: str, command: str) -> Server:
    """A Rasa server that a command restarts."""
    words, url = shlex.split(command), url.rstrip("/") + "/"

    def restart() -> None:
        if code := subprocess.run(words, check=False).returncode:
            raise ReleaseError(f"{command} failed with exit code {code}")

    def process() -> float:
        found = re.search(r"^process_start_time_seconds (\S+)$", _read(f"{url}metrics"), re.M)
        return float(found[1]) if found else 0.0

    return Server(url, url, restart, process)


def _read(url: str) -> str:
    try:
        with opened(url, 5) as response:
            return response.read().decode()
    except OSError:
        return ""


def roll_out(
    models: Models,
    servers: Sequence[Server],
    change: Callable[[], None],
    seconds: float = READY_SECONDS,
    pause: float = PAUSE_SECONDS,
) -> None:
    """Change the current model, and restart the servers one after the other; all go back if one does not get ready.

    Args:
        models: where the models are.
        servers: those that load it, in order.
        change: puts the new model in place.
        seconds: how long each server may take.
        pause: seconds between one server and the next.

    Raises:
        ReleaseError: the model before is in place again; the message says whether the servers are ready with it.
    """
    change()
    restarted: list[Server] = []
    try:
        for server in servers:
            time.sleep(pause if restarted else 0)
            restarted.append(server)
            _renew(server, models, seconds)
    except ReleaseError as error:
        print(f"{error}. Going back ...", file=sys.stderr, flush=True)
        models.back()
        for server in reversed(restarted):  # first the one that is not ready
            _renew(server, models, seconds)
            time.sleep(pause)
        raise ReleaseError(f"{error}; the model before is back in place, and every server is ready with it") from None


def _renew(server: Server, models: Models, seconds: float) -> None:
    began = time.monotonic()
    server.renew(model_id(models.current), seconds)
    print(f"{server.name} is ready after {time.monotonic() - began:.1f} s", flush=True)


def main() -> int:
    """Release a model, or go back. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.release", description="Change the model of servers that run.")
    parser.add_argument("model", nargs="?", type=Path, help="the new model, trained beside the current one")
    parser.add_argument("--back", action="store_true", help="go back to the model before, which is not checked again")
    parser.add_argument("--current", type=Path, default=MODEL, help="the file that the servers load")
    parser.add_argument("--sets", nargs="+", type=Path, default=SETS, metavar="SET", help="question sets to check it with")
    parser.add_argument(
        "--server", nargs=2, action="append", metavar=("URL", "COMMAND"),
        help="address of a server's /chat/, and the command that restarts it; without any, those of the cluster that runs here",
    )  # fmt: skip
    for field in fields(Bar):
        kind = float if isinstance(field.default, float) else int
        parser.add_argument(f"--{field.name}", type=kind, default=field.default, help=f"the bar: see Bar ({field.default})")
    options = parser.parse_args()
    if (options.model is None) is not options.back:
        parser.error("name a model, or --back")
    models, bar = Models(options.current), Bar(**{field.name: getattr(options, field.name) for field in fields(Bar)})
    try:
        servers = [server_by_command(*server) for server in options.server or ()] or servers_of(_cluster())
        if options.back:
            roll_out(models, servers, models.back)
        else:
            model_id(options.model)
            check(options.model, options.sets, bar)
            roll_out(models, servers, lambda: models.switch(options.model))
    except (ReleaseError, StartError, OSError) as error:
        print(f"Not released: {error}", file=sys.stderr)
        return 1
    print(f"{len(servers)} servers are ready with {model_id(models.current)}.")
    return 0


def _cluster() -> Cluster:
    return Cluster.of((state_folder() / "cluster").resolve())


if __name__ == "__main__":
    sys.exit(main())
