"""supervisord with a disk that takes nothing any more: servers that end are started again all the same."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from fascicle import ROOT

TALKER = """
import pathlib, sys, time
with open(sys.argv[1], "a") as starts:  # tells that it was started, in one byte
    starts.write(".")
for _ in range(200):
    print("x" * 99, flush=True)
time.sleep(0.3)
"""
SETTINGS = """
[supervisord]
nodaemon = true
silent = true
logfile = {log}
logfile_maxbytes = {most}
pidfile = {folder}/supervisord.pid
[program:talker]
command = {python} {folder}/talker.py {folder}/starts
autorestart = true
startsecs = 0
redirect_stderr = true
stdout_logfile = {log}.talker
stdout_logfile_maxbytes = {most}
stdout_logfile_backups = 1
"""
FULL = 10_000
"""Bytes of a file from which on nothing more can be written to it, which is as a full disk is."""


@pytest.mark.parametrize("most", [0, 5_000_000, 9_000])
def test_a_full_disk_does_not_keep_a_server_from_coming_back(most: int, wait_for: Callable[..., None]) -> None:
    with TemporaryDirectory(prefix="supervisor-") as name:
        folder = Path(name)
        (folder / "talker.py").write_text(TALKER)
        settings = SETTINGS.format(folder=folder, python=sys.executable, log=folder / "log", most=most)
        (folder / "supervisord.conf").write_text(settings)
        (folder / "starts").touch()
        (folder / "errors").write_bytes(b"x" * FULL)
        command = [sys.executable, "-W", "ignore", "-m", "deploy.supervisor", "-c", f"{folder}/supervisord.conf"]
        with (
            (folder / "errors").open("ab") as errors,
            subprocess.Popen(command, cwd=ROOT, stdout=errors, stderr=errors, preexec_fn=_fill) as supervisor,
        ):
            try:
                wait_for(lambda: (folder / "starts").stat().st_size >= 4, "it is started again and again", 20)
                assert supervisor.poll() is None
            finally:
                supervisor.terminate()


def _fill() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (FULL, FULL))
