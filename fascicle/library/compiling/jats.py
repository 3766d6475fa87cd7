"""JATS XML, in which journals and PubMed Central keep articles (https://jats.nlm.nih.gov/), as HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from fascicle.errors import CompileError, NoArticle
from fascicle.library.compiling.blocks import even
from fascicle.library.compiling.inner import DEEPEST, escaped, heading
from fascicle.library.compiling.metadata import date_of, text_of, url_of
from fascicle.library.compiling.records import Metadata, Page

_INLINE = {
    "bold": "b", "italic": "i", "sup": "sup", "sub": "sub", "list": "ul", "list-item": "li", "def-list": "dl", "term": "dt",
    "def": "dd", "p": "p", "disp-quote": "blockquote", "table": "table", "thead": "thead", "tbody": "tbody", "tr": "tr",
    "th": "th", "td": "td",
}  # fmt: skip
_NO_TEXT = """
fig graphic media inline-formula disp-formula tex-math math alternatives supplementary-material table-wrap-foot fn-group
"""
_LEFT_OUT = frozenset(_NO_TEXT.split())
_XLINK = "{http://www.w3.org/1999/xlink}href"


def page(content: bytes, source: str) -> Page:
    """The page that a JATS file makes: title, abstract, body, and references.

    Raises:
        CompileError: it is no XML, no JATS, or declares entities.
    """
    if re.search(rb"<!ENTITY", content, re.I):
        raise CompileError("declares entities, which are not read")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise CompileError(f"line {line or '?'}: is not valid XML") from error
    article = root if root.tag == "article" else root.find(".//article")
    if article is None:
        raise NoArticle("is no JATS article: there is no element <article>")
    return Page(source, "".join(_html(article)), _metadata(article), whole=True)


def _html(article: Any) -> Iterator[str]:
    title = article.find(".//article-meta/title-group/article-title")
    if title is not None:
        yield heading(1, _text(title))
    for abstract in article.findall(".//article-meta/abstract")[:1]:
        yield from _section(abstract, 2, "" if abstract.find("title") is not None else "Abstract")
    for body in article.findall("body"):
        yield from _inside(body, 1)
    listed = article.findall(".//ref-list//ref")
    if listed:
        yield heading(2, "References") + "<ul>"
        yield from (_reference(entry) for entry in listed)
        yield "</ul>"


def _section(element: Any, level: int, title: str = "") -> Iterator[str]:
    given = element.find("title")
    text = _text(given) if given is not None else title
    if text:
        yield heading(min(level, 6), text)
    yield from _inside(element, level)


def _inside(element: Any, level: int) -> Iterator[str]:
    if level > DEEPEST:
        raise CompileError(f"has more than {DEEPEST} sections inside each other")
    for child in element:
        if child.tag in ("sec", "boxed-text", "app"):
            yield from _section(child, level + 1)
        elif child.tag == "table-wrap":
            yield from (f"<p>{escaped(_text(part))}</p>" for part in child.findall("caption"))
            yield from (_inline(part) for part in child.iter("table"))
        elif child.tag not in ("title", "label"):
            yield _inline(child)


def _inline(element: Any) -> str:
    if not isinstance(element.tag, str) or element.tag in _LEFT_OUT:
        return ""
    inside = escaped(element.text or "")
    for child in element:
        inside += _inline(child) + escaped(child.tail or "")
    if element.tag == "ext-link":
        return f'<a href="{escaped(element.get(_XLINK, ""))}">{inside}</a>'
    tag = "ol" if element.tag == "list" and element.get("list-type") == "order" else _INLINE.get(element.tag, "")
    return f"<{tag}>{inside}</{tag}>" if tag else inside


def _reference(entry: Any) -> str:
    doi = entry.findtext(".//pub-id[@pub-id-type='doi']") or ""
    link = next((one.get(_XLINK, "") for one in entry.iter("ext-link")), "") or (f"https://doi.org/{even(doi)}" if doi else "")
    words = even(" ".join(text for text in entry.itertext() if text.strip()))
    return f'<li><a href="{escaped(link)}">{escaped(words)}</a></li>' if link else f"<li>{escaped(words)}</li>"


def _text(element: Any) -> str:
    return even("".join(element.itertext())) if element is not None else ""


def _metadata(article: Any) -> Metadata:
    doi = article.findtext(".//article-meta/article-id[@pub-id-type='doi']") or ""
    names = [_text(name) or "" for name in article.findall(".//article-meta/contrib-group/contrib/collab")]
    for name in article.findall(".//article-meta/contrib-group/contrib/name"):
        names.append(" ".join(part for part in (name.findtext("given-names"), name.findtext("surname")) if part))
    return Metadata(
        title=text_of(_text(article.find(".//article-meta/title-group/article-title"))),
        publisher=text_of(_text(article.find(".//journal-meta//journal-title"))),
        author=text_of(", ".join(names)),
        published=next((date for day in article.findall(".//article-meta/pub-date") if (date := _date(day))), ""),
        language=(article.get("{http://www.w3.org/XML/1998/namespace}lang") or "")[:2].lower(),
        url=url_of(f"https://doi.org/{even(doi)}") if doi else "",
    )


def _date(day: Any) -> str:
    parts = [(day.findtext(name) or "").strip() for name in ("year", "month", "day")]
    given = parts[: next((place for place, part in enumerate(parts) if not part.isdigit()), 3)]
    return date_of("-".join(part.zfill(2) for part in given))
