"""What was said, written to a file as text, with every source and its address."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from fascicle import private
from fascicle.library import said
from fascicle.shell import drawing


@dataclass(frozen=True)
class Turn:
    """What was asked, and the bot's messages to it."""

    asked: str
    messages: tuple[Mapping[str, Any], ...]


def write(path: Path, turns: Sequence[Turn]) -> None:
    """Write a conversation to a file that is not there yet, and that only we can read.

    Raises:
        FileExistsError: it is there.
        OSError: it cannot be written.
    """
    text = as_text(turns)
    with open(path, "x", encoding="utf-8", opener=_privately) as file:
        file.write(text)


def as_text(turns: Sequence[Turn]) -> str:
    """A conversation as plain text."""
    written = io.StringIO()
    out = Console(file=written, width=drawing.MAX_WIDTH, color_system=None, highlight=False, legacy_windows=False)
    for turn in turns:
        out.print(Text(f"{said('shell', 'prompt')}{turn.asked}"))
        for message in turn.messages:
            citations = message.get("citations") or ()
            drawing.draw(out, {**message, "citations": ()}, offers=False)
            drawing.draw_sources(out, citations, passages=False)
        out.print()
    return "\n".join(line.rstrip() for line in written.getvalue().splitlines()) + "\n"


def _privately(path: str, flags: int) -> int:
    return os.open(path, flags, private.FILE)
