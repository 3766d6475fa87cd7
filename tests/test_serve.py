"""`python -m fascicle serve` over HTTP. The tests share one server: the last two take it apart, in this order."""

from __future__ import annotations

import json
import os
import secrets
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from fascicle import library
from fascicle.__main__ import MODEL
from fascicle.bot.servers import HOST, free_port

ARTICLE = library.default()


@dataclass(frozen=True)
class Server:
    """A running server: its process, its port, and what its health was until it was ready (None: nobody answered)."""

    process: subprocess.Popen[bytes]
    port: int
    early: list[int | None]

    def request(self, path: str, body: dict[str, Any] | None = None) -> tuple[int | None, str]:
        """Status and text of a reply; None where nobody answers."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://{HOST}:{self.port}{path}", data, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return None, ""

    def say(self, text: str, sender: str | None = None) -> list[dict[str, Any]]:
        """The bot's messages to a text, in a new conversation if none is named."""
        sender = sender or secrets.token_urlsafe(24)
        status, lines = self.request("/chat/message", {"sender": sender, "message": text})
        *messages, end = [json.loads(line) for line in lines.splitlines()]
        assert (status, end) == (200, {"done": True})
        return messages


@pytest.fixture(scope="module")
def server(commands: Any, wait_for: Callable[..., Any]) -> Server:
    port = free_port()
    made = Server(commands.start("serve", "--port", str(port)), port, [])

    def ready() -> bool:
        assert made.process.poll() is None, made.process.stderr.read()
        made.early.append(made.request("/chat/ready")[0])
        return made.early[-1] == 200

    wait_for(ready, "the server is ready")
    return made


def test_it_is_ready_only_once_a_question_can_be_answered(server: Server) -> None:
    assert server.early[0] is None
    assert set(server.early[:-1]) <= {None, 503}
    status, body = server.request("/chat/ready")
    parts = dict.fromkeys(("model", "actions", "database"), True)
    assert (status, json.loads(body)) == (200, {"ready": True, "parts": parts})


def test_nothing_is_kept_of_what_it_asked_itself(server: Server, commands: Any) -> None:
    server.request("/chat/health")
    with closing(sqlite3.connect(commands.state / "fascicle.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM turns").fetchone() == (0,)
        assert database.execute("SELECT count(*) FROM conversations").fetchone() == (0,)


def test_a_question_is_answered_and_cited(server: Server) -> None:
    (message,) = server.say("What helps with Bell's palsy?")
    passage = ARTICLE.passage_by_id("bells_palsy.treatment")
    assert message["kind"] == "answer"
    assert message["passages"] == [
        {"id": passage.id, "article": "lip_twitching", "topic": passage.topic, "aspect": passage.aspect}
    ]
    (citation,) = message["citations"]
    assert (citation["passage"], citation["text"], citation["url"]) == (passage.id, passage.full_text, ARTICLE.url)
    spans = [span for block in message["blocks"] for span in block["spans"]]
    assert [span["text"] for span in spans if span.get("citations") == [citation["number"]]] == [passage.text]


def test_a_long_conversation_goes_on_being_answered(server: Server) -> None:
    sender = secrets.token_urlsafe(24)
    questions = [f"What helps with {ARTICLE.topics[topic].name}?" for topic in ("bells_palsy", "als", "stress", "caffeine")] * 10
    assert [server.say(question, sender)[0]["kind"] for question in questions] == ["answer"] * len(questions)


def test_nothing_that_runs_has_loaded_tensorflow(server: Server, commands: Any) -> None:
    mapped = [Path(f"/proc/{process}/maps").read_text() for process in commands.processes()]
    assert len(mapped) == 2
    assert any("_blas" in libraries for libraries in mapped), "no library is seen at all"
    assert not any("tensorflow" in libraries for libraries in mapped)


@pytest.mark.parametrize("content", ["cut", b"no archive", b"", None], ids=["cut", "text", "empty", "missing"])
def test_a_model_that_cannot_be_used_stops_the_server_with_one_line(
    content: str | bytes | None, tmp_path: Path, commands: Any
) -> None:
    whole, model = MODEL.read_bytes(), tmp_path / "asked_for.tar.gz"
    (tmp_path / "another.tar.gz").write_bytes(whole)  # Rasa would take the newest model of the folder
    if content is not None:
        model.write_bytes(whole[: len(whole) // 2] if content == "cut" else content)
    stopped = commands.start("serve", "--model", str(model), "--port", str(free_port()))
    _, errors = stopped.communicate(timeout=60)
    assert stopped.returncode == 1
    [line] = errors.decode().splitlines()
    assert str(model) in line


def test_an_occupied_port_is_refused_in_words(server: Server, commands: Any) -> None:
    second = commands.start("serve", "--port", str(server.port))
    output, errors = second.communicate(timeout=30)
    assert second.returncode == 1
    assert f"Port {server.port} is in use" in errors.decode()
    assert b"Traceback" not in output + errors


def test_a_killed_action_server_is_said_in_words(server: Server, commands: Any, wait_for: Callable[..., Any]) -> None:
    (actions,) = commands.processes("rasa_sdk")
    os.kill(actions, signal.SIGKILL)
    wait_for(lambda: server.request("/chat/ready")[0] == 503, "the server notices", 10)
    assert server.request("/chat/health")[0] == 200
    (message,) = server.say("What causes ALS?")
    assert (message["kind"], message["error"]) == ("error", "no_reply")
    assert message["text"]
    (emergency,) = server.say("My face is drooping on one side and I can't speak properly")
    assert emergency["kind"] == "emergency"


def test_a_stopped_server_leaves_nobody_behind(server: Server, commands: Any, wait_for: Callable[..., Any]) -> None:
    assert commands.processes()
    server.process.send_signal(signal.SIGTERM)
    server.process.wait(30)
    wait_for(lambda: not commands.processes(), "all processes end", 10)
    assert server.request("/chat/health")[0] is None
