"""Folders and files that no other account of the machine can read, whatever the umask: they hold what people said."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO

FOLDER, PASSABLE, FILE = 0o700, 0o711, 0o600
"""Modes; who may pass a folder without reading it can reach what is theirs in it."""


def make_folder(path: Path, *, passable: bool = False) -> None:
    """Make a folder that only we can read, and the folders above it; close it where it is there and ours.

    One that everybody shares, such as `/tmp`, stays as it is. One that others may pass stays passable for root, who may run
    PostgreSQL in it as another user.

    Args:
        path: the folder.
        passable: whether others have to pass it.
    """
    path.mkdir(FOLDER, parents=True, exist_ok=True)
    found = path.stat()
    if found.st_uid != os.geteuid() or found.st_mode & stat.S_ISVTX:
        return
    passed = passable or (os.geteuid() == 0 and found.st_mode & stat.S_IXOTH)
    path.chmod(PASSABLE if passed else FOLDER)


def close_file(path: str | Path) -> None:
    """Make a file that only we can read where there is none; close it where it is there and ours.

    One that is there is not opened: to close a file lets go of all locks on it, those of SQLite in this process as well.
    """
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE))
    except FileExistsError:
        if os.stat(path).st_uid == os.geteuid():
            os.chmod(path, FILE)


def appending(path: Path) -> BinaryIO:
    """A file that only we can read, opened to be written to at its end."""
    close_file(path)
    return path.open("ab")
