"""Finds names of which a question has a part only: "tarsal tunnel", "graves", "kleine levin".

A part counts by how rare its words are: of "tarsal tunnel syndrome" nobody needs to say the last. What is rare is told by the
texts of the library, and where those are few by how rare a word is in English (as its place in the encoder's vocabulary says).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log

from fascicle.library import Name, Names
from fascicle.understanding.sentence_encoder import vocabulary
from fascicle.understanding.spelling import WORD, plain, singular

LEAST_WEIGHT = 4.0
"""What the words of a part have to weigh together; a word that stands in one text of 2,000 weighs 7, one in every tenth 2.3."""
LEAST_SHARE = 0.4
"""Share of a name's weight that a part has at least."""
NEAR = 3
"""Words between two words of a part at most."""
RARE = 3.0
"""What a word weighs at least that may be the beginning of a longer name, such as "valley" before "fever"."""
PRIOR = 100
"""Texts for which what is known of English counts."""
ENGLISH = 300
"""Place in the vocabulary of a word that stands in every text."""


@dataclass(frozen=True)
class Part:
    """A part of names, as places of words, with the share that it has of them and what they stand for."""

    first: int
    last: int
    share: float
    names: tuple[Name, ...]


class PartialNames:
    """The names of topics by their words."""

    def __init__(self, names: Names, size: int, frequency: Callable[[Sequence[str]], Mapping[str, int]]) -> None:
        """Prepare.

        Args:
            names: what every name stands for.
            size: how many articles there are.
            frequency: in how many of them each of some words stands.
        """
        self._names = {alias: topics for alias, found in names.items() if (topics := _topics(found))}
        self._words = {
            alias: frozenset(singular(plain(word)) for word in WORD.findall(alias))
            for alias in self._names
            if not alias.isupper()  # of an acronym no part is a name
        }
        self._having: dict[str, list[str]] = defaultdict(list)
        for alias, words in self._words.items():
            for word in words:
                self._having[word].append(alias)
        self._size, self._frequency = size, frequency
        self._weight = cache(self._weight_of)

    def find(self, words: Sequence[str]) -> Part | None:
        """The part of a name that says most, if there is one.

        Args:
            words: those of a text, as `spelling.Spelling` reads them.
        """
        found = [part for place, word in enumerate(words) if word in self._having for part in self._parts(words, place)]
        return max(found, key=lambda part: (part.share, part.last - part.first), default=None)

    def whole(self, words: Sequence[str], first: int, last: int) -> float:
        """How much of what is named a name is: less than 1 where a rare word before it may be a part of a longer name.

        Args:
            words: those of a text.
            first, last: places of the name's first and last word.
        """
        before = self._weight(words[first - 1]) if first else 0.0
        if before < RARE:
            return 1.0
        own = sum(map(self._weight, words[first : last + 1]))
        return own / (own + before)

    def _parts(self, words: Sequence[str], place: int) -> list[Part]:
        """The best parts with the word at a place."""
        around = {word: at for at, word in reversed(list(enumerate(words))) if abs(at - place) <= NEAR}
        shares: dict[str, float] = {}
        for alias in self._having[words[place]]:
            weight = sum(map(self._weight, self._words[alias] & around.keys()))
            if weight >= LEAST_WEIGHT:
                shares[alias] = weight / sum(map(self._weight, self._words[alias]))
        best = max(shares.values(), default=0.0)
        if best < LEAST_SHARE:
            return []
        chosen = [alias for alias, share in shares.items() if share > best - 0.1]
        places = [around[word] for alias in chosen for word in self._words[alias] & around.keys()]
        names = dict.fromkeys(name for alias in chosen for name in self._names[alias])
        return [Part(min(places), max(places), best, tuple(names))]

    def _weight_of(self, word: str) -> float:
        """The logarithm of how many times rarer than in every text a word is; no less than 0."""
        texts = self._frequency([word])[word]
        in_english = min(1.0, ENGLISH / vocabulary().get(word, len(vocabulary())))
        return max(0.0, log((self._size + PRIOR) / (texts + PRIOR * in_english + 0.5)))


def _topics(names: Sequence[Name]) -> tuple[Name, ...]:
    return tuple(name for name in names if name.label == "topic")
