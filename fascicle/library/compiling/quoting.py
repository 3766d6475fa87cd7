"""A compiled page as an article like any other: its passages are the page's own sentences."""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import replace

from fascicle.library.article import Article, Passage, Reference, Sentence, Topic, joined
from fascicle.library.compiling.metadata import date_of
from fascicle.library.compiling.records import CompiledArticle, Metadata, Section
from fascicle.library.compiling.records import Passage as CompiledPassage
from fascicle.library.links import words_before

OTHER = "other"
"""Aspect of what was not placed: nobody asks for it, and a search finds it."""


def quoted(made: CompiledArticle) -> Article:
    """The article that answers are taken from.

    Args:
        made: a compiled page, with its editor's corrections.
    """
    about = made.about
    references = {
        f"r{number}": Reference(f"r{number}", one.title, "", url=one.url) for number, one in enumerate(made.references, 1)
    }
    return Article(
        id=made.id,
        title=about.title,
        author=about.author,
        publisher=about.publisher,
        published=about.published,
        accessed="",
        url=about.url,
        mla=_mla(about),
        apa=_apa(about),
        subject=made.subject.id,
        topics=_topics(made, tuple(references.values())),
        references=references,
        outside=(),
        kind=about.kind,
        reviewed=about.reviewed,
        language=about.language,
        not_said=frozenset(made.editing.not_said),
    )


def _topics(made: CompiledArticle, references: tuple[Reference, ...]) -> dict[str, Topic]:
    """All topics, each with its passages; the page's references are the subject's, as a page does not say which are for what."""
    cells: dict[str, dict[str, Passage]] = {topic.id: {} for topic in made.topics}
    text = made.text
    placed = [one if one.placing.aspect else replace(one, placing=replace(one.placing, aspect=OTHER)) for one in made.sections]
    for passage, sections in _parted(replace(made, sections=tuple(placed))):
        topic, _, aspect = passage.id.partition(".")
        cells[topic][aspect] = _passage(passage, sections, text)
    return {
        topic.id: Topic(topic.id, topic.name, "", topic.aliases, references if topic == made.subject else (), cells[topic.id])
        for topic in made.topics
    }


def _parted(made: CompiledArticle) -> Iterator[tuple[CompiledPassage, list[Section]]]:
    """Every passage with the sections it is made of."""
    for passage in made.passages:
        yield passage, [one for one in made.sections if f"{one.placing.topic}.{one.placing.aspect}" == passage.id]


def _passage(made: CompiledPassage, sections: Sequence[Section], text: str) -> Passage:
    sentences: list[Sentence] = []
    numbers: dict[str, int] = {}
    for section in sections:
        for paragraph in section.paragraphs:
            numbers[section.title] = numbers.get(section.title, 0) + 1
            sentences += [
                Sentence(said, section.title, numbers[section.title], paragraph.kind, words_before(text, at, at + len(said)))
                for at, said in paragraph.sentences()
            ]
    return Passage(
        id=made.id,
        where=tuple((title, tuple(range(1, count + 1))) for title, count in numbers.items()),
        text=joined(sentences),
        answers=made.answers,
        caution=made.caution,
        sentences=tuple(sentences),
        plain=made.plain,
    )


def _mla(about: Metadata) -> str:
    """A citation in the manner of the MLA, of what is known."""
    year, *rest = _date(about.published) or (0,)
    month = calendar.month_abbr[rest[0]] + ("" if rest[0] == 5 else ".") if rest else ""
    day = " ".join([*map(str, rest[1:]), month, str(year)]) if month else about.published
    where = ", ".join(filter(None, [about.publisher, day, about.url]))
    parts = [_ended(about.author), f'"{_ended(about.title)}"', f"{where}." if where else ""]
    return " ".join(filter(None, parts))


def _apa(about: Metadata) -> str:
    """A citation in the manner of the APA, of what is known."""
    year, *rest = _date(about.published) or (0,)
    day = " ".join([calendar.month_name[rest[0]], *map(str, rest[1:])]) if rest else ""
    date = f"({year}, {day})" if day else f"({about.published or 'n.d.'})"
    by, then = (about.author, about.publisher) if about.author else (about.publisher, "")
    parts = [by, date, about.title, then] if by else [about.title, date]
    return " ".join(filter(None, [*map(_ended, parts), about.url]))


def _ended(part: str) -> str:
    """A part of a citation with a mark at its end."""
    return part if not part or part[-1] in ".?!" else f"{part}."


def _date(date: str) -> tuple[int, ...]:
    """Year, month, and day of an ISO date, as far as it has them; nothing for what an editor wrote in another form."""
    return tuple(map(int, date.split("-"))) if date and date_of(date) == date else ()
