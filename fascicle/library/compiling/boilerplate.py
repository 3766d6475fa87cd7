"""Finds the part of a page that is its text, as apart from menus, banners, and footers around it.

A page that marks its text (`main`, `article`) is believed. In any other, jusText says which paragraphs are text
(https://nlp.fi.muni.cz/projects/justext/), and the smallest element that holds nearly all of those is the text. Nothing is taken
out of its inside but lists of links: jusText also drops short items, and a list of symptoms is made of these.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import justext
from lxml import html

NEARLY_ALL = 0.9
"""Share of the good text's letters that the chosen element holds."""
LINKS = 0.8
"""Share of a list's letters in links from which on it is a menu."""
FEWEST = 3
"""Links a menu has at least: a list with one item that is a link is no menu."""
SHORT, LONG = 50, 100
"""Letters under which a paragraph is judged by those around it, and over which it is text by itself. jusText's own, 70 and 200,
are for news; pages on health have shorter paragraphs."""
_NAMED = ("//main", "//*[@role='main']", "//article")


def main_part(root: Any) -> Any:
    """The element of a page that is its text; the root where none is better.

    Args:
        root: a cleaned page; lists of links in it are taken out.
    """
    for path in _NAMED:
        found = root.xpath(path)
        if len(found) == 1 and len(found[0].text_content().split()) > 20:
            return found[0]
    part = _holding_good_text(root)
    for menu in [element for element in part.iter("ul", "ol", "div") if _is_menu(element)]:
        if menu is not part and menu.getparent() is not None:
            menu.drop_tree()
    return part


def _holding_good_text(root: Any) -> Any:
    good = [(found[0], length) for path, length in _good_paragraphs(root) if (found := root.getroottree().xpath(path))]
    total = sum(length for _, length in good)
    if not total:
        return root
    held: dict[Any, int] = {}
    for paragraph, length in good:
        for element in _with_ancestors(paragraph):
            held[element] = held.get(element, 0) + length
    enough = [element for element, length in held.items() if length >= NEARLY_ALL * total]
    return max(enough, key=lambda element: sum(1 for _ in element.iterancestors()))


def _with_ancestors(element: Any) -> Iterator[Any]:
    yield element
    yield from element.iterancestors()


def _good_paragraphs(root: Any) -> list[tuple[str, int]]:
    """Where each paragraph of the text is, and how many letters it has."""
    paragraphs = justext.justext(html.tostring(root, encoding="unicode"), english(), length_low=SHORT, length_high=LONG)
    return [(paragraph.xpath, len(paragraph.text)) for paragraph in paragraphs if not paragraph.is_boilerplate]


def _is_menu(element: Any) -> bool:
    links = list(element.iter("a"))
    if len(links) < FEWEST or (element.tag == "div" and any(True for _ in element.iter("h1", "h2", "h3", "p"))):
        return False
    letters = len("".join(element.text_content().split()))
    return sum(len("".join(link.text_content().split())) for link in links) >= LINKS * letters > 0


@cache
def english() -> frozenset[str]:
    """The words that English has most of."""
    return frozenset(justext.get_stoplist("English"))
