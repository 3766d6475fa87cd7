"""Ten thousand hostile requests against the real server, and one conversation in between that has to go on as if nothing was."""

from __future__ import annotations

import json
import random
import socket
import string
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest

from fascicle.bot.servers import HOST, free_port
from fascicle.reply import KINDS

REQUESTS, SEED, WORKERS, TURNS = 10_000, 20180303, 4, 40
PATIENCE = 30
"""Seconds after which a server that does not answer counts as taken out."""
SAYABLE = 0.02
"""Share of requests that the model gets to see; each takes as long as a person's question."""
SECRET = "zqxprivatezqx"
"""Stands in every typed message; the server must not write it anywhere."""
GOOD_SENDER = string.ascii_letters + string.digits + "-_"
HOSTILE = [
    "\0", "\x1b[2J", "\x7f", "\u200b", "\u202e", "\u2028", "\ufeff", "\ufffe", "\ud83d", "\udfff", "\U000e0041", "\u0301" * 40,
    "😬", "ﷺ", "𝕳𝖊𝖑𝖕", "ẞßſ", "İı", "Ⅷ", "①", "ꙮ", "почему", "嘴唇", "لماذا", "'; DROP TABLE events; --", "../../etc/passwd",
    "${7*7}", "{{7*7}}", "%s%n", "<script>alert(1)</script>", "/restart", '/ask_outlook{"topic": "als"}', "EXTERNAL: x",
    "\\", '"', "\r\nSet-Cookie: a=b", "NaN", "1e999", "-0", "null", "a" * 300, "?" * 300, " " * 200, "and " * 100, "\n" * 50,
]  # fmt: skip
TRACES = (b"Traceback", b"File &quot;", b'File "', b".py", b"site-packages", b"rasa", SECRET.encode())


@dataclass(frozen=True)
class Sent:
    """A request of the fuzzer; `raw` goes over the wire as it is."""

    method: str = "POST"
    path: str = "/chat/message"
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    body: bytes = b""
    raw: bytes = b""


