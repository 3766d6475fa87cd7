"""The words in which people ask about what an article holds; a word that is none of them may be about something else."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from spacy.matcher.levenshtein import levenshtein

WORD = re.compile(r"[^\W\d_]+(?:['’](?!s\b)[^\W\d_]+)*")
LEAST = 2
"""Examples that a word has to stand in to be known."""
SHORT = 2
"""Letters up to which a word says nothing."""
MISSPELLED = 5
"""Letters from which on a word that is one edit away from a known one is taken for it."""


class Vocabulary:
    """Known words of questions."""

    def __init__(self, words: Iterable[str]) -> None:
        self.words = frozenset(words)
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(self.words):
            self._by_length.setdefault(len(word), []).append(word)

    @classmethod
    def of(cls, texts: Iterable[str]) -> Vocabulary:
        """The words that stand in several texts."""
        having = Counter(word for text in texts for word in {match.group() for match in WORD.finditer(text.lower())})
        return cls(word for word, count in having.items() if count >= LEAST)

    def unknown(self, text: str) -> list[tuple[int, int]]:
        """Places of the words of a text that are not known, misspelled ones left out."""
        return [match.span() for match in WORD.finditer(text) if not self._knows(match.group().lower())]

    def _knows(self, word: str) -> bool:
        return len(word) <= SHORT or word in self.words or (len(word) >= MISSPELLED and self._is_near(word))

    def _is_near(self, word: str) -> bool:
        near = (known for size in (-1, 0, 1) for known in self._by_length.get(len(word) + size, ()) if known[0] == word[0])
        return any(levenshtein(word, known, 2) <= 1 for known in near)
