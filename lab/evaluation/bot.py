"""Starts the bot that is scored, and reads from its model how sure it is of what it understood."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from fascicle import environment
from fascicle.__main__ import MODEL
from fascicle.bot.servers import HOST, child, free_port, opened, state_folder
from fascicle.errors import StartError

START_SECONDS = 180.0


@dataclass(frozen=True)
class Understood:
    """What a model understood of a message, and how long that took."""

    message: Mapping[str, Any]
    seconds: float = 0.0

    @property
    def confidence(self) -> float:
        """How sure the model is of the first question of the message, or of the message where it found none."""
        first = next(iter(self.message.get("questions") or []), None) or self.message.get("intent") or {}
        return float(first.get("confidence") or 0.0)


@contextmanager
def running(model: Path = MODEL) -> Iterator[str]:
    """Run the bot on a free port while the block runs; yields the address of its web channel.

    Raises:
        StartError: it does not answer in time.
    """
    port = free_port()
    log_path = state_folder() / "evaluation.log"
    command = [sys.executable, "-m", "fascicle", "serve", "--model", str(model), "--port", str(port)]
    with (
        log_path.open("wb") as log,
        TemporaryDirectory() as state,  # what is asked here is nobody's conversation, and counts for no one
        child(command, log, {"FASCICLE_PROFILE": "local", "FASCICLE_STATE": state}) as process,
    ):
        url, deadline = f"http://{HOST}:{port}/chat", time.monotonic() + START_SECONDS
        while not _is_ready(url):
            if process.poll() is not None or time.monotonic() > deadline:
                raise StartError(f"the bot does not answer; see {log_path}")
            time.sleep(0.2)
        yield url


def _is_ready(url: str) -> bool:
    try:
        with opened(f"{url}/ready", 10):
            return True
    except OSError:
        return False


def understand(model: Path, texts: Sequence[str]) -> list[Understood]:
    """What a model understands of each text, without any conversation.

    Raises:
        StartError: the model does not load.
    """
    environment.prepare()
    import sanic.app  # noqa: F401  Sanic turns warnings on when it is imported

    environment.hide_warnings()
    import structlog
    from rasa.core.agent import load_agent

    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))

    async def understand_all() -> list[Understood]:
        agent = await load_agent(model_path=str(model))
        if not agent.is_ready():
            raise StartError(f"the model at {model} does not load")
        found = []
        for text in texts:
            start = time.perf_counter()
            message = await agent.parse_message(text)
            found.append(Understood(message, time.perf_counter() - start))
        return found

    return asyncio.run(understand_all())
