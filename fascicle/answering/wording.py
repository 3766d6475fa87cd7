"""Names put into sentences."""

from __future__ import annotations

from collections.abc import Iterable

from fascicle.library import Passage, said


def listed(names: Iterable[str], word: str = "and") -> str:
    """`a`, `a and b`, `a, b, and c`, or with another word than "and"."""
    items = list(names)
    if len(items) < 3:
        return f" {word} ".join(items)
    return ", ".join(items[:-1]) + f", {word} {items[-1]}"


def capital(text: str) -> str:
    """The text with its first letter a capital."""
    return text[:1].upper() + text[1:]


def place(passage: Passage) -> str:
    """Where in the article a passage stands: `section "Causes", paragraphs 3 and 4`."""
    return "; ".join(
        said(
            "answers", "place_of_several" if len(paragraphs) > 1 else "place",
            section=section, paragraphs=" and ".join(map(str, paragraphs)),
        )
        for section, paragraphs in passage.where
    )  # fmt: skip
