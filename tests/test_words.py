"""Every sentence that the bot says stands in data/words and is used, and the code names no subject of an article."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter

import pytest
from ruamel.yaml import YAML

from fascicle import ROOT, library
from fascicle.bot.agent import speak_of_many
from fascicle.bot.turn import FAULTS
from fascicle.library import ASPECTS, words
from fascicle.shell.drawing import COLORS
from fascicle.understanding.question import ALARMS
from fascicle.web.contract import STATUS

SOURCES = sorted(path for folder in ("fascicle", "actions") for path in (ROOT / folder).rglob("*.py"))
SAID = ("answers", "check_in", "numbers", "safety", "shell")
"""Files whose keys the code names one by one."""


@cache
def trees() -> tuple[tuple[Path, ast.AST], ...]:
    """Every part of the code, with its file."""
    return tuple((path, node) for path in SOURCES for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def named(node: ast.expr) -> list[str]:
    """The texts that an expression stands for: one, or either of two."""
    if isinstance(node, ast.IfExp):
        return [*named(node.body), *named(node.orelse)]
    assert isinstance(node, ast.Constant), ast.dump(node)
    return [node.value]


def calls(function: str) -> Iterator[ast.Call]:
    for path, node in trees():
        if isinstance(node, ast.Call) and path.name != "words.py":
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name == function:
                yield node


def uses() -> Iterator[tuple[str, str, frozenset[str]]]:
    """File and key of every sentence that the code says, and what it puts into it."""
    for call in calls("said"):
        for key in named(call.args[1]):
            yield named(call.args[0])[0], key, frozenset(keyword.arg or "" for keyword in call.keywords)


def keys_looked_up() -> set[tuple[str, str]]:
    """File and key of every `words("file")["key"]`."""
    found = set()
    for _, node in trees():
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Call) and isinstance(node.slice, ast.Constant):
            call = node.value
            if getattr(call.func, "id", "") == "words" and isinstance(call.args[0], ast.Constant):
                found.add((call.args[0].value, node.slice.value))
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("file", SAID)
def test_every_sentence_is_used_and_every_one_that_is_used_is_there(file: str) -> None:
    used = {key for where, key in {(where, key) for where, key, _ in uses()} | keys_looked_up() if where == file}
    assert used == set(words(file))


def test_what_is_put_into_a_sentence_is_what_it_asks_for() -> None:
    wrong = [(file, key) for file, key, given in uses() if placeholders(words(file)[key]) != given]
    assert wrong == []


def test_every_file_is_known() -> None:
    files = {path.stem for path in (ROOT / "data/words").glob("*.yml")}
    assert files == {
        *SAID,
        "aspects",
        "bare",
        "cues",
        "emergency_lines",
        "headings",
        "emergency_numbers",
        "faults",
        "many",
        "refusals",
        "search",
    }


def test_of_a_library_nothing_is_said_that_speaks_of_one_article() -> None:
    responses = YAML(typ="safe").load((ROOT / "domain.yml").read_text(encoding="utf-8"))["responses"]
    subject = library.default().subject_name
    of_one = {name for name, said in responses.items() if re.search(rf"{subject}|\bone article|\bthe article", said[0]["text"])}
    assert of_one == set(words("many"))
    speak_of_many(responses)
    assert not [text for said in responses.values() for text in (one["text"] for one in said) if subject in text]


def test_every_fault_has_words() -> None:
    codes = {named(call.args[0])[0] for call in calls("Fault")}
    assert codes == set(FAULTS) == set(words("faults"))


def test_every_refusal_has_words() -> None:
    codes = {named(call.args[0])[0] for call in calls("Refused")}
    assert codes == set(STATUS)
    assert set(words("refusals")) == set(STATUS) - set(FAULTS)


def test_every_reply_that_is_no_plain_answer_has_a_heading_in_the_terminal() -> None:
    assert set(words("shell")["labels"]) == set(COLORS)


def test_every_alarm_has_words() -> None:
    assert set(words("safety")["alarms"]) == set(ALARMS)


@pytest.mark.parametrize("aspect", ASPECTS.values(), ids=lambda aspect: aspect.id)
def test_an_aspect_asks_about_the_topic_and_names_what_is_missing(aspect: library.Aspect) -> None:
    assert placeholders(aspect.missing) <= {"subject"}
    assert placeholders(aspect.missing_of(several=True)) == placeholders(aspect.missing)
    assert placeholders(aspect.ask) <= {"topic"}
    assert not aspect.missing.endswith((".", "?"))


def test_the_code_names_no_subject() -> None:
    shown = [path for path in (ROOT / "fascicle/web/static").iterdir() if path.suffix in (".html", ".css", ".js")]
    lines = (f"{path}:{line}" for path in [*SOURCES, *shown] for line in path.read_text(encoding="utf-8").splitlines())
    assert [line for line in lines if re.search(r"\blips?\b|twitch", line, re.IGNORECASE)] == []
