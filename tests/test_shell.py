"""`python -m fascicle chat` as a person or a script runs it."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from fascicle import library
from fascicle.bot.turn import FAULTS

ARTICLE = library.default()
WIDTH = 40
PROMPT = "\x1b[?2004h"
"""What a terminal is told when a line can be typed."""
LINES = [
    b"What helps with Bell's palsy?",
    b"1",
    b"",
    b"why " * 2_500,
    "😀😀😀".encode(),
    b"\xff\xfe What causes ALS? \xc3\x28",
    b'/ask_treatment{"topic": "nonsense"}',
    b"what are the symptoms of ALS?",
]


@dataclass(frozen=True)
class Chat:
    """What a chat wrote: all of it, its errors, its replies to `LINES` as single lines, and who was left afterwards."""

    code: int
    output: str
    errors: str
    replies: list[str]
    left: list[int]


@pytest.fixture(scope="module")
def open_chat(new_commands: Callable[[], Any]) -> tuple[Any, subprocess.Popen[bytes]]:
    """A chat whose input stays open, and the runner that knows its processes."""
    runner = new_commands()
    return runner, runner.start("chat")


@pytest.fixture(scope="module")
def chat(commands: Any, open_chat: object) -> Chat:
    """A chat with piped input; it runs beside the open one to save time."""
    process = commands.start("chat")
    output, errors = (data.decode() for data in process.communicate(b"\n".join(LINES) + b"\n", timeout=90))
    replies = [" ".join(reply.split()) for reply in re.split(r"^You: ", output, flags=re.M)[1:]]
    return Chat(process.returncode, output, errors, replies, commands.processes())


def test_a_piped_chat_ends_well_and_answers_every_line(chat: Chat) -> None:
    assert chat.code == 0, chat.errors
    assert len(chat.replies) == len(LINES) + 1
    assert chat.left == []


def test_what_was_said_is_nowhere_once_the_chat_has_ended(chat: Chat, commands: Any) -> None:
    assert (commands.state / "fascicle.sqlite").is_file()
    files = [file for file in commands.state.rglob("*") if file.is_file()]
    assert [file.name for file in files if b"What helps with Bell" in file.read_bytes()] == []


def test_nothing_but_the_chat_is_written(chat: Chat) -> None:
    assert chat.errors == ""
    assert not re.search(r"\b(?:DEBUG|INFO|WARNING|ERROR|Traceback|DeprecationWarning)\b", chat.output)


def test_without_colour_and_in_a_narrow_terminal_it_is_plain_and_fits(chat: Chat) -> None:
    assert "\x1b" not in chat.output
    assert [line for line in chat.output.splitlines() if cell_len(line) > WIDTH and not line.startswith("You: ")] == []


def test_the_notice_comes_first(chat: Chat) -> None:
    notice = " ".join(re.sub(r"[│╭╮╰╯─]", " ", chat.output[: chat.output.index("You: ")]).split())
    assert ARTICLE.title in notice
    assert "not medical advice" in notice


@pytest.mark.parametrize(("line", "passage"), [(0, "bells_palsy.treatment"), (7, "als.symptoms")])
def test_a_question_is_answered_and_cited(chat: Chat, line: int, passage: str) -> None:
    shown = ARTICLE.passage_by_id(passage)
    assert f"{shown.text} [1]" in chat.replies[line]
    assert f"[1] {ARTICLE.title} Section: {shown.section}. {ARTICLE.author}" in chat.replies[line]


def test_the_number_of_a_suggestion_asks_it(chat: Chat) -> None:
    others = [passage for passage in ARTICLE.topics["bells_palsy"].passages.values() if passage.aspect != "treatment"]
    assert any(f"{passage.text} [1]" in chat.replies[1] for passage in others)


@pytest.mark.parametrize(("line", "fault"), [(2, "empty"), (3, "too_long")])
def test_what_cannot_be_read_is_said_in_words(chat: Chat, line: int, fault: str) -> None:
    assert FAULTS[fault] in chat.replies[line]


def test_a_message_without_words_is_asked_for_some(chat: Chat) -> None:
    assert "I can only read words." in chat.replies[4]


def test_bytes_that_are_no_text_do_not_hide_the_question(chat: Chat) -> None:
    assert ARTICLE.passage_by_id("als.causes").text in chat.replies[5]


def test_a_typed_command_is_read_as_words(chat: Chat) -> None:
    assert chat.replies[6]
    assert FAULTS["no_reply"] not in chat.replies[6]


def test_ctrl_c_at_the_prompt_leaves_nobody_behind(
    open_chat: tuple[Any, subprocess.Popen[bytes]], wait_for: Callable[..., Any]
) -> None:
    runner, process = open_chat
    os.set_blocking(process.stdout.fileno(), False)
    seen = bytearray()

    def at_prompt() -> bool:
        assert process.poll() is None, process.stderr.read()
        seen.extend(process.stdout.read() or b"")
        return b"You: " in seen

    wait_for(at_prompt, "the chat asks for a question")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 128 + signal.SIGINT
    assert process.stderr.read() == b""
    wait_for(lambda: not runner.processes(), "all processes end", 10)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL])
def test_a_chat_ended_while_it_starts_leaves_nobody_behind(
    commands: Any, wait_for: Callable[..., Any], how: signal.Signals
) -> None:
    process = commands.start("chat")
    wait_for(lambda: commands.processes("rasa_sdk"), "the action server starts")
    process.send_signal(how)
    assert process.wait(20) in (128 + signal.SIGINT, -signal.SIGINT, -signal.SIGKILL)
    wait_for(lambda: not commands.processes(), "all processes end", 10)


class Terminal:
    """A chat in a terminal, as a person sees it."""

    def __init__(self, process: subprocess.Popen[bytes], end: int) -> None:
        self.process, self._end, self.seen = process, end, ""

    def type(self, keys: str) -> None:
        os.write(self._end, keys.encode())

    def wait(self, text: str, seconds: float = 30) -> str:
        """Read on until a text is there; what was read to its end."""
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if select.select([self._end], [], [], 0.1)[0]:
                try:
                    self.seen += os.read(self._end, 65536).decode()
                except OSError:  # the other end is closed
                    pytest.fail(f"no {text!r} in {self.seen!r}", pytrace=False)
        before, _, self.seen = self.seen.partition(text)
        return before + text

    def echoes(self) -> bool:
        return bool(termios.tcgetattr(self._end)[3] & termios.ECHO)


def test_in_a_terminal_lines_are_edited_remembered_and_written_nowhere(new_commands: Callable[[], Any], tmp_path: Path) -> None:
    runner = new_commands()
    # behind a proxy, which our own servers have nothing to do with
    chat = Terminal(*runner.start_in_terminal("chat", http_proxy="http://127.0.0.1:9", HTTP_PROXY="http://127.0.0.1:9"))
    assert "1 ›" in chat.wait(PROMPT)
    chat.type("\r")
    chat.wait(PROMPT)
    chat.type("what causes ALS\x01\x1b[3~W\r")  # to the beginning of the line, and another letter there
    asked = chat.wait("1 ›")
    assert "\x1b]8;" in asked
    assert FAULTS["empty"][:20] not in asked
    chat.wait(PROMPT)
    chat.type("never sent\x03")
    chat.type("\x12")  # looks for one of the lines before
    chat.wait("reverse-i-search")
    chat.type("caus")
    chat.wait("es ALS")
    chat.type("\r\r")
    chat.wait("1 ›")
    chat.wait(PROMPT)
    chat.type(f"/save {tmp_path}/chat.txt\r")
    chat.wait(PROMPT)
    assert [file.name for file in runner.state.rglob("*.log") if b"causes ALS" in file.read_bytes()] == []
    chat.type("\x03")
    chat.wait("Goodbye.")
    assert chat.process.wait(20) == 0
    said = (tmp_path / "chat.txt").read_text(encoding="utf-8")
    assert said.count("You: What causes ALS") == 2
    assert "never sent" not in said
    assert [f.name for f in runner.state.rglob("*") if f.is_file() and b"causes ALS" in f.read_bytes()] == []


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 130), (signal.SIGINT, 0)])
def test_a_terminal_is_left_as_it_was(new_commands: Callable[[], Any], wait_for: Callable[..., Any], how: int, code: int) -> None:
    runner = new_commands()
    chat = Terminal(*runner.start_in_terminal("chat", PYTHONIOENCODING="ascii"))
    chat.wait(PROMPT)
    wait_for(lambda: not chat.echoes(), "the prompt reads keys")
    chat.process.send_signal(how)
    assert chat.process.wait(20) == code
    assert chat.echoes()
    assert "Traceback" not in chat.seen
    wait_for(lambda: not runner.processes(), "all processes end", 10)


def test_a_question_is_asked_by_a_script(commands: Any) -> None:
    process = commands.start("ask", "What helps with Bell's palsy?")
    output, errors = (data.decode() for data in process.communicate(timeout=60))
    assert (process.returncode, errors) == (0, "")
    assert f"{ARTICLE.passage_by_id('bells_palsy.treatment').text} [1]" in " ".join(output.split())
    assert "›" not in output


def test_questions_of_a_script_are_one_conversation(commands: Any) -> None:
    process = commands.start("ask", "--json", "What helps with Bell's palsy?", "and what causes it?")
    output, errors = (data.decode() for data in process.communicate(timeout=60))
    asked = [json.loads(line) for line in output.splitlines()]
    assert (process.returncode, errors) == (0, "")
    assert [turn["question"] for turn in asked] == ["What helps with Bell's palsy?", "and what causes it?"]
    shown = [passage["id"] for turn in asked for message in turn["replies"] for passage in message["passages"]]
    assert shown == ["bells_palsy.treatment", "bells_palsy.causes"]
    assert not any("aside" in message for turn in asked for message in turn["replies"])


def test_a_script_is_told_that_a_question_got_no_answer(commands: Any) -> None:
    process = commands.start("ask", "why " * 500)
    output, errors = (data.decode() for data in process.communicate(timeout=60))
    assert process.returncode == 1
    assert FAULTS["too_long"] in " ".join(output.split())
    assert errors == ""
