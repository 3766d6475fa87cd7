"""What is to be seen of an article of a library: its cells, how each heading was placed, faults, and names that clash."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from textwrap import shorten
from typing import Any

from fascicle.library import sources
from fascicle.library.article import Article, Passage, Topic
from fascicle.library.compiling.coverage import UNSURE, questions
from fascicle.library.compiling.records import Section
from fascicle.library.store import Library, Shelf
from fascicle.library.words import words

Data = dict[str, Any]


def data_of(shelf: Shelf, name: str) -> Data:
    """All that is known of an article, as data.

    Args:
        shelf: the library.
        name: id of the article.

    Raises:
        KeyError: no article has it.
    """
    article, file = shelf.article(name), sources.compiled_file(shelf.source(name))
    compiled = file.article if file else None
    return {
        **{field: getattr(article, field) for field in ("id", "title", "kind", "publisher", "published", "reviewed", "url")},
        "restated": article.restated,
        "topics": [_topic(topic) for topic in article.topics.values()],
        "sections": [_section(one) for one in compiled.sections] if compiled else list(_written(article)),
        "not_said": sorted(article.not_said),
        "damage": [vars(one) for one in compiled.damage] if compiled else [],
        "clashes": clashes(shelf, article),
        "questions": list(questions(compiled)) if compiled else [],
    }


def clashes(library: Library, article: Article) -> dict[str, list[str]]:
    """The names of an article's topics that topics of other articles have as well, each with these as `ARTICLE/TOPIC`."""
    own = {alias.casefold() for topic in article.topics.values() for alias in topic.aliases}
    found: dict[str, dict[str, None]] = {}
    for alias, names in library.names().items():
        for name in names:
            if name.label == "topic" and name.article != article.id and alias.casefold() in own:
                found.setdefault(alias.casefold(), {})[f"{name.article}/{name.value}"] = None
    return {alias: list(others) for alias, others in sorted(found.items())}


def _topic(topic: Topic) -> Data:
    return {
        "id": topic.id,
        "name": topic.name,
        "aliases": list(topic.aliases),
        "cells": [_cell(one) for one in topic.passages.values()],
    }


def _cell(passage: Passage) -> Data:
    return {
        "id": passage.id,
        "aspect": passage.aspect,
        "answers": list(passage.answers),
        "sentences": len(passage.units),
        "sections": [section for section, _ in passage.where],
        **({"plain": passage.plain} if passage.plain else {}),
        **({"caution": passage.caution} if passage.caution else {}),
    }


def _section(section: Section) -> Data:
    placing = section.placing
    return {
        "heading": section.title,
        "topic": placing.topic,
        "aspect": placing.aspect,
        "aspects": [placing.aspect, *placing.also] if placing.aspect else [],
        "confidence": round(placing.confidence, 2),
        "why": placing.why,
        "paragraphs": len(section.paragraphs),
    }


def _written(article: Article) -> Iterator[Data]:
    """The sections of an article written by hand: each stands where its writer says."""
    for passage in article.passages:
        for section, paragraphs in passage.where:
            aspects = [passage.aspect, *passage.answers]
            yield {
                "heading": section, "topic": passage.topic, "aspect": passage.aspect, "aspects": aspects, "confidence": 1.0,
                "why": "written by hand", "paragraphs": len(paragraphs),
            }  # fmt: skip


def shown(data: Data) -> str:
    """An article as text, from its data."""
    about = ", ".join(filter(None, [data["publisher"] or "no publisher", data["reviewed"] or data["published"]]))
    lines = [f"{data['title']} ({data['kind'] or 'article'}) — {about}", data["url"] or "no address", ""]
    for topic in data["topics"]:
        lines += _cells(topic)
    lines += [_missing(data), ""] if not data["restated"] else []
    lines += _block("Headings", [f"“{one['heading']}” → {_placed(one)}" for one in data["sections"]])
    lines += _block("Confirmed as not said", data["not_said"])
    lines += to_look_at(data)
    lines += _block("Questions to try", data["questions"])
    return "\n".join(lines).rstrip("\n")


def to_look_at(data: Data) -> list[str]:
    """What an editor should look at, as lines; none where all is well."""
    filled = [one for one in data["sections"] if one["paragraphs"]]
    return [
        *_block("Headings not placed", [f"“{_short(one['heading'])}”: {one['why']}" for one in filled if not one["aspect"]]),
        *_block(
            "Headings to look at",
            [
                f"“{_short(one['heading'])}” → {_placed(one)}"
                for one in filled
                if one["aspect"] and one["heading"] and is_unsure(one)
            ],
        ),
        *_block("Faults of the page", [one["what"] for one in data["damage"]]),
        *_block("Names that clash", [f"{alias}: {', '.join(others)}" for alias, others in data["clashes"].items()]),
    ]


def is_unsure(section: Mapping[str, Any]) -> bool:
    """Whether a heading was placed by a guess that an editor should look at."""
    return float(section["confidence"]) < UNSURE


def _cells(topic: Data) -> list[str]:
    also = [alias for alias in topic["aliases"] if alias != topic["name"]]
    lines = [f"{topic['name']} [{topic['id']}]" + (f", also {', '.join(also)}" if also else "")]
    for cell in topic["cells"]:
        where = ", ".join(f"“{section}”" for section in cell["sections"] if section) or "the beginning"
        lines.append(f"  {cell['aspect']:14}{cell['sentences']:4}  {shorten(where, 80, placeholder=' …')}")
    return [*lines, ""]


def _missing(data: Data) -> str:
    """The aspects of the subject that no section is on."""
    cells = data["topics"][0]["cells"]
    had = {aspect for cell in cells for aspect in (cell["aspect"], *cell["answers"])}
    confirmed = {cell.partition(".")[2] for cell in data["not_said"] if cell.startswith(f"{data['topics'][0]['id']}.")}
    return f"No section on: {', '.join(one for one in words('headings')['aspects'] if one not in had | confirmed) or '-'}"


def _placed(section: Data) -> str:
    cell = f"{section['topic']}.{section['aspect']}" if section["aspect"] else "no cell"
    return f"{cell} ({section['confidence']:.2f}, {section['why']})"


def _short(heading: str) -> str:
    return shorten(heading, 60, placeholder=" …")


def _block(title: str, lines: Sequence[str]) -> list[str]:
    return [f"{title}:", *(f"  {one}" for one in lines), ""] if lines else []
