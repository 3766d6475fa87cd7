"""JSON of schema.org (MedicalWebPage, HealthTopicContent, FAQPage) and of the NHS's content API as HTML.

The NHS's pages have each text twice, as `hasPart` (by aspect) and as `mainEntityOfPage` (by place). The first is taken, for its
aspects; the second where there is nothing else (https://digital.nhs.uk/developer/api-catalogue/nhs-website-content).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from lxml import html

from fascicle.errors import CompileError, NoArticle
from fascicle.library.compiling.headings import of_schema
from fascicle.library.compiling.inner import DEEPEST, escaped, heading
from fascicle.library.compiling.metadata import as_list, text_of, things, types_of
from fascicle.library.compiling.metadata import of_schema as metadata_of
from fascicle.library.compiling.records import Page
from fascicle.library.words import words

_PAGES = ("HealthTopicContent", "FAQPage", "MedicalWebPage", "WebPage", "Article", "MedicalScholarlyArticle", "Question")
CARD = 5
"""Words of a card at most."""
_NO_TEXT = frozenset(["keylinks", "RelatedLinks", "link"])
"""Elements of the NHS's pages that hold links to others."""


def page(data: Any, source: str) -> Page:
    """The page that a schema.org thing makes.

    Raises:
        NoArticle: there is no page among what it holds.
    """
    found = next((thing for name in _PAGES for thing in things(data) if name in types_of(thing)), None)
    if found is None:
        raise NoArticle(f"is no schema.org page: none of its things is a {', '.join(_PAGES[:3])}")
    said = metadata_of(found)
    parts = "".join(_page(found))
    return Page(source, heading(1, said.title or said.subject) + parts, said, whole=True)


def _page(thing: dict[str, Any]) -> Iterator[str]:
    yield _text(thing.get("text") or thing.get("articleBody"), 2)
    if "HealthTopicContent" in types_of(thing) and not thing.get("hasPart"):
        return
    parts = [part for part in as_list(thing.get("hasPart")) if isinstance(part, dict)]
    if not any(_has_text(part) for part in parts):
        parts = [
            part for name in ("mainEntityOfPage", "mainEntity") for part in as_list(thing.get(name)) if isinstance(part, dict)
        ]
    for part in parts:
        yield from _part(part, 2)


def _has_text(part: dict[str, Any]) -> bool:
    inside = any(_has_text(one) for one in as_list(part.get("hasPart")) if isinstance(one, dict))
    return bool(part.get("text") or part.get("acceptedAnswer") or inside)


def _part(part: dict[str, Any], level: int) -> Iterator[str]:
    """A part under its headline, with the aspect that it says it has."""
    if level > DEEPEST:
        raise CompileError(f"has more than {DEEPEST} parts inside each other")
    if part.get("name") in _NO_TEXT or _is_card(part):
        return
    title = text_of(part.get("headline")) or (text_of(part.get("name")) if "Question" in types_of(part) else "")
    aspect = of_schema(str(part.get("hasHealthAspect") or "")) or str(words("headings")["urgency"].get(_urgency(part), ""))
    inside = [one for name in ("hasPart", "mainEntityOfPage") for one in as_list(part.get(name)) if isinstance(one, dict)]
    if part.get("hasPart"):
        inside = [one for one in as_list(part["hasPart"]) if isinstance(one, dict)]
    if title or (aspect and level == 2):
        yield heading(min(level, 6), title, aspect)
    yield _text(part.get("text"), level + 1 if title else level, aspect if not title else "")
    for answer in as_list(part.get("acceptedAnswer")):
        yield _text(answer.get("text") if isinstance(answer, dict) else answer, level + 1)
    for one in inside:
        yield from _part(one, level + 1)


def _is_card(part: dict[str, Any]) -> bool:
    """Whether a part is a link to another page in the form of a card: a headline and a word or two that are no HTML."""
    text = part.get("text")
    inside = part.get("hasPart") or part.get("mainEntityOfPage") or part.get("acceptedAnswer")
    return (
        bool(part.get("headline")) and isinstance(text, str) and 0 < len(text.split()) <= CARD and "<" not in text and not inside
    )


def _urgency(part: dict[str, Any]) -> str:
    """How urgent an element says to be: by its identifier, or in the older form by its name."""
    given = {text_of(part.get("identifier")), text_of(part.get("name"))}
    return next((name for name in words("headings")["urgency"] if name in given), "")


def _text(text: Any, level: int, aspect: str = "") -> str:
    """A text of HTML with its headings under those around it; its first heading has the aspect."""
    if not isinstance(text, str) or not text.strip():
        return ""
    if "<" not in text:
        return f"<p>{escaped(text)}</p>\n"
    root = html.fragment_fromstring(text, create_parent="div")
    found = list(root.iter("h1", "h2", "h3", "h4", "h5", "h6"))
    lowest = min((int(one.tag[1]) for one in found), default=level)
    for number, one in enumerate(found):
        one.tag = f"h{min(6, int(one.tag[1]) + max(0, level - lowest))}"
        if number == 0 and aspect:
            one.set("data-compiled-aspect", aspect)
    return html.tostring(root, encoding="unicode") + "\n"
