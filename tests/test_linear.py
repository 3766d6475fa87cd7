"""No regular expression that people's text reaches takes more than its share of time for a longer text."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import fascicle
from fascicle import ROOT
from fascicle.answering import check_in
from fascicle.library.words import country_named
from fascicle.understanding import text, windows
from fascicle.understanding.cues import read_cues
from fascicle.understanding.question_splitter import split
from fascicle.web import assets

SHORTEST, LONGEST = 250, 4_000
NOTICEABLE = 0.004
"""Seconds from which on a time says something."""
MOST = 8.0
"""How much longer a text of four times the length may take: 4 for one that is looked at once, 16 for one looked at squared."""
PUMPS = [
    " ", "\n", " \n", "a", "1", ",", " ,", ".", "!", "! ", "'", "-", " - ", "(", '"', "/", ";", ":", "=", "&", "[", "1.",
]  # fmt: skip
PUMPED_LATER = [" ", ",", "a", "1", "'", " ,"]
ENDS = ["x", "\0"]
SOURCES = [path for folder in ("fascicle", "actions") for path in sorted((ROOT / folder).rglob("*.py"))]
WHOLE = {"fullmatch", "match"}
"""Ways to use an expression that try it at one place only."""


def calls() -> Iterator[tuple[Path, ast.Call, str, str]]:
    """Every call of a method, with what stands before the method and the method's name."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
                yield path, node, node.func.value.id, node.func.attr


def uses() -> dict[str, set[str]]:
    """The methods that are called of each name."""
    found: dict[str, set[str]] = {}
    for _, _, owner, method in calls():
        found.setdefault(owner, set()).add(method)
    return found


def expressions() -> dict[str, tuple[re.Pattern[Any], bool]]:
    """Every expression in the source, and whether it is tried at one place of a text only."""
    used, found = uses(), {}
    for module in pkgutil.walk_packages(fascicle.__path__, "fascicle."):
        if not module.name.endswith("__main__"):
            for name, value in vars(importlib.import_module(module.name)).items():
                if isinstance(value, re.Pattern):
                    found[f"{name}: {value.pattern!r:.60}"] = (value, used.get(name, {""}) <= WHOLE)
    for path, node, owner, method in calls():
        if owner == "re" and method != "compile" and node.args and isinstance(node.args[0], ast.Constant):
            pattern = node.args[0].value
            found[f"{path.name}: {pattern!r:.60}"] = (re.compile(pattern, re.IGNORECASE), method in WHOLE)
    return found


EXPRESSIONS = expressions()


def seconds(work: Callable[[Any], Any], made: Any, times: int = 1) -> float:
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        work(made)
        best = min(best, time.perf_counter() - began)
    return best


def growth(work: Callable[[Any], Any], make: Callable[[int], Any]) -> float:
    """How much longer the first noticeable length takes than a quarter of it; 0 if none is noticeable."""
    length = SHORTEST
    while length <= LONGEST:
        if seconds(work, make(length)) > NOTICEABLE and (taken := seconds(work, make(length), 3)) > NOTICEABLE:
            return taken / seconds(work, make(length // 4), 5)
        length *= 2
    return 0.0


def texts(terms: list[str]) -> Iterator[tuple[str, str, str]]:
    """A beginning, what is repeated, and an end."""
    spoken = [f"{term} " for term in terms]
    for end in ENDS:
        yield from (("", pump, end) for pump in [*PUMPS, *spoken, *terms])
        yield from ((start, pump, end) for start in [*terms, "a", ",", ".", "?", '"', "["] for pump in PUMPED_LATER)


def check(work: Callable[[Any], Any], terms: list[str], encode: bool = False) -> None:
    for start, pump, end in texts(terms):

        def make(length: int, start: str = start, pump: str = pump, end: str = end) -> Any:
            made = start + pump * (length // len(pump)) + end
            return made.encode() if encode else made

        grown = growth(work, make)
        if grown > MOST:  # something else may have run
            grown = growth(work, make)
        assert grown <= MOST, f"{start!r} + {pump!r} * n + {end!r}: four times the length takes {grown:.0f} times as long"


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_is_linear(name: str) -> None:
    pattern, whole = EXPRESSIONS[name]
    source = pattern.pattern if isinstance(pattern.pattern, str) else pattern.pattern.decode()
    terms = sorted(set(re.findall(r"[A-Za-z]{2,}(?: [a-z]+)*", source)))[:40]
    check(pattern.fullmatch if whole else lambda text: list(pattern.finditer(text)), terms, isinstance(pattern.pattern, bytes))


TERMS = ["go on", "stop", "enough", "first", "and", "what", "no", "ok", "questions", "gzip;q=0.5", "&amp;", "Australia"]


@pytest.mark.parametrize(
    "work",
    [
        split, text.even_out, country_named, assets.accepts_gzip, lambda sent: assets.has('"x"', sent), check_in.RESUME.search,
        check_in.ENOUGH.search, check_in.UNASKED.search, read_cues, windows.BOUNDARY.split,
    ],
)  # fmt: skip
def test_what_reads_a_text_is_linear(work: Callable[[str], Any]) -> None:
    check(work, TERMS)


def test_no_other_expression_is_put_together_while_the_program_runs() -> None:
    """Those would not be seen above. A phrase of the check-in has its special characters escaped."""
    made = {
        path.name
        for path, node, owner, method in calls()
        if owner == "re" and method not in ("compile", "escape") and not isinstance(node.args[0], ast.Constant)
    }
    assert made == {"matching.py"}
