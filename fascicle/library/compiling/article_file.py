"""A compiled article as a file that an editor reads and corrects: written, read, and checked.

The last part of the file, `compiled`, repeats what an editor may change, as the compiler found it. What differs from it is the
editor's, and is kept when the page is compiled again.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fascicle.errors import ArticleError
from fascicle.library.compiling.file_form import ABOUT, FORM, checked
from fascicle.library.compiling.records import (
    CompiledArticle,
    Damage,
    Editing,
    Metadata,
    Paragraph,
    Placing,
    Reference,
    Section,
    Topic,
)
from fascicle.library.compiling.sections import paths

NONE = "none"
"""Aspect of a section that is in no cell."""
TOP = """\
# {title}
# Compiled from {source}. docs/compiling.md says what may be changed here, and it is kept when the page is compiled again:
# `article`, `topics` (names, aliases), a section's `topic`, `aspect` and `also`, `passages` (plain, caution), `not_said`.
# The page's own words, under `paragraphs`, and what follows `compiled` stay as they are.

"""


@dataclass(frozen=True)
class ArticleFile:
    """What a file holds.

    Args:
        article: as the editor left it.
        base: as the compiler made it, without an editor.
    """

    article: CompiledArticle
    base: CompiledArticle


def text_of(made: ArticleFile) -> str:
    """The file's text: the same article always gives the same."""
    about = made.article.about
    stream = io.StringIO(newline="\n")
    title = "".join(letter if letter.isprintable() else " " for letter in about.title)
    stream.write(TOP.format(title=title, source=made.article.source))
    _yaml().dump(data_of(made), stream)
    return stream.getvalue()


def data_of(made: ArticleFile) -> dict[str, Any]:
    """What the file holds as data, which JSON can carry as well."""
    article = made.article
    return {
        "article": {"id": article.id, **_about(article.about), "subject": article.subject.id},
        "topics": [{"id": topic.id, "name": topic.name, "aliases": list(topic.aliases)} for topic in article.topics],
        "passages": _editing(article.editing),
        "not_said": list(article.editing.not_said),
        "sections": [_section(section) for section in article.sections],
        "references": [_without_empty(vars(reference)) for reference in article.references],
        "damage": [vars(damage) for damage in article.damage],
        "compiled": {"form": FORM, "source": article.source, "version": article.version, **_base(made.base)},
    }


class _Row(list):  # type: ignore[type-arg]
    """A list that is written on one line."""


def _yaml() -> YAML:
    made = YAML(typ="safe", pure=False)
    settings = {"default_flow_style": False, "allow_unicode": True, "width": 120, "sort_base_mapping_type_on_output": False}
    for name, value in settings.items():
        setattr(made, name, value)
    made.representer.add_representer(_Row, lambda one, row: one.represent_sequence("tag:yaml.org,2002:seq", row, flow_style=True))
    made.representer.ignore_aliases = lambda _: True
    return made


def _about(about: Metadata) -> dict[str, str]:
    return {name: getattr(about, name) for name in ABOUT}


def _without_empty(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value not in ("", (), [])}


def _editing(editing: Editing) -> dict[str, dict[str, str]]:
    cells = dict.fromkeys([*editing.plain, *editing.cautions])
    given = {"plain": editing.plain, "caution": editing.cautions}
    return {cell: {name: texts[cell] for name, texts in given.items() if cell in texts} for cell in cells}


def _section(section: Section) -> dict[str, Any]:
    placing = section.placing
    return {
        "title": section.title,
        "level": section.level,
        **({"run_in": True} if section.run_in else {}),
        "topic": placing.topic,
        "aspect": placing.aspect or NONE,
        **({"also": _Row(placing.also)} if placing.also else {}),
        "sure": round(placing.confidence, 2),
        "why": placing.why,
        "paragraphs": [_paragraph(paragraph) for paragraph in section.paragraphs],
    }


def _paragraph(paragraph: Paragraph) -> dict[str, Any]:
    return {
        "text": paragraph.text,
        **({"kind": paragraph.kind} if paragraph.kind != "text" else {}),
        **({"begins": _Row(paragraph.begins)} if len(paragraph.begins) > 1 else {}),
    }


def _base(base: CompiledArticle) -> dict[str, Any]:
    return {
        "article": _about(base.about),
        "topics": [_Row([topic.id, topic.name, *topic.aliases]) for topic in base.topics],
        "sections": [
            _Row([section.placing.topic, section.placing.aspect or NONE, *section.placing.also]) for section in base.sections
        ],
        "sure": _Row([round(section.placing.confidence, 2) for section in base.sections]),
        "why": [section.placing.why for section in base.sections],
    }


