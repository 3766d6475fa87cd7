"""The trained bot in process: model, actions, and conversations as the channels hold them."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import structlog

from fascicle import environment

environment.prepare()

import services  # noqa: E402
from rasa.core.agent import Agent  # noqa: E402
from rasa_sdk.executor import ActionExecutor  # noqa: E402
from services import Service  # noqa: E402

from fascicle import ROOT, library  # noqa: E402
from fascicle.__main__ import MODEL  # noqa: E402
from fascicle.bot.agent import ActionServer, load, shortened  # noqa: E402
from fascicle.bot.agent import Bot as Loaded  # noqa: E402
from fascicle.bot.servers import HOST, free_port  # noqa: E402
from fascicle.bot.turn import checked_text, replies  # noqa: E402
from fascicle.database import Database  # noqa: E402

Message = dict[str, Any]
Say = Callable[[str], list[Message]]


def pytest_configure(config: pytest.Config) -> None:
    """Hide what old dependencies warn about, as the commands do; pytest sets its own filters for every test."""
    config.addinivalue_line("filterwarnings", "ignore")
    config.addinivalue_line("filterwarnings", r"error:::(fascicle|actions)\.")


class LocalActions(ActionServer):
    """An action server without a server: runs the actions in this process, until `down` says that it cannot be reached."""

    def __init__(self) -> None:
        super().__init__(url=f"http://{HOST}:{free_port()}/webhook", enable_selective_domain=True)
        self.executor = ActionExecutor()
        self.executor.register_package("actions")
        self.down = False

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        """Run the action of a call; what goes in and out passes through JSON as it does between servers, and as little of it."""
        if self.down:
            return await super().request(*args, **kwargs)
        result = await self.executor.run(json.loads(json.dumps(shortened(kwargs["json"]))))
        return json.loads(json.dumps(result))


class Bot:
    """The loaded model with its actions, on an event loop of its own."""

    def __init__(self, actions: LocalActions) -> None:
        if not MODEL.is_file():
            pytest.fail(f"There is no model at {MODEL}: run `make train` first.", pytrace=False)
        self.loop = asyncio.new_event_loop()
        self.agent: Agent = self.loop.run_until_complete(load(MODEL))
        if not self.agent.is_ready():
            pytest.fail(f"The model at {MODEL} does not load: run `make train`.", pytrace=False)
        self.agent.action_endpoint = self.agent.processor.action_endpoint = actions

    def say(self, sender: str, text: str) -> list[Message]:
        """The bot's messages to a typed text, or to a payload as it is."""

        async def turn() -> list[Message]:
            checked = text if text.startswith("/") else checked_text(text)
            return [message async for message in replies(Loaded(self.agent, library.opened()), sender, checked)]

        return self.loop.run_until_complete(turn())


@pytest.fixture(scope="session")
def actions() -> LocalActions:
    """The actions that the bot runs."""
    return LocalActions()


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder that this process keeps its database in."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("state")
        patch.setenv("FASCICLE_STATE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def bot(actions: LocalActions, state: Path) -> Iterator[Bot]:
    """The bot, loaded once."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    made = Bot(actions)
    yield made
    made.loop.run_until_complete(actions.close())
    made.loop.close()


@pytest.fixture
def new_conversation(bot: Bot) -> Callable[[], Say]:
    """Starts a conversation; what it returns says something in it."""

    def start() -> Say:
        sender = secrets.token_urlsafe(24)
        return lambda text: bot.say(sender, text)

    return start


@pytest.fixture
def say(new_conversation: Callable[[], Say]) -> Say:
    """Says something in a conversation of this test, and returns the bot's messages in the channel contract's form."""
    return new_conversation()


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """An empty database in a file of its own."""
    made = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    yield made
    made.close()


class Commands:
    """Runs `python -m fascicle ...`, and knows every process that comes of it: all inherit the folder of its state."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self._mark = f"FASCICLE_STATE={state}".encode()
        own = {name: value for name, value in os.environ.items() if name not in environment.SETTINGS}
        self._environment = own | {"FASCICLE_STATE": str(state), "NO_COLOR": "1", "COLUMNS": "40"}

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command with pipes to it."""
        command = [sys.executable, "-m", "fascicle", *arguments]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self._environment, stdin=pipe, stdout=pipe, stderr=pipe)

    def processes(self, words: str = "") -> list[int]:
        """Ids of the processes that run, those with `words` in their command."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if self._mark in (folder / "environ").read_bytes().split(b"\0"):
                    command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                    if command and words in command:
                        found.append(int(folder.name))
        return found

    def end(self) -> None:
        """Kill what is left."""
        for process in self.processes():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


@pytest.fixture(scope="module")
def new_commands(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Commands]]:
    """Makes runners of commands, each with processes of its own."""
    if not MODEL.is_file():
        pytest.fail(f"There is no model at {MODEL}: run `make train` first.", pytrace=False)
    made: list[Commands] = []

    def new() -> Commands:
        made.append(Commands(tmp_path_factory.mktemp("state")))
        return made[-1]

    yield new
    for commands in made:
        commands.end()


@pytest.fixture(scope="module")
def commands(new_commands: Callable[[], Commands]) -> Commands:
    """Starts the project's commands."""
    return new_commands()


@pytest.fixture(scope="session")
def wait_for() -> Callable[..., Any]:
    """Calls a function until what it returns is true, and fails at a deadline."""

    def wait(condition: Callable[[], Any], what: str, seconds: float = 60) -> Any:
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            if time.monotonic() > deadline:
                pytest.fail(f"Not within {seconds:g} s: {what}.", pytrace=False)
            time.sleep(0.05)
        return result

    return wait


@pytest.fixture
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A Redis server of this test."""
    with services.redis_server(tmp_path_factory.mktemp("redis")) as service:
        yield service


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Service]:
    """A PostgreSQL server that tests share."""
    with services.postgresql_server() as service:
        yield service
