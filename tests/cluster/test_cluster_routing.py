"""What nginx lets through, and to which server."""

from __future__ import annotations

import json
import secrets
import socket
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg2
import pytest
import redis

from deploy.cluster import Cluster
from fascicle.web.contract import MAX_BODY, REFUSALS

BODIES = (
    '{{"sender": "{0}", "message": "hello"}}',
    '{{"message": "hello", "sender" :\n "{0}"}}',
    '{{"message": "\\"sender\\": \\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\\" 😬", "sender": "{0}"}}',
    '{{"payload": "/ask_sources", "sender":"{0}"}}',
)


def test_a_conversation_always_goes_to_the_same_server(running: Any, logged: Callable[..., Any]) -> None:
    servers = {}
    for _ in range(12):
        sender = secrets.token_urlsafe(24)
        answers = [running.request("/chat/message", body.format(sender)) for body in BODIES]
        assert {answer.status for answer in answers} == {200}
        message = answers[0].messages[0]
        rating = {"sender": sender, "message": message["id"], "rating": "helpful", "kind": message["kind"], "passages": []}
        answers.append(running.request("/chat/feedback", rating))
        answers.append(running.request(f"/chat/conversations/{sender}", method="DELETE"))
        assert [answer.status for answer in answers[-2:]] == [204, 204]
        servers[sender] = {logged(answer)["server"] for answer in answers}
    assert {len(used) for used in servers.values()} == {1}
    assert len(set.union(*servers.values())) == 2


@pytest.mark.parametrize(
    "path",
    [
        "/", "/status", "/version", "/model/parse", "/model", "/webhooks/rest/webhook", "/webhooks/chat/message", "/domain",
        f"/conversations/{'A' * 32}/tracker", "/chatter", "/chat/metrics", "/chat/metrics/", "/chat//metrics", "/chat/./metrics",
        "/chat/%6detrics", "/chat/../status", "/chat/%2e%2e/status", "/webhook", "/chat", "/chat/", "/chat/message/more",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_nothing_but_the_chat_is_there(running: Any, path: str, method: str) -> None:
    answer = running.request(path, {} if method == "POST" else None, method=method)
    assert answer.status in (404, 405)
    assert "fascicle" not in answer.body


def test_a_request_that_is_too_large_is_refused_in_the_channels_words(running: Any) -> None:
    answer = running.say("a" * (MAX_BODY + 1))
    status, text = REFUSALS["too_large"]
    assert (answer.status, json.loads(answer.body)) == (status, {"error": "too_large", "kind": "error", "text": text})


def test_the_largest_request_that_is_taken_goes_to_its_own_server(running: Any, logged: Callable[..., Any]) -> None:
    sender = secrets.token_urlsafe(24)
    frame = json.dumps({"message": "", "sender": sender})
    long = running.request("/chat/message", {"message": "a" * (MAX_BODY - len(frame)), "sender": sender})
    short = running.say("hello", sender)
    assert (long.status, json.loads(long.body)["error"]) == (400, "too_long")
    assert logged(long)["server"] == logged(short)["server"]


@pytest.mark.parametrize("path", ["/chat/frame", "/chat/widget.js", "/chat/health", "/nowhere"])
def test_every_reply_has_the_security_headers_once(running: Any, path: str) -> None:
    headers = running.request(path).headers
    for name in ("X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy", "X-Request-Id"):
        assert len(headers.get_all(name)) == 1, name
    assert headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(("path", "framed"), [("/chat/frame", True), ("/chat/health", False)])
def test_only_the_bots_page_may_stand_in_a_frame(running: Any, path: str, framed: bool) -> None:
    headers = running.request(path).headers
    assert ("frame-ancestors 'self'" in headers["Content-Security-Policy"]) == framed
    assert ("frame-ancestors 'none'" in headers["Content-Security-Policy"]) != framed
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize("address", [b"/chat/\xff", b"/chat/widget.js?\x80", b"/chat/message/\xc3\xa9", b"/\x7f"])
def test_a_byte_that_no_browser_sends_takes_no_server_out(cluster: Cluster, running: Any, address: bytes) -> None:
    for _ in range(10):
        with socket.create_connection((cluster.address, cluster.port), 10) as wire:
            wire.sendall(b"GET " + address + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert b"".join(iter(lambda wire=wire: wire.recv(65_536), b"")).startswith(b"HTTP/1.1 400 ")
        assert running.say("hello").status == 200


def test_a_made_up_request_id_is_replaced(running: Any) -> None:
    answer = running.request("/chat/health", headers={"X-Request-Id": "made-up"})
    assert len(answer.headers["X-Request-Id"]) == 32


def test_every_server_listens_on_this_computer_only(cluster: Cluster) -> None:
    ports = {cluster.port, cluster.postgres, cluster.redis, cluster.actions_proxy, *cluster.actions, *cluster.rasa}
    lines = [line.split() for name in ("tcp", "tcp6") for line in Path(f"/proc/net/{name}").read_text().splitlines()[1:]]
    listening = [line[1].split(":") for line in lines if line[3] == "0A"]
    assert {(address, int(port, 16)) for address, port in listening if int(port, 16) in ports} == {
        ("0100007F", port) for port in ports
    }


def test_database_and_redis_want_their_passwords(cluster: Cluster) -> None:
    password = cluster.passwords["postgres"]
    for url in (cluster.database_url.replace(password, "wrong"), cluster.database_url.replace("/fascicle", "/postgres")):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(url)
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis(port=cluster.redis).ping()


def test_passwords_stand_in_no_command_line_and_no_file_that_others_can_read(cluster: Cluster, running: Any) -> None:
    commands = b"".join(path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline"))
    assert not any(password.encode() in commands for password in cluster.passwords.values())
    for path in cluster.folder.rglob("*"):
        if (
            path.is_file()
            and "postgres/data" not in str(path)
            and any(password in path.read_text(errors="replace") for password in cluster.passwords.values())
        ):
            assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_no_log_holds_what_was_said_or_whose_conversation_it_was(
    cluster: Cluster, running: Any, logged: Callable[..., Any]
) -> None:
    sender, said = secrets.token_urlsafe(24), "my neighbor Xanthippe has a twitching lip"
    running.say(said, sender)
    running.request(f"/chat/conversations/{sender}?because={sender}", method="DELETE")
    running.request(f"/{sender}")
    logged(running.request("/chat/health", headers={"Referer": f"http://example.org/{sender}"}))
    logs = "".join(path.read_text() for path in (cluster.folder / "log").iterdir())
    assert "Xanthippe" not in logs
    assert sender not in logs
