"""The one inner form: a page's HTML as a tree, with everything in it that is not the page's text taken off."""

from __future__ import annotations

import re
from typing import Any

from lxml import etree, html

from fascicle.errors import CompileError

MOST = 5_000_000
"""Letters of a page. The longest of 2,000 pages about health has 57,000; a page with its pictures inside has millions."""
MOST_ELEMENTS = 20_000
"""Elements of a page. Of 2,000 pages about health, the largest has under a tenth of that."""
DEEPEST = 200
"""Elements inside each other. The parser cuts what is deeper than 256; pages made by hand are not deeper than 30."""
CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
HINT = "data-compiled-aspect"
"""Attribute in which what made the HTML says of a heading what its publisher calls its aspect."""
_UNREAD_TAGS = """
script style template noscript svg math canvas iframe frame frameset object embed applet audio video picture img map area
button input select textarea option datalist dialog link meta head title base
"""
UNREAD = frozenset(_UNREAD_TAGS.split())
AROUND = frozenset(["nav", "aside", "footer", "menu"])
"""What stands around a page's text by its own account."""
_ROLES = frozenset(["navigation", "banner", "contentinfo", "search", "complementary", "menu", "dialog", "alert"])
_INVISIBLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)


def checked(text: str) -> str:
    """A page's source, if it is one that can be read.

    Raises:
        CompileError: it is too long, or has control characters.
    """
    if len(text) > MOST:
        raise CompileError(f"has {len(text):,} letters; a page may have {MOST:,}")
    found = CONTROL.search(text)
    if found:
        raise CompileError(f"has a control character (U+{ord(found.group()):04X} at letter {found.start() + 1}): not a text")
    return text


def tree(source: str) -> Any:
    """The root element of an HTML page or piece of one; every letter of it that is text is still there.

    Args:
        source: HTML, however faulty; the parser mends it as browsers do.

    Raises:
        CompileError: there is nothing in it, or it is so large or so deep that it was not made to be read.
    """
    if not checked(source).strip():
        raise CompileError("is empty")
    try:
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        root = html.document_fromstring(source.encode(), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise CompileError("is not HTML that can be read") from error
    deepest, elements = _size(root)
    if deepest > DEEPEST:
        raise CompileError(f"has more than {DEEPEST} elements inside each other")
    if elements > MOST_ELEMENTS:
        raise CompileError(f"has {elements:,} elements; a page may have {MOST_ELEMENTS:,}")
    return root


def _size(root: Any) -> tuple[int, int]:
    """How deep elements stand inside each other, and how many there are."""
    deepest, depth, elements = 0, 0, 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        deepest = max(deepest, depth)
    return deepest, elements


def clean(root: Any, *, whole: bool = False) -> Any:
    """The same tree without what is not read: scripts, styles, forms, what is hidden, and what stands around the text.

    Args:
        root: changed in place.
        whole: leave what says of itself that it stands around the text.
    """
    for element in list(root.iter(etree.Element)):
        if element is not root and element.getparent() is not None and _goes(element, whole):
            element.drop_tree()
    return root


def _goes(element: Any, whole: bool) -> bool:
    if element.tag in UNREAD:
        return True
    given = element.attrib
    if "hidden" in given or given.get("aria-hidden") == "true" or _INVISIBLE.search(given.get("style", "")):
        return True
    return not whole and (element.tag in AROUND or given.get("role", "") in _ROLES)


def escaped(text: str) -> str:
    """A text as HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def heading(level: int, text: str, aspect: str = "") -> str:
    """A heading as HTML, with the aspect that its publisher gives it."""
    hint = f' {HINT}="{escaped(aspect)}"' if aspect else ""
    return f"<h{level}{hint}>{escaped(text)}</h{level}>\n"
