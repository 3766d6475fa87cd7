"""What is wrong with a page, for its editor: seen, said, and not mended, as a guess at what was meant would not be its words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeVar

from fascicle.library.compiling.boilerplate import english
from fascicle.library.compiling.records import Damage, Paragraph, Section
from fascicle.library.compiling.sections import Outline
from fascicle.library.words import words

_Thing = TypeVar("_Thing")
FEW = 40
"""Words under which neither a language nor a subject can be told."""
ENGLISH = 0.28
"""Least share of the words that English has most of. Of 2,000 pages in English, a list of skin conditions has the least, 0.31."""
HEALTH = 0.012
"""Least share of words on health. Of 2,000 pages of health libraries, 44 are under it, on floods, adoption, and noise."""
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_PERCENT = re.compile(r"(?<![\d.,])(\d{3,4})\s?(?:percent|per cent|%)")
_YEARS = re.compile(r"\b(?:ages?|aged) (\d{4})\b(?! (?:survey|study|report))")


def of_page(page: Outline, sections: Sequence[Section]) -> tuple[Damage, ...]:
    """Everything that is wrong with a page.

    Args:
        page: its outline.
        sections: the same, placed.
    """
    text = " ".join(paragraph.text for section in sections for paragraph in section.paragraphs)
    return (*_titles(page), *_empty(sections), *_lists(sections), *_numbers(sections), *_subject(text))


def is_english(text: str) -> bool:
    """Whether a text is in English, as far as that can be told."""
    found = [word.casefold() for word in _WORD.findall(text)]
    return len(found) < FEW or _share(found, english()) >= ENGLISH


def _titles(page: Outline) -> Iterator[Damage]:
    if page.headings > 1:
        yield Damage("two_titles", f"{page.headings} headings of the first level; the first is the title")


def _empty(sections: Sequence[Section]) -> Iterator[Damage]:
    for section, following in _with_next(sections):
        inside = following is not None and following.level > section.level
        if section.title and not section.paragraphs and not inside:
            yield Damage("empty_section", f"“{section.title}” has nothing under it")


def _lists(sections: Sequence[Section]) -> Iterator[Damage]:
    for section, following in _with_next(sections):
        inside = following is not None and following.level > section.level
        for paragraph, after in _with_next(section.paragraphs):
            if _promises_list(paragraph) and ((after is None and not inside) or (after is not None and _is_no_list(after))):
                yield Damage("lost_list", f"“{_end(paragraph.text)}” in “{section.title}” has no list behind it")


def _with_next(things: Sequence[_Thing]) -> Iterator[tuple[_Thing, _Thing | None]]:
    """Each with the one behind it."""
    return zip_longest(things, things[1:])


def _promises_list(paragraph: Paragraph) -> bool:
    return paragraph.kind == "text" and paragraph.text.endswith(":") and len(paragraph.text.split()) > 3


def _is_no_list(after: Paragraph) -> bool:
    """Short lines, questions, and steps may be the list; a paragraph of sentences is not."""
    return after.kind == "text" and len(after.begins) > 1 and not re.match(r"[\d•*–-]", after.text)


def _numbers(sections: Sequence[Section]) -> Iterator[Damage]:
    for section in sections:
        for paragraph in section.paragraphs:
            for match in [*_PERCENT.finditer(paragraph.text), *_YEARS.finditer(paragraph.text)]:
                if split := _without_dash(match[1]):
                    yield Damage("lost_dash", f"“{match.group()}” in “{section.title}” may stand for {split}")


def _without_dash(number: str) -> str:
    """The range that a number may have been: the first part is less than the second, and neither is over a hundred."""
    for cut in range(1, len(number)):
        low, high = number[:cut], number[cut:]
        if not high.startswith("0") and int(low) < int(high) <= 100 and len(high) - len(low) <= 1:
            return f"{low}–{high}"
    return ""


def _subject(text: str) -> Iterator[Damage]:
    found = [word.casefold() for word in _WORD.findall(text)]
    if len(found) >= FEW and _share(found, words("headings")["health"]) < HEALTH:
        yield Damage("not_health", "has few words about health")


def _share(found: Sequence[str], known: Iterable[str]) -> float:
    kept = frozenset(known)
    return sum(word in kept for word in found) / len(found)


def _end(text: str) -> str:
    return text if len(text) <= 60 else "… " + text[-60:].partition(" ")[2]
