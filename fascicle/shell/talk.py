"""A conversation in the terminal: with a person, who may also type commands, or with a script that asks its questions."""

from __future__ import annotations

import json
import logging
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.text import Text

from fascicle.bot.turn import ASIDE, checked_text, fault_message, replies
from fascicle.errors import Fault
from fascicle.library import said, words
from fascicle.shell import drawing
from fascicle.shell.lines import Lines, lines_of
from fascicle.shell.starting import Running
from fascicle.shell.transcript import Turn, write

logger = logging.getLogger(__name__)
COMMAND = re.compile(r"/(\w+)(?:\s+(\S.*))?")
LEAVE = {"quit", "exit"}
"""Words that end the chat, also without the slash."""
Message = dict[str, Any]


@dataclass(frozen=True)
class Offered:
    """A suggestion: what is shown, and what it asks."""

    title: str
    asks: str


class Conversation:
    """What was said, and what may be picked by its number."""

    def __init__(self, running: Running) -> None:
        """Begin one."""
        self._running, self._sender = running, secrets.token_urlsafe(24)
        self.turns: list[Turn] = []
        self.offered: list[Offered] = []

    def ask(self, line: str) -> list[Message]:
        """The bot's messages to a line, or to the suggestion whose number it is."""
        try:
            picked = self._picked(line)
            messages = self._running.run(self._replies(picked.asks if picked else checked_text(line)))
        except Fault as fault:
            return [fault_message(fault)]
        if any(message.get("erased") for message in messages):
            self.turns, self.offered = [], []
        else:
            self.turns.append(Turn(picked.title if picked else line, tuple(messages)))
        if buttons := messages[-1].get("buttons"):
            self.offered = [Offered(button["title"], button["payload"]) for button in buttons]
        return messages

    async def _replies(self, text: str) -> list[Message]:
        return [message async for message in replies(self._running.bot, self._sender, text)]

    def _picked(self, line: str) -> Offered | None:
        number = line.strip()
        return self.offered[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(self.offered) else None

    def end(self) -> bool:
        """Erase it; whether that worked."""
        try:
            self._running.run(self._running.bot.erase(self._sender))
        except Exception:
            logger.exception("A conversation could not be erased")
            return False
        return True


def chat(running: Running, out: Console, beginnings: Sequence[str]) -> None:
    """Talk until the input ends. What was said is erased then.

    Args:
        running: the bot.
        out: where to draw.
        beginnings: questions that are suggested to a person to begin with.
    """
    lines = lines_of(out, running.loop)
    drawing.draw_aside(out, said("shell", "how") + (f" {said('shell', 'more')}" if lines.typed else ""))
    conversation = Conversation(running)
    if lines.typed:
        conversation.offered = [Offered(question, question) for question in beginnings]
        drawing.draw_offers(out, beginnings)
    try:
        _talk(conversation, lines, out)
    finally:
        if not conversation.end():
            drawing.draw(out, fault_message(Fault("not_erased")))
    drawing.draw_aside(out, said("shell", "end"))


def ask(running: Running, out: Console, questions: Sequence[str], *, as_json: bool) -> bool:
    """Ask questions, each as the next of one conversation; whether all were answered.

    Args:
        running: the bot.
        out: where the answers go.
        questions: what is asked.
        as_json: write a line of JSON for each question, with the bot's messages in the form of the channel's contract.
    """
    conversation, good = Conversation(running), True
    try:
        for question in questions:
            messages = [{key: value for key, value in message.items() if key != ASIDE} for message in conversation.ask(question)]
            good &= all(message["kind"] != "error" for message in messages)
            if as_json:
                out.file.write(json.dumps({"question": question, "replies": messages}) + "\n")
                continue
            if len(questions) > 1:
                out.print(Text(f"\n{said('shell', 'prompt')}{question}", style="bold"))
            for message in messages:
                drawing.draw(out, message, offers=False)
    finally:
        good &= conversation.end()
    return good


def _talk(conversation: Conversation, lines: Lines, out: Console) -> None:
    while (line := lines.read()) is not None:
        typed = line.strip() if lines.typed else ""
        if lines.typed and not typed:
            continue
        command = COMMAND.fullmatch(typed)
        if typed in LEAVE or (command and command[1] in LEAVE):
            return
        if command:
            _obey(command[1], command[2] or "", conversation, out)
            continue
        for message in conversation.ask(line):
            drawing.draw(out, message)
        if not conversation.turns:
            lines.forget()


def _obey(command: str, rest: str, conversation: Conversation, out: Console) -> None:
    """Do what a person typed as a command."""
    if command == "help":
        drawing.draw_commands(out)
    elif command == "sources":
        cited = [
            message["citations"] for turn in conversation.turns[-1:] for message in turn.messages if message.get("citations")
        ]
        for citations in cited:
            drawing.draw_sources(out, citations)
        if not cited:
            drawing.draw_aside(out, said("shell", "no_sources"))
    elif command == "save":
        drawing.draw_aside(out, _saved(rest, conversation.turns))
    else:
        drawing.draw_aside(out, said("shell", "no_command", command=f"/{command}"))


def _saved(name: str, turns: Sequence[Turn]) -> str:
    """Write the conversation to a file of that name, or one named after the time; what came of it."""
    if not turns:
        return said("shell", "nothing_to_save")
    path = Path(name or f"{words('shell')['file']}-{datetime.now():%Y-%m-%d-%H%M%S}.txt").expanduser()
    try:
        write(path, turns)
    except FileExistsError:
        return said("shell", "is_there", path=str(path))
    except (OSError, ValueError) as error:
        return said("shell", "not_saved", path=str(path), why=getattr(error, "strerror", None) or str(error))
    return said("shell", "saved", path=str(path))
