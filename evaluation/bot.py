"""Starts the bot that is scored, and reads from its model how sure it is of what it understood."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fascicle import environment
from fascicle.servers import HOST, StartError, child, free_port, state_folder

START_SECONDS = 180.0
Parsed = dict[str, Any]


@contextmanager
def running() -> Iterator[str]:
    """Run the bot on a free port while the block runs; yields the address of its web channel.

    Raises:
        StartError: it does not answer in time.
    """
    port = free_port()
    log_path = state_folder() / "evaluation.log"
    with (
        log_path.open("wb") as log,
        child([sys.executable, "-m", "fascicle", "serve", "--port", str(port)], log) as process,
    ):
        url, deadline = f"http://{HOST}:{port}/chat", time.monotonic() + START_SECONDS
        while not _is_ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"the bot does not answer; see {log_path}")
            time.sleep(0.2)
        yield url


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=10):
            return True
    except OSError:
        return False


def parse(model: Path, texts: Sequence[str]) -> list[Parsed]:
    """What a model understands of each text, without any conversation."""
    environment.prepare()
    import sanic.app  # noqa: F401  Sanic turns warnings on when it is imported

    environment.hide_warnings()
    import structlog
    from rasa.core.agent import load_agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    async def parse_all() -> list[Parsed]:
        agent = await load_agent(model_path=str(model))
        if not agent.is_ready():
            raise StartError(f"the model at {model} does not load")
        return [await agent.parse_message(text) for text in texts]

    return asyncio.run(parse_all())


def confidence(parsed: Parsed) -> float:
    """How sure the model is of the first question of a message, or of the message where it found none."""
    first = next(iter(parsed.get("questions") or []), None) or parsed.get("intent") or {}
    return float(first.get("confidence") or 0.0)