def read(path: Path) -> ArticleFile:
    """Read an article's file.

    Raises:
        ArticleError: it cannot be read, is faulty, or the page's words in it were changed; one line with the file and the fault.
    """
    try:
        return file_of(_parsed(path))
    except ArticleError as error:
        raise ArticleError(f"{path}: {error}") from error.__cause__


def _parsed(path: Path) -> dict[str, Any]:
    try:
        data = YAML(typ="safe", pure=False).load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ArticleError(f"cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}") from error
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise ArticleError(f"line {mark.line + 1 if mark else '?'}: not valid YAML") from error
    return checked(data)


def file_of(data: dict[str, Any]) -> ArticleFile:
    """The file that was made into data.

    Args:
        data: has the form that `file_form.checked` looks for.

    Raises:
        ArticleError: what it says does not fit together.
    """
    compiled = data["compiled"]
    topics = tuple(Topic(one["id"], one["name"], tuple(one["aliases"])) for one in data["topics"])
    topics = tuple(sorted(topics, key=lambda topic: topic.id != data["article"]["subject"]))
    about = {name: data["article"][name] for name in ABOUT}
    article = CompiledArticle(
        id=data["article"]["id"],
        source=compiled["source"],
        about=Metadata(**about),
        topics=topics,
        sections=_sections(data["sections"]),
        references=tuple(Reference(**one) for one in data.get("references", [])),
        damage=tuple(Damage(**one) for one in data.get("damage", [])),
        editing=_edited(data),
    )
    _check(article, data)
    return ArticleFile(article, _as_compiled(article, compiled))


def _edited(data: dict[str, Any]) -> Editing:
    passages = data.get("passages") or {}
    return Editing(
        plain={cell: one["plain"] for cell, one in passages.items() if one.get("plain")},
        cautions={cell: one["caution"] for cell, one in passages.items() if one.get("caution")},
        not_said=tuple(data.get("not_said") or ()),
    )


def _check(article: CompiledArticle, data: dict[str, Any]) -> None:
    known = {topic.id for topic in article.topics}
    if data["article"]["subject"] not in known:
        raise ArticleError(f"article: subject {data['article']['subject']!r} is not a topic")
    for section in article.sections:
        if section.placing.topic not in known:
            raise ArticleError(f"section “{section.title}”: unknown topic {section.placing.topic!r}")
    if article.version != data["compiled"]["version"]:
        raise ArticleError("the page's words were changed: they stay word for word; your own go under `passages`, `plain`")
    cells = {passage.id for passage in article.passages}
    for cell in [*article.editing.plain, *article.editing.cautions]:
        if cell not in cells:
            raise ArticleError(f"passages: there is no passage {cell!r}")
    for cell in article.editing.not_said:
        if cell in cells:
            raise ArticleError(f"not_said: there is a passage {cell!r}")


def _sections(data: list[dict[str, Any]]) -> tuple[Section, ...]:
    made: list[Section] = []
    place = 0
    above = paths((one["level"], "" if one.get("run_in") else one["title"]) for one in data)
    for one, path in zip(data, above, strict=True):
        start, titled = place, one["title"] and not one.get("run_in")
        place += len(one["title"]) + 1 if titled else 0
        paragraphs = []
        for part in one["paragraphs"]:
            paragraphs.append(Paragraph(part["text"], place, part.get("kind", "text"), tuple(part.get("begins", (0,)))))
            place += len(part["text"]) + 1
        aspect = "" if one["aspect"] == NONE else one["aspect"]
        placing = Placing(one["topic"], aspect, one.get("sure", 1.0), one.get("why", ""), tuple(one.get("also", ())))
        made.append(Section(one["title"], one["level"], start, path, placing, tuple(paragraphs), bool(one.get("run_in"))))
    return tuple(made)


def _as_compiled(article: CompiledArticle, compiled: dict[str, Any]) -> CompiledArticle:
    """The article without an editor's corrections."""
    rows = zip(article.sections, compiled["sections"], compiled["sure"], compiled["why"], strict=False)
    placed = [
        replace(section, placing=Placing(row[0], "" if row[1] == NONE else row[1], sure, why, tuple(row[2:])))
        for section, row, sure, why in rows
    ]
    topics = tuple(Topic(row[0], row[1], tuple(row[2:])) for row in compiled["topics"])
    about = replace(article.about, **{name: str(compiled["article"].get(name, "")) for name in ABOUT})  # type: ignore[arg-type]
    return replace(article, about=about, topics=topics, sections=tuple(placed), editing=Editing())
