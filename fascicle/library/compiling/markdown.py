"""Markdown, with or without front matter, as HTML."""

from __future__ import annotations

import re
from typing import Any

from markdown_it import MarkdownIt
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fascicle.errors import CompileError
from fascicle.library.compiling import inner
from fascicle.library.compiling.records import Metadata, Page

LONGEST = 20_000
"""Letters of front matter: a page has ten lines of it."""
_FRONT = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?P<front>.*?)^(?:---|\.\.\.)[ \t]*\r?$\n?", re.S | re.M)


def page(text: str, source: str) -> Page:
    """The page that a Markdown text makes.

    Raises:
        CompileError: its front matter is no YAML, or the text is not one.
    """
    from fascicle.library.compiling.inputs import ID, said_by

    inner.checked(text)
    front = _FRONT.match(text)
    fields = _fields(front["front"]) if front else {}
    if fields.get("id") and not ID.fullmatch(str(fields["id"])):
        raise CompileError(f"id {str(fields['id'])[:80]!r} has other letters than a-z, 0-9, - and _")
    said = said_by(fields) if fields else Metadata()
    html = MarkdownIt("commonmark", {"html": True}).enable("table").render(text[front.end() :] if front else text)
    return Page(source, html, said, whole=True)


def _fields(front: str) -> dict[str, Any]:
    if len(front) > LONGEST:
        raise CompileError(f"has front matter of more than {LONGEST:,} letters")
    if re.search(r"(?:^|[\s\[,:-])[&*][\w-]+", front):
        raise CompileError("has front matter with anchors, which it has no use for")
    try:
        found = YAML(typ="safe", pure=True).load(front)
    except (YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        raise CompileError(f"line {mark.line + 2 if mark else 1}: front matter is not valid YAML") from error
    return {str(key): value for key, value in found.items()} if isinstance(found, dict) else {}
