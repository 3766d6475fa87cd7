"""Reads an article file into records."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import YAMLError

from fascicle import ROOT
from fascicle.errors import ArticleError
from fascicle.library.article import Answer, Article, CheckInQuestion, Outside, Passage, Reference, Topic
from fascicle.library.checking import checked


def load(path: Path | str) -> Article:
    """Read an article file.

    Raises:
        ArticleError: the file cannot be read or is faulty; one line that names file, id, and fault.
    """
    try:
        return _build(checked(_parse(Path(path))))
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
        return _dates_as_text(_loaded(text))
    except DuplicateKeyError as error:
        raise ArticleError(f"line {error.problem_mark.line + 1}: {error.problem}") from error
    except RecursionError as error:
        raise ArticleError("not valid YAML: an alias contains itself") from error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise ArticleError(f"line {mark.line + 1 if mark else '?'}: not valid YAML") from error
    except ValueError as error:
        raise ArticleError(f"has a date that does not exist: {error}") from error


def _loaded(text: str) -> Any:
    """The data of a YAML text. The C parser is ten times as fast; what it refuses may be YAML 1.2, which the other reads."""
    try:
        return YAML(typ="safe", pure=False).load(text)
    except DuplicateKeyError:
        raise
    except YAMLError:
        return YAML(typ="safe", pure=True).load(text)


def _dates_as_text(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _dates_as_text(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(item) for item in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


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
        weak=tuple(data.get("weak", [])),
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
        caution=data.get("caution", "").strip(),
    )
