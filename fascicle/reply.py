"""What the bot says: framing in its own words, and passages by id, so that only a passage's words can carry its citation."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from fascicle.library import Article, Citation, Library, Passage, Sentence, said

KINDS = (
    "answer", "not_covered", "emergency", "out_of_scope", "clarify", "checkin", "sources", "smalltalk", "notice", "error",
)  # fmt: skip

ITEM = "item"
"""Kind of the paragraph that is an item of a list."""


@dataclass(frozen=True)
class Offer:
    """A suggestion the person can pick: what it says and the `/intent{...}` it stands for."""

    title: str
    payload: str


def payload(intent: str, **entities: str) -> str:
    """The payload of an offer, for example `/ask_outlook{"topic": "als"}`."""
    return f"/{intent}" + (json.dumps(entities) if entities else "")


@dataclass(frozen=True)
class Block:
    """A stretch of a reply: framing (`text`), or the passage with this id. `type` is paragraph, list_item, heading, or caution.

    Of a `brief` passage only the first sentence is shown, and of one with `sentences` those at these places. The passage is of
    `article`; where that is empty, of the reply's.
    """

    text: str = ""
    passage: str = ""
    type: str = "paragraph"
    brief: bool = False
    article: str = ""
    sentences: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reply:
    """One message of the bot, as it travels from the action to the channel.

    Args:
        kind: one of `KINDS`.
        blocks: what it says.
        offers: what can be asked next.
        missing: topics and aspects that were asked about and that the article does not cover. Nobody is shown them.
        outside: names of subjects that were asked about and that the article does not discuss. Nobody is shown them.
        article: id of the article that it is of; empty for the one of questions that name none.
    """

    kind: str
    blocks: tuple[Block, ...]
    offers: tuple[Offer, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    outside: tuple[str, ...] = ()
    article: str = ""

    @property
    def passages(self) -> list[str]:
        """Ids of the passages it shows, in order."""
        return list(dict.fromkeys(block.passage for block in self.blocks if block.passage))

    @property
    def places(self) -> list[tuple[str, str]]:
        """Article and id of each passage it shows, in order."""
        return list(dict.fromkeys((block.article or self.article, block.passage) for block in self.blocks if block.passage))

    def as_dict(self) -> dict[str, Any]:
        """Plain data, without what is empty."""
        blocks = [{key: value for key, value in asdict(block).items() if value} for block in self.blocks]
        rest = {"missing": [list(cell) for cell in self.missing], "outside": list(self.outside), "article": self.article}
        return {"kind": self.kind, "blocks": blocks, **{key: value for key, value in rest.items() if value}}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reply:
        """What `as_dict` wrote."""
        missing = tuple((topic, aspect) for topic, aspect in data.get("missing", ()))
        blocks = tuple(Block(**(block | {"sentences": tuple(block.get("sentences", ()))})) for block in data["blocks"])
        outside = tuple(data.get("outside", ()))
        return cls(data["kind"], blocks, missing=missing, outside=outside, article=data.get("article", ""))

    def text(self, library: Library) -> str:
        """The whole message as plain text."""
        return "\n".join(f"- {text}" if type_ == "list_item" else text for type_, text, _ in expanded(self, library))

    def source(self, library: Library) -> str:
        """A line for each article shown, with its sections; empty when no passage is."""
        sections: dict[str, list[str]] = {}
        for id_, passage in self.places:
            article = article_of(library, id_)
            sections.setdefault(article.id, []).append(self.section(article.passage_by_id(passage), id_))
        return "\n".join(_source(library.article(id_), found) for id_, found in sections.items())

    def section(self, passage: Passage, article: str) -> str:
        """The sections that what is shown of a passage stands in."""
        chosen = self.sentences(passage, article)
        return "; ".join(dict.fromkeys(one.section for one in chosen if one.section)) if chosen else passage.section

    def sentences(self, passage: Passage, article: str) -> list[Sentence]:
        """The sentences that are shown of a passage; none of one that is shown whole."""
        blocks = (block for block in self.blocks if (block.article or self.article, block.passage) == (article, passage.id))
        return [passage.sentences[place] for block in blocks for place in block.sentences]


def article_of(library: Library, id_: str) -> Article:
    """The article with an id; the one of questions that name none, where it is empty."""
    return library.article(id_) if id_ else library.default


def _source(article: Article, found: Sequence[str]) -> str:
    sections = "; ".join(filter(None, dict.fromkeys(found)))
    by = ", ".join(filter(None, (article.author, article.publisher, article.published)))
    title = article.title if article.title[-1:] in tuple(".?!") else f"{article.title}."
    whole = said("answers", "source_whole", title=title, by=by)
    return said("answers", "source", title=title, by=by, sections=sections) if sections else whole


def expanded(reply: Reply, library: Library) -> Iterator[tuple[str, str, tuple[str, str]]]:
    """Type, words, and place of the passage of each paragraph and list item, passages taken letter for letter."""
    for block in reply.blocks:
        if not block.passage:
            yield block.type, block.text, ("", "")
            continue
        place = (block.article or reply.article, block.passage)
        passage = article_of(library, place[0]).passage_by_id(block.passage)
        if block.sentences:
            yield from ((type_, text, place) for type_, text in _quoted(passage, block.sentences))
            continue
        yield block.type, passage.first_sentence if block.brief else passage.text, place
        for item in () if block.brief else passage.items:
            yield "list_item", item, place


def _quoted(passage: Passage, places: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Type and words of each run of sentences that follow each other in one paragraph."""
    chosen = [(place, passage.sentences[place]) for place in places]
    runs = groupby(enumerate(chosen), lambda one: (one[1][0] - one[0], one[1][1].section, one[1][1].paragraph))
    for _, run in runs:
        sentences = [sentence for _, (_, sentence) in run]
        yield "list_item" if sentences[0].kind == ITEM else "paragraph", " ".join(sentence.text for sentence in sentences)


