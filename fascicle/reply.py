"""What the bot says: framing in its own words, and passages by id, so that only a passage's words can carry its citation."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from fascicle.library import Article, Citation, said

KINDS = (
    "answer", "not_covered", "emergency", "out_of_scope", "clarify", "checkin", "sources", "smalltalk", "notice", "error",
)  # fmt: skip


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

    Of a `brief` passage only the first sentence is shown.
    """

    text: str = ""
    passage: str = ""
    type: str = "paragraph"
    brief: bool = False


@dataclass(frozen=True)
class Reply:
    """One message of the bot, as it travels from the action to the channel.

    Args:
        kind: one of `KINDS`.
        blocks: what it says.
        offers: what can be asked next.
        missing: topics and aspects that were asked about and that the article does not cover. Nobody is shown them.
        outside: names of subjects that were asked about and that the article does not discuss. Nobody is shown them.
    """

    kind: str
    blocks: tuple[Block, ...]
    offers: tuple[Offer, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    outside: tuple[str, ...] = ()

    @property
    def passages(self) -> list[str]:
        """Ids of the passages it shows, in order."""
        return list(dict.fromkeys(block.passage for block in self.blocks if block.passage))

    def as_dict(self) -> dict[str, Any]:
        """Plain data, without what is empty."""
        blocks = [{key: value for key, value in asdict(block).items() if value} for block in self.blocks]
        lacks = {"missing": [list(cell) for cell in self.missing], "outside": list(self.outside)}
        return {"kind": self.kind, "blocks": blocks, **{key: value for key, value in lacks.items() if value}}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Reply:
        """What `as_dict` wrote."""
        missing = tuple((topic, aspect) for topic, aspect in data.get("missing", ()))
        blocks = tuple(Block(**block) for block in data["blocks"])
        return cls(data["kind"], blocks, missing=missing, outside=tuple(data.get("outside", ())))

    def text(self, article: Article) -> str:
        """The whole message as plain text."""
        return "\n".join(f"- {text}" if type_ == "list_item" else text for type_, text, _ in expanded(self.blocks, article))

    def source(self, article: Article) -> str:
        """One line that names the article and the sections shown; empty when no passage is."""
        sections = "; ".join(dict.fromkeys(article.passage_by_id(passage).section for passage in self.passages))
        if not sections:
            return ""
        return said(
            "answers", "source", title=article.title, author=article.author, publisher=article.publisher,
            published=article.published, sections=sections,
        )  # fmt: skip


def expanded(blocks: tuple[Block, ...], article: Article) -> Iterator[tuple[str, str, str]]:
    """Type, words, and passage id of each paragraph and list item, passages taken from the article letter for letter."""
    for block in blocks:
        if not block.passage:
            yield block.type, block.text, ""
            continue
        passage = article.passage_by_id(block.passage)
        yield block.type, passage.first_sentence if block.brief else passage.text, passage.id
        for item in () if block.brief else passage.items:
            yield "list_item", item, passage.id


def as_message(reply: Reply, article: Article) -> dict[str, Any]:
    """The reply as the web channel sends it: blocks of spans, passages, citations numbered in the order shown."""
    numbers = {passage: number for number, passage in enumerate(reply.passages, 1)}
    blocks = [
        {"type": type_, "spans": [{"text": text} | ({"citations": [numbers[passage]]} if passage else {})]}
        for type_, text, passage in expanded(reply.blocks, article)
    ]
    shown = [article.passage_by_id(passage) for passage in reply.passages]
    return {
        "kind": reply.kind,
        "text": reply.text(article),
        "blocks": blocks,
        "passages": [{"id": p.id, "article": article.id, "topic": p.topic, "aspect": p.aspect} for p in shown],
        "citations": [_citation(numbers[passage.id], article.citation(passage)) for passage in shown],
    }


def _citation(number: int, citation: Citation) -> dict[str, Any]:
    return {
        "number": number,
        "passage": citation.passage.id,
        "article": citation.article,
        "section": citation.passage.section,
        "paragraphs": list(citation.passage.paragraphs),
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
