"""The two bots that are compared: how each is started, asked, and watched."""

from __future__ import annotations

import json
import os
import pty
import re
import secrets
import select
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fascicle import ROOT
from fascicle.bot.servers import HOST, child, free_port, opened, state_folder
from lab.benchmarks.projects import STOCK_CREDENTIALS, STOCK_ENDPOINTS, Trained, environment

READY_SECONDS = 300.0
UNLIMITED = """
fascicle.web.channel.WebChannel:
  limits:
    sender: 1000000 per minute
    address: 1000000 per minute
"""
"""Settings of our web channel; one sender of a load asks more than a person may."""
FIRST_QUESTION = "How is Bell's palsy treated?"
Command = Sequence[str]
_STEP = 0.02


class NoAnswer(RuntimeError):
    """A bot did not answer."""


@dataclass(frozen=True)
class Bot:
    """One of the bots.

    Args:
        name: `ours` or `stock`.
        trained: its project and model.
        path: where its web channel takes messages.
        servers: commands that together make it answer over HTTP.
        shell: commands that make it answer in a terminal; the last is the one that is talked to.
        prompt: what the terminal shows when it can be typed into.
        answer: what the terminal shows of an answer.
        settings: environment of all of them.
    """

    name: str
    trained: Trained
    path: str
    servers: tuple[Command, ...]
    shell: tuple[Command, ...]
    prompt: str
    answer: str
    port: int
    settings: Mapping[str, str]

    @property
    def url(self) -> str:
        """Where messages go."""
        return f"http://{HOST}:{self.port}{self.path}"


def ours(trained: Trained) -> Bot:
    """This project's bot on a free port."""
    port = free_port()
    command = (sys.executable, "-m", "fascicle")
    model = ("--model", str(trained.model))
    credentials = state_folder() / "benchmark_credentials.yml"
    credentials.write_text(UNLIMITED, encoding="utf-8")
    serve = (*command, "serve", "--port", str(port), "--credentials", str(credentials), *model)
    chat = (*command, "chat", *model)
    return Bot("ours", trained, "/chat/message", (serve,), (chat,), "You:", r"\[1\]", port, trained.settings)


def stock(trained: Trained) -> Bot:
    """The bot of `rasa init`, with the actions of this project, on free ports."""
    port, actions_port, shell_port = free_port(), free_port(), free_port()
    (trained.folder / "endpoints.yml").write_text(STOCK_ENDPOINTS.format(port=actions_port), encoding="utf-8")
    (trained.folder / "credentials.yml").write_text(STOCK_CREDENTIALS, encoding="utf-8")
    rasa = (sys.executable, "-m", "rasa")
    actions = (*rasa, "run", "actions", "--actions", "actions", "--port", str(actions_port))
    model = ("--model", str(trained.model), "--endpoints", "endpoints.yml", "--interface", HOST)
    run = (*rasa, "run", *model, "--credentials", "credentials.yml", "--port", str(port))
    shell = (*rasa, "shell", *model, "--port", str(shell_port))
    settings = {"RASA_TELEMETRY_ENABLED": "false", "SANIC_HOST": HOST}
    return Bot(
        "stock",
        trained,
        "/webhooks/rest/webhook",
        (actions, run),
        (actions, shell),
        "Your input",
        "Source:|Type out your own",
        port,
        settings,
    )


@contextmanager
def _started(bot: Bot, commands: Sequence[Command], log: Path) -> Iterator[None]:
    """Run commands of a bot in its folder while the block runs."""
    folder = ROOT if bot.name == "ours" else bot.trained.folder
    settings = {**environment(), **bot.settings}
    with log.open("ab") as out, ExitStack() as running:
        for command in commands:
            running.enter_context(child(command, out, settings, folder))
        yield


@contextmanager
def serving(bot: Bot, log: Path) -> Iterator[float]:
    """Run a bot's servers while the block runs; yields the seconds from the command to the first answer."""
    start = time.perf_counter()
    with _started(bot, bot.servers, log):
        while not _answers(bot):
            if time.perf_counter() - start > READY_SECONDS:
                raise NoAnswer(f"{bot.name} does not answer; see {log}")
            time.sleep(_STEP)
        yield time.perf_counter() - start


def _answers(bot: Bot) -> bool:
    try:
        return bool(ask(bot.url, new_sender(), FIRST_QUESTION))
    except (OSError, ValueError):
        return False


def first_answer_in_shell(bot: Bot, log: Path) -> float:
    """Seconds from the command to the first answer in a terminal."""
    start = time.perf_counter()
    folder = ROOT if bot.name == "ours" else bot.trained.folder
    with _started(bot, bot.shell[:-1], log):
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(folder)
            os.execvpe(bot.shell[-1][0], list(bot.shell[-1]), {**environment(), **bot.settings})
        try:
            _read_until(terminal, bot.prompt, start)
            os.write(terminal, FIRST_QUESTION.encode() + b"\r")
            _read_until(terminal, bot.answer, start)
            return time.perf_counter() - start
        finally:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
            _drain(terminal)
            os.waitpid(process, 0)


def _read_until(terminal: int, pattern: str, start: float) -> None:
    seen = ""
    while not re.search(pattern, seen):
        if time.perf_counter() - start > READY_SECONDS:
            raise NoAnswer(f"the terminal shows no {pattern!r}, but:\n{seen[-500:]}")
        if select.select([terminal], [], [], 0.5)[0]:
            seen += os.read(terminal, 4096).decode(errors="replace")
            if "\x1b[6n" in seen:  # a program that asks where the cursor is waits for the answer
                os.write(terminal, b"\x1b[1;1R")
                seen = seen.replace("\x1b[6n", "")


def _drain(terminal: int) -> None:
    with suppress(OSError):
        while os.read(terminal, 4096):
            pass
    os.close(terminal)


def new_sender() -> str:
    """A sender nobody had before."""
    return secrets.token_urlsafe(24)


def ask(url: str, sender: str, text: str) -> list[dict[str, Any]]:
    """The bot's messages to a text."""
    body = json.dumps({"sender": sender, "message": text}).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    with opened(request, 60) as response:
        return messages(response.read().decode())


def messages(body: str) -> list[dict[str, Any]]:
    """The bot's messages in the body of a reply: one a line from our channel, one list from Rasa's.

    Raises:
        NoAnswer: the reply is an error.
    """
    found = json.loads(body) if body.startswith("[") else [json.loads(line) for line in body.splitlines()]
    if any("error" in message for message in found):
        raise NoAnswer(f"the bot failed: {found}")
    return [message for message in found if "done" not in message]


def processes(owner: int) -> dict[int, str]:
    """Ids and commands of all processes that come of a process, without itself."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            parents[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    found: dict[int, str] = {}
    generation = {owner}
    while generation := {process for process, parent in parents.items() if parent in generation}:
        for process in generation:
            with suppress(OSError):
                found[process] = (Path("/proc") / str(process) / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    return found


def peak_memory() -> dict[str, float]:
    """Peak resident memory in MB of each process that we started, by what it runs."""
    peaks = {}
    for process, command in processes(os.getpid()).items():
        with suppress(OSError):
            status = (Path("/proc") / str(process) / "status").read_text()
            if peak := re.search(r"VmHWM:\s+(\d+)", status):
                peaks[_role(command)] = int(peak[1]) / 1024
    return peaks


def _role(command: str) -> str:
    return "action server" if "actions" in command else "Rasa server"
