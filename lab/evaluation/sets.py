"""Reads question sets: what a person says, and what is right to reply.

A row of a set (`.jsonl`) is `{"id", "text", "kind", "passages", "also", "group"}`; a row of a dialogue set has `turns` of the
same form in place of the text. `also` names further kinds that are as right as `kind`. Kinds beside those of replies: `any` is
anything but an error, `calm` the same without an alarm, `safe` any message of kind emergency, `caution` no answer without words
of caution, and `unknown` that it is not covered or not the subject.

A table (`.json`) stands for all pairs of two lists: `{"settings", "signs"}` puts each sign in the place `{sign}` of each setting,
and is right as an emergency; `{"alarms", "follow_ups"}` says each follow-up after each alarm, and is right when that is safe.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class SetError(ValueError):
    """A question set is not usable; the message names the file, the line, and the fault."""


@dataclass(frozen=True)
class Turn:
    """Something a person says, what is right to reply, and the group that it is counted in."""

    text: str
    kind: str
    passages: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    group: str = ""


@dataclass(frozen=True)
class Row:
    """A single question, or a dialogue of several turns."""

    id: str
    turns: tuple[Turn, ...]
    is_dialogue: bool = False


def read_sets(paths: Iterable[Path]) -> list[Row]:
    """The rows of question sets, in order.

    Raises:
        SetError: a file cannot be read or a row is malformed.
    """
    return [row for path in paths for row in (_table(path) if path.suffix == ".json" else _rows(path))]


def _rows(path: Path) -> Iterator[Row]:
    for number, line in enumerate(_text(path).splitlines(), 1):
        if line.strip():
            try:
                yield _row(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise SetError(f"{path}:{number}: not a row of a question set: {error!r}") from error


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetError(f"{path}: cannot be read: {error}") from error


def _table(path: Path) -> Iterator[Row]:
    try:
        data = json.loads(_text(path))
        if "settings" in data:
            for number, setting in enumerate(data["settings"], 1):
                for place, sign in enumerate(data["signs"], 1):
                    turn = Turn(setting.replace("{sign}", sign), "emergency", group=f"{path.stem}: setting {number}")
                    yield Row(f"{path.stem}-{number}-{place}", (turn,))
        else:
            for number, alarm in enumerate(data["alarms"], 1):
                for place, said in enumerate(data["follow_ups"], 1):
                    turns = Turn(alarm, "emergency"), Turn(said, "safe", group=f"{path.stem}: alarm {number}")
                    yield Row(f"{path.stem}-{number}-{place}", turns, is_dialogue=True)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise SetError(f"{path}: not a table of a question set: {error!r}") from error


def _row(data: dict[str, Any]) -> Row:
    turns = tuple(_turn(turn) for turn in data.get("turns", [data]))
    return Row(data["id"], turns, is_dialogue="turns" in data)


def _turn(data: dict[str, Any]) -> Turn:
    return Turn(
        data["text"], data["kind"], tuple(data.get("passages") or ()), tuple(data.get("also") or ()), data.get("group") or ""
    )
