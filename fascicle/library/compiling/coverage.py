"""The coverage report of compiled articles: cells filled, headings not placed and why, names that clash, questions to try."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from textwrap import shorten

from fascicle.library.compiling.records import CompiledArticle, Section, Topic
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


def clashes(articles: Iterable[CompiledArticle]) -> dict[str, tuple[str, ...]]:
    """Names that several topics have, each with these as `ARTICLE/TOPIC`."""
    owners: dict[str, dict[str, None]] = {}
    for article in articles:
        for topic in article.topics:
            for alias in topic.aliases:
                owners.setdefault(alias.casefold(), {})[f"{article.id}/{topic.id}"] = None
    return {name: tuple(topics) for name, topics in sorted(owners.items()) if len(topics) > 1}


def report(article: CompiledArticle, clashing: dict[str, tuple[str, ...]] | None = None, lost: Sequence[str] = ()) -> str:
    """The coverage of an article as text.

    Args:
        article: the article.
        clashing: names that several topics of the library have, from `clashes`.
        lost: corrections that no longer fit.
    """
    about = article.about
    date = f", {about.reviewed or about.published}" if about.reviewed or about.published else ""
    parts = [f"{about.title} ({about.kind}) — {about.publisher or 'no publisher'}{date}", about.url or "no address", ""]
    for topic in article.topics:
        parts += _cells(article, topic)
    parts += _block("Headings not placed", [_why(section) for section in unplaced(article)])
    looked_at = [f"{_why(one)} → {_cell(one)} ({one.placing.confidence:.2f})" for one in _unsure(article)]
    parts += _block("Headings to look at", looked_at)
    parts += _block("Faults of the page", [damage.what for damage in article.damage])
    own = {f"{article.id}/{topic.id}" for topic in article.topics}
    parts += _block("Names that clash", [f"{name}: {', '.join(who)}" for name, who in (clashing or {}).items() if own & set(who)])
    parts += _block("Corrections lost", list(lost))
    parts += _block("Questions to try", list(questions(article)))
    return "\n".join(parts)


def _cells(article: CompiledArticle, topic: Topic) -> list[str]:
    also = [alias for alias in topic.aliases if alias != topic.name]
    lines = [f"{topic.name} [{topic.id}]" + (f", also {', '.join(also)}" if also else "")]
    filled = {passage.id.partition(".")[2]: passage for passage in article.passages if passage.id.partition(".")[0] == topic.id}
    for aspect, passage in filled.items():
        where = ", ".join(f"“{section}”" for section, _ in passage.where if section) or "the beginning"
        lines.append(f"  {aspect:14}{len(passage.sentences):4} sentences  {shorten(where, 70, placeholder=' …')}")
    confirmed = {cell.partition(".")[2] for cell in article.editing.not_said if cell.startswith(f"{topic.id}.")}
    answered = {aspect for passage in filled.values() for aspect in passage.answers}
    empty = [aspect for aspect in words("headings")["aspects"] if aspect not in filled and aspect not in answered]
    if topic == article.subject:
        lines.append(f"  no section on: {', '.join(aspect for aspect in empty if aspect not in confirmed) or '-'}")
        lines += [f"  confirmed as not said: {', '.join(sorted(confirmed))}"] if confirmed else []
    return [*lines, ""]


def _unsure(article: CompiledArticle) -> list[Section]:
    return [one for one in article.sections if one.placing.aspect and one.title and one.placing.confidence < UNSURE]


def _cell(section: Section) -> str:
    return f"{section.placing.topic}.{section.placing.aspect}"


def _block(title: str, lines: Sequence[str]) -> list[str]:
    return [f"{title}:", *(f"  {one}" for one in lines), ""] if lines else []


def questions(article: CompiledArticle) -> Iterator[str]:
    """Questions that the article answers, its own headings first."""
    asked = words("headings")["questions"]
    own = [section.title for section in article.sections if section.title.endswith("?") and section.placing.aspect]
    called = {topic.id: topic.name for topic in article.topics}
    cells = [passage.id.split(".") for passage in article.passages]
    made = [asked[aspect].format(topic=called[topic]) for topic, aspect in cells if aspect in asked]
    yield from list(dict.fromkeys([*own, *made]))[:QUESTIONS]
