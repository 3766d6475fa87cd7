"""What an article file has to look like: its schema, and the faults that a schema cannot see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import jsonschema

from fascicle.errors import ArticleError
from fascicle.library.aspects import ANSWERABLE, ASPECTS

_TEXT = {"type": "string", "minLength": 1}
_TEXTS = {"type": "array", "items": _TEXT}
_ID = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_HTTPS = {"type": "string", "pattern": "^https://[^\\s]+$"}
_DATE = {"type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}){0,2}$"}


def _record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {**required, **optional},
        "required": list(required),
        "additionalProperties": False,
    }


_PASSAGE = _record(
    {
        "id": {"type": "string", "pattern": "^[a-z0-9_]+[.][a-z0-9_]+$"},
        "where": {
            "type": "object",
            "minProperties": 1,
            "propertyNames": _TEXT,
            "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": "integer", "minimum": 1}},
        },
        "text": _TEXT,
    },
    lists_causes={"type": "boolean"},
    answers=_TEXTS,
    terms=_TEXTS,
    caution=_TEXT,
)
_QUESTION = _record(
    {
        "id": _ID,
        "ask": _TEXT,
        "why": _TEXT,
        "answers": {
            "type": "array",
            "minItems": 2,
            "items": _record({"id": _ID, "title": _TEXT}, words=_TEXTS, in_report=_TEXTS),
        },
    }
)
_SCHEMA = _record(
    {
        "article": _record(
            {
                "id": _ID, "title": _TEXT, "author": _TEXT, "publisher": _TEXT, "published": _DATE, "accessed": _DATE,
                "url": _HTTPS, "mla": _TEXT, "apa": _TEXT, "subject": _ID,
            },
            restated={"type": "boolean"},
        ),
        "references": {
            "type": "array",
            "items": _record(
                {"id": _ID, "title": _TEXT, "published": _DATE}, authors=_TEXT, source=_TEXT, url=_HTTPS, note=_TEXT
            ),
        },
        "topics": {
            "type": "array",
            "minItems": 1,
            "items": _record(
                {
                    "id": _ID, "name": _TEXT, "aliases": {**_TEXTS, "minItems": 1},
                    "passages": {"type": "array", "minItems": 1, "items": _PASSAGE},
                },
                cause=_TEXT,
                references=_TEXTS,
                remedy={"type": "boolean"},
                check_in={"type": "object", "minProperties": 1, "additionalProperties": {**_TEXTS, "minItems": 1}},
            ),
        },
    },
    check_in={"type": "array", "minItems": 1, "items": _QUESTION},
    outside={"type": "array", "items": _record({"name": _TEXT}, aliases=_TEXTS)},
    ambiguous=_TEXTS,
    weak=_TEXTS,
)  # fmt: skip


def checked(data: Any) -> dict[str, Any]:
    """The data of an article file, when nothing is wrong with it.

    Raises:
        ArticleError: something is; the message names the id and the fault.
    """
    if data is None:
        raise ArticleError("is empty")
    fault = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(_SCHEMA).iter_errors(data))
    if fault is not None:
        raise ArticleError(f"{_place(data, fault.absolute_path)}: {fault.message}")
    topics = [topic["id"] for topic in data["topics"]]
    references = [reference["id"] for reference in data["references"]]
    _refuse_repeats("topic", topics)
    _refuse_repeats("reference", references)
    _refuse_repeats("passage", [passage["id"] for topic in data["topics"] for passage in topic["passages"]])
    if data["article"]["subject"] not in topics:
        raise ArticleError(f"article: subject {data['article']['subject']!r} is not a topic")
    for topic in data["topics"]:
        _check_topic(topic, references, is_cause=topic["id"] != data["article"]["subject"])
    _refuse_shared_aliases(data)
    _refuse_weak_strangers(data)
    _check_check_in(data)
    return data


def _place(data: Any, path: Iterable[str | int]) -> str:
    """The nearest id on the way to a fault, with the field: `topic stress, field name`."""
    named, field = "", []
    for step in path:
        data = data[step]
        field.append(str(step))
        if isinstance(data, dict) and (data.get("id") or data.get("name")):
            named, field = f"{data.get('id') or data.get('name')}", []
    return ", ".join(part for part in (named, ".".join(field)) if part) or "top level"


def _refuse_repeats(kind: str, ids: list[str]) -> None:
    for seen, name in enumerate(ids):
        if name in ids[:seen]:
            raise ArticleError(f"{kind} {name}: id used twice")


def _check_topic(topic: dict[str, Any], references: list[str], *, is_cause: bool) -> None:
    if is_cause and "cause" not in topic:
        raise ArticleError(f"topic {topic['id']}: 'cause' is missing")
    for reference in topic.get("references", []):
        if reference not in references:
            raise ArticleError(f"topic {topic['id']}: unknown reference {reference!r}")
    for passage in topic["passages"]:
        about, _, aspect = passage["id"].partition(".")
        if about != topic["id"]:
            raise ArticleError(f"passage {passage['id']}: unknown topic {about!r} (it stands in {topic['id']!r})")
        if aspect not in ANSWERABLE:
            raise ArticleError(f"passage {passage['id']}: unknown aspect {aspect!r}")
        for extra in passage.get("answers", []):
            if extra not in ASPECTS:
                raise ArticleError(f"passage {passage['id']}: answers unknown aspect {extra!r}")


def _refuse_shared_aliases(data: dict[str, Any]) -> None:
    """A name of two topics has to be said to be one; a passage's own term may point at several, or be a name as well."""
    owners: dict[str, str] = {}
    shared = {alias.casefold() for alias in data.get("ambiguous", [])}
    outside = ((entry["name"], [entry["name"], *entry.get("aliases", [])]) for entry in data.get("outside", []))
    for owner, aliases in [*((topic["id"], topic["aliases"]) for topic in data["topics"]), *outside]:
        for alias in {alias.casefold() for alias in aliases} - shared:
            if owners.setdefault(alias, owner) != owner:
                raise ArticleError(f"{owner}: alias {alias!r} is used by {owners[alias]} already")
    _refuse_idle_ambiguity(data)


