"""The records of an article: topics, passages, references, and the check-in, looked up by topic and aspect.

Every fact the bot states comes from a `Passage`, and so does its `Citation`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from fascicle.library.links import link

SEVERAL = 3
"""Names of the subject that a word stands in before it speaks of the subject by itself."""


@dataclass(frozen=True)
class Reference:
    """One entry of the article's own reference list. `published` is an ISO date, possibly only year and month."""

    id: str
    title: str
    published: str
    authors: str = ""
    source: str = ""
    url: str = ""
    note: str = ""


@dataclass(frozen=True)
class Sentence:
    """One sentence of a page, word for word.

    Args:
        text: the sentence.
        section: title of its section; empty before the first heading.
        paragraph: number of its paragraph in the section, counted from 1; within a passage, sections of one title count as one.
        kind: that of its paragraph: text, item (of a list), term, definition, head or row (of a table), or caption.
        before: words before it that tell it from an earlier one like it; empty where none is like it.
    """

    text: str
    section: str
    paragraph: int
    kind: str = "text"
    before: str = ""


def joined(sentences: Iterable[Sentence]) -> str:
    """The text that sentences make: a space between those of a paragraph, a line a paragraph."""
    paragraphs = groupby(sentences, lambda sentence: (sentence.section, sentence.paragraph))
    return "\n".join(" ".join(sentence.text for sentence in paragraph) for _, paragraph in paragraphs)


@dataclass(frozen=True)
class Passage:
    """What the article says about one aspect of one topic, in our words or its own.

    Args:
        id: `TOPIC.ASPECT`, permanent.
        where: the article's sections this restates, each with its paragraph numbers, counted from 1.
        text: the passage.
        items: list items that follow the text; empty for all but the list of causes.
        answers: further aspects that this passage answers.
        terms: words that point at this passage without naming its topic.
        caution: what to say before it, for those to whom it could do harm; the bot's own words, not the article's.
        sentences: those of a quoted passage; its text is these, with a space between those of a paragraph and a line a paragraph.
        plain: an editor's plain wording of a quoted passage; empty if there is none.
    """

    id: str
    where: tuple[tuple[str, tuple[int, ...]], ...]
    text: str
    items: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    caution: str = ""
    sentences: tuple[Sentence, ...] = ()
    plain: str = ""

    @property
    def topic(self) -> str:
        """Id of the topic it is about."""
        return self.id.split(".")[0]

    @property
    def aspect(self) -> str:
        """Id of the aspect it is about."""
        return self.id.split(".")[1]

    @property
    def section(self) -> str:
        """The article's sections it restates, as shown to a reader."""
        return "; ".join(section for section, _ in self.where)

    @property
    def paragraphs(self) -> tuple[int, ...]:
        """Numbers of the paragraphs it restates, section by section."""
        return tuple(number for _, numbers in self.where for number in numbers)

    @property
    def first_sentence(self) -> str:
        """The text up to its first full stop."""
        return re.split(r"(?<=[.:]) ", self.text, maxsplit=1)[0]

    @property
    def units(self) -> tuple[str, ...]:
        """What is searched and shown by itself: the sentences of a quoted passage, the whole of one in our words."""
        return tuple(sentence.text for sentence in self.sentences) or (self.full_text,)

    @property
    def full_text(self) -> str:
        """Text and list items, a line each."""
        return "\n".join([self.text, *(f"- {item}" for item in self.items)])


@dataclass(frozen=True)
class Topic:
    """Something the article discusses.

    Args:
        id: the topic's name in passage ids.
        name: what fits into "What helps with ...?".
        cause: what stands in the list of causes.
        aliases: what people call it.
        references: those the article lists for it.
        passages: what the article says, by aspect.
        remedy: whether people name it as a means against something as well ("is there a pill for it?").
    """

    id: str
    name: str
    cause: str
    aliases: tuple[str, ...]
    references: tuple[Reference, ...]
    passages: Mapping[str, Passage]
    remedy: bool = False


@dataclass(frozen=True)
class Outside:
    """A cause, condition, or circumstance that people ask about and the article does not discuss."""

    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """One answer to a question of the check-in.

    Args:
        id: its name, once in its question.
        title: what the person taps.
        topics: ids of the topics it points to, in the article's order.
        words: what people type who mean it, when the question was asked.
        in_report: the same, so plain that it also counts when they first tell of the symptom.
    """

    id: str
    title: str
    topics: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    in_report: tuple[str, ...] = ()


