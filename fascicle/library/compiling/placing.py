"""Puts each section into a cell, and finds the kinds of the subject that the page tells apart as topics of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from fascicle.library.compiling.classifier import HeadingClassifier
from fascicle.library.compiling.headings import Reading, plain, read, with_words
from fascicle.library.compiling.names import also_called
from fascicle.library.compiling.records import Placing, Section, Topic
from fascicle.library.compiling.sections import Raw
from fascicle.library.words import words

OWN = 0.95
"""How sure a sub-section's own heading has to be to leave the aspect of the section that it stands in."""
LEAD = 0.8
"""How often what stands before the first heading says what the thing is."""
MOST_WORDS = 7
"""Words of a topic's name at most."""
_NUMBERED = re.compile(r"^(?:\d{1,3}[.)]|[a-z]\)|[•–—-]) ")
_NO_NAME = re.compile(
    r"^(?:other|another|key|more|what|how|why|when|who|which|where|is|are|can|do|does|should|there|these|this|"
    r"the (?:following|main)|some|note|important|warning|caution|stage|grade|step|overview|summary|introduction|general|common|"
    r"table|figure|about|types?|kinds?|forms?|patients?|people|if|in|for|after|before|to|signs?|symptoms?|causes?|treatments?|risk)\b|"
    r"\b(?:is|are|was|were|has|have|can|may|will|does|do|causes?|occurs?|affects?)\b",
    re.I,
)


@dataclass
class _Placer:
    """Goes through the sections and remembers what those they stand in are about."""

    names: Sequence[str]
    subject: Topic
    classifier: HeadingClassifier | None
    topics: dict[str, Topic] = field(default_factory=dict)
    stack: list[tuple[int, Placing]] = field(default_factory=list)
    beside: Placing | None = None

    def place(self, section: Raw, *, first: bool) -> Placing:
        """The cell of a section."""
        self.beside = None
        while self.stack and self.stack[-1][0] >= section.level:
            level, placing = self.stack.pop()
            self.beside = placing if level == section.level else None
        above = self.stack[-1][1] if self.stack else None
        made = self._placed(section, above, first=first)
        self.stack.append((section.level, made))
        return made

    def _placed(self, section: Raw, above: Placing | None, *, first: bool) -> Placing:
        topic = above.topic if above else self.subject.id
        if section.hint:
            return Placing(topic, section.hint, 1.0, "the publisher says so", near(section.hint))
        if not section.title:
            return Placing(topic, "overview", LEAD, "stands before the first heading")
        kind = self._kind(section, above)
        if kind is not None:
            return Placing(kind.id, "overview", 0.9, "a type of the subject")
        names = [*self.names, *self.topics[topic].aliases, self.topics[topic].name] if topic in self.topics else list(self.names)
        known = read(section.title, names, None if above and above.aspect else self.classifier)
        return _weighed(known, topic, above, first=first)

    def _kind(self, section: Raw, above: Placing | None) -> Topic | None:
        """The topic that a heading under "Types" names, or beside it with the subject's name; made on its first mention."""
        name = kind_named(section.title, self.names)
        under = above is not None and above.aspect == "types" and above.topic == self.subject.id
        if not name or not (under or self._is_beside_types(name)):
            return None
        said = " ".join([f"{name}.", *(paragraph.text for paragraph in section.paragraphs[:2])])
        made = Topic(slug(name), name, also_called(said, name))
        return self.topics.setdefault(made.id, made)

    def _is_beside_types(self, name: str) -> bool:
        """Whether the heading before, of the same level, was "Types of ..." or one of its row, and this one ends with a name."""
        before = self.beside
        row = before is not None and (before.aspect == "types" or before.topic != self.subject.id)
        return row and re.fullmatch(r"(?:\S+ ){1,4}x", plain(name, self.names)) is not None


