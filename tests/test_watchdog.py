"""A server that hangs is killed, and a real supervisord starts it again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from deploy import watchdog
from deploy.watchdog import FAILURES, Known, Server, Watchdog, lives
from fascicle.bot.servers import free_port

HANGING = """
import http.server, signal, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        while self.path == "/hang":
            pass
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""
SUPERVISOR = """
[supervisord]
nodaemon = true
logfile = /dev/null
logfile_maxbytes = 0
pidfile = {folder}/supervisord.pid
[unix_http_server]
file = {folder}/supervisor.sock
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[program:rasa-0]
command = {python} {folder}/server.py {port}
startsecs = 0
"""


@pytest.fixture
def served():
    """A server under supervisord; the folder of both."""
    with TemporaryDirectory(prefix="watchdog-") as name:  # a socket's name has to be short
        folder, port = Path(name), free_port()
        (folder / "server.py").write_text(HANGING)
        (folder / "supervisord.conf").write_text(SUPERVISOR.format(folder=folder, python=sys.executable, port=port))
        command = [sys.executable, "-W", "ignore", "-m", "supervisor.supervisord", "-c", f"{folder}/supervisord.conf"]
        environment = os.environ | ({"PYTHONUNBUFFERED": "1"})
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as supervisor:
            yield folder, Server(port, "/health")
            supervisor.terminate()


def test_a_server_that_hangs_is_killed_and_started_again(served, wait_for):
    folder, server = served
    dog = Watchdog(folder, {"rasa-0": server}, lambda asked: lives(asked, 0.5))
    wait_for(lambda: lives(server, 0.5), "the server is there", 10)
    assert [dog.look() for _ in range(FAILURES + 1)] == [[]] * (FAILURES + 1)
    assert not lives(Server(server.port, "/hang"), 0.5)
    assert [dog.look() for _ in range(FAILURES)] == [[]] * (FAILURES - 1) + [["rasa-0"]]
    wait_for(lambda: lives(server, 0.5), "the server is there again", 10)
    assert dog.look() == []


def test_without_a_supervisor_nothing_is_done(tmp_path):
    assert Watchdog(tmp_path, {"rasa-0": Server(free_port(), "/health")}).look() == []


def test_a_server_that_starts_is_given_time():
    known = Known(process=7, since=100.0)
    for _ in range(FAILURES):
        known = known.after(answered=False)
    assert (known.hangs(101.0), known.hangs(100.0 + watchdog.START_SECONDS + 1)) == (False, True)


def test_one_answer_makes_up_for_the_looks_before():
    known = Known(process=7, since=100.0).after(answered=True)
    for answered in (False, False, True, False, False):
        known = known.after(answered)
        assert not known.hangs(200.0)
    assert known.after(answered=False).hangs(200.0)
