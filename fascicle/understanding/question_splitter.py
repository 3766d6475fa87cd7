"""Cuts a message into parts that may each ask something of their own."""

from __future__ import annotations

import re

_ASKING = (
    r"(?:what|what's|whats|how|why|when|where|who|which|is|are|am|can|could|do|does|did|should|shall|will|would|may|has|have|any)"
)
_BOUNDARY = re.compile(
    # spaces are looked at from where they begin, and from nowhere else: a thousand of them are no more work than one for each
    r"(?<!\s)\s*\n\s*|(?<=[.!?;])\s+"  # sentence ends
    r"|(?:(?:(?<!\s)\s+)?[,;]\s+|(?<!\s)\s+)(?:and|also|plus|but|then|or)\s+(?:also\s+|so\s+|then\s+)?"  # "... and how ..."
    rf"(?={_ASKING}\b)|(?:(?<!\s)\s+)?,\s+(?={_ASKING}\b)",  # "..., how ..."
    re.IGNORECASE,
)
_WORD = re.compile(r"\w")
QUESTION_FORM = re.compile(
    r"\?|^\W*(?:(?:so|and|but|ok|or|also|then)\W+)*(?:what|how|why|when|where|who|which|is|are|am|can|could|do|does|did|should|shall"
    r"|will|would|may|has|have|any|tell|explain|give|show|list|name)", re.IGNORECASE
)  # fmt: skip
"""In what has the form of a question."""
MAX_PARTS = 8


def split(text: str) -> list[tuple[int, int]]:
    """Offsets of the parts of `text`, in order; at most `MAX_PARTS`, what is left over stays with the last."""
    parts: list[tuple[int, int]] = []
    start = wordless = 0
    for boundary in _BOUNDARY.finditer(text):
        if len(parts) == MAX_PARTS - 1:
            break
        if _WORD.search(text, wordless, boundary.start()):
            parts.append((start, boundary.start()))
            start = wordless = boundary.end()
        else:
            wordless = boundary.start()
    if _WORD.search(text, wordless) or not parts:
        parts.append((start, len(text)))
    return parts
