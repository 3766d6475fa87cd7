"""Writes what the tuning learns from, one JSON a line, in the project's environment: `python -m lab.tuning.examples FILE`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fascicle import ROOT
from fascicle.understanding.question import AFTER_ALARM, ALARMS
from fascicle.understanding.text import even_out

DATA = ROOT / "data"
SIGNS = "signs"
"""Folder with messages that only the tuning learns from: nobody has said what they ask, only who is in danger.

Files of two columns parted by a tab: what the message is, and the message. What it is: an alarm (with ` other` behind it where
somebody else is in danger), `caution`, or `none`.
"""
ANNOTATION = re.compile(r"\[([^\]]*)\](?:\{[^}]*\}|\([^)]*\))")
"""Rasa's annotation of a name in an example."""


@dataclass(frozen=True)
class Example:
    """A text and what is to be said of it; None where nothing is.

    Args:
        text: evened out.
        kind: the alarm that it raises, or `none`.
        caution: whether it asks leave for something that a doctor or pharmacist should allow.
        of_another: whether somebody else is in danger.
        follow_up: what it is while an alarm stands.
        file: name of the file that it stands in, without its ending.
    """

    text: str
    kind: str | None
    caution: bool | None
    of_another: bool | None
    follow_up: str | None
    file: str


def examples(folder: Path = DATA) -> Iterator[Example]:
    """All examples of the training data, each text once but for those of a follow-up."""
    seen = set()
    for found in (*_of_questions(folder / "nlu"), *_of_signs(folder / SIGNS)):
        if found.text and (found.text, found.follow_up) not in seen:
            seen.add((found.text, found.follow_up))
            yield found


def _of_questions(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*.yml")):
        for block in YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8"))["nlu"]:
            for line in block.get("examples", "").splitlines() if "intent" in block else ():
                yield _example(ANNOTATION.sub(r"\1", line.removeprefix("- ")), block, path.stem)


def _of_signs(folder: Path) -> Iterator[Example]:
    for path in sorted(folder.glob("*.tsv")):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            said, _, text = line.partition("\t")
            kind, _, other = said.partition(" ")
            if kind not in (*ALARMS, "caution", "none") or other not in ("", "other") or not text:
                raise ValueError(f"{path.name}, line {number}: {said!r} is none of the things that a message is")
            if kind in ALARMS:
                yield Example(even_out(text), kind, None, bool(other), None, path.stem)
            else:
                yield Example(even_out(text), "none", kind == "caution", None, None, path.stem)


def _example(text: str, block: Mapping[str, Any], file: str) -> Example:
    intent, said = block["intent"], block.get("metadata") or {}
    text = even_out(text)
    if said.get(AFTER_ALARM):
        return Example(text, None, None, None, intent, file)
    if intent in ALARMS:
        return Example(text, intent, None, bool(said.get("of_another")), None, file)
    return Example(text, "none", bool(said.get("caution")), None, None, file)


if __name__ == "__main__":
    with Path(sys.argv[1]).open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(asdict(example), ensure_ascii=False) + "\n" for example in examples())
