"""Requests whose head is broken: each is answered, none is an error of ours, and nobody else waits for it."""

from __future__ import annotations

import json
import logging
import socket
from urllib.parse import urlsplit

import pytest
from channel_server import DEADLINE, serving

from fascicle.bot.servers import HOST
from fascicle.database import Database

SENDER = "visitor_0123456789-abcdef"
BODY = json.dumps({"sender": SENDER, "message": "what helps?"}).encode()
POST = b"POST /chat/message HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
SMUGGLED = b"GET /chat/health HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('state') / 'test.sqlite'}")
    with serving({}, database) as served:
        yield served
    database.close()


def send(url: str, raw: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    with socket.create_connection((HOST, urlsplit(url).port), timeout=DEADLINE) as wire:
        wire.sendall(raw)
        return b"".join(iter(lambda: wire.recv(65_536), b""))


def get(path: bytes) -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\nHost: x\r\n\r\n"


def post(*headers: bytes, body: bytes = b"x") -> bytes:
    return POST + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body


BROKEN = {
    **{f"{byte:#x} in {place}": get(form % byte) for byte in (0x01, 0x7F, 0x80, 0xC3, 0xFF)
       for place, form in (("path", b"/chat/%c"), ("query", b"/chat/?a=%c"), ("another path", b"/%c"))},
    "UTF-8 in a path": get("/chat/é".encode()),
    "an address without an end": get(b"http://["),
    "an address with a port that is none": get(b"http://a:b/chat/"),
    "an address that is none": get(b"chat"),
    "a raw byte in the method": b"G\xffT /chat/ HTTP/1.1\r\n\r\n",
    "no address": b"GET HTTP/1.1\r\n\r\n",
    "a negative length": post(b"Content-Length: -1"),
    "a length with a sign": post(b"Content-Length: +1"),
    "a length with an underscore": post(b"Content-Length: 1_0", body=b"x" * 10),
    "a length of no digits": post(b"Content-Length: "),
    "a length in words": post(b"Content-Length: one"),
    "a length in other digits": post("Content-Length: ١".encode()),
    "a length without end": post(b"Content-Length: " + b"9" * 5000),
    "a list of lengths": post(b"Content-Length: 1, 1"),
    "two lengths": post(b"Content-Length: 1", b"Content-Length: 44", body=b"x" + SMUGGLED),
    "the same length twice": post(b"Content-Length: 1", b"content-length: 1"),
    "a length and a coding": post(b"Content-Length: 1", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n" + SMUGGLED),
    "a coding and a length": post(b"Transfer-Encoding: chunked", b"Content-Length: 1", body=b"0\r\n\r\n" + SMUGGLED),
    "a space before the colon": post(b"Content-Length : 1", body=SMUGGLED),
    "a folded line": post(b"X: a", b" Content-Length: 1", body=SMUGGLED),
    "a lone line feed": post(b"X: a\nContent-Length: 1", body=SMUGGLED),
    "a lone carriage return": post(b"X: a\rContent-Length: 1", body=SMUGGLED),
    "a zero byte": post(b"X: a\0"),
    "no colon": post(b"Content-Length"),
    "a name with a raw byte": post(b"\xff: 1"),
}  # fmt: skip
UNSIZED = {
    "chunks": post(b"Transfer-Encoding: chunked", body=b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)),
    "a negative chunk": post(b"Transfer-Encoding: chunked", body=b"-1\r\n\r\n"),
    "chunks and a trailer": post(b"Transfer-Encoding: chunked", body=b"0\r\nX: y\r\n\r\n" + SMUGGLED),
    "another coding": post(b"Transfer-Encoding: gzip, chunked"),
    "a coding spelled otherwise": post(b"Transfer-Encoding: Chunked"),
}


@pytest.mark.parametrize(
    ("raw", "status"),
    [*((raw, 400) for raw in BROKEN.values()), *((raw, 411) for raw in UNSIZED.values())],
    ids=[*BROKEN, *UNSIZED],
)
def test_a_broken_head_is_refused_and_nobody_else_notices(server, raw, status, caplog):
    with caplog.at_level(logging.ERROR):
        reply = send(server.url, raw)
    assert reply.startswith(b"HTTP/1.1 %d " % status), reply
    assert reply.count(b"HTTP/1.1 ") == 1, "what came behind it was taken for a request"
    assert not caplog.records
    assert server.call(body={"sender": SENDER, "message": "what helps?"}).status_code == 200


@pytest.mark.parametrize("sent_at_once", [1, 7, 10_000])
def test_a_sound_request_is_answered_however_it_arrives(server, sent_at_once):
    raw = post(b"Content-Length: %d" % len(BODY), b"Cookie: \xff", b"Connection: close", body=BODY)
    with socket.create_connection((HOST, urlsplit(server.url).port), timeout=DEADLINE) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(raw), sent_at_once):
            wire.sendall(raw[start : start + sent_at_once])
        assert b'"done": true' in b"".join(iter(lambda: wire.recv(65_536), b""))


def test_requests_behind_each_other_on_a_connection_are_each_checked(server):
    sound = post(b"Content-Length: %d" % len(BODY), body=BODY)
    reply = send(server.url, sound + sound + get(b"/chat/\xff") + sound)
    assert [line.split()[1] for line in reply.splitlines() if line.startswith(b"HTTP/1.1 ")] == [b"200", b"200", b"400"]


def test_a_head_that_is_too_large_is_refused(server):
    reply = send(server.url, post(b"X: " + b"y" * 17_000))
    assert reply.startswith(b"HTTP/1.1 413 ")
