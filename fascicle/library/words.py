"""What the bot says in its own words, and the numbers it names: data in data/words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from fascicle import ROOT

FOLDER = ROOT / "data/words"


@dataclass(frozen=True)
class Line:
    """A line that people can call: its number, and what it is called."""

    number: str
    name: str


@dataclass(frozen=True)
class Numbers:
    """Whom to call, in one country or where the country is not known.

    Args:
        country: the country's code (ISO 3166-1 alpha-2); empty where it is not known.
        name: the country as people write it.
        emergency: the emergency number.
        poison: the poison line, if the country has one.
        crisis: the line for people in despair, if the country has one.
        aliases: what else people call the country, or where in it they are.
    """

    country: str
    name: str
    emergency: str
    poison: Line | None = None
    crisis: Line | None = None
    aliases: tuple[str, ...] = ()


@cache
def words(name: str) -> Mapping[str, Any]:
    """The sentences in one file of data/words.

    Args:
        name: the file without its ending, such as `safety`.
    """
    return YAML(typ="safe", pure=False).load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))


def said(file: str, key: str, **names: str) -> str:
    """A sentence of data/words, with its placeholders filled.

    Args:
        file: the file without its ending, such as `answers`.
        key: which sentence.
        names: what stands for each placeholder.
    """
    return str(words(file)[key].format(**names))


@cache
def countries() -> Mapping[str, Numbers]:
    """The numbers of each country that has any, by its code."""
    return {code: _numbers(code, entry) for code, entry in words("emergency_numbers")["countries"].items()}


def country_named(text: str) -> str | None:
    """Code of the country that a text names, by itself or by a city in it; of several, the one named last."""
    found = [match.group() for match in _country_names().finditer(text.lower())]
    return _codes()[found[-1]] if found else None


@cache
def _codes() -> Mapping[str, str]:
    return {alias: code for code, known in countries().items() for alias in known.aliases}


@cache
def _country_names() -> re.Pattern[str]:
    """Every name of a country, the longest first."""
    return re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, _codes()), key=len, reverse=True)) + r")\b")


def _numbers(code: str, entry: Mapping[str, Any]) -> Numbers:
    lines = {kind: Line(entry[kind]["number"], entry[kind]["name"]) for kind in ("poison", "crisis") if kind in entry}
    return Numbers(code, entry["name"], entry["emergency"], **lines, aliases=tuple(entry.get("aliases", ())))
