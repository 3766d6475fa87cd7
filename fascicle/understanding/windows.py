"""Cuts a long message into windows, so that what stands among many other words is seen as it would be among few."""

from __future__ import annotations

import re

BOUNDARY = re.compile(
    r"\n\s*|(?<=[.!?;])\s+|[()–—]\s*|[,:]\s+|(?<!\S)(?:-|and|but|so|then|also|plus|or|because|while)\s+", re.IGNORECASE
)
"""Where a sentence or a clause ends and the next one begins."""
WIDTH, STEP = 24, 12
"""Words that a window holds at most, and by how many the next one starts later at most; half as many at least, at a boundary."""


def windows(text: str) -> list[str]:
    """The text, and where it has more words than a window, windows over all of it that overlap by half.

    Windows begin and end where sentences and clauses do, as far as there is such a place: cut in the middle, "no chest pain"
    would be a chest pain.
    """
    words = list(re.finditer(r"\S+", text))
    if len(words) <= WIDTH:
        return [text]
    boundaries = _boundaries(text, [word.start() for word in words])
    found, start = [text], 0
    while True:
        end = min(start + WIDTH, len(words))
        if end < len(words):
            end = max((place for place in boundaries if start + STEP < place <= end), default=end)
        found.append(text[words[start].start() : words[end - 1].end()])
        if end == len(words):
            return list(dict.fromkeys(found))
        start = max((place for place in boundaries if start + STEP // 2 <= place <= start + STEP), default=start + STEP)


def _boundaries(text: str, starts: list[int]) -> list[int]:
    """Places of the words that begin a sentence or a clause."""
    place = {start: number for number, start in enumerate(starts)}
    return [place[match.end()] for match in BOUNDARY.finditer(text) if match.end() in place]
