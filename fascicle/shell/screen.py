"""The screen that the chat is drawn on, whatever characters it can show."""

from __future__ import annotations

import codecs
import sys
from contextlib import AbstractContextManager
from typing import TextIO

from rich.console import Console

PLAIN = {"›": ">", "•": "*", "…": "...", "—": "-", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'", "╭": "+"}
"""What stands for a character on a screen that lacks it; for any other, a question mark does."""
HANDLER = "fascicle.plain"
"""Name of the error handler that puts it there."""


def console() -> Console:
    """A console on standard output, which replaces what the terminal cannot show."""
    tolerate(sys.stdout)
    return Console(highlight=False)


def waiting(out: Console, text: str) -> AbstractContextManager[object]:
    """Shows that something takes a while, where somebody sees it."""
    return out.status(text, spinner="line" if out.options.ascii_only else "dots")


def tolerate(stream: TextIO) -> None:
    """Have a stream write a plain character in place of one that its encoding lacks, and not fail."""
    codecs.register_error(HANDLER, _plain)
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors=HANDLER)


def _plain(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(character, "?") for character in error.object[error.start : error.end]), error.end