@dataclass(frozen=True)
class CheckInQuestion:
    """One question of the check-in: how it is asked, why, and its answers."""

    id: str
    ask: str
    why: str
    answers: tuple[Answer, ...]

    @property
    def about(self) -> frozenset[str]:
        """The topics that every answer points to that points anywhere: to name one of them is to answer the question."""
        pointing = [frozenset(answer.topics) for answer in self.answers if answer.topics]
        return frozenset.intersection(*pointing) if pointing else frozenset()


@dataclass(frozen=True)
class Citation:
    """Where a passage comes from: the article and the references it lists for the passage's topic.

    Args:
        passage: the passage.
        article: id of the article.
        restated: whether the passage says in other words what stands there; otherwise it is quoted.
        title, author, publisher, published, accessed: the article's.
        url: the article's, and for a quoted passage the words in it.
        references: those it lists for the passage's topic.
    """

    passage: Passage
    article: str
    restated: bool
    title: str
    author: str
    publisher: str
    published: str
    accessed: str
    url: str
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class Article:
    """One article: its bibliographic data, topics in the article's order, references, and what it leaves out.

    `restated` says whether its passages say in other words what stands in the article; otherwise they are quoted. `weak` are
    names that count only where no other name follows. `kind` is condition, symptom, medicine, procedure, vaccine, or guide, where
    that is known, and `reviewed` the date on which the page was last reviewed. `not_said` are cells, as passage ids, of which an
    editor confirmed that the article says nothing.
    """

    id: str
    title: str
    author: str
    publisher: str
    published: str
    accessed: str
    url: str
    mla: str
    apa: str
    subject: str
    topics: Mapping[str, Topic]
    references: Mapping[str, Reference]
    outside: tuple[Outside, ...]
    check_in: tuple[CheckInQuestion, ...] = ()
    weak: tuple[str, ...] = ()
    restated: bool = False
    kind: str = ""
    reviewed: str = ""
    language: str = "en"
    not_said: frozenset[str] = frozenset()

    def passage(self, topic: str, aspect: str) -> Passage | None:
        """The passage that answers an aspect of a topic, or None where the article has none."""
        passages = self.topics[topic].passages
        if aspect in passages:
            return passages[aspect]
        return next((p for p in passages.values() if aspect in p.answers), None)

    def passage_by_id(self, passage_id: str) -> Passage:
        """The passage with this id.

        Raises:
            KeyError: no passage has it.
        """
        topic, _, aspect = passage_id.partition(".")
        return self.topics[topic].passages[aspect]

    def citation(self, passage: Passage, first: int = 0) -> Citation:
        """The citation of a passage, from the same record.

        Args:
            passage: one of this article.
            first: which of its sentences is the first that is shown; the link leads there.
        """
        shown = passage.sentences[first] if passage.sentences else None
        url = link(self.url, shown.text, shown.before) if shown else self.url
        return Citation(
            passage, self.id, self.restated, self.title, self.author, self.publisher, self.published, self.accessed, url,
            self.topics[passage.topic].references,
        )  # fmt: skip

    @cached_property
    def is_quoted(self) -> bool:
        """Whether its passages are sentences of a page; otherwise somebody wrote them for their cells."""
        return any(passage.sentences for passage in self.passages)

    @cached_property
    def subject_words(self) -> frozenset[str]:
        """Words, without a plural s, that say that something is about the subject: those of its name, and of several others."""
        topic = self.topics[self.subject]
        having = Counter(word.removesuffix("s") for alias in topic.aliases for word in set(alias.lower().split()) - {"the"})
        own = (word.removesuffix("s") for word in topic.name.lower().split())
        return frozenset(own) | {word for word, count in having.items() if count >= SEVERAL}

    @property
    def subject_name(self) -> str:
        """What it is about, as it fits into a sentence."""
        return self.topics[self.subject].name

    @property
    def passages(self) -> list[Passage]:
        """All passages, topic by topic."""
        return [passage for topic in self.topics.values() for passage in topic.passages.values()]

    @property
    def causes(self) -> list[Topic]:
        """The topics that the article lists as causes, in its order."""
        return [topic for topic in self.topics.values() if topic.id != self.subject]
