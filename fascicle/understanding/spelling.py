"""Words of names as people type them: small letters, no plural, and what a misspelled one was most likely meant to be.

A word that is no English word is read as the word of a name that it is closest to: one edit away from five letters on, two from
eight. Words the sentence encoder's vocabulary holds are never "corrected": "pulls" is not a misspelled "pills", and what is too
much (hyper-) is never what is too little (hypo-).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from spacy.matcher.levenshtein import levenshtein

from fascicle.understanding.sentence_encoder import vocabulary

WORD = re.compile(r"[^\W_]+(?:['’.+][^\W_]*)*", re.UNICODE)
TOO_MUCH, TOO_LITTLE = "hyper", "hypo"
RUN_TOGETHER = 10
"""Letters that a word has at least before it is looked at for two words run together."""


class Spelling:
    """Reads a word as the alias word that was most likely meant."""

    def __init__(self, words: Iterable[str], is_written: Callable[[str], bool] = lambda _: False) -> None:
        """Prepare.

        Args:
            words: those of all names.
            is_written: whether a word stands in a text of the library; such a word is spelled as it was meant.
        """
        self._known = frozenset(words)
        self._is_written = is_written
        self._english = vocabulary().keys()
        self._by_letter: dict[str, list[str]] = {}
        for word in sorted(self._known):
            self._by_letter.setdefault(word[:1], []).append(word)
        self.correct = lru_cache(maxsize=10_000)(self._correct)

    def _correct(self, word: str) -> str:
        word = singular(word)
        if word in self._known or len(word) < 4 or word in self._english:
            return word
        near = ((levenshtein(word, known, _edits(known) + 1), known) for known in self._by_letter.get(word[0], ()))
        close = [(edits, known) for edits, known in near if edits <= _edits(known) and not _opposite(word, known)]
        return min(close)[1] if close and not self._is_written(word) else word

    def cut(self, word: str) -> int:
        """Where a word is to be cut that was run together from an alias word and an English one; 0 for any other word."""
        if len(word) < RUN_TOGETHER or singular(word) in self._known or word in self._english:
            return 0
        places = (at for at in range(len(word) - 3, 3, -1) if singular(word[:at]) in self._known and self._is_word(word[at:]))
        return next(places, 0)

    def _is_word(self, word: str) -> bool:
        return word in self._english or singular(word) in self._known


def _opposite(word: str, other: str) -> bool:
    """Whether one is too much of what the other is too little of."""
    return word.startswith(TOO_MUCH) != other.startswith(TOO_MUCH) and word.startswith(TOO_LITTLE) != other.startswith(TOO_LITTLE)


def singular(word: str) -> str:
    """A word without its plural (or possessive) s, so that aliases need to list one form only."""
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _edits(word: str) -> int:
    """Edits a misspelling of an alias word may have: none up to four letters, one up to seven, then two."""
    return 0 if len(word) <= 4 else 1 if len(word) <= 7 else 2


def plain(word: str) -> str:
    """A word in small letters without apostrophes and dots: `Parkinson's` and `a.l.s.` as they are mostly typed."""
    return re.sub(r"['’.]", "", word.lower())
