"""Starts the action server and the Rasa server as children that end with their parent, however it ends."""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import IO
from urllib.parse import urljoin

from fascicle import ROOT, private
from fascicle.errors import StartError

HOST = "127.0.0.1"
START_SECONDS = 60.0
STOP_SECONDS = 10.0
_PR_SET_PDEATHSIG = 1


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server could listen on `port`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


@dataclass(frozen=True)
class ActionServer:
    """The action server: where actions are called, its process if it is ours, and where its log is."""

    url: str
    process: subprocess.Popen[bytes] | None
    log: str

    def wait(self) -> None:
        """Return when actions can be called.

        Raises:
            StartError: that takes too long, or the server has stopped.
        """
        _wait_until_healthy(self.process, urljoin(self.url, "health"), "action server", self.log)


@contextmanager
def action_server(log: IO[bytes], url: str | None = None) -> Iterator[ActionServer]:
    """Run the action server on a free port while the block runs; none where one runs already, at `url`."""
    if url:
        yield ActionServer(url, None, "its own log")
        return
    port = free_port()
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "actions", "--port", str(port)]
    with child(command, log) as process:
        yield ActionServer(f"http://{HOST}:{port}/webhook", process, log.name)


@contextmanager
def child(
    command: Sequence[str], log: IO[bytes] | None = None, settings: Mapping[str, str] | None = None, folder: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command while the block runs. It is told to end when the block does, and is ended by the kernel when we die."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | dict(settings or {}),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=_die_with_parent,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def _wait_until_healthy(process: subprocess.Popen[bytes] | None, url: str, name: str, log: str) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process is not None and process.poll() is not None:
            raise StartError(f"the {name} stopped with exit code {process.returncode}; see {log}")
        try:
            with opened(url, 1):
                return
        except OSError:
            time.sleep(0.05)
    raise StartError(f"the {name} did not answer within {START_SECONDS:.0f} s; see {log}")


def opened(request: str | urllib.request.Request, seconds: float) -> HTTPResponse:
    """The response of a server of ours, which is asked directly whatever proxy the environment names for the web.

    Args:
        request: its address, or all that is sent to it.
        seconds: how long it may take.

    Raises:
        OSError: it cannot be reached, or answers with an error.
    """
    response: HTTPResponse = urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=seconds)
    return response


def state_folder(*, passable: bool = False) -> Path:
    """Where logs and other files of a run go; nobody else can read it, and pass it only if they have to."""
    folder = Path(os.environ.get("FASCICLE_STATE") or ROOT / "var")
    private.make_folder(folder, passable=passable)
    return folder
