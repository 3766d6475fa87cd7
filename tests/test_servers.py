import os
import re
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from fascicle import ROOT
from fascicle.bot import servers

SLEEP = ["sleep", "60"]
OWNER = f"""
import signal, sys
from fascicle.bot.servers import child
with child({SLEEP}, sys.stdout.buffer):
    print("started", flush=True)
    signal.pause()
"""


def test_a_child_ends_with_its_block():
    with servers.child(SLEEP) as process:
        assert process.poll() is None
    assert process.returncode == -signal.SIGTERM


def test_a_child_ends_when_its_block_fails():
    with pytest.raises(ZeroDivisionError), servers.child(SLEEP) as process:
        raise ZeroDivisionError
    assert process.returncode == -signal.SIGTERM


def test_a_child_that_has_ended_is_no_trouble():
    with servers.child(["true"]) as process:
        process.wait(10)
    assert process.returncode == 0


def test_a_child_that_will_not_end_is_killed(monkeypatch):
    monkeypatch.setattr(servers, "STOP_SECONDS", 0.2)
    read, write = os.pipe()
    with os.fdopen(read) as log, os.fdopen(write, "wb") as out:
        with servers.child(["sh", "-c", "trap '' TERM; echo ready; exec sleep 60"], out) as process:
            assert log.readline() == "ready\n"
        assert process.returncode == -signal.SIGKILL


def test_a_child_ends_when_its_owner_is_killed():
    owner = subprocess.Popen([sys.executable, "-c", OWNER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert owner.stdout.readline() == "started\n"
    owner.kill()
    rest, _ = owner.communicate(timeout=10)  # ends only when the child has let go of the pipe as well
    assert rest == ""


def test_a_port_is_free_until_someone_listens():
    with socket.create_server((servers.HOST, 0)) as listener:
        port = listener.getsockname()[1]
        assert not servers.is_free(port)
    assert servers.is_free(port)


def test_a_free_port_is_free():
    assert servers.is_free(servers.free_port())


def test_a_server_that_does_not_start_is_reported_with_its_log(monkeypatch, tmp_path):
    monkeypatch.setattr(servers.sys, "executable", "false")
    log_path = tmp_path / "actions.log"
    with (
        log_path.open("wb") as log,
        pytest.raises(servers.StartError, match=f"action server.*exit code 1.*{log_path}"),
        servers.action_server(log) as actions,
    ):
        actions.wait()


def test_state_goes_where_the_environment_says(monkeypatch, tmp_path):
    monkeypatch.setenv("FASCICLE_STATE", str(tmp_path / "deep/state"))
    assert servers.state_folder() == tmp_path / "deep/state"
    assert (tmp_path / "deep/state").is_dir()


def test_our_own_servers_are_asked_directly_whatever_proxy_there_is(monkeypatch):
    class Hello(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_):
            pass

    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    with HTTPServer((servers.HOST, 0), Hello) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        with servers.opened(f"http://{servers.HOST}:{server.server_port}/", 5) as response:
            assert response.read() == b"hello"


@pytest.mark.parametrize(
    "path", sorted(p for folder in ("fascicle", "actions", "deploy", "lab") for p in (ROOT / folder).rglob("*.py")), ids=str
)
def test_nothing_else_asks_over_http_through_a_proxy(path):
    text = path.read_text(encoding="utf-8")
    assert "trust_env" not in text
    assert "urlopen" not in text
    assert not re.search(r"^import requests|^from requests", text, re.M)
