"""What an article of a library was made from, as bytes that the store keeps: to export it, and to compile its page again."""

from __future__ import annotations

import hashlib
import json
import zlib

from fascicle.library.compiling.article_file import ArticleFile, data_of, file_of, text_of


def packed(made: ArticleFile | str) -> bytes:
    """The bytes of an article file: that of a compiled page, or the text of one written by hand."""
    data = {"written": made} if isinstance(made, str) else {"compiled": data_of(made)}
    return zlib.compress(json.dumps(data, separators=(",", ":")).encode())


def digest_of(content: bytes, encoder: str) -> str:
    """What changes when the article, or what makes its vectors, changes."""
    return hashlib.sha256(zlib.decompress(content) + encoder.encode()).hexdigest()[:32]


def compiled_file(content: bytes) -> ArticleFile | None:
    """The file of a compiled page; None for an article written by hand."""
    data = json.loads(zlib.decompress(content))
    return file_of(data["compiled"]) if "compiled" in data else None


def text(content: bytes) -> str:
    """The article file's text."""
    data = json.loads(zlib.decompress(content))
    return str(data["written"]) if "written" in data else text_of(file_of(data["compiled"]))