def _refuse_idle_ambiguity(data: dict[str, Any]) -> None:
    for alias in data.get("ambiguous", []):
        having = [topic["id"] for topic in data["topics"] if alias in topic["aliases"]]
        if len(having) < 2:
            raise ArticleError(f"ambiguous: {alias!r} is a name of {having[0] if having else 'no topic'} only")


def _refuse_weak_strangers(data: dict[str, Any]) -> None:
    aliases = {alias for topic in data["topics"] for alias in topic["aliases"]}
    if strangers := [alias for alias in data.get("weak", []) if alias not in aliases]:
        raise ArticleError(f"weak: {strangers[0]!r} is a name of no topic")


def _check_check_in(data: dict[str, Any]) -> None:
    questions = data.get("check_in", [])
    _refuse_repeats("check-in question", [question["id"] for question in questions])
    for question in questions:
        _refuse_repeats(f"check-in question {question['id']}: answer", [answer["id"] for answer in question["answers"]])
        _refuse_shared_words(question)
    answers = {question["id"]: [answer["id"] for answer in question["answers"]] for question in questions}
    pointing: set[tuple[str, str]] = set()
    for topic in data["topics"]:
        if "check_in" in topic and topic["id"] == data["article"]["subject"]:
            raise ArticleError(f"topic {topic['id']}: check_in: answers point to causes, not to the article's subject")
        for question, chosen in topic.get("check_in", {}).items():
            if question not in answers:
                raise ArticleError(f"topic {topic['id']}: check_in: unknown question {question!r}")
            _refuse_repeats(f"topic {topic['id']}: check_in {question}: answer", chosen)
            for answer in chosen:
                if answer not in answers[question]:
                    raise ArticleError(f"topic {topic['id']}: check_in {question}: unknown answer {answer!r}")
                pointing.add((question, answer))
    for question, ids in answers.items():
        if all((question, answer) in pointing for answer in ids):
            raise ArticleError(f"check-in question {question}: one answer has to point to no topic")


def _refuse_shared_words(question: dict[str, Any]) -> None:
    owners: dict[str, str] = {}
    for answer in question["answers"]:
        for words in {w.casefold() for w in (answer["title"], *answer.get("words", []), *answer.get("in_report", []))}:
            if owners.setdefault(words, answer["id"]) != answer["id"]:
                raise ArticleError(
                    f"check-in question {question['id']}, answer {answer['id']}: {words!r} means {owners[words]} already"
                )
