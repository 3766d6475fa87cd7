"""Cuts a message into windows, so that what stands among other words is seen as it would be alone."""

from __future__ import annotations

import re

SENTENCE = re.compile(r"(?<!\s)\s*\n\s*|(?<=[.!?;])\s+")
CLAUSE = re.compile(
    r"(?:(?<!\s)\s+)?(?:[()–—]\s*|[,:]\s+)|(?<!\s)\s+(?:-|and|but|so|then|also|plus|or|because|while)\s+", re.IGNORECASE
)
"""Spaces are looked at from where they begin, and from nowhere else: a thousand of them are no more work than one for each."""
LONG = 9
"""Words from which on a stretch without punctuation is looked at in sliding windows as well."""
WIDTH, STEP = 7, 3
"""Words that a sliding window holds, and by how many the next one starts later."""
MOST = 48
"""Windows of a message at most; the channel's longest messages have fewer, but for those that are all commas."""


def windows(text: str) -> list[str]:
    """The text, and each stretch of it that may hold a sign of its own, without repeats.

    Stretches are sentences, neighboring clauses, clauses, and in long clauses seven words at a time.
    """
    found = [text]
    for sentence in _stretches(text, SENTENCE):
        clauses = _stretches(sentence, CLAUSE)
        found += [sentence, *clauses]
        for clause in clauses:
            found += _sliding(clause)
    return list(dict.fromkeys(found))[:MOST]


def _stretches(text: str, boundary: re.Pattern[str]) -> list[str]:
    return [part for part in boundary.split(text) if re.search(r"\w", part)] or [text]


def _sliding(clause: str) -> list[str]:
    words = clause.split()
    if len(words) < LONG:
        return []
    starts = [*range(0, len(words) - WIDTH, STEP), len(words) - WIDTH]
    return [" ".join(words[start : start + WIDTH]) for start in starts]