def as_message(reply: Reply, library: Library) -> dict[str, Any]:
    """The reply as the web channel sends it: blocks of spans, passages, citations numbered in the order shown."""
    numbers = {place: number for number, place in enumerate(reply.places, 1)}
    blocks = [
        {"type": type_, "spans": [{"text": text} | ({"citations": [numbers[place]]} if place in numbers else {})]}
        for type_, text, place in expanded(reply, library)
    ]
    shown = [(article_of(library, id_), passage) for id_, passage in reply.places]
    quoted = [block for block in reversed(reply.blocks) if block.sentences]
    first = {(block.article or reply.article, block.passage): block.sentences[0] for block in quoted}
    cited = [
        (number, article.citation(article.passage_by_id(passage), first.get(place, 0)))
        for (place, number), (article, passage) in zip(numbers.items(), shown, strict=True)
    ]
    return {
        "kind": reply.kind,
        "text": reply.text(library),
        "blocks": blocks,
        "passages": [
            {"id": passage, "article": article.id, "topic": passage.split(".")[0], "aspect": passage.split(".")[1]}
            for article, passage in shown
        ],
        "citations": [
            _citation(number, citation) | _where(reply, citation.passage, place[0])
            for (number, citation), place in zip(cited, numbers, strict=True)
        ],
    }


def _where(reply: Reply, passage: Passage, article: str) -> dict[str, Any]:
    """Where what is shown of a passage stands in its article."""
    chosen = reply.sentences(passage, article)
    paragraphs = list(dict.fromkeys(one.paragraph for one in chosen)) if chosen else list(passage.paragraphs)
    return {"section": reply.section(passage, article), "paragraphs": paragraphs}


def _citation(number: int, citation: Citation) -> dict[str, Any]:
    return {
        "number": number,
        "passage": citation.passage.id,
        "article": citation.article,
        "restated": citation.restated,
        "text": citation.passage.full_text,
        "title": citation.title,
        "author": citation.author,
        "publisher": citation.publisher,
        "published": citation.published,
        "accessed": citation.accessed,
        "url": citation.url,
        "references": [{"title": ref.title, "published": ref.published} for ref in citation.references],
    }
