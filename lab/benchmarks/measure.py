"""What is measured of a running bot, and the figures that become of it."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from fascicle import ROOT
from lab.benchmarks import bots, growth, load
from lab.benchmarks.bots import Bot
from lab.benchmarks.load import Load, questions

SENDERS = (1, 4, 16, 64)
WARM_UP = 5
KINDS: Mapping[str, Sequence[str]] = {
    "one question": questions(),
    "several questions": (
        "What causes hemifacial spasm and how is it treated?",
        "What are the signs of ALS, and is there a cure?",
        "Can stress make my lip twitch? And what helps with too much caffeine?",
    ),
    "follow-up": ("tell me more", "and how is it treated", "what causes it"),
    "not in the article": (
        "How long does Bell's palsy last?",
        "Is Tourette syndrome hereditary?",
        "How much caffeine is too much?",
    ),
    "emergency": ("My face is drooping on one side and I can't speak properly", "My throat is swelling and I cannot breathe"),
    "small talk": ("hello", "thanks", "who are you"),
    "off topic": ("What is the weather tomorrow?", "Can you book me a flight to Rome?"),
}
"""Turns that are asked, by kind."""


@dataclass
class Run:
    """What came of the runs of one bot; one entry a run, but for turns, which are together."""

    shell: list[float] = field(default_factory=list)
    http: list[float] = field(default_factory=list)
    turns: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    load: dict[int, list[Load]] = field(default_factory=lambda: defaultdict(list))
    memory: list[dict[str, float]] = field(default_factory=list)
    growth: dict[str, dict[int, float]] = field(default_factory=dict)

    def figures(self) -> dict[str, Any]:
        """Medians of the runs, and percentiles of all turns."""
        roles = {role for peaks in self.memory for role in peaks}
        memory = {role: median(peaks.get(role, 0.0) for peaks in self.memory) for role in sorted(roles)}
        return {
            "first_answer_shell": {"median": median(self.shell), "runs": self.shell},
            "first_answer_http": {"median": median(self.http), "runs": self.http},
            "turns": {kind: percentiles(seconds) for kind, seconds in self.turns.items()},
            "load": {senders: _together(loads) for senders, loads in self.load.items()},
            "memory": memory | {"total": sum(memory.values())},
            "growth": self.growth,
        }


def percentiles(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 95th and 99th percentile in milliseconds."""
    ordered = sorted(seconds)
    return {
        name: 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]
        for name, share in (("median", 0.5), ("p95", 0.95), ("p99", 0.99))
    }


def _together(loads: Sequence[Load]) -> dict[str, float]:
    timed = {name: median(getattr(load, name) for load in loads) for name in ("per_second", "median", "p95", "p99")}
    return timed | {name: sum(getattr(load, name) for load in loads) for name in ("errors", "crossed", "unlike")}


def once(bot: Bot, run: Run, log: Path, *, turns: int, load_seconds: float) -> None:
    """Start a bot in a terminal and as a server, and measure the server."""
    run.shell.append(bots.first_answer_in_shell(bot, log))
    with bots.serving(bot, log) as seconds:
        run.http.append(seconds)
        for kind, texts in KINDS.items():
            run.turns[kind] += _timed(bot, texts, turns)
        for senders in SENDERS:
            run.load[senders].append(load.run(bot.url, senders, load_seconds))
        run.memory.append(bots.peak_memory())


def _timed(bot: Bot, texts: Sequence[str], turns: int) -> list[float]:
    """Seconds of each turn; conversations of five turns, so that all are about as long as people's are."""
    seconds = []
    sender = bots.new_sender()
    for number in range(-WARM_UP, turns):
        if number % 5 == 0:
            sender = bots.new_sender()
        start = time.perf_counter()
        bots.ask(bot.url, sender, load.numbered(texts[number % len(texts)], number))
        if number >= 0:
            seconds.append(time.perf_counter() - start)
    return seconds


def stages(model: Path, turns: int) -> dict[str, Any]:
    """What `benchmarks.stages` finds, in a process of its own."""
    command = [sys.executable, "-W", "ignore", "-m", "lab.benchmarks.stages", str(model), str(turns)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def machine() -> dict[str, Any]:
    """What it was measured on."""
    cpu = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line), ""
    )
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1e6
    return {
        "cores": os.cpu_count(),
        "cpu": cpu,
        "memory_gb": round(memory, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
        "environment_mb": _size(Path(sys.prefix)),
    }


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) / 1e6


def ratios(ours: Mapping[str, Any], stock: Mapping[str, Any]) -> dict[str, float]:
    """Ours divided by stock; growth is ours alone, the large divided by the small."""
    turn = "one question"
    length, topics = ours["growth"]["turn"], ours["growth"]["topics"]
    return {
        "first_answer_shell": ours["first_answer_shell"]["median"] / stock["first_answer_shell"]["median"],
        "first_answer_http": ours["first_answer_http"]["median"] / stock["first_answer_http"]["median"],
        "turn_median": ours["turns"][turn]["median"] / stock["turns"][turn]["median"],
        "turn_p99": ours["turns"][turn]["p99"] / stock["turns"][turn]["p99"],
        "throughput_16": ours["load"]["16"]["per_second"] / stock["load"]["16"]["per_second"],
        "memory": ours["memory"]["total"] / stock["memory"]["total"],
        "training": ours["training"] / stock["training"],
        "turn_500_over_5": length[str(growth.LONG)] / length[str(growth.SHORT)],
        "topics_2000_over_13": topics["2000"] / topics["13"],
    }
