"""What came of a page, in a line, and questions to try."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import shorten

from fascicle.library.compiling.records import CompiledArticle, Section
from fascicle.library.words import words

UNSURE = 0.8
"""Confidence under which an editor should look at a heading."""
QUESTIONS = 6


def line(article: CompiledArticle, lost: Sequence[str] = ()) -> str:
    """One line on an article, for a list of many."""
    open_ = list(unplaced(article))
    parts = [_several(len(article.passages), "cell"), _several(len(article.topics), "topic")]
    parts += (
        [f"{_several(len(article.damage), 'fault')} ({'; '.join(damage.what for damage in article.damage)})"]
        if article.damage
        else []
    )
    parts += [f"{_several(len(open_), 'heading')} not placed ({'; '.join(_why(section) for section in open_)})"] if open_ else []
    parts += [f"{_several(len(lost), 'correction')} lost ({'; '.join(lost)})"] if lost else []
    return f"{article.id}: {', '.join(parts)}"


def _several(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def unplaced(article: CompiledArticle) -> Iterator[Section]:
    """The sections with text that are in no cell."""
    return (section for section in article.sections if not section.placing.aspect and section.paragraphs)


def _why(section: Section) -> str:
    return f"“{shorten(section.title, 60, placeholder=' …')}”: {section.placing.why}"


def questions(article: CompiledArticle) -> Iterator[str]:
    """Questions that the article answers, its own headings first."""
    asked = words("headings")["questions"]
    own = [section.title for section in article.sections if section.title.endswith("?") and section.placing.aspect]
    called = {topic.id: topic.name for topic in article.topics}
    cells = [passage.id.split(".") for passage in article.passages]
    made = [asked[aspect].format(topic=called[topic]) for topic, aspect in cells if aspect in asked]
    yield from list(dict.fromkeys([*own, *made]))[:QUESTIONS]
