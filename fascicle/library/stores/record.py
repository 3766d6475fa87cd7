"""An article as bytes and back: JSON, packed. Fields that are as they are by default are left out."""

from __future__ import annotations

import json
import zlib
from dataclasses import MISSING, fields
from typing import Any

from fascicle.library.article import (
    Answer,
    Article,
    CheckInQuestion,
    Outside,
    Passage,
    Reference,
    Sentence,
    Topic,
    joined,
)


def packed(article: Article) -> bytes:
    """An article as bytes; the same article always gives the same."""
    data = _plain(article)
    data["topics"] = [_topic(topic) for topic in article.topics.values()]
    data["references"] = [_plain(reference) for reference in article.references.values()]
    data["check_in"] = [_plain(one) | {"answers": [_plain(answer) for answer in one.answers]} for one in article.check_in]
    data["outside"] = [_plain(one) for one in article.outside]
    data["not_said"] = sorted(article.not_said)
    return zlib.compress(json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode())


def unpacked(content: bytes) -> Article:
    """The article that was packed."""
    data = json.loads(zlib.decompress(content))
    references = {one["id"]: Reference(**one) for one in data["references"]}
    topics = [_topic_of(one, references) for one in data["topics"]]
    data |= {
        "topics": {topic.id: topic for topic in topics},
        "references": references,
        "check_in": tuple(_question(one) for one in data["check_in"]),
        "outside": tuple(Outside(**_tuples(one)) for one in data["outside"]),
        "not_said": frozenset(data["not_said"]),
    }
    return Article(**_tuples(data))


def _plain(record: Any) -> dict[str, Any]:
    """The fields of a record that are not as by default, as they are."""
    given = ((field, getattr(record, field.name)) for field in fields(record))
    return {field.name: value for field, value in given if field.default is MISSING or value != field.default}


def _topic(topic: Topic) -> dict[str, Any]:
    data = _plain(topic)
    data["references"] = [reference.id for reference in topic.references]
    data["passages"] = [_passage(passage) for passage in topic.passages.values()]
    return data


def _passage(passage: Passage) -> dict[str, Any]:
    data = _plain(passage)
    if passage.sentences:  # the text is made of them
        sections = list(dict.fromkeys(sentence.section for sentence in passage.sentences))
        data["sections"] = sections
        data["sentences"] = [
            [one.text, sections.index(one.section), one.paragraph, one.kind, one.before] for one in passage.sentences
        ]
        del data["text"]
    return data


def _topic_of(data: dict[str, Any], references: dict[str, Reference]) -> Topic:
    passages = [_passage_of(one) for one in data["passages"]]
    data["references"] = tuple(references[name] for name in data["references"])
    data["passages"] = {passage.aspect: passage for passage in passages}
    return Topic(**_tuples(data))


def _passage_of(data: dict[str, Any]) -> Passage:
    data["where"] = tuple((section, tuple(numbers)) for section, numbers in data["where"])
    if "sentences" in data:
        sections = data.pop("sections")
        found = tuple(Sentence(text, sections[section], *rest) for text, section, *rest in data["sentences"])
        data |= {"sentences": found, "text": joined(found)}
    return Passage(**_tuples(data))


def _question(data: dict[str, Any]) -> CheckInQuestion:
    return CheckInQuestion(**(data | {"answers": tuple(Answer(**_tuples(one)) for one in data["answers"])}))


def _tuples(data: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