class Fuzzer:
    """Makes the same requests at each run."""

    def __init__(self, seed: int) -> None:
        self.any = random.Random(seed)
        self.kinds: list[Callable[[], Sent]] = [
            self.bad_json, self.bad_types, self.bad_sender, self.bad_payload, self.bad_text, self.bad_rating, self.bad_headers,
            self.deep, self.huge, self.bad_path, self.broken_http, self.raw_address, self.bad_length,
        ]  # fmt: skip

    def request(self) -> Sent:
        if self.any.random() < SAYABLE:
            return self.sayable()
        return self.any.choice(self.kinds)()

    def sender(self) -> str:
        return "".join(self.any.choices(GOOD_SENDER, k=self.any.randint(22, 64)))

    def hostile(self, most: int = 6) -> str:
        return "".join(self.any.choices(HOSTILE, k=self.any.randint(0, most)))

    def value(self, depth: int = 0) -> Any:
        """Any JSON value."""
        made = [
            None, True, False, 0, -1, 2**70, 1.5, float("nan"), float("inf"), "", self.hostile(), "helpful", self.sender(),
            "als.outlook", list(KINDS),
        ]  # fmt: skip
        if depth < 3:
            made += [[self.value(depth + 1)] * self.any.randint(0, 4), {self.hostile(1): self.value(depth + 1)}]
        return self.any.choice(made)

    def json(self, body: Any, path: str = "/chat/message", **more: Any) -> Sent:
        return Sent(path=path, body=json.dumps(body).encode(), **more)

    def path(self) -> str:
        return self.any.choice(["/chat/message", "/chat/feedback"])

    def sayable(self) -> Sent:
        words = self.any.choice(["what helps with ALS", "does coffee do it", "my lip", "why", "hmm"])
        text = f"{self.hostile(3)} {words} {SECRET} {self.hostile(3)}"[: self.any.choice([60, 200, 1000])]
        return self.json({"sender": self.sender(), "message": text})

    def bad_json(self) -> Sent:
        whole = json.dumps({"sender": self.sender(), "message": self.hostile()}).encode()
        cut = bytearray(whole[: self.any.randint(0, len(whole) - 1)])
        if cut and self.any.random() < 0.5:
            cut[self.any.randrange(len(cut))] = self.any.randrange(256)
        return Sent(path=self.path(), body=bytes(cut) + self.any.choice([b"", b"\xff\xfe", b"\xed\xa0\x80", b"\0"]))

    def bad_types(self) -> Sent:
        return self.json(self.any.choice([self.value(), {"sender": self.value(), "message": self.value()}]), self.path())

    def bad_sender(self) -> Sent:
        sender = self.any.choice([self.hostile(), self.sender() + self.hostile(1) + "\n", "x" * 21, "x" * 65, self.value()])
        return self.json({"sender": sender, "message": f"what helps {SECRET}"}, self.path())

    def bad_payload(self) -> Sent:
        payload = self.any.choice(
            [self.value(), "/restart", "/session_start", '/ask_outlook{"topic": "x"}', "/" + self.hostile()]
        )
        return self.json({"sender": self.sender(), "payload": payload} | ({"message": None} if self.any.random() < 0.3 else {}))

    def bad_text(self) -> Sent:
        text = self.any.choice(["", "😬" * 30, "\u200b" * 99, "почему " * 20, f"{SECRET} " * 90, "\ud800" * 10, "?!" * 60])
        return self.json({"sender": self.sender(), "message": text})

    def bad_rating(self) -> Sent:
        good = {"sender": self.sender(), "message": "f" * 32, "rating": "helpful", "kind": "answer", "passages": ["als.outlook"]}
        return self.json(good | {self.any.choice([*good, "comment"]): self.value()}, "/chat/feedback")

    def bad_headers(self) -> Sent:
        values = [
            "",
            "*/*",
            "text/plain",
            "application/json;",
            "application/jsonx",
            "x" * 3000,
            "\xff\xfe",
            ";;==",
            '"',
            "multipart/form-data",
        ]
        names = [
            "Content-Type", "Accept", "Accept-Encoding", "Origin", "Cookie", "X-Forwarded-For", "X-Forwarded-Host", "Forwarded",
            "Authorization", "Sec-Fetch-Site", "If-None-Match", "Content-Encoding", "Upgrade", "Access-Control-Request-Method",
        ]  # fmt: skip
        headers = tuple((self.any.choice(names), self.any.choice(values)) for _ in range(self.any.randint(1, 5)))
        method, path = (
            self.any.choice(["POST", "GET", "OPTIONS", "HEAD"]),
            self.any.choice(["", "message", "feedback", "widget.js"]),
        )
        return Sent(method, f"/chat/{path}", headers, json.dumps({"sender": self.sender(), "message": ""}).encode())

    def deep(self) -> Sent:
        opening = self.any.choice([b"[", b'{"sender":', b'[{"a":', b'{"sender": "' + b"x" * 30 + b'", "message": ['])
        return Sent(path=self.path(), body=opening * (self.any.randint(100, 8_000) // len(opening)))

    def huge(self) -> Sent:
        size = self.any.choice([8_192, 8_300, 30_000, 60_000, 70_000])
        return Sent(path=self.path(), body=json.dumps({"sender": self.sender(), "message": "a" * size}).encode())

    def bad_path(self) -> Sent:
        paths = [
            "/chat", "/chat//", "/chat/%00", "/chat/../x", "/chat/message/", "/chat/message?sender=%FF", "/chat/" + "a" * 5_000,
            "/%ff", "/webhooks/rest/webhook", "/conversations/x/tracker", "/model/parse",
        ]  # fmt: skip
        return Sent(self.any.choice(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"]), self.any.choice(paths))

    def broken_http(self) -> Sent:
        head = b"POST /chat/message HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        endings = [
            b"Content-Length: -1\r\n\r\n", b"Content-Length: x\r\n\r\n", b"Content-Length: 5\r\nContent-Length: 9\r\n\r\n{}",
            b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n", b"Transfer-Encoding: chunked\r\n\r\n-1\r\n", b"no colon\r\n\r\n",
            b"Expect: nonsense\r\n\r\n", b"Cookie: \xff\xfe=\xff\r\n\r\n", b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        ]  # fmt: skip
        wholes = [b"\x16\x03\x01\x02", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\r\n\r\n", bytes(range(1, 256)) + b"\r\n\r\n"]
        return Sent(raw=self.any.choice([head + ending for ending in endings] + wholes))

    def raw_address(self) -> Sent:
        """A byte in the path or the query that no browser sends."""
        byte = bytes([self.any.choice([0, 9, 11, 127, *range(128, 256)])])
        start = self.any.choice([b"/", b"/chat", b"/chat/", b"/chat/message", b"/chat/?a=", b"/chat/conversations/", b"http://"])
        method = self.any.choice([b"GET", b"POST", b"DELETE", b"OPTIONS", b"HEAD"])
        return Sent(raw=method + b" " + start + byte * self.any.randint(1, 9) + b" HTTP/1.1\r\nHost: x\r\n\r\n")

    def bad_length(self) -> Sent:
        """A length that is none, or not the only one, before a body that could be taken for a second request."""
        lengths = [b"-1", b"-5", b"+5", b"1_0", b"5, 5", b"", b"0x5", b"9" * 400, b"\xd9\xa1", b"5.0"]
        bad = [b"Content-Length: " + length for length in lengths]
        bad += [
            b"Content-Length: 5\r\nContent-Length: 5",
            b"Content-Length: 5\r\nTransfer-Encoding: chunked",
            b"Content-Length : 5",
        ]
        head = b"POST " + self.path().encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        body = self.any.choice([b"x", b"{}", b"0\r\n\r\n", b"GET /chat/health HTTP/1.1\r\nHost: x\r\n\r\n"])
        return Sent(raw=head + self.any.choice(bad) + b"\r\n\r\n" + body)


class Client(threading.local):
    """A connection of each thread, opened anew when the server has closed it."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.connection = HTTPConnection(HOST, port, timeout=PATIENCE)

    def send(self, sent: Sent) -> tuple[int, bytes]:
        """Status and body of the reply; status 0 where the server hung up on broken HTTP."""
        if sent.raw:
            return self._send_raw(sent.raw)
        for attempt in (1, 2):
            try:
                self.connection.putrequest(sent.method, sent.path, skip_accept_encoding=True)
                for name, value in (*sent.headers, ("Content-Length", str(len(sent.body)))):
                    self.connection.putheader(name, value)
                self.connection.endheaders(sent.body)
                response = self.connection.getresponse()
                assert not sent.path.startswith("/chat") or "Access-Control-Allow-Credentials" not in response.headers
                return response.status, response.read()
            except (HTTPException, OSError):
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError("not reached")

    def _send_raw(self, raw: bytes) -> tuple[int, bytes]:
        with socket.create_connection((HOST, self.port), timeout=PATIENCE) as wire:
            try:
                wire.sendall(raw)
                wire.shutdown(socket.SHUT_WR)
                reply = b"".join(iter(lambda: wire.recv(65_536), b""))
            except ConnectionError:
                return 0, b""
        return (int(reply.split()[1]), reply) if reply.startswith(b"HTTP/") else (0, reply)


@pytest.fixture(scope="module")
def server(commands: Any, wait_for: Callable[..., Any]) -> Any:
    """A running server's port, and what it has printed."""
    port, printed = free_port(), []
    process = commands.start("serve", "--port", str(port))
    for stream in (process.stdout, process.stderr):
        threading.Thread(target=lambda stream=stream: printed.extend(stream), daemon=True).start()

    def ready() -> bool:
        try:
            return Client(port).send(Sent("GET", "/chat/ready"))[0] == 200
        except OSError:
            return False

    wait_for(ready, "the server is ready")
    return port, printed


def test_hostile_requests_break_nothing(server: Any) -> None:
    port, printed = server
    client, fuzzer = Client(port), Fuzzer(SEED)
    sender, topic = fuzzer.sender(), "bells_palsy"
    follow_ups = ["What are its symptoms?", "How is it treated?", "What causes it?"]
    statuses: Counter[int] = Counter()

    def ask(text: str) -> None:
        status, body = client.send(Sent(body=json.dumps({"sender": sender, "message": text}).encode()))
        replies = [json.loads(line) for line in body.splitlines()]
        assert (status, replies[0].get("kind")) == (200, "answer"), (text, body)
        assert {passage["topic"] for passage in replies[0]["passages"]} == {topic}, text

    ask("What helps with Bell's palsy?")
    with ThreadPoolExecutor(WORKERS) as pool:
        requests = [fuzzer.request() for _ in range(REQUESTS)]
        for number, (sent, (status, body)) in enumerate(zip(requests, pool.map(client.send, requests), strict=True), 1):
            statuses[status] += 1
            assert status < 500, (sent, body)
            assert b'"no_reply"' not in body, (sent, body)
            if status != 200:
                assert not [trace for trace in TRACES if trace in body], (sent, body)
            if number % (REQUESTS // (TURNS - 1)) == 0:
                ask(follow_ups[number % len(follow_ups)])
    assert statuses.keys() >= {200, 400, 404, 405, 413, 415}
    log = b"".join(printed)
    assert b"A turn failed" not in log
    assert b"A request failed" not in log
    assert b'"at": [' not in log, "an exception that nobody foresaw"
    assert SECRET.encode() not in log
