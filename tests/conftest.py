"""The trained bot in process: model, actions, and conversations as the channels hold them."""

from __future__ import annotations

import logging
import os
import pty
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import structlog

from fascicle import environment

environment.prepare()

import services  # noqa: E402
from services import Service  # noqa: E402

from fascicle import ROOT  # noqa: E402
from fascicle.__main__ import MODEL  # noqa: E402
from fascicle.database import Database  # noqa: E402

if TYPE_CHECKING:
    from trained import Bot, LocalActions  # Rasa is imported where a test needs it

Message = dict[str, Any]
Say = Callable[[str], list[Message]]


UNIT = {
    "article", "average", "bare", "build", "check_in", "cues", "dependencies", "embedding_guide", "filling", "finding",
    "fitting", "focus", "house", "kernel_ridge", "learned_weights", "library_actions", "names", "offered", "page", "profile",
    "question_splitter", "quoting", "readme", "reply", "safety", "stores", "talk", "terminal", "text", "threat_model", "turn",
    "windows", "words",
}  # fmt: skip
"""Files of tests that need nothing but the code and its data."""
SERVERS = {
    "benchmarks", "channel", "channel_files", "channel_fuzz", "conversations", "counts", "database", "deploy", "feedback",
    "guard", "nginx", "observed", "private", "readiness", "release", "reliability", "retention", "serve", "servers",
    "supervisor", "throttle", "watchdog",
}  # fmt: skip
"""Files of tests that start servers or databases."""
FIXTURES = {
    "bot": "model",
    "commands": "servers",
    "new_commands": "servers",
    "redis_server": "servers",
    "postgresql_server": "servers",
}
"""What a test needs that asks for a fixture, whichever file it stands in."""


def mark_of(path: Path) -> str:
    """What the tests of a file need; without an entry above, the model."""
    name = path.stem.removeprefix("test_")
    if path.parent.name == "browser":
        return "browser"
    if path.parent.name == "cluster" or name in SERVERS:
        return "servers"
    return "unit" if name in UNIT else "model"


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave files alone that hold no unit test where only those are asked for: to import them takes longer than to run these."""
    is_asked = config.getoption("markexpr") != "unit" or collection_path.is_dir() or mark_of(collection_path) == "unit"
    return None if is_asked else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test with what it needs."""
    for item in items:
        mark = mark_of(item.path)
        if mark != "browser":
            mark = next((FIXTURES[name] for name in getattr(item, "fixturenames", ()) if name in FIXTURES), mark)
        item.add_marker(mark)


def pytest_configure(config: pytest.Config) -> None:
    """Hide what old dependencies warn about, as the commands do; pytest sets its own filters for every test."""
    if config.getoption("markexpr") != "unit":
        import trained  # noqa: F401  Sanic turns warnings on when it is imported, so not in the middle of a test
    config.addinivalue_line("filterwarnings", "ignore")
    config.addinivalue_line("filterwarnings", r"error:::(fascicle|actions)\.")


@pytest.fixture(scope="session")
def actions() -> LocalActions:
    """The actions that the bot runs."""
    from trained import LocalActions

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
    from trained import Bot

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

    def start_in_terminal(self, *arguments: str, **settings: str) -> tuple[subprocess.Popen[bytes], int]:
        """Start a command in a terminal; our end of it is what a person types into and reads."""
        ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "fascicle", *arguments]
        # a terminal that does not say where its cursor is
        own = self._environment | {"TERM": "xterm-256color", "PROMPT_TOOLKIT_NO_CPR": "1"} | settings
        process = subprocess.Popen(command, cwd=ROOT, env=own, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        return process, ours

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
