"""nginx with the settings of the cluster, before two servers that have a stand-in for the model."""

from __future__ import annotations

import json
import os
import secrets
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import pytest
from channel_server import DEADLINE, Served, serving

from deploy import nginx
from deploy.cluster import USERS, find_program
from fascicle.bot.servers import HOST, free_port
from fascicle.database import Database
from fascicle.web.files import PUBLIC


@dataclass(frozen=True)
class Proxied:
    """The channel behind nginx, the servers behind that, and what nginx logs."""

    chat: Served
    servers: list[str]
    log: Path


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory, wait_for: Callable[..., Any]) -> Iterator[Proxied]:
    with ExitStack() as stack:
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('state') / 'test.sqlite'}")
        stack.callback(database.close)
        behind = [stack.enter_context(serving({"trusted_proxies": 1}, database)) for _ in range(2)]
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="nginx-")))
        folder.chmod(0o755)
        addresses, port = [urlsplit(served.url).netloc for served in behind], free_port()
        settings = nginx.settings(
            listen=f"{HOST}:{port}", actions_listen=f"{HOST}:{free_port()}", rasa=addresses, actions=[f"{HOST}:9"],
            folder=str(folder), user=USERS["nginx"] if os.geteuid() == 0 else "",
        )  # fmt: skip
        (folder / "nginx.conf").write_text(settings)
        command = [find_program("nginx"), "-e", "stderr", "-p", str(folder), "-c", str(folder / "nginx.conf")]
        log = stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(command, stdout=log)
        stack.callback(process.wait, DEADLINE)
        stack.callback(process.terminate)
        made = Proxied(Served(f"http://{HOST}:{port}/chat", behind[0].agent), [served.url for served in behind], folder / "log")
        wait_for(lambda: _is_up(port), "nginx is up", DEADLINE)
        yield made


def _is_up(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def raw(proxied: Proxied, head: bytes, body: bytes = b"") -> bytes:
    """What nginx answers to a request whose address a client library would not send."""
    with socket.create_connection((HOST, urlsplit(proxied.chat.url).port), timeout=DEADLINE) as wire:
        wire.sendall(head + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" + body)
        return b"".join(iter(lambda: wire.recv(65_536), b""))


def asked(proxied: Proxied) -> int:
    """Status of a question of somebody new, who may belong to either server."""
    return proxied.chat.call(body={"sender": secrets.token_urlsafe(24), "message": "what helps?"}).status_code


@pytest.mark.parametrize("byte", [b"\x80", b"\xc3\xa9", b"\xff"])
@pytest.mark.parametrize("place", [b"/chat/", b"/chat/message/", b"/chat/widget.js?", b"/chat/conversations/", b"/"])
@pytest.mark.parametrize("method", [b"GET", b"POST", b"DELETE"])
def test_a_byte_that_no_browser_sends_takes_no_server_out(proxied, byte, place, method):
    for _ in range(4):
        assert raw(proxied, method + b" " + place + byte).startswith(b"HTTP/1.1 400 ")
    assert [asked(proxied) for _ in range(8)] == [200] * 8


LARGE = {f"X-{n}": "y" * 5_900 for n in range(2)}


@pytest.mark.parametrize(
    "headers", [LARGE, {"X": "y" * 9_000}, {"Accept": "\xff"}, {"Cookie": "c" * 5_900}, {"Expect": "nonsense"}]
)
def test_no_header_takes_a_server_out(proxied, headers):
    for _ in range(6):
        for method, path in (("GET", "/widget.js"), ("GET", "/message"), ("POST", "/message"), ("OPTIONS", "/feedback")):
            assert proxied.chat.call(method, b"{}", path, **headers).status_code < 500
    assert [asked(proxied) for _ in range(8)] == [200] * 8


@pytest.mark.parametrize(
    "path", ["", "/", "/metrics", "/nothing", "/message/more", "/conversations/short", "/widget.js/", "/page.html"]
)
def test_what_sites_do_not_need_is_not_there(proxied, path):
    assert proxied.chat.call("GET", path=path).status_code == 404


@pytest.mark.parametrize("path", [*PUBLIC, "health"])
def test_what_sites_need_is_there_whatever_is_asked_with_it(proxied, path):
    assert proxied.chat.call("GET", path=f"/{path}?version={'%ff' * 9}").status_code == 200


def test_a_conversation_can_be_rated_and_erased(proxied):
    sender = secrets.token_urlsafe(24)
    question = proxied.chat.call(body={"sender": sender, "message": "what helps?"})
    assert question.status_code == 200
    assert proxied.chat.call("OPTIONS", path=f"/conversations/{sender}").status_code == 204
    assert proxied.chat.call("DELETE", path=f"/conversations/{sender}").status_code == 204
    assert proxied.chat.call(body={}, path="/feedback").status_code == 400


def test_a_length_that_is_none_does_not_get_to_a_server(proxied):
    for length in (b"-1", b"x", b"1\r\nContent-Length: 2"):
        head = b"POST /chat/message HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: " + length + b"\r\n\r\nx"
        with socket.create_connection((HOST, urlsplit(proxied.chat.url).port), timeout=DEADLINE) as wire:
            wire.sendall(head)
            assert b"".join(iter(lambda wire=wire: wire.recv(65_536), b"")).startswith(b"HTTP/1.1 400 ")
    assert asked(proxied) == 200


@pytest.mark.parametrize(
    "path", [b"/chat/Xanthippe", b"/chat/\xff", b"/chat/widget.js?Xanthippe", b"/chat/conversations/Xanthippe"]
)
def test_the_log_has_no_path_that_somebody_made_up(proxied, path, wait_for):
    before = len(proxied.log.read_bytes().splitlines())
    raw(proxied, b"GET " + path)
    lines = wait_for(lambda: proxied.log.read_bytes().splitlines()[before:], "the request is in the log", DEADLINE)
    assert {json.loads(line)["path"] for line in lines} <= {"-", "/chat/widget.js", "/chat/conversations/-"}
    assert b"Xanthippe" not in b"".join(lines)
