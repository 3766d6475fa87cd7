"""Many people at once, asked for by wrk, a process of its own, which checks every reply."""

from __future__ import annotations

import json
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from fascicle import library
from fascicle.library import ASPECTS
from lab.benchmarks import bots

SCRIPT = Path(__file__).with_name("load.lua")
PLAIN = re.compile(r"[A-Za-z][A-Za-z ,]{24,}")
"""Words that JSON writes as they are."""


class LoadError(RuntimeError):
    """A load could not be made; the message says why."""


@dataclass(frozen=True)
class Load:
    """What came of a load.

    Args:
        senders: people who asked at once.
        per_second: turns answered in a second.
        median: milliseconds of a turn; `p95` and `p99` likewise.
        errors: turns that failed or got no reply.
        crossed: turns that got the reply to another person's question.
        unlike: turns that got another reply than their question gets alone, crossed ones too.
    """

    senders: int
    per_second: float
    median: float
    p95: float
    p99: float
    errors: int
    crossed: int
    unlike: int


def questions() -> list[str]:
    """A question for each passage; no two have the same answer."""
    loaded = library.default()
    return [ASPECTS[p.aspect].ask.format(topic=loaded.topics[p.topic].name) for p in loaded.passages if not p.items]


def numbered(text: str, number: object) -> str:
    """A text that was never asked before. The number stands before the question mark: after it, it would be a second question."""
    return f"{text.removesuffix('?')} {number}" + ("?" if text.endswith("?") else "")


def run(url: str, senders: int, seconds: float) -> Load:
    """Have senders ask for some seconds, each the next question as soon as the last is answered.

    Raises:
        LoadError: wrk is not installed, or fails.
    """
    if shutil.which("wrk") is None:
        raise LoadError("the load test needs wrk: install the package wrk")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "questions.tsv"
        file.write_text(
            "".join(f"{numbered(asked, '%s')}\t{mark}\n" for asked, mark in islice(_marked(url).items(), senders)),
            encoding="utf-8",
        )
        command = ["wrk", f"-t{senders}", f"-c{senders}", f"-d{seconds:.0f}s", "--timeout", "60s", "-s", str(SCRIPT), url]
        done = subprocess.run([*command, "--", str(file), secrets.token_hex(12)], stdout=subprocess.PIPE, text=True)
    if done.returncode or not done.stdout:
        raise LoadError(f"wrk ended with {done.returncode}")
    found = json.loads(done.stdout.splitlines()[-1])
    counts = {name: int(found.pop(name)) for name in ("errors", "crossed", "unlike")}
    return Load(senders, **found, **counts)


def _marked(url: str) -> dict[str, str]:
    """Questions that get replies with words of their own, and those words."""
    replies = {asked: _words(url, numbered(asked, 0)) for asked in questions()}
    marks = {
        asked: next((mark for mark in PLAIN.findall(reply) if sum(mark in other for other in replies.values()) == 1), "")
        for asked, reply in replies.items()
    }
    return {asked: mark for asked, mark in marks.items() if mark}


def _words(url: str, text: str) -> str:
    return str(bots.ask(url, bots.new_sender(), text)[0].get("text"))
