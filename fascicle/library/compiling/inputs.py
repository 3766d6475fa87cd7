"""Reads the pages that files and folders hold, whatever form they have."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from fascicle.errors import CompileError, NoArticle
from fascicle.library.compiling import inner, jats, markdown, schema_org, word
from fascicle.library.compiling.metadata import date_of, kind_of, text_of, url_of
from fascicle.library.compiling.records import Metadata, Page

LARGEST = 10_000_000
"""Bytes of a file that holds one page."""
LARGEST_LINE = 12_000_000
"""Bytes of one page in a file that holds many: letters may be written as six bytes each."""
_FORMS = {
    ".jsonl.gz": "lines", ".jsonl": "lines", ".html": "html", ".htm": "html", ".xhtml": "html", ".md": "markdown",
    ".markdown": "markdown", ".docx": "word", ".xml": "jats", ".nxml": "jats", ".json": "schema",
}  # fmt: skip
ENDINGS = tuple(_FORMS)
"""Endings of the files that can be read."""
ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w-]{2,40})", re.I)


def files(paths: list[Path]) -> Iterator[Path]:
    """The files to read: those given, and in a folder those whose form is known, in the order of their names.

    Links inside a folder are not followed, as they may lead out of it.
    """
    for path in paths:
        if path.is_dir():
            inside = (found for found in sorted(path.rglob("*")) if form(found) and found.is_file() and not found.is_symlink())
            yield from (found for found in inside if not any(part.startswith(".") for part in found.relative_to(path).parts))
        else:
            yield path


def form(path: Path) -> str:
    """The form of a file by its name; empty if it is none that can be read."""
    name = path.name.lower()
    return next((kind for ending, kind in _FORMS.items() if name.endswith(ending)), "")


def read(path: Path) -> Iterator[Page | CompileError]:
    """The pages of a file; in place of a page that cannot be read the error that says why, with file and line.

    Raises:
        CompileError: the file cannot be read at all.
    """
    kind = form(path)
    if not kind:
        raise NoArticle(f"{_shown(path)}: is none of {', '.join(ENDINGS)}")
    if kind == "lines":
        yield from _lines(path)
    else:
        yield _page(path, kind)


def _shown(path: Path) -> str:
    """A path on one line: a file may be called anything."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(path))


def _page(path: Path, kind: str) -> Page | CompileError:
    made: dict[str, Callable[[bytes, str], Page]] = {
        "html": _html, "markdown": _markdown, "word": word.page, "jats": jats.page, "schema": _schema,
    }  # fmt: skip
    try:
        return made[kind](_content(path), _shown(path))
    except CompileError as error:
        return type(error)(f"{_shown(path)}: {error}")
    except RecursionError:
        return CompileError(f"{_shown(path)}: is nested too deep")


def _content(path: Path) -> bytes:
    try:
        known, size = path.is_file(), path.stat().st_size
        if known and size <= LARGEST:
            return path.read_bytes()
    except FileNotFoundError as error:
        raise CompileError("does not exist") from error
    except OSError as error:
        raise CompileError(f"cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CompileError("cannot be read: its name is none") from error
    raise CompileError(f"has {size:,} bytes; a page may have {LARGEST:,}" if known else "is not a file")


def text_in(content: bytes, *, html: bool = False) -> str:
    """Bytes as text: UTF-8, or in HTML the encoding that it names.

    Raises:
        CompileError: it is neither.
    """
    named = _CHARSET.search(content[:4096]) if html else None
    encoding = named[1].decode("ascii", "replace") if named else "utf-8"
    for name in ("utf-8-sig", encoding):
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            continue
    raise CompileError("is not UTF-8 text")


def _html(content: bytes, source: str) -> Page:
    return Page(source, text_in(content, html=True))


def _markdown(content: bytes, source: str) -> Page:
    return markdown.page(text_in(content), source)


def _schema(content: bytes, source: str) -> Page:
    try:
        return schema_org.page(json.loads(inner.checked(text_in(content))), source)
    except ValueError as error:
        if isinstance(error, CompileError):
            raise
        raise CompileError("is not valid JSON") from error


def _lines(path: Path) -> Iterator[Page | CompileError]:
    opened = gzip.open if path.name.lower().endswith(".gz") else open
    try:
        with opened(path, "rb") as stream:
            for number, line in enumerate(iter(lambda: stream.readline(LARGEST_LINE + 1), b""), 1):
                if len(line) > LARGEST_LINE:
                    raise CompileError(f"{_shown(path)}, line {number}: is longer than {LARGEST_LINE:,} bytes")
                if line.strip():
                    yield _row(line, f"{_shown(path)}, line {number}")
    except (OSError, EOFError, zlib.error) as error:
        raise CompileError(f"{_shown(path)}: cannot be read: {getattr(error, 'strerror', None) or 'it is damaged'}") from error


def _row(line: bytes, source: str) -> Page | CompileError:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return CompileError(f"{source}: is not valid JSON")
    if not isinstance(row, dict) or not isinstance(row.get("html"), str):
        return CompileError(f"{source}: is no article: 'html' is missing")
    name = row.get("id", "")
    if name and not (isinstance(name, str) and ID.fullmatch(name)):
        return CompileError(f"{source}: id {str(name)[:80]!r} has other letters than a-z, 0-9, - and _")
    return Page(source, row["html"], said_by(row), whole=True)


def said_by(fields: dict[str, Any]) -> Metadata:
    """Metadata from named fields, as a row or front matter has them; what is not a text is left out."""
    names = fields.get("names") or fields.get("aliases") or []
    url = url_of(text_of(fields.get("url") or fields.get("canonical")))
    return Metadata(
        id=text_of(fields.get("id")),
        title=text_of(fields.get("title")),
        publisher=text_of(fields.get("publisher")),
        author=text_of(fields.get("author")),
        published=date_of(_day(fields.get("published") or fields.get("date"))),
        reviewed=date_of(_day(fields.get("reviewed") or fields.get("updated") or fields.get("lastmod"))),
        language=text_of(fields.get("language") or fields.get("lang"))[:2].lower(),
        url=url,
        kind=kind_of(text_of(fields.get("kind"))),
        names=tuple(name for one in (names if isinstance(names, list) else [names]) if (name := text_of(one))),
    )


def _day(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
