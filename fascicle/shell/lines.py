"""What is typed, line by line: at a prompt with editing and history, or from a pipe."""

from __future__ import annotations

import re
import sys
from asyncio import AbstractEventLoop
from typing import Protocol

from prompt_toolkit import PromptSession
from prompt_toolkit.filters import is_searching
from prompt_toolkit.formatted_text import FormattedText
from prompt_toolkit.history import InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from rich.console import Console
from rich.text import Text

from fascicle.library import said

MAX_ECHO = 300
"""Characters of a piped line that are repeated on the screen."""
SINGLE_BYTE = re.compile("[\udc80-\udcff]")
"""What stands for a byte that is no UTF-8."""


class Lines(Protocol):
    """Where lines come from."""

    typed: bool

    def read(self) -> str | None:
        """The next line; None where there are no more."""

    def forget(self) -> None:
        """Keep none of the lines before."""


def lines_of(out: Console, loop: AbstractEventLoop) -> Lines:
    """Lines from a person at a terminal, or from whatever else standard input is.

    Args:
        out: where they are asked for.
        loop: runs the prompt.
    """
    return Typed(out, loop) if sys.stdin.isatty() and sys.stdout.isatty() else Piped(out)


class Typed:
    """Lines that a person types. Those before are kept in memory alone, for as long as the chat runs."""

    typed = True

    def __init__(self, out: Console, loop: AbstractEventLoop) -> None:
        """Set up the prompt."""
        self._out, self._loop = out, loop
        self.forget()

    def read(self) -> str | None:
        """The next line; None after Ctrl-D, or Ctrl-C on an empty line."""
        self._out.print()
        prompt = FormattedText([("bold", said("shell", "prompt"))])
        try:
            line = self._loop.run_until_complete(self._session.prompt_async(prompt))
        except EOFError:
            return None
        return as_meant(line, sys.stdin.encoding)

    def forget(self) -> None:
        """Keep none of the lines before."""
        self._session: PromptSession[str] = PromptSession(
            history=InMemoryHistory(), key_bindings=_keys(), enable_suspend=True, enable_open_in_editor=False
        )


class Piped:
    """Lines of a pipe or a file, repeated on the screen; bytes that are no UTF-8 are replaced."""

    typed = False

    def __init__(self, out: Console) -> None:
        """Set up."""
        self._out = out

    def read(self) -> str | None:
        """The next line; None at the end."""
        self._out.print(Text(f"\n{said('shell', 'prompt')}", style="bold"), end="")
        sys.stdout.flush()
        data = sys.stdin.buffer.readline()
        if not data:
            self._out.print()
            return None
        line = data.decode("utf-8", errors="replace").rstrip("\r\n")
        if not sys.stdin.isatty():
            self._out.print(Text(line[:MAX_ECHO] + ("…" if len(line) > MAX_ECHO else "")))
        return line

    def forget(self) -> None:
        """Nothing is kept anyway."""


def as_meant(line: str, encoding: str) -> str:
    """A line that was read as UTF-8, what is none of it read in the terminal's own encoding."""
    if not SINGLE_BYTE.search(line):
        return line
    return line.encode("utf-8", "surrogateescape").decode(encoding, "replace")


def _keys() -> KeyBindings:
    """Ctrl-C clears the line, and leaves where it is empty; while something is looked for, it ends that."""
    keys = KeyBindings()

    @keys.add("c-c", filter=~is_searching)
    @keys.add("<sigint>")
    def _(event: KeyPressEvent) -> None:
        if event.current_buffer.text:
            event.current_buffer.reset()
        else:
            event.app.exit(exception=EOFError)

    return keys
