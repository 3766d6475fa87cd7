"""The chat in a terminal: reads lines, draws answers with their sources, and lets suggestions be picked by number."""

from __future__ import annotations

import asyncio
import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import structlog
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from fascicle.bot.turn import checked_text, fault_message, replies
from fascicle.errors import Fault
from fascicle.library import Article, said, words

if TYPE_CHECKING:
    from fascicle.bot.agent import Bot  # the notice is shown before all of Rasa is imported

logger = logging.getLogger(__name__)
MAX_WIDTH = 88
MAX_ECHO = 300
"""Characters of a piped line that are repeated on the screen."""
COLORS = {
    "emergency": "bold red", "not_covered": "yellow", "out_of_scope": "yellow", "clarify": "yellow", "checkin": "cyan",
    "sources": "cyan", "error": "red",
}  # fmt: skip
"""Style of replies that are no plain answer, by kind."""

MARKS = {"list_item": "• ", "caution": "! "}
STYLES = {"heading": "bold", "caution": "yellow"}
"""How a block begins, and how it is drawn, by its type."""


def console() -> Console:
    """A console as wide as reads well, on standard output."""
    made = Console(highlight=False)
    made.width = min(made.width, MAX_WIDTH)
    return made


def log_to(path: str) -> None:
    """Send every log line to a file, so that none stands in the chat."""
    logging.basicConfig(filename=path, level=logging.WARNING, force=True, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    structlog.configure(logger_factory=structlog.stdlib.LoggerFactory())


def draw_notice(out: Console, article: Article) -> None:
    """What a person has to know before the first question."""
    about = said("shell", "about", title=article.title, publisher=article.publisher, published=article.published)
    text = Text(f"{about}\n{said('shell', 'limits')}")
    out.print(Panel(text, title=said("shell", "title"), border_style="cyan", title_align="left"))


def chat(bot: Bot, out: Console) -> None:
    """Talk until the input ends. What was said is erased then.

    Args:
        bot: whom to talk to.
        out: where to draw.
    """
    sender = secrets.token_urlsafe(24)
    offers: list[dict[str, str]] = []
    out.print(Text(said("shell", "how"), style="dim"))
    with _event_loop() as loop:
        try:
            for line in _lines(out):
                try:
                    text = _picked(line, offers) or checked_text(line)
                except Fault as fault:
                    draw(out, fault_message(fault))
                    continue
                offers = loop.run_until_complete(_turn(bot, sender, text, out)) or offers
        finally:
            loop.run_until_complete(_close(bot, sender, out))
    out.print(Text(said("shell", "end"), style="dim"))


async def _turn(bot: Bot, sender: str, text: str, out: Console) -> list[dict[str, str]]:
    """Draw the bot's messages; the suggestions of the last one stay open to be picked."""
    offers: list[dict[str, str]] = []
    async for message in replies(bot, sender, text):
        draw(out, message)
        offers = message.get("buttons") or []
    return offers


async def _close(bot: Bot, sender: str, out: Console) -> None:
    """Erase the conversation, and say so if that fails."""
    try:
        await bot.erase(sender)
    except Exception:
        logger.exception("A conversation could not be erased")
        draw(out, fault_message(Fault("not_erased")))
    await bot.close()


def _lines(out: Console) -> Iterator[str]:
    """Lines of the input, those of a pipe repeated on the screen, bytes that are no UTF-8 replaced."""
    typed = sys.stdin.isatty()
    while True:
        out.print(Text(f"\n{said('shell', 'prompt')}", style="bold"), end="")
        if typed:
            try:
                line = input()
            except EOFError:
                out.print()
                return
        else:
            sys.stdout.flush()
            data = sys.stdin.buffer.readline()
            if not data:
                out.print()
                return
            line = data.decode("utf-8", errors="replace").rstrip("\r\n")
            out.print(Text(line[:MAX_ECHO] + ("…" if len(line) > MAX_ECHO else "")))
        yield line


def _picked(line: str, offers: list[dict[str, str]]) -> str | None:
    """The payload of the suggestion whose number was typed."""
    number = line.strip()
    return offers[int(number) - 1]["payload"] if number.isdecimal() and 0 < int(number) <= len(offers) else None


def draw(out: Console, message: dict[str, Any]) -> None:
    """Draw one message of the bot: its words, its numbered sources, and the suggestions that go with it."""
    label, style = words("shell")["labels"].get(message["kind"], ""), COLORS.get(message["kind"], "")
    body = Group(*_body(message))
    out.print()
    if message["kind"] == "emergency":
        out.print(Panel(body, title=label, border_style=style, title_align="left"))
    else:
        out.print(_indented(Group(Text(label, style=style), body) if label else body))
    if message.get("citations"):
        out.print()
        out.print(_indented(_numbered([(f"[{c['number']}]", _source(c)) for c in message["citations"]])))
    if message.get("buttons"):
        out.print()
        offers = enumerate(message["buttons"], 1)
        out.print(_indented(_numbered([(f"{number} ›", Text(offer["title"])) for number, offer in offers])))


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2))


def _numbered(rows: list[tuple[str, Text]]) -> Table:
    table = Table.grid(padding=(0, 1))
    for number, text in rows:
        table.add_row(Text(number, style="cyan"), text)
    return table


def _body(message: dict[str, Any]) -> Iterator[Text]:
    for block in message.get("blocks") or [{"type": "paragraph", "spans": [{"text": message["text"]}]}]:
        text = Text(MARKS.get(block["type"], ""), style=STYLES.get(block["type"], ""))
        for span in block["spans"]:
            text.append(span["text"])
            # a list item stands under the sentence that already carries the number
            if block["type"] != "list_item" and span.get("citations"):
                text.append(" " + "".join(f"[{number}]" for number in span["citations"]), style="cyan")
        yield text


def _source(citation: dict[str, Any]) -> Text:
    source = said(
        "shell", "source", title=citation["title"], section=citation["section"], author=citation["author"],
        publisher=citation["publisher"], published=citation["published"],
    )  # fmt: skip
    listed = [said("shell", "reference", title=ref["title"], published=ref["published"]) for ref in citation["references"]]
    lists = f" {said('shell', 'lists', references='; '.join(listed))}" if listed else ""
    return Text(f"{source}{lists}", style="dim")


@contextmanager
def _event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    try:
        yield loop
    finally:
        loop.close()
