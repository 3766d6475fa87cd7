"""A page's tree as a row of blocks: headings, paragraphs, list items, terms, definitions, and rows of tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from lxml import etree

from fascicle.library.compiling.inner import HINT

DROPPED = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
"""Characters without a width. A browser shows none of them, and some turn a text round."""
_KINDS = {"li": "item", "dt": "term", "dd": "definition", "summary": "question", "caption": "caption", "figcaption": "caption"}
_BLOCK_TAGS = """
html body div p section article main header footer nav aside address blockquote center details dialog dl dd dt fieldset figure
caption figcaption form hgroup hr li menu ol pre summary table tbody td tfoot th thead tr ul h1 h2 h3 h4 h5 h6 legend
"""
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_BOLD = frozenset(["b", "strong"])
_HEADING = re.compile(r"h([1-6])")
_LAYOUT = frozenset(["table", "ul", "ol", "dl", "h1", "h2", "h3", "h4", "div", "section", "article", "blockquote"])
"""What a table of data has none of in its cells."""


@dataclass(frozen=True)
class Block:
    """One block.

    Args:
        kind: heading, text, item, term, definition, question, head, row, or caption.
        text: its text, with single spaces; a tab between cells.
        level: of a heading, 1 to 6.
        lead: the bold words it begins with.
        links: its links, each with the words that carry it.
        hint: what its publisher calls its aspect.
    """

    kind: str
    text: str
    level: int = 0
    lead: str = ""
    links: tuple[tuple[str, str], ...] = ()
    hint: str = ""

    @property
    def is_all_bold(self) -> bool:
        """Whether there is nothing behind its bold beginning."""
        return bool(self.lead) and self.lead == self.text


def blocks(root: Any) -> list[Block]:
    """The blocks of a cleaned tree, in order; none is empty but a heading that carries a hint."""
    walker = _Walker()
    walker.walk(root, "text")
    walker.flush("text")
    return walker.found


def even(text: str) -> str:
    """A text with single spaces and without characters that have no width."""
    return " ".join(DROPPED.sub("", text).split())


class _Walker:
    """Collects text until a block ends."""

    def __init__(self) -> None:
        self.found: list[Block] = []
        self._texts: list[str] = []
        self._lead: list[str] = []
        self._leading = True
        self._links: list[tuple[str, str]] = []

    def walk(self, element: Any, kind: str, *, bold: bool = False) -> None:
        """Read an element and what is in it, but not what follows it."""
        tag = element.tag
        if not isinstance(tag, str):
            return
        if tag == "br":
            self._break(kind)
        elif tag == "table" and not _is_layout(element):
            self.flush(kind)
            self._table(element)
        elif tag in _BLOCKS:
            self.flush(kind)
            own = _HEADING.fullmatch(tag)
            inside = "heading" if own else _KINDS.get(tag, "text" if tag in ("div", "section", "article", "td") else kind)
            self._inside(element, inside, bold)
            self.flush(inside, level=int(own[1]) if own else 0, hint=element.get(HINT, "") if own else "")
        else:
            start = len(self._texts)
            self._inside(element, kind, bold or tag in _BOLD)
            if tag == "a" and element.get("href"):
                self._links.append((even("".join(self._texts[start:])), element.get("href")))

    def _inside(self, element: Any, kind: str, bold: bool) -> None:
        self._add(element.text, bold)
        for child in element:
            self.walk(child, kind, bold=bold)
            self._add(child.tail, bold)

    def _add(self, text: str | None, bold: bool) -> None:
        if not text:
            return
        self._texts.append(text)
        if bold and self._leading:
            self._lead.append(text)
        elif text.strip():
            self._leading = False

    def _break(self, kind: str) -> None:
        """A line break ends a block only where a sentence or a bold line ends; elsewhere it is a space."""
        said = even("".join(self._texts))
        if said and (said[-1] in ".!?:;" or said == even("".join(self._lead))):
            self.flush(kind)
        else:
            self._texts.append("\n")

    def flush(self, kind: str, level: int = 0, hint: str = "") -> None:
        """End a block."""
        text, lead = even("".join(self._texts)), even("".join(self._lead))
        if text or hint:
            self.found.append(Block(kind, text, level, lead if text.startswith(lead) else "", tuple(self._links), hint))
        self._texts, self._lead, self._links, self._leading = [], [], [], True

    def _table(self, table: Any) -> None:
        for row in table.iter("caption", "tr"):
            if row.tag == "caption":
                self.found += [Block("caption", text)] if (text := even(row.text_content())) else []
                continue
            cells = [cell for cell in row if cell.tag in ("td", "th")]
            texts = [text for cell in cells if (text := even(" ".join(cell.itertext())))]
            if texts:
                head = all(cell.tag == "th" for cell in cells)
                self.found.append(Block("head" if head else "row", "\t".join(texts)))


def _is_layout(table: Any) -> bool:
    """Whether a table does not hold data, but places parts of the page beside each other."""
    if table.get("role") == "presentation":
        return True
    cells = list(table.iter("td", "th"))
    if not cells or (len(list(table.iter("tr"))) == 1 and len(cells) == 1):
        return True
    inside = (child.tag for cell in cells for child in cell.iterdescendants(etree.Element))
    return any(tag in _LAYOUT for tag in inside) and not list(table.iter("th"))
