"""Word files (DOCX) as HTML, by mammoth: headings, lists, tables, and bold as their styles say."""

from __future__ import annotations

import io
import zipfile

import mammoth
from lxml import etree

from fascicle.errors import CompileError
from fascicle.library.compiling.metadata import date_of, text_of
from fascicle.library.compiling.records import Metadata, Page

LARGEST = 50_000_000
"""Bytes of a file's parts, unpacked."""
MOST_PARTS = 2_000
_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_CORE = {
    "title": "{http://purl.org/dc/elements/1.1/}title",
    "author": "{http://purl.org/dc/elements/1.1/}creator",
    "language": "{http://purl.org/dc/elements/1.1/}language",
    "published": "{http://purl.org/dc/terms/}created",
    "reviewed": "{http://purl.org/dc/terms/}modified",
}


def page(content: bytes, source: str) -> Page:
    """The page that a Word file makes; pictures are left out.

    Raises:
        CompileError: it is none, is too large unpacked, or declares entities.
    """
    said = _checked(content)
    try:
        made = mammoth.convert_to_html(
            io.BytesIO(content), style_map=_STYLES, convert_image=mammoth.images.img_element(lambda image: {"src": ""})
        )
    except Exception as error:  # mammoth raises whatever its parts raise
        raise CompileError("is not a Word file that can be read") from error
    return Page(source, made.value, said, whole=True)


def _checked(content: bytes) -> Metadata:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
            if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
                raise CompileError(f"has more than {LARGEST:,} bytes or {MOST_PARTS:,} parts when unpacked")
            for part in parts:
                if part.filename.endswith((".xml", ".rels")) and b"<!" in _start(packed, part):
                    raise CompileError("declares entities, as no Word file does")
            core = packed.read("docProps/core.xml") if "docProps/core.xml" in packed.namelist() else b""
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise CompileError("is not a Word file that can be read") from error
    return _core(core)


def _start(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    with packed.open(part) as opened:
        return opened.read(4096).replace(b"<!--", b"")


def _core(content: bytes) -> Metadata:
    """What the file's properties say; Word fills in none of them by itself but the dates and the account's name."""
    try:
        root = etree.fromstring(content, etree.XMLParser(resolve_entities=False, no_network=True)) if content else None
    except etree.XMLSyntaxError:
        root = None
    if root is None:
        return Metadata()
    texts = {field: text_of(root.findtext(name)) for field, name in _CORE.items()}
    return Metadata(
        title=texts["title"], author=texts["author"], published=date_of(texts["published"]), reviewed=date_of(texts["reviewed"]),
        language=texts["language"][:2].lower(),
    )  # fmt: skip
