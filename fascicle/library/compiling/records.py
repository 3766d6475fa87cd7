"""The records of a compiled article: the page's own words, each with its place, and what was found out about them.

The plain text of a page is what a browser would copy below its title: a line a block, a tab between the cells of a table, other
white space as one space. Every paragraph says where in it it begins: a sentence is `article.text[sentence.start : sentence.end]`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Metadata:
    """What a page says of itself; an empty field is one that it does not say.

    Args:
        title: the page's title, without its publisher's.
        publisher: who published it.
        author: who wrote it.
        published: ISO date, possibly only year and month, or the year.
        reviewed: ISO date on which it was last reviewed or changed.
        language: ISO 639-1 code.
        url: where it stands.
        kind: condition, symptom, medicine, procedure, vaccine, or guide.
        id: the name its publisher gives it.
        subject: the thing it is about, where it is not called like the page.
        names: what else the thing is called.
    """

    title: str = ""
    publisher: str = ""
    author: str = ""
    published: str = ""
    reviewed: str = ""
    language: str = ""
    url: str = ""
    kind: str = ""
    id: str = ""
    subject: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Page:
    """A page in the inner form.

    Args:
        source: the file it comes from and, where a file holds several, its line; for messages.
        html: the page as HTML.
        said: what the file says of the page beside its HTML; goes before what the HTML says.
        whole: whether the HTML is all text of the page, with nothing around it that has to be taken off.
    """

    source: str
    html: str
    said: Metadata = field(default_factory=Metadata)
    whole: bool = False


@dataclass(frozen=True)
class Sentence:
    """One sentence of the page, word for word.

    Args:
        text: the sentence.
        start: its offset in the page's plain text.
        section: title of its section; empty before the first heading.
        paragraph: number of its paragraph in the section, counted from 1.
        kind: that of its paragraph.
    """

    text: str
    start: int
    section: str
    paragraph: int
    kind: str

    @property
    def end(self) -> int:
        """Offset behind its last letter."""
        return self.start + len(self.text)


@dataclass(frozen=True)
class Paragraph:
    """A block of text.

    Args:
        text: its text.
        start: its offset in the page's plain text.
        kind: text, item (of a list), term, definition, head or row (of a table), or caption.
        begins: where in the text its sentences begin.
    """

    text: str
    start: int
    kind: str = "text"
    begins: tuple[int, ...] = (0,)

    def sentences(self) -> Iterator[tuple[int, str]]:
        """Each sentence with its offset in the page's plain text."""
        for begin, end in zip(self.begins, (*self.begins[1:], len(self.text)), strict=True):
            yield self.start + begin, self.text[begin:end].rstrip()


@dataclass(frozen=True)
class Placing:
    """Which cell a section belongs to.

    Args:
        topic: id of its topic.
        aspect: id of its aspect; empty if it was not placed.
        confidence: between 0 and 1.
        why: who says so, or why nobody could.
        also: further aspects that it answers.
    """

    topic: str
    aspect: str = ""
    confidence: float = 0.0
    why: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Section:
    """A heading and the paragraphs under it, up to the next heading of any level.

    Args:
        title: the heading; empty before the first one.
        level: 2 for the page's own sections, more for those inside them.
        start: offset of the heading in the page's plain text.
        path: titles of the sections it stands in, the outermost first.
        placing: which cell it belongs to.
        paragraphs: its text.
        run_in: whether the heading is the beginning of the first paragraph, in bold, and no line of its own.
    """

    title: str
    level: int
    start: int
    path: tuple[str, ...]
    placing: Placing
    paragraphs: tuple[Paragraph, ...] = ()
    run_in: bool = False

    def sentences(self) -> Iterator[Sentence]:
        """Its sentences in order."""
        for number, paragraph in enumerate(self.paragraphs, 1):
            for start, text in paragraph.sentences():
                yield Sentence(text, start, self.title, number, paragraph.kind)


@dataclass(frozen=True)
class Passage:
    """All that the page says about one aspect of one topic, sentence by sentence in the page's order.

    Args:
        id: `TOPIC.ASPECT`, permanent.
        sentences: the page's own.
        answers: further aspects that it answers.
        plain: an editor's plain wording; empty if there is none.
        caution: what to say before it; the editor's words.
    """

    id: str
    sentences: tuple[Sentence, ...]
    answers: tuple[str, ...] = ()
    plain: str = ""
    caution: str = ""

    @property
    def where(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """The sections it stands in, each with its paragraph numbers."""
        places: dict[str, dict[int, None]] = {}
        for sentence in self.sentences:
            places.setdefault(sentence.section, {})[sentence.paragraph] = None
        return tuple((section, tuple(numbers)) for section, numbers in places.items())


@dataclass(frozen=True)
class Topic:
    """Something the page is about: its subject, or a kind of it.

    Args:
        id: first half of its passages' ids.
        name: what fits into "What helps with ...?".
        aliases: what else it is called.
    """

    id: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reference:
    """One entry of the page's own list of references."""

    title: str
    url: str = ""


@dataclass(frozen=True)
class Damage:
    """Something on the page that is not as its author meant it, or that an editor should look at.

    Args:
        kind: what it is, in one word of `fascicle.library.compiling.damage`.
        what: the same in words, with the place.
    """

    kind: str
    what: str


@dataclass(frozen=True)
class Editing:
    """What only an editor can say.

    Args:
        plain: plain wordings, by passage id.
        cautions: what to say before a passage, by its id.
        not_said: cells that the page was read for and says nothing about.
    """

    plain: Mapping[str, str] = field(default_factory=dict)
    cautions: Mapping[str, str] = field(default_factory=dict)
    not_said: tuple[str, ...] = ()


@dataclass(frozen=True)
class CompiledArticle:
    """A page as an article.

    Args:
        id: its name, also that of its file.
        source: the file it was compiled from.
        about: its metadata.
        topics: the subject first.
        sections: in the page's order.
        references: the page's own list.
        damage: what is wrong with the page.
        editing: what an editor added.
    """

    id: str
    source: str
    about: Metadata
    topics: tuple[Topic, ...]
    sections: tuple[Section, ...]
    references: tuple[Reference, ...] = ()
    damage: tuple[Damage, ...] = ()
    editing: Editing = field(default_factory=Editing)

    @property
    def subject(self) -> Topic:
        """The topic of a question that names none."""
        return self.topics[0]

    @property
    def text(self) -> str:
        """The page's plain text."""
        lines: list[str] = []
        for section in self.sections:
            lines += [section.title] if section.title and not section.run_in else []
            lines += [paragraph.text for paragraph in section.paragraphs]
        return "\n".join(lines)

    @property
    def version(self) -> str:
        """Short hash of the page's plain text: another one is another version of the page."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    @property
    def passages(self) -> tuple[Passage, ...]:
        """What the page says, cell by cell, in the order in which the cells first come up."""
        found: dict[str, list[Section]] = {}
        for section in self.sections:
            if section.placing.aspect and section.paragraphs:
                found.setdefault(f"{section.placing.topic}.{section.placing.aspect}", []).append(section)
        return tuple(self._passage(cell, sections) for cell, sections in found.items())

    def _passage(self, cell: str, sections: list[Section]) -> Passage:
        return Passage(
            id=cell,
            sentences=tuple(sentence for section in sections for sentence in section.sentences()),
            answers=tuple(dict.fromkeys(aspect for section in sections for aspect in section.placing.also)),
            plain=self.editing.plain.get(cell, ""),
            caution=self.editing.cautions.get(cell, ""),
        )
