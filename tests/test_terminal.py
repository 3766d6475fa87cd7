"""The chat in a terminal, without the bot: how replies look, and what commands do."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from fascicle.library import said
from fascicle.shell import drawing, screen, talk
from fascicle.shell.lines import as_meant
from fascicle.shell.transcript import Turn, as_text

URL = "https://example.org/article#:~:text=Rest%20helps"
SOURCE = {
    "number": 1, "title": "A title", "section": "Rest", "author": "An author", "publisher": "A publisher", "text": "Rest helps.",
    "published": "2018-03-03", "url": URL, "references": [{"title": "A study", "published": "2017-05-10"}],
}  # fmt: skip
ANSWER: dict[str, Any] = {
    "kind": "answer",
    "text": "Rest helps.",
    "blocks": [
        {"type": "paragraph", "spans": [{"text": "Rest helps.", "citations": [1]}]},
        {"type": "list_item", "spans": [{"text": "sleep " * 12}]},
    ],
    "citations": [SOURCE],
    "buttons": [{"title": "What else?", "payload": "/else"}],
}
GREETING = {"kind": "smalltalk", "text": "Hello!"}
FORGOTTEN = {"kind": "smalltalk", "text": "Forgotten.", "erased": True}
REPLIES = {"what helps?": ANSWER, "/else": GREETING, "forget it": FORGOTTEN}


def drawn(message: dict[str, Any], width: int = 60, **more: Any) -> str:
    out = Console(file=io.StringIO(), width=width, highlight=False, **more)
    drawing.draw(out, message)
    return out.file.getvalue()  # type: ignore[attr-defined]


def test_a_terminal_gets_the_address_behind_number_and_title() -> None:
    text = drawn(ANSWER, force_terminal=True)
    assert text.count(f";{URL}\x1b\\") == 3


def test_what_is_no_terminal_gets_words_alone() -> None:
    assert "\x1b" not in drawn(ANSWER)
    assert URL not in drawn(ANSWER)


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "https://a\x1b\\b", ""])
def test_an_address_that_is_not_of_the_web_is_no_link(url: str) -> None:
    assert "\x1b]8" not in drawn({**ANSWER, "citations": [{**SOURCE, "url": url}]}, force_terminal=True)


def test_the_lines_of_a_list_item_stand_under_each_other() -> None:
    lines = [line for line in drawn(ANSWER, 40).splitlines() if "sleep" in line]
    assert len(lines) > 1
    assert {line.index("sleep") for line in lines} == {4}


def test_the_width_is_measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    out = Console(file=io.StringIO(), highlight=False, force_terminal=True, color_system=None)
    longest = []
    for width in (40, 200, 60):
        monkeypatch.setattr(os, "get_terminal_size", lambda _, width=width: os.terminal_size((width, 30)))
        out.file = io.StringIO()
        drawing.draw(out, {"kind": "emergency", "text": "word " * 100})
        longest.append(max(map(len, out.file.getvalue().splitlines())))
    assert longest == [40, drawing.MAX_WIDTH, 60]


@pytest.mark.parametrize(("encoding", "seen"), [("ascii", ">*...-??"), ("latin-1", ">*...-é?"), ("utf-8", "›•…—é語")])
def test_what_a_terminal_cannot_show_is_replaced(encoding: str, seen: str) -> None:
    data = io.BytesIO()
    stream = io.TextIOWrapper(data, encoding=encoding)
    screen.tolerate(stream)
    stream.write("›•…—é語")
    stream.flush()
    assert data.getvalue().decode(encoding) == seen


@pytest.mark.parametrize(
    ("typed", "encoding", "read"),
    [("caffeine", "ascii", "caffeine"), ("語", "utf-8", "語"), ("caf\udce9", "latin-1", "café"), ("caf\udce9", "utf-8", "caf�")],
)
def test_what_is_typed_is_read_as_the_terminal_means_it(typed: str, encoding: str, read: str) -> None:
    assert as_meant(typed, encoding) == read


class FakeRunning:
    """Stands for the running bot."""

    loop = bot = None

    def run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run(what)


class Script:
    """Lines that somebody types."""

    typed = True

    def __init__(self, lines: list[str]) -> None:
        self.left, self.forgotten = list(lines), 0

    def read(self) -> str | None:
        return self.left.pop(0) if self.left else None

    def forget(self) -> None:
        self.forgotten += 1


Typing = Callable[..., tuple[str, Script]]


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Typing:
    """Has lines typed; what is shown then."""
    running = FakeRunning()

    class Bot:
        async def erase(self, _: str) -> None:
            pass

    async def answer(_bot: object, _sender: str, text: str) -> Any:
        yield REPLIES.get(text, GREETING)

    monkeypatch.setattr(talk, "replies", answer)
    running.bot = Bot()  # type: ignore[assignment]

    def typed(*lines: str) -> tuple[str, Script]:
        script, out = Script(list(lines)), Console(file=io.StringIO(), width=80, highlight=False)
        monkeypatch.setattr(talk, "lines_of", lambda *_: script)
        talk.chat(running, out, ["what helps?"])  # type: ignore[arg-type]
        return out.file.getvalue(), script  # type: ignore[attr-defined]

    return typed


@pytest.mark.parametrize("leave", ["/quit", "exit", "quit", "/exit"])
def test_a_word_ends_the_chat(typing: Typing, leave: str) -> None:
    shown, script = typing(leave, "what helps?")
    assert script.left == ["what helps?"]
    assert shown.rstrip().endswith(said("shell", "end"))


def test_an_empty_line_is_no_question(typing: Typing) -> None:
    assert typing("", "   ")[0] == typing()[0]


def test_help_names_every_command(typing: Typing) -> None:
    shown, _ = typing("/help")
    assert all(command in shown for command in ("/quit", "/save", "/sources", "Ctrl-R", "Ctrl-C"))


def test_sources_are_those_of_the_last_answer_in_full(typing: Typing) -> None:
    before, _ = typing("what helps?")
    shown, _ = typing("what helps?", "/sources")
    assert URL not in before
    assert URL in shown
    assert "A study" in shown


@pytest.mark.parametrize("lines", [(), ("hello",), ("what helps?", "hello")])
def test_where_the_last_answer_has_none_there_are_no_sources(typing: Typing, lines: tuple[str, ...]) -> None:
    assert said("shell", "no_sources") in typing(*lines, "/sources")[0]


def test_numbers_ask_what_is_suggested_first_and_then(typing: Typing) -> None:
    shown, _ = typing("1", "1")
    assert "Rest helps." in shown
    assert "Hello!" in shown


def test_what_is_saved_has_sources_and_is_for_us_alone(typing: Typing, tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    shown, _ = typing("1", "1", f"/save {path}")
    saved = path.read_text(encoding="utf-8")
    assert "The conversation is in" in shown
    assert path.stat().st_mode & 0o777 == 0o600
    assert [line for line in saved.splitlines() if line.startswith("You: ")] == ["You: what helps?", "You: What else?"]
    assert all(part in saved for part in ("Rest helps. [1]", "[1] A title. Section: Rest.", f" {URL}\n"))


def test_a_file_that_is_there_is_not_written_over(typing: Typing, tmp_path: Path) -> None:
    path = tmp_path / "chat.txt"
    path.write_text("mine")
    typing("hello", f"/save {path}")
    assert path.read_text() == "mine"


@pytest.mark.parametrize("path", ["/nowhere/chat.txt", "/", "a\0b"])
def test_a_file_that_cannot_be_written_is_said_to_be_so(typing: Typing, path: str) -> None:
    shown, _ = typing("hello", f"/save {path}")
    assert "could not be written" in shown or "is there already" in shown


def test_nothing_is_saved_of_what_was_erased(typing: Typing, tmp_path: Path) -> None:
    shown, script = typing("what helps?", "forget it", f"/save {tmp_path / 'chat.txt'}")
    assert said("shell", "nothing_to_save") in shown
    assert list(tmp_path.iterdir()) == []
    assert script.forgotten == 1


def test_an_unknown_command_is_no_question(typing: Typing) -> None:
    shown, _ = typing("/treatment")
    assert said("shell", "no_command", command="/treatment") in shown
    assert "Hello!" not in shown


def test_a_long_address_is_saved_in_one_line() -> None:
    url = "https://example.org/" + "a" * 300
    assert url in as_text([Turn("what helps?", ({**ANSWER, "citations": [{**SOURCE, "url": url}]},))])
