"""The words of a question that a search looks for."""

from __future__ import annotations

import re
from functools import cache

from fascicle.library import words

WORD = re.compile(r"[^\W_]+")
LEAST = 2
"""Letters of a word that is looked for."""


def terms(text: str) -> tuple[str, ...]:
    """The words of a text that say what is looked for, in all their forms."""
    return tuple(dict.fromkeys(form for word in spelled(text) for form in word))


def spelled(text: str) -> tuple[tuple[str, ...], ...]:
    """The words of a text that say what is looked for, each with the forms that British and American spelling give it."""
    plain = re.sub(r"['’](?:s\b)?", "", text.lower())
    found = (word for word in WORD.findall(plain) if len(word) >= LEAST and word not in _unsaid())
    return tuple(dict.fromkeys(map(_forms, found)))


def _forms(word: str) -> tuple[str, ...]:
    american = word
    for british, other in words("search")["spelled"].items():
        american = american.replace(british, other)
    return (word,) if american == word or american in _unsaid() else (word, american)


@cache
def _unsaid() -> frozenset[str]:
    return frozenset(words("search")["unsaid"].split())
