"""A bot that speaks the channel's contract as it is told to, also badly; and pages of other sites that hold its widget."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from fascicle import ROOT

WIDGET = ROOT / "fascicle" / "web" / "static" / "widget.js"
Answer = Callable[["Handler", dict[str, Any]], None]


def citation(number: int, topic: str, text: str, **changes: Any) -> dict[str, Any]:
    """A citation of a passage about a topic."""
    section = topic.replace("_", " ").capitalize()
    return {
        "number": number,
        "passage": f"{topic}.treatment",
        "article": "lip_twitching",
        "section": section,
        "paragraphs": [number],
        "restated": True,
        "text": text,
        "title": "What causes your lip to twitch?",
        "author": "Jon Johnson",
        "publisher": "Medical News Today",
        "published": "2018-03-03",
        "accessed": "2019-09-06",
        "url": "https://www.example.org/articles/321105",
        "references": [{"title": f"{section} fact sheet", "published": "2017-05-10"}],
    } | changes


def message(
    text: str, *, kind: str = "smalltalk", topic: str = "", buttons: tuple[str, ...] = (), **changes: Any
) -> dict[str, Any]:
    """A message of the bot; with a topic, its words are those of the passage about it."""
    span = {"text": text} | ({"citations": [1]} if topic else {})
    passage = {"id": f"{topic}.treatment", "article": "lip_twitching", "topic": topic, "aspect": "treatment"}
    return {
        "id": f"id-of-{abs(hash(text))}",
        "kind": kind,
        "text": text,
        "blocks": [{"type": "paragraph", "spans": [span]}],
        "passages": [passage] if topic else [],
        "citations": [citation(1, topic, text)] if topic else [],
        "buttons": [{"title": title, "payload": f'/ask_topic{{"topic": "{title}"}}'} for title in buttons],
    } | changes


def answer(topic: str, *buttons: str) -> dict[str, Any]:
    """An answer from the passage about a topic."""
    return message(f"What helps with {topic} is written here.", kind="answer", topic=topic, buttons=buttons)


class Handler(BaseHTTPRequestHandler):
    """Serves pages, the widget, and the bot."""

    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        """A page or the widget."""
        bot = self.server.bot
        path = self.path.partition("?")[0]
        if path.endswith("/widget.js"):
            self.reply(200, WIDGET.read_bytes(), "text/javascript; charset=utf-8")
        elif path in bot.pages:
            body, headers = bot.pages[path]
            self.reply(200, body.encode(), "text/html; charset=utf-8", headers)
        else:
            self.reply(404, b"", "text/plain")

    def do_OPTIONS(self) -> None:
        """A preflight."""
        allowed = {"Access-Control-Allow-Methods": "POST, DELETE", "Access-Control-Allow-Headers": "Content-Type"}
        self.reply(204, b"", "text/plain", allowed)

    def do_DELETE(self) -> None:
        """The end of a conversation."""
        bot = self.server.bot
        with bot.deleting:
            bot.deleted.append(self.path.rpartition("/conversations/")[2])
            bot.deleting.notify_all()
        self.reply(bot.deletion_status, b"", "text/plain")

    def do_POST(self) -> None:
        """A question or feedback."""
        bot = self.server.bot
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path.endswith("/feedback"):
            bot.feedback.append(body)
            self.reply(bot.feedback_status, b"", "text/plain")
            return
        bot.questions.append(body)
        bot.headers.append(dict(self.headers))
        with bot.lock:
            act = bot.script.pop(0) if bot.script else bot.usual
        act(self, body)

    def reply(self, status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None) -> None:
        """Send all of a response."""
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Access-Control-Expose-Headers", "Retry-After")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def stream(self) -> Callable[[str], None]:
        """Begin a response that comes in pieces and ends with the connection; what it returns sends a piece."""
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Access-Control-Allow-Origin", "*")
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()

        def send(text: str) -> None:
            self.wfile.write(text.encode())
            self.wfile.flush()

        return send

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


def says(*messages: dict[str, Any]) -> Answer:
    """Answers with these messages, as the contract wants it."""
    return sends("".join(json.dumps(each) + "\n" for each in messages) + '{"done": true}\n')


def sends(text: str) -> Answer:
    """Answers with this text, whatever it is."""
    return lambda handler, _: handler.stream()(text)


def fails(status: int, body: dict[str, Any] | None = None, **headers: str) -> Answer:
    """Answers with an HTTP error."""
    content = json.dumps(body).encode() if body else b"Internal Server Error"
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, _: handler.reply(status, content, "application/json", named)


class Gate:
    """Answers with messages, each once it is let through."""

    def __init__(self, *messages: dict[str, Any]) -> None:
        self._messages = messages
        self._passes = threading.Semaphore(0)

    def open(self, times: int = 1) -> None:
        """Let some messages through; the end of the reply counts as one."""
        self._passes.release(times)

    def __call__(self, handler: Handler, _: dict[str, Any]) -> None:
        """Answer a question."""
        send = handler.stream()
        for line in [*map(json.dumps, self._messages), '{"done": true}']:
            if not self._passes.acquire(timeout=30):
                return
            send(line + "\n")


@dataclass
class Bot:
    """What a bot was asked, and how it answers: as the script says, then as usual."""

    address: str
    usual: Answer = field(default_factory=lambda: says(answer("stress")))
    script: list[Answer] = field(default_factory=list)
    questions: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    feedback: list[dict[str, Any]] = field(default_factory=list)
    feedback_status: int = 204
    deleted: list[str] = field(default_factory=list)
    deleting: threading.Condition = field(default_factory=threading.Condition)
    deletion_status: int = 204
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def deletions(self, number: int) -> list[str]:
        """The senders whose conversations were to be deleted, once there are as many: a page that is left waits for no answer."""
        with self.deleting:
            assert self.deleting.wait_for(lambda: len(self.deleted) >= number, timeout=30), "the bot was not told of a deletion"
            return list(self.deleted)

    def tag(self, options: str = "", path: str = "/chat/widget.js") -> str:
        """The script tag that puts its widget on a page."""
        return f'<script src="{self.address}{path}" defer {options}></script>'

    def page(
        self, options: str = "", *, body: str = "", head: str = "", attributes: str = 'lang="en"', path: str = "/", **headers: str
    ) -> str:
        """Serve a page with the widget's tag; returns its address."""
        html = (
            f"<!doctype html><html {attributes}><head><meta charset=utf-8><title>Page</title>"
            f'<meta name="viewport" content="width=device-width, initial-scale=1">{head}{self.tag(options)}</head>'
            f"<body><main><h1>Page</h1>{body}</main></body></html>"
        )
        self.pages[path] = (html, {name.replace("_", "-"): value for name, value in headers.items()})
        return self.address + path


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    bot: Bot


@contextmanager
def running_bot() -> Iterator[Bot]:
    """A bot on a free port while the block runs."""
    with _Server(("127.0.0.1", 0), Handler) as server:
        server.bot = Bot(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.bot
        finally:
            server.shutdown()
            thread.join()
