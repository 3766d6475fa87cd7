"""Many conversations at once for a long time, at the highest rate that the machine holds."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from scipy import stats

from deploy.cluster import Cluster
from lab.reliability import kept, processes
from lab.reliability.people import CROSSED, RIGHT, Turn, crowd

CONVERSATIONS = 200
PROBE_SECONDS = 15.0
PROBE_PEOPLE = 32
SHARES = (0.85, 0.8, 0.75, 0.7, 0.6, 0.5)
"""Shares of what the machine can do at most that are tried, one after the other. Close to the most, chance piles questions up."""
HELD_SECONDS = 1.0
"""Wait of the slowest twentieth above which a rate does not count as held."""
SAMPLE_SECONDS = 5.0
WARM_UP = 0.2
"""Share of the time that memory may still grow in: caches fill, and connections are opened."""


@dataclass
class Memory:
    """Samples of the memory of all processes, by kind, with the hours at which they were taken."""

    hours: list[float] = field(default_factory=list)
    taken: list[Mapping[str, float]] = field(default_factory=list)

    async def sample(self, cluster: Cluster, until: asyncio.Event) -> None:
        """Take samples until told to stop."""
        start = time.monotonic()
        while not until.is_set():
            self.taken.append(await asyncio.to_thread(processes.memory, cluster))
            self.hours.append((time.monotonic() - start) / 3600)
            try:
                await asyncio.wait_for(until.wait(), SAMPLE_SECONDS)
            except asyncio.TimeoutError:
                continue

    def figures(self) -> dict[str, Any]:
        """How fast it grows once it has warmed up, in all and of each kind."""
        first = next((place for place, at in enumerate(self.hours) if at >= WARM_UP * self.hours[-1]), 0)
        hours, taken = self.hours[first:], self.taken[first:]
        kinds = sorted({kind for sample in taken for kind in sample})
        series = {kind: [sample.get(kind, 0.0) for sample in taken] for kind in kinds}
        total = slope(hours, [sum(sample.values()) for sample in taken])
        return {
            "memory_slope_mb_per_h": total["mb_per_h"],
            "memory_slope_interval_mb_per_h": total["interval"],
            "memory_slope_by_kind": {kind: slope(hours, values) for kind, values in series.items()},
            "memory_mb": {kind: round(values[-1], 1) for kind, values in series.items()},
            "memory_samples": len(taken),
        }


def slope(hours: Sequence[float], megabytes: Sequence[float]) -> dict[str, Any]:
    """Slope of a line through the samples (ordinary least squares) and its 95 % interval."""
    if len(hours) < 3:
        return {"mb_per_h": None, "interval": None}
    line = stats.linregress(hours, megabytes)
    half = float(stats.t.ppf(0.975, len(hours) - 2)) * line.stderr
    return {"mb_per_h": round(line.slope, 2), "interval": [round(line.slope - half, 2), round(line.slope + half, 2)]}


async def highest_rate(cluster: Cluster, questions: Mapping[str, str]) -> tuple[float, float]:
    """Turns in a second: how many the machine answers at most, and how many it holds with all conversations.

    Raises:
        RuntimeError: it holds none of the rates that are tried.
    """
    most = (await _held(cluster, questions, PROBE_PEOPLE, 0.0)).rate
    for share in SHARES:
        probe = await _held(cluster, questions, CONVERSATIONS, CONVERSATIONS / (share * most))
        if not probe.errors and probe.wait < HELD_SECONDS:
            return most, share * most
    raise RuntimeError(f"{CONVERSATIONS} conversations are not held at half of {most:.0f} turns a second")


@dataclass(frozen=True)
class _Probe:
    rate: float
    errors: int
    wait: float


async def _held(cluster: Cluster, questions: Mapping[str, str], people: int, thinking: float) -> _Probe:
    async with crowd(cluster.url, questions, people, thinking) as asking:
        await asyncio.sleep(PROBE_SECONDS)
    right = [turn for turn in asking.turns if turn.seen == RIGHT]
    waits = sorted(turn.seconds for turn in right)
    wait = waits[int(0.95 * (len(waits) - 1))] if waits else float("inf")
    return _Probe(len(right) / PROBE_SECONDS, len(asking.turns) - len(right), wait)


async def hold(cluster: Cluster, questions: Mapping[str, str], minutes: float, rate: float | None = None) -> dict[str, Any]:
    """Have all conversations go on for so long, at the highest rate if none is named, and say what came of it."""
    most = None
    if rate is None:
        most, rate = await highest_rate(cluster, questions)
    memory, over = Memory(), asyncio.Event()
    sampling = asyncio.create_task(memory.sample(cluster, over))
    start = time.monotonic()
    async with crowd(cluster.url, questions, CONVERSATIONS, CONVERSATIONS / rate) as asking:
        await asyncio.sleep(60 * minutes)
        over.set()
        await sampling
    seconds = time.monotonic() - start
    lost = await asyncio.to_thread(kept.lost, asking.turns, cluster.database_url)
    return {
        "conversations": CONVERSATIONS,
        "minutes": minutes,
        **figures(asking.turns, seconds),
        "most_turns_per_s": most and round(most, 1),
        "lost": len(lost),
        **memory.figures(),
    }


def figures(turns: Sequence[Turn], seconds: float) -> dict[str, Any]:
    """Counts of the turns, and how long people waited for right replies."""
    seen = Counter(turn.seen for turn in turns)
    waits = sorted(turn.seconds for turn in turns if turn.seen == RIGHT)
    at = {
        name: waits[int(share * (len(waits) - 1))] if waits else None
        for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
    }
    return {
        "turns": len(turns),
        "turns_per_s": round(len(waits) / seconds, 1),
        "error_rate": (len(turns) - len(waits)) / len(turns) if turns else None,
        "crossed": seen[CROSSED],
        "seen_by_person": dict(seen.most_common()),
        "wait_s": {name: None if wait is None else round(wait, 3) for name, wait in at.items()},
    }
