"""Cuts a message into parts that may each ask something of their own."""

from __future__ import annotations

import re

_ASKING = (
    r"(?:what|what's|whats|how|why|when|where|who|which|is|are|am|can|could|do|does|did|should|shall|will|would|may|has|have|any)"
)
_BOUNDARY = re.compile(
    r"\s*\n\s*|(?<=[.!?;])\s+"  # sentence ends
    rf"|\s*[,;]?\s+(?:and|also|plus|but|then|or)\s+(?:also\s+|so\s+|then\s+)?(?={_ASKING}\b)"  # "... and how ..."
    rf"|\s*,\s+(?={_ASKING}\b)",  # "..., how ..."
    re.IGNORECASE,
)
QUESTION_FORM = re.compile(
    r"\?|^\W*(?:(?:so|and|but|ok|or|also|then)\W+)*(?:what|how|why|when|where|who|which|is|are|am|can|could|do|does|did|should|shall"
    r"|will|would|may|has|have|any|tell|explain|give|show|list|name)", re.IGNORECASE
)  # fmt: skip
"""In what has the form of a question."""
MAX_PARTS = 8


def split(text: str) -> list[tuple[int, int]]:
    """Offsets of the parts of `text`, in order; at most `MAX_PARTS`, what is left over stays with the last."""
    parts: list[tuple[int, int]] = []
    start = 0
    for boundary in _BOUNDARY.finditer(text):
        if len(parts) == MAX_PARTS - 1:
            break
        if re.search(r"\w", text[start : boundary.start()]):
            parts.append((start, boundary.start()))
            start = boundary.end()
    if re.search(r"\w", text[start:]) or not parts:
        parts.append((start, len(text)))
    return parts
