"""Links to the very words of a page (https://wicg.github.io/scroll-to-text-fragment/)."""

from __future__ import annotations

from urllib.parse import quote

WORDS = 6
"""Words with which a longer quotation begins and ends in a link."""
BEFORE = 3
"""Words before a quotation that tell it from an earlier one like it."""


def link(url: str, text: str, start: int, end: int) -> str:
    """A link that a browser opens at these words, or the address itself if it already names a place.

    Args:
        url: the page's address; empty gives an empty link.
        text: the page's plain text.
        start: where the words begin.
        end: where they end.
    """
    if not url or "#" in url:
        return url
    words = text[start:end].split()
    begin = " ".join(words[:WORDS]) if len(words) > 2 * WORDS else " ".join(words)
    parts = [quote_(begin)] + ([quote_(" ".join(words[-WORDS:]))] if len(words) > 2 * WORDS else [])
    if 0 <= text.find(begin) < start:
        earlier = text[:start].split()[-BEFORE:]
        parts = [f"{quote_(' '.join(earlier))}-", *parts] if earlier else parts
    return f"{url}#:~:text={','.join(parts)}"


def quote_(words: str) -> str:
    """Words as a part of a link: a hyphen, too, has a meaning there."""
    return quote(words, safe="").replace("-", "%2D")
