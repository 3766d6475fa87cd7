"""Reads messages that name what is asked and say nothing else: "and the treatment?", "source and symptoms"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from fascicle.library import words

FILE = "bare"
_WORD = re.compile(r"[^\W_]+")


def asked_by_name(text: str, names: Iterable[tuple[int, int]] = ()) -> tuple[str, ...]:
    """The intents of the questions that a text names, in order; none for a text that says anything else.

    Args:
        text: what was typed.
        names: where names of topics start and end in it; these may stand beside.
    """
    for start, end in names:
        text = text[:start] + " " * (end - start) + text[end:]
    said = _WORD.findall(text.lower().replace("’", "").replace("'", ""))
    intents, around = _asked(), frozenset(words(FILE)["around"])
    if not all(word in intents or word in around for word in said):
        return ()
    return tuple(dict.fromkeys(intents[word] for word in said if word in intents))


@cache
def _asked() -> Mapping[str, str]:
    return {word: intent for intent, said in words(FILE)["asked"].items() for word in said}
