"""What the file of a compiled article has to look like."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

import jsonschema

from fascicle.errors import ArticleError
from fascicle.library.compiling.records import Metadata

FORM = 1
"""Number of the file's form; another one is not read."""
ABOUT = tuple(field.name for field in fields(Metadata) if field.name not in ("names", "id", "subject"))
"""Fields of `article` beside its id and its subject."""
_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_ID = {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"}
_NAME = {"type": "string", "pattern": "^[a-z0-9][a-z0-9_-]*$"}
_CELL = "^[a-z][a-z0-9_]*[.][a-z][a-z0-9_]*$"


def _record(required: dict[str, Any], **optional: Any) -> dict[str, Any]:
    return {"type": "object", "properties": required | optional, "required": list(required), "additionalProperties": False}


_PARAGRAPH = _record({"text": _TEXT}, kind=_TEXT, begins={"type": "array", "items": {"type": "integer", "minimum": 0}})
_SCHEMA = _record(
    {
        "article": _record({"id": _NAME, "subject": _ID, **dict.fromkeys(ABOUT, _TEXT)}),
        "topics": {"type": "array", "minItems": 1, "items": _record({"id": _ID, "name": _TEXT, "aliases": _TEXTS})},
        "sections": {
            "type": "array",
            "items": _record(
                {"title": _TEXT, "level": {"type": "integer"}, "topic": _ID, "aspect": _ID,
                 "paragraphs": {"type": "array", "items": _PARAGRAPH}},
                run_in={"type": "boolean"}, also=_TEXTS, sure={"type": "number"}, why=_TEXT,
            ),
        },
        "compiled": {"type": "object", "required": ["form", "source", "version", "article", "topics", "sections", "sure", "why"]},
    },
    passages={
        "type": "object",
        "propertyNames": {"pattern": _CELL},
        "additionalProperties": _record({}, plain=_TEXT, caution=_TEXT),
    },
    not_said={"type": "array", "items": {"type": "string", "pattern": _CELL}},
    references={"type": "array", "items": _record({"title": _TEXT}, url=_TEXT)},
    damage={"type": "array", "items": _record({"kind": _TEXT, "what": _TEXT})},
)  # fmt: skip


def checked(data: Any) -> dict[str, Any]:
    """The data of an article's file, when it has this form.

    Raises:
        ArticleError: it has not; the message names the section or topic, the field, and the fault.
    """
    fault = jsonschema.exceptions.best_match(jsonschema.Draft7Validator(_SCHEMA).iter_errors(data))
    if fault is not None:
        raise ArticleError(f"{_place(data, fault.absolute_path)}: {fault.message[:200]}")
    if data["compiled"]["form"] != FORM:
        raise ArticleError(f"compiled: form {data['compiled']['form']!r} is not {FORM}: compile the page again")
    return dict(data)


def _place(data: Any, steps: Iterable[str | int]) -> str:
    """Where a fault is, in words: `section “Causes”, aspect`."""
    parts: list[str] = []
    for step in steps:
        data = data[step]
        if isinstance(data, dict) and "title" in data:
            parts = [f"section “{data['title']}”"]
        elif isinstance(data, dict) and "id" in data:
            parts = [str(data["id"])]
        elif isinstance(step, str):
            parts.append(step)
    return ", ".join(parts) or "top level"
