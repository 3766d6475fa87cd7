"""The pages the server itself shows: the article file laid out as an article with the chat on it, and the chat alone."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from fascicle.library import ASPECTS, Article, Passage, Topic

WEB = Path(__file__).parent / "static"
FIRST = ("causes", "treatment", "see_doctor")
"""Aspects of the questions that the chat suggests to begin with."""


def render(template: str, article: Article) -> str:
    """A page as HTML; `template` is a file of fascicle/web/static."""
    pages = Environment(
        loader=FileSystemLoader(WEB), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    pages.filters.update(date=as_date, label=label, heading=heading, where=where)
    subject = article.topics[article.subject]
    return pages.get_template(template).render(article=article, subject=subject, suggestions="|".join(questions(subject)))


def policy(allowed_origins: Iterable[str]) -> str:
    """The pages' Content-Security-Policy: nothing but our own files, and nothing made into HTML or script but by lit.

    Args:
        allowed_origins: sites that may show the pages in a frame.
    """
    return "; ".join(
        [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            " ".join(["frame-ancestors 'self'", *sorted(allowed_origins)]),
            "require-trusted-types-for 'script'",
            "trusted-types lit-html",
        ]
    )


def as_date(published: str) -> str:
    """An ISO date as people write it: `March 3, 2018`, `April 2016`, or `2016`."""
    year, *rest = published.split("-")
    if not rest:
        return year
    day = f" {int(rest[1])}," if len(rest) > 1 else ""
    return f"{calendar.month_name[int(rest[0])]}{day} {year}"


def questions(subject: Topic) -> list[str]:
    """Questions to begin with, those that the article answers of its subject."""
    return [ASPECTS[aspect].ask.format(topic=subject.name) for aspect in FIRST if aspect in subject.passages]


def label(passage: Passage) -> str:
    """What stands above a passage; empty for the one that begins a section."""
    own = ASPECTS[passage.aspect].heading
    return passage.aspect.capitalize() if own is None else own


def heading(topic: Topic) -> str:
    """Heading of a topic's section."""
    return topic.cause or topic.name[:1].upper() + topic.name[1:]


def where(topic: Topic) -> str:
    """Where in the article a topic's passages stand: `Caffeine, paragraphs 1 to 3`."""
    found: dict[str, set[int]] = {}
    for passage in topic.passages.values():
        for section, paragraphs in passage.where:
            found.setdefault(section, set()).update(paragraphs)
    return "; ".join(f"{section}, {_paragraphs(sorted(numbers))}" for section, numbers in found.items())


def _paragraphs(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return f"paragraph {numbers[0]}"
    if numbers == list(range(numbers[0], numbers[-1] + 1)) and len(numbers) > 2:
        return f"paragraphs {numbers[0]} to {numbers[-1]}"
    return f"paragraphs {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}"
