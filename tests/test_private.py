"""What people said cannot be read by other accounts of the machine, whatever the umask."""

from __future__ import annotations

import asyncio
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from deploy import cluster
from fascicle import ROOT, private
from fascicle.bot.servers import HOST, state_folder
from fascicle.database import Database


@pytest.fixture(autouse=True)
def open_handed():
    """A umask that hides nothing."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("found", [None, 0o644, 0o666])
def test_every_file_of_the_database_is_closed_to_others(tmp_path, found):
    files = [tmp_path / f"test.sqlite{end}" for end in ("", "-wal", "-shm")]
    if found is not None:
        asyncio.run(used(Database(f"sqlite:///{files[0]}")))
        for file in files:
            file.touch()
            file.chmod(found)
    database = Database(f"sqlite:///{files[0]}")
    asyncio.run(used(database))
    assert {file.name: mode(file) for file in tmp_path.iterdir()} == {file.name: 0o600 for file in files}
    database.close()


async def used(database: Database) -> None:
    await database.run(lambda connection: connection.execute(text("CREATE TABLE IF NOT EXISTS t (a)")).close())


def test_the_state_folder_is_closed_to_others(tmp_path, monkeypatch):
    monkeypatch.setenv("FASCICLE_STATE", str(tmp_path / "deep/state"))
    assert mode(state_folder()) == 0o700
    assert mode(state_folder(passable=True)) == 0o711


def test_a_state_folder_that_was_open_is_closed(tmp_path, monkeypatch):
    monkeypatch.setenv("FASCICLE_STATE", str(tmp_path))
    tmp_path.chmod(0o755)
    assert mode(state_folder()) == (0o711 if os.geteuid() == 0 else 0o700)


def test_a_folder_that_everybody_shares_stays_as_it_is(tmp_path):
    tmp_path.chmod(0o1777)
    private.make_folder(tmp_path)
    assert mode(tmp_path) == 0o777 | stat.S_ISVTX


@pytest.mark.parametrize("found", [None, 0o644])
def test_a_log_is_closed_to_others_and_written_to_at_its_end(tmp_path, found):
    log = tmp_path / "a.log"
    if found is not None:
        log.write_bytes(b"before ")
        log.chmod(found)
    with private.appending(log) as file:
        file.write(b"after")
    assert (mode(log), log.read_bytes()) == (0o600, b"before after" if found is not None else b"after")


def test_what_the_cluster_writes_is_closed_to_others(tmp_path):
    folder = tmp_path / "cluster"
    made = cluster.Cluster.new(folder, HOST, 0, 0, 2, 2)
    private.make_folder(folder)
    cluster._write(folder / "cluster.json", cluster._kept(made))
    assert (mode(folder), mode(folder / "cluster.json")) == (0o700, 0o600)


@pytest.mark.parametrize("module", ["fascicle", "deploy.cluster"])
def test_what_a_command_writes_is_closed_to_others(tmp_path, module):
    """It is asked for its umask by what it starts with: a module in the place of one of its own."""
    (tmp_path / "sitecustomize.py").write_text("import os, atexit; atexit.register(lambda: print('umask', oct(os.umask(0))))")
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "FASCICLE_STATE": str(tmp_path / "state")}
    words = ["serve", "--model", "/nowhere"] if module == "fascicle" else ["down"]
    command = [sys.executable, "-m", module, *words]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60)
    assert "umask 0o77" in done.stdout, done.stderr
