"""The article: loaded from YAML into frozen records, checked, and looked up by topic and aspect.

Every fact the bot states comes from a `Passage` of this file, and so does its `Citation`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from fascicle.library.aspects import ANSWERABLE, ASPECTS

ROOT = Path(__file__).resolve().parents[2]


class ArticleError(ValueError):
    """The article file is not usable; the message names the file, the id, and the fault."""


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
class Passage:
    """What the article says about one aspect of one topic, in our words.

    Args:
        id: `TOPIC.ASPECT`, permanent.
        where: the article's sections this restates, each with its paragraph numbers, counted from 1.
        text: the passage.
        items: list items that follow the text; empty for all but the list of causes.
        answers: further aspects that this passage answers.
        terms: words that point at this passage without naming its topic.
    """

    id: str
    where: tuple[tuple[str, tuple[int, ...]], ...]
    text: str
    items: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()

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
    def place(self) -> str:
        """Where in the article it stands, in words: `section "Causes", paragraphs 3 and 4`."""
        return "; ".join(
            f"section “{section}”, paragraph{'s' if len(paragraphs) > 1 else ''} {' and '.join(map(str, paragraphs))}"
            for section, paragraphs in self.where
        )

    @property
    def first_sentence(self) -> str:
        """The text up to its first full stop."""
        return re.split(r"(?<=[.:]) ", self.text, maxsplit=1)[0]

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
    """Where a passage comes from: the article and the references it lists for the passage's topic."""

    passage: Passage
    title: str
    author: str
    publisher: str
    published: str
    accessed: str
    url: str
    references: tuple[Reference, ...]


@dataclass(frozen=True)
class Article:
    """One article: its bibliographic data, topics in the article's order, references, and what it leaves out."""

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

    def citation(self, passage: Passage) -> Citation:
        """The citation of a passage, from the same record."""
        return Citation(
            passage, self.title, self.author, self.publisher, self.published, self.accessed, self.url,
            self.topics[passage.topic].references,
        )  # fmt: skip

    @property
    def passages(self) -> list[Passage]:
        """All passages, topic by topic."""
        return [passage for topic in self.topics.values() for passage in topic.passages.values()]

    @property
    def causes(self) -> list[Topic]:
        """The topics that the article lists as causes, in its order."""
        return [topic for topic in self.topics.values() if topic.id != self.subject]


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
            }
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
)  # fmt: skip


def load(path: Path | str) -> Article:
    """Read an article file.

    Raises:
        ArticleError: the file cannot be read or is faulty; one line that names file, id, and fault.
    """
    try:
        return _build(_checked(_parse(Path(path))))
    except ArticleError as error:
        raise ArticleError(f"{path}: {error}") from error.__cause__


@cache
def default() -> Article:
    """The article this installation answers from: `FASCICLE_ARTICLE`, or the only file in data/articles."""
    return load(default_path())


def default_path() -> Path:
    """Path of the article this installation answers from.

    Raises:
        ArticleError: `FASCICLE_ARTICLE` is not set, and data/articles holds none or several.
    """
    if "FASCICLE_ARTICLE" in os.environ:
        return Path(os.environ["FASCICLE_ARTICLE"])
    found = sorted((ROOT / "data/articles").glob("*.yml"))
    if len(found) != 1:
        raise ArticleError(f"data/articles: {len(found)} article files; name the one to use in FASCICLE_ARTICLE")
    return found[0]


def load_or_exit(path: Path | str) -> Article:
    """Like `load`, for commands: prints the fault to standard error and exits with 1."""
    try:
        return load(path)
    except ArticleError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def _parse(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise ArticleError(f"is not UTF-8 text (byte {error.start})") from error
    except OSError as error:
        raise ArticleError(f"cannot be read: {error.strerror}") from error
    try:
        return _dates_as_text(YAML(typ="safe", pure=True).load(text))
    except DuplicateKeyError as error:
        raise ArticleError(f"line {error.problem_mark.line + 1}: {error.problem}") from error
    except RecursionError as error:
        raise ArticleError("not valid YAML: an alias contains itself") from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ArticleError(f"line {mark.line + 1 if mark else '?'}: not valid YAML") from error
    except ValueError as error:
        raise ArticleError(f"has a date that does not exist: {error}") from error


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


def _checked(data: Any) -> dict[str, Any]:
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
    owners: dict[str, str] = {}
    owned = [(topic["id"], topic["aliases"]) for topic in data["topics"]]
    owned += [(p["id"], p.get("terms", [])) for topic in data["topics"] for p in topic["passages"]]
    owned += [(entry["name"], [entry["name"], *entry.get("aliases", [])]) for entry in data.get("outside", [])]
    for owner, aliases in owned:
        for alias in {alias.casefold() for alias in aliases}:
            if owners.setdefault(alias, owner) != owner:
                raise ArticleError(f"{owner}: alias {alias!r} is used by {owners[alias]} already")


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


def _build(data: dict[str, Any]) -> Article:
    references = {entry["id"]: Reference(**entry) for entry in data["references"]}
    causes = tuple(topic["cause"] for topic in data["topics"] if topic["id"] != data["article"]["subject"])
    topics = {
        topic["id"]: Topic(
            id=topic["id"],
            name=topic["name"],
            cause=topic.get("cause", ""),
            aliases=tuple(topic["aliases"]),
            references=tuple(references[reference] for reference in topic.get("references", [])),
            passages={passage["id"].partition(".")[2]: _passage(passage, causes) for passage in topic["passages"]},
            remedy=topic.get("remedy", False),
        )
        for topic in data["topics"]
    }
    outside = tuple(Outside(entry["name"], tuple(entry.get("aliases", []))) for entry in data.get("outside", []))
    return Article(
        **data["article"],
        topics=topics,
        references=references,
        outside=outside,
        check_in=tuple(_question(question, data["topics"]) for question in data.get("check_in", [])),
    )


def _question(data: dict[str, Any], topics: list[dict[str, Any]]) -> CheckInQuestion:
    answers = (
        Answer(
            id=answer["id"],
            title=answer["title"],
            topics=tuple(t["id"] for t in topics if answer["id"] in t.get("check_in", {}).get(data["id"], [])),
            words=tuple(answer.get("words", [])),
            in_report=tuple(answer.get("in_report", [])),
        )
        for answer in data["answers"]
    )
    return CheckInQuestion(data["id"], data["ask"].strip(), data["why"].strip(), tuple(answers))


def _passage(data: dict[str, Any], causes: tuple[str, ...]) -> Passage:
    return Passage(
        id=data["id"],
        where=tuple((section, tuple(paragraphs)) for section, paragraphs in data["where"].items()),
        text=data["text"].strip(),
        items=causes if data.get("lists_causes") else (),
        answers=tuple(data.get("answers", [])),
        terms=tuple(data.get("terms", [])),
    )
