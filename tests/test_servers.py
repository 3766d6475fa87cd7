import os
import signal
import socket
import subprocess
import sys

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
