"""What an editor changed in an article's file, and the same changes made to the page compiled anew."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace

from fascicle.library.compiling.article_file import ArticleFile
from fascicle.library.compiling.file_form import ABOUT
from fascicle.library.compiling.records import CompiledArticle, Editing, Metadata, Placing, Section, Topic

EDITOR = "the editor says so"
Key = tuple[tuple[str, ...], str, int]
"""A section: the titles it stands under, its own, and which of that name it is."""


@dataclass(frozen=True)
class Naming:
    """What an editor did to a topic: its new name, aliases added, and aliases taken out."""

    name: str
    added: tuple[str, ...]
    removed: tuple[str, ...]


@dataclass(frozen=True)
class Corrections:
    """All that an editor changed.

    Args:
        about: fields of the metadata.
        subject: id of another subject; empty if it is the same.
        topics: topics added.
        dropped: ids of topics taken out.
        naming: of topics that were there.
        placing: of sections.
        editing: what only an editor can say.
    """

    about: Mapping[str, str]
    subject: str
    topics: tuple[Topic, ...]
    dropped: tuple[str, ...]
    naming: Mapping[str, Naming]
    placing: Mapping[Key, Placing]
    editing: Editing


def corrections(file: ArticleFile) -> Corrections:
    """What an editor changed in a file since it was compiled."""
    article, base = file.article, file.base
    before = {topic.id: topic for topic in base.topics}
    now = {topic.id: topic for topic in article.topics}
    return Corrections(
        about={name: value for name in ABOUT if (value := getattr(article.about, name)) != getattr(base.about, name)},
        subject=article.subject.id if article.subject.id != base.subject.id else "",
        topics=tuple(topic for topic in article.topics if topic.id not in before),
        dropped=tuple(name for name in before if name not in now),
        naming={name: _naming(before[name], now[name]) for name in before if name in now and before[name] != now[name]},
        placing={
            key: new.placing
            for (key, new), old in zip(_keyed(article), base.sections, strict=True)
            if _cell(new.placing) != _cell(old.placing)
        },
        editing=article.editing,
    )


def corrected(article: CompiledArticle, made: Corrections) -> tuple[CompiledArticle, tuple[str, ...]]:
    """The article with an editor's corrections, and those that no longer fit, in words.

    Args:
        article: the page compiled anew.
        made: the corrections.
    """
    topics = [_named(topic, made.naming.get(topic.id)) for topic in article.topics if topic.id not in made.dropped]
    topics += [topic for topic in made.topics if topic.id not in {one.id for one in topics}]
    topics.sort(key=lambda topic: topic.id != (made.subject or article.subject.id))
    known = {topic.id for topic in topics}
    keyed = dict(_keyed(article))
    sections = [replace(one, placing=_placing(one, made.placing.get(key), known, topics[0].id)) for key, one in keyed.items()]
    new = replace(article, about=_about(article.about, made), topics=tuple(topics), sections=tuple(sections))
    editing, lost = _kept(new, made.editing)
    gone = [key for key in made.placing if key not in keyed]
    lost += [f"“{key[1]}” is no section any more; it was corrected to {_words(made.placing[key])}" for key in gone]
    return replace(new, editing=editing), tuple(lost)


def _keyed(article: CompiledArticle) -> Iterator[tuple[Key, Section]]:
    seen: Counter[tuple[tuple[str, ...], str]] = Counter()
    for section in article.sections:
        seen[section.path, section.title] += 1
        yield (section.path, section.title, seen[section.path, section.title]), section


def _cell(placing: Placing) -> tuple[str, str, tuple[str, ...]]:
    return placing.topic, placing.aspect, placing.also


def _words(placing: Placing) -> str:
    return f"{placing.topic}.{placing.aspect}" if placing.aspect else "no cell"


def _naming(before: Topic, now: Topic) -> Naming:
    added = tuple(alias for alias in now.aliases if alias not in before.aliases)
    removed = tuple(alias for alias in before.aliases if alias not in now.aliases)
    return Naming(now.name if now.name != before.name else "", added, removed)


def _named(topic: Topic, naming: Naming | None) -> Topic:
    if naming is None:
        return topic
    aliases = [alias for alias in topic.aliases if alias not in naming.removed]
    return replace(topic, name=naming.name or topic.name, aliases=tuple(dict.fromkeys((*aliases, *naming.added))))


def _placing(section: Section, own: Placing | None, known: set[str], subject: str) -> Placing:
    placing = replace(own, confidence=1.0, why=EDITOR) if own is not None and own.topic in known else section.placing
    return placing if placing.topic in known else replace(placing, topic=subject)


def _about(about: Metadata, made: Corrections) -> Metadata:
    changed = {field.name: made.about[field.name] for field in fields(Metadata) if field.name in made.about}
    return replace(about, **changed)  # type: ignore[arg-type]


def _kept(article: CompiledArticle, editing: Editing) -> tuple[Editing, list[str]]:
    """What an editor added, as far as its passages are still there."""
    cells = {passage.id for passage in article.passages}
    gone = [cell for cell in {**editing.plain, **editing.cautions} if cell not in cells]
    lost = [f"{cell} is no passage any more; it had words of the editor's" for cell in gone]
    lost += [f"{cell} was confirmed as not said, and now is a passage" for cell in editing.not_said if cell in cells]
    kept = Editing(
        plain={cell: text for cell, text in editing.plain.items() if cell in cells},
        cautions={cell: text for cell, text in editing.cautions.items() if cell in cells},
        not_said=tuple(cell for cell in editing.not_said if cell not in cells),
    )
    return kept, lost