def place(sections: Sequence[Raw], subject: Topic, names: Sequence[str], classifier: HeadingClassifier | None) -> tuple[
    tuple[Topic, ...], tuple[Section, ...]
]:  # fmt: skip
    """Topics and sections of a page.

    Args:
        sections: as the page has them.
        subject: what the page is about.
        names: all its names.
        classifier: asked for headings that no rule knows.
    """
    placer = _Placer(names, subject, classifier, {subject.id: subject})
    placed = []
    for number, section in enumerate(sections):
        placing = placer.place(section, first=number == 0)
        for part in _by_bold_leads(section, placing, names):
            own = placing if part is section else placer.place(part, first=False)
            placed.append(Section(part.title, part.level, part.start, part.path, own, part.paragraphs, part.run_in))
    return tuple(placer.topics.values()), tuple(placed)


def _weighed(known: Reading, topic: str, above: Placing | None, *, first: bool) -> Placing:
    """What the heading says, or else what the section around it is about."""
    if known.aspect and (above is None or not above.aspect or known.confidence >= OWN):
        return Placing(topic, known.aspect, known.confidence, known.why, known.also or near(known.aspect))
    if above is not None and above.aspect:
        return Placing(topic, above.aspect, round(above.confidence * 0.95, 2), "as the section it stands in", above.also)
    if first and not known.aspect:
        return Placing(topic, "overview", 0.6, "is the first section")
    return Placing(topic, "", known.confidence, known.why)


def _by_bold_leads(section: Raw, placing: Placing, names: Sequence[str]) -> Iterator[Raw]:
    """The section, parted where paragraphs under "Types" begin with a type's name in bold."""
    if placing.aspect != "types":
        yield section
        return
    starts = [
        number for number, block in enumerate(section.blocks) if block.kind in ("text", "item") and kind_named(block.lead, names)
    ]
    if len(starts) < 2:
        yield section
        return
    section_paragraphs, section_blocks = section.paragraphs, section.blocks
    if starts[0] or section.title:
        section.paragraphs, section.blocks = section_paragraphs[: starts[0]], section_blocks[: starts[0]]
        yield section
    for begin, end in zip(starts, (*starts[1:], len(section_blocks)), strict=True):
        yield Raw(
            title=section_blocks[begin].lead.rstrip(" .:–—-"),
            level=section.level + 1,
            path=(*section.path, section.title) if section.title else section.path,
            blocks=section_blocks[begin:end],
            start=section_paragraphs[begin].start,
            paragraphs=section_paragraphs[begin:end],
            run_in=True,
        )


def near(aspect: str) -> tuple[str, ...]:
    """Aspects that people name who ask for an aspect of the articles' own."""
    return tuple(words("headings")["near"].get(aspect, ()))


def kind_named(title: str, names: Sequence[str]) -> str:
    """The name of a type in its heading, or nothing where that is a question, a sentence, or a word for any type."""
    name = _NUMBERED.sub("", title).strip()
    name = (name.rpartition("(")[0] if name.endswith(")") else name).strip(" .:–—-")
    words = name.split()
    if not words or len(words) > MOST_WORDS or name[-1] in "?!" or re.search(r"[.;,] ", name) or _NO_NAME.search(name):
        return ""
    return "" if plain(name, with_words(names)) == "x" and name.casefold() in {one.casefold() for one in names} else name


def slug(name: str) -> str:
    """A name as an id: small letters, digits, and `_`, beginning with a letter."""
    ascii_ = name.casefold().replace("'", "").replace("’", "")
    made = re.sub(r"[^a-z0-9]+", "_", ascii_).strip("_")[:60].strip("_")
    return made if made[:1].isalpha() else f"t_{made}" if made else "topic"


def without_clashes(topics: Sequence[Topic]) -> tuple[Topic, ...]:
    """Topics of which no two share an alias: a name belongs to the one that comes first."""
    taken: set[str] = set()
    made = []
    for topic in topics:
        own = tuple(alias for alias in dict.fromkeys((topic.name, *topic.aliases)) if alias.casefold() not in taken)
        taken |= {alias.casefold() for alias in own}
        made.append(replace(topic, aliases=own))
    return tuple(made)
