"""A page's blocks as sections, each with the offsets of its paragraphs in the page's plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from fascicle.library.compiling import sentences
from fascicle.library.compiling.blocks import Block
from fascicle.library.compiling.headings import by_rule, is_references, plain
from fascicle.library.compiling.records import Paragraph, Reference
from fascicle.library.words import words

LONGEST_LINE = 8
"""Words of a line that may be a heading without saying so."""
BARE = 0.97
"""How sure a rule has to be of such a line."""


@dataclass
class Raw:
    """A section while it is put together: its heading and its blocks.

    Args:
        title: the heading; empty before the first one.
        level: 2 for the page's own sections.
        hint: what the publisher calls its aspect.
        path: titles of the sections it stands in.
        blocks: what follows.
        start: offset of the heading in the page's plain text.
        paragraphs: the blocks with their offsets.
        run_in: whether the heading is the bold beginning of the first block.
    """

    title: str
    level: int
    hint: str = ""
    path: tuple[str, ...] = ()
    blocks: list[Block] = field(default_factory=list)
    start: int = 0
    paragraphs: tuple[Paragraph, ...] = ()
    run_in: bool = False


@dataclass(frozen=True)
class Outline:
    """A page in sections.

    Args:
        title: its first heading of the first level.
        headings: how many headings of the first level it has.
        sections: in order.
        references: its own list of references.
    """

    title: str
    headings: int
    sections: tuple[Raw, ...]
    references: tuple[Reference, ...] = ()


def outline(found: Sequence[Block]) -> Outline:
    """The sections of a page.

    Args:
        found: its blocks, in order.
    """
    titles = [block.text for block in found if block.kind == "heading" and block.level == 1 and block.text]
    raw = _parted([_promoted(block) for block in found], titles[0] if titles else "")
    references = tuple(_reference(block) for section in raw if is_references(section.title) for block in section.blocks)
    kept = [section for section in raw if not is_references(section.title) and (section.title or section.blocks)]
    _number(kept)
    return Outline(titles[0] if titles else "", len(titles), tuple(kept), references)


def _parted(found: Sequence[Block], title: str) -> list[Raw]:
    shift = _shift(found)
    sections = [Raw("", 2)]
    for block in found:
        if block.kind != "heading":
            sections[-1].blocks.append(block)
        elif block.level == 1 and block.text == title and not sections[0].title and len(sections) == 1:
            continue  # the page's title is no section
        else:
            level = max(2, block.level - shift)
            sections.append(Raw(block.text, level, block.hint))
    for section, path in zip(sections, paths([(section.level, section.title) for section in sections]), strict=True):
        section.path = path
    return sections


def paths(found: Iterable[tuple[int, str]]) -> Iterator[tuple[str, ...]]:
    """The titles that each section stands under, the outermost first.

    Args:
        found: level and title of each section, in order.
    """
    above: list[tuple[int, str]] = []
    for level, title in found:
        while above and above[-1][0] >= level:
            above.pop()
        yield tuple(one for _, one in above if one)
        above.append((level, title))


def _shift(found: Sequence[Block]) -> int:
    """How many levels the headings are lower than usual: some pages begin with the third."""
    levels = [block.level for block in found if block.kind == "heading" and block.level > 1]
    return max(0, min(levels, default=2) - 2)


def _promoted(block: Block) -> Block:
    """The block as a heading, if it is one in all but its element: a question, a bold line, or a bare title on its own line."""
    if block.kind == "question" or (block.kind == "term" and block.text.endswith("?")):
        return replace(block, kind="heading", level=3)
    if block.kind != "text" or len(block.text.split()) > LONGEST_LINE or block.text[-1:] in ".,;!":
        return block
    if block.is_all_bold and block.text[:1].isupper():
        return replace(block, kind="heading", level=3, text=block.text)
    rule = by_rule(plain(block.text, ())) if not block.links and len(block.text.split()) <= LONGEST_LINE // 2 else None
    bare = rule is not None and rule.aspect and rule.confidence >= BARE and not block.text.endswith(":")
    return replace(block, kind="heading", level=3) if bare and block.text[:1].isupper() and _is_title(block.text) else block


def _is_title(line: str) -> bool:
    """Whether a line without a mark is a title and no remnant of a list: it names an aspect and nothing else."""
    return re.compile(words("headings")["lines"]).fullmatch(line.casefold()) is not None


def _number(sections: Sequence[Raw]) -> None:
    """Say where each section and paragraph begins: the plain text has a line for each."""
    place = 0
    for section in sections:
        section.start = place
        place += len(section.title) + 1 if section.title and not section.run_in else 0
        made = []
        for block in section.blocks:
            begins = sentences.begins(block.text) if block.kind not in ("row", "head") else (0,)
            made.append(Paragraph(block.text, place, block.kind if block.kind != "heading" else "text", begins))
            place += len(block.text) + 1
        section.paragraphs = tuple(made)


def _reference(block: Block) -> Reference:
    address = next((href for _, href in block.links if href.startswith(("https://", "http://"))), "")
    return Reference(block.text, address)
