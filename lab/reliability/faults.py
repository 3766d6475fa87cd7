"""What is broken while people ask, and what came of it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from deploy.cluster import MODEL, Cluster, answers
from fascicle import ROOT
from fascicle.bot.servers import HOST, child, free_port
from fascicle.errors import StartError
from lab.reliability import kept, processes
from lab.reliability.people import CROSSED, RIGHT, Crowd, Turn, crowd, known_questions

PEOPLE, EMERGENCIES, THINKING = 12, 2, 0.4
"""How many ask while something is broken, how many of them report an emergency, and how long each thinks."""
CALM = 3.0
"""Seconds without a fault that count as being well again."""
RECOVERY_SECONDS = 120.0
STOPPED_SECONDS = 10.0
VICTIMS = {"rasa": "rasa-0", "actions": "actions-0", "redis": "redis", "postgres": "postgres", "nginx": "nginx"}


@dataclass(frozen=True)
class Found:
    """What came of a fault.

    Args:
        name: the fault.
        seen_by_person: how often people saw what; `right` is the answer to their question.
        recovered_s: seconds from the fault to the first of a run of right replies; 0 if nobody noticed, None if it did not end.
        turns: questions that were asked.
        lost: replies that arrived and are not in the store, in order and once.
        crossed: replies to another question.
        lasted_s: how long it was broken on purpose.
        longest_wait_s: the longest that someone waited for any reply.
        emergencies: how many emergencies were reported, and how many got the reply to that.
        restarted_s: seconds from the fault until every server ran and was ready.
        note: what else was seen.
    """

    name: str
    seen_by_person: Mapping[str, int]
    recovered_s: float | None
    turns: int
    lost: int
    crossed: int
    lasted_s: float = 0.0
    longest_wait_s: float = 0.0
    emergencies: Mapping[str, int] = field(default_factory=dict)
    restarted_s: float | None = None
    note: str = ""

    def as_json(self) -> dict[str, Any]:
        """The same, with seconds to one hundredth."""
        return {name: round(value, 2) if isinstance(value, float) else value for name, value in asdict(self).items()}


def found(name: str, turns: Sequence[Turn], lost: Sequence[str], broken: float, note: str = "", **more: Any) -> Found:
    """What came of a fault that began at `broken`."""
    seen = Counter(turn.seen for turn in turns)
    emergencies = [turn for turn in turns if not turn.passage]
    return Found(
        name=name,
        seen_by_person=dict(seen.most_common()),
        recovered_s=recovery(turns, broken),
        turns=len(turns),
        lost=len(lost),
        crossed=seen[CROSSED],
        longest_wait_s=max((turn.seconds for turn in turns), default=0.0),
        emergencies={"reported": len(emergencies), "answered": sum(turn.seen == RIGHT for turn in emergencies)},
        note="; ".join([note, *lost[:3]] if note else lost[:3]),
        **more,
    )


def recovery(turns: Iterable[Turn], broken: float) -> float | None:
    """Seconds from the fault to the first right reply after the last that was not; None if there is none."""
    ordered = sorted(turns, key=lambda turn: turn.answered)
    failed = [turn.answered for turn in ordered if turn.seen != RIGHT and turn.answered >= broken]
    if not failed:
        return 0.0
    return next((turn.answered - broken for turn in ordered if turn.answered > failed[-1]), None)


async def stop(program: int, seconds: float) -> None:
    """Have a server hang: it takes connections, and does nothing."""
    stopped = processes.tree(program)
    processes.tell(stopped, signal.SIGSTOP)
    try:
        await asyncio.sleep(seconds)
    finally:
        processes.tell(stopped, signal.SIGCONT)


async def break_one(cluster: Cluster, questions: Mapping[str, str], name: str, seconds: float) -> Found:
    """Break what a name such as `kill-rasa` or `stop-redis` says, while people ask, and see it through until all is well."""
    how, _, kind = name.partition("-")
    program = VICTIMS[kind]
    before = processes.running(cluster)
    async with crowd(cluster.url, questions, PEOPLE, THINKING, EMERGENCIES) as people:
        await asyncio.sleep(CALM)
        broken = time.monotonic()
        if how == "kill":
            processes.tell(processes.tree(before[program]), signal.SIGKILL)
        else:
            await stop(before[program], seconds)

        def is_up() -> bool:
            now = processes.running(cluster)
            same = now.get(program) == before[program]
            return now.keys() == processes.names(cluster) and same == (how == "stop") and cluster.is_ready()

        restarted = await _until(is_up, broken)
        await _until_calm(people, broken)
    turns = people.turns
    lost = kept.lost(turns, cluster.database_url)
    lasted = seconds if how == "stop" else 0.0
    return found(name, turns, lost, broken, restarted_s=restarted, lasted_s=lasted)


async def _until(condition: Callable[[], bool], since: float) -> float | None:
    """Seconds from then until something holds; None if that takes too long."""
    while time.monotonic() < since + RECOVERY_SECONDS:
        if await asyncio.to_thread(condition):
            return time.monotonic() - since
        await asyncio.sleep(0.2)
    return None


async def _until_calm(people: Crowd, since: float) -> None:
    """Return when nothing has gone wrong for a while, or does not stop going wrong."""
    start = time.monotonic()
    while time.monotonic() < since + RECOVERY_SECONDS:
        wrong = [turn.answered for turn in people.turns if turn.seen != RIGHT]
        if time.monotonic() - max([start, *wrong]) > CALM:
            return
        await asyncio.sleep(0.1)


async def fill_queue(cluster: Cluster, questions: Mapping[str, str], people: int = 600, seconds: float = 6.0) -> Found:
    """Ask far more than is taken at once, and then as many as at other times."""
    broken = time.monotonic()
    async with crowd(cluster.url, questions, people, 0.0) as many:
        await asyncio.sleep(seconds)
    async with crowd(cluster.url, questions, PEOPLE, THINKING) as few:
        await _until_calm(few, broken)
    turns = [*many.turns, *few.turns]
    mute = [turn for turn in turns if turn.reply.status in (429, 503) and not turn.reply.retry_after]
    lost = kept.lost(turns, cluster.database_url)
    note = f"{len(mute)} refusals without Retry-After" if mute else ""
    return found(FULL_QUEUE, turns, lost, broken, lasted_s=seconds, note=note)


@asynccontextmanager
async def local_server(model: Path, state: Path, log: IO[bytes]) -> AsyncIterator[str]:
    """Run the bot of the local profile while the block runs; yields the address of its channel."""
    port = free_port()
    command = [sys.executable, "-m", "fascicle", "serve", "--port", str(port), "--model", str(model)]
    url = f"http://{HOST}:{port}/chat/"
    with child(command, log, {"FASCICLE_STATE": str(state), "FASCICLE_PROFILE": "local"}) as process:
        started = time.monotonic()
        if await _until(lambda: answers(f"{url}ready") or process.poll() is not None, started) is None or process.poll():
            raise StartError(f"the server of the local profile did not start; see {log.name}")
        yield url


async def fill_disk(folder: Path, log: IO[bytes], seconds: float = 5.0) -> Found:
    """Fill the file system that the local profile keeps everything on; make room again after a while."""
    with small_disk(folder) as disk:
        async with local_server(MODEL, disk, log) as url:
            async with crowd(url, await known_questions(url), PEOPLE, THINKING, EMERGENCIES) as people:
                await asyncio.sleep(CALM)
                broken = time.monotonic()
                filler = disk / "filler"
                _fill(filler)
                await asyncio.sleep(seconds)
                _fill(filler)  # a log that was written to meanwhile may have been emptied
                filler.unlink()
                await _until_calm(people, broken)
            lost = kept.lost(people.turns, f"sqlite:///{disk}/fascicle.sqlite")
    return found("full-disk", people.turns, lost, broken, lasted_s=seconds)


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system of its own, of 64 MB, while the block runs.

    Raises:
        StartError: we may not mount one.
    """
    folder.mkdir(parents=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "none", str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        raise StartError(f"full-disk has to mount a small file system, which needs root: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _fill(path: Path) -> None:
    with suppress(OSError), path.open("ab", buffering=0) as file:
        while file.write(bytes(4096)):
            pass


async def corrupt_model(folder: Path, log: IO[bytes]) -> Found:
    """Spoil the model file of a running server, and start another one with it."""
    folder.mkdir(parents=True)
    model = Path(shutil.copy(MODEL, folder))
    async with local_server(model, folder / "running", log) as url:
        async with crowd(url, await known_questions(url), PEOPLE, THINKING, EMERGENCIES) as people:
            await asyncio.sleep(CALM)
            broken = time.monotonic()
            spoil(model)
            refusal = (await asyncio.to_thread(_refusal, model, folder / "second")).replace(f"{folder}/", "")
            await _until_calm(people, broken)
        lost = kept.lost(people.turns, f"sqlite:///{folder}/running/fascicle.sqlite")
    return found("corrupt-model", people.turns, lost, broken, note=f"a server started with it: {refusal}")


def spoil(model: Path) -> None:
    """Overwrite the middle of a file, as a bad disk or a broken copy does."""
    with model.open("r+b") as file:
        file.seek(model.stat().st_size // 2)
        file.write(bytes(4096))


def _refusal(model: Path, state: Path) -> str:
    """What a server says that is started with this model; that it runs, if it does."""
    command = [sys.executable, "-m", "fascicle", "serve", "--port", str(free_port()), "--model", str(model)]
    environment = os.environ | {"FASCICLE_STATE": str(state), "FASCICLE_PROFILE": "local"}
    try:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=RECOVERY_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return "runs"
    lines = done.stderr.decode().strip().splitlines()
    return f"ends with exit code {done.returncode}: {lines[-1] if lines else 'without a word'}"


async def with_cluster(cluster: Cluster, questions: Mapping[str, str], name: str, stopped: float = STOPPED_SECONDS) -> Found:
    """Have a fault of the cluster; one that stops a server does so for so many seconds."""
    if name == FULL_QUEUE:
        return await fill_queue(cluster, questions)
    return await break_one(cluster, questions, name, stopped)


CLUSTER_FAULTS = tuple(f"{how}-{kind}" for how in ("kill", "stop") for kind in VICTIMS)
LOCAL_FAULTS = {"full-disk": fill_disk, "corrupt-model": corrupt_model}
FULL_QUEUE = "full-queue"
FAULTS = (*CLUSTER_FAULTS, FULL_QUEUE, *LOCAL_FAULTS)
"""Names of all faults."""
