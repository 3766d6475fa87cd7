"""Links to the very words of a page (https://wicg.github.io/scroll-to-text-fragment/)."""

from __future__ import annotations

from urllib.parse import quote

WORDS = 6
"""Words with which a longer quotation begins and ends in a link."""
BEFORE = 3
"""Words before a quotation that tell it from an earlier one like it."""


def link(url: str, quoted: str, before: str = "") -> str:
    """A link that a browser opens at these words, or the address itself if it already names a place.

    Args:
        url: the page's address; empty gives an empty link.
        quoted: the words, as they stand on the page.
        before: words that stand before them, from `words_before`.
    """
    if not url or "#" in url or not quoted:
        return url
    begin, end = _ends(quoted)
    parts = [f"{_escaped(before)}-"] if before else []
    parts += [_escaped(part) for part in (begin, end) if part]
    return f"{url}#:~:text={','.join(parts)}"


def words_before(text: str, start: int, end: int) -> str:
    """The words before a quotation, if they are needed to tell it from an earlier one that begins alike; else nothing.

    Args:
        text: the page's plain text.
        start: where the quotation begins in it.
        end: where it ends.
    """
    begin, _ = _ends(text[start:end])
    return " ".join(text[:start].split()[-BEFORE:]) if 0 <= text.find(begin) < start else ""


def _ends(quoted: str) -> tuple[str, str]:
    """How a quotation begins and, if it is long, how it ends."""
    words = quoted.split()
    return (" ".join(words[:WORDS]), " ".join(words[-WORDS:])) if len(words) > 2 * WORDS else (" ".join(words), "")


def _escaped(words: str) -> str:
    """Words as a part of a link: a hyphen, too, has a meaning there."""
    return quote(words, safe="").replace("-", "%2D")
