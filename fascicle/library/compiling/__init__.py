"""Makes articles of pages: reads them, parts them into sections, and places each in a cell, with the page's own words."""

from fascicle.library.compiling.classifier import HeadingClassifier, NearestHeadings
from fascicle.library.compiling.compile import compile_page
from fascicle.library.compiling.inputs import files, read
from fascicle.library.compiling.records import (
    CompiledArticle,
    Damage,
    Editing,
    Metadata,
    Page,
    Paragraph,
    Passage,
    Placing,
    Reference,
    Section,
    Sentence,
    Topic,
)

__all__ = [
    "CompiledArticle",
    "Damage",
    "Editing",
    "HeadingClassifier",
    "Metadata",
    "NearestHeadings",
    "Page",
    "Paragraph",
    "Passage",
    "Placing",
    "Reference",
    "Section",
    "Sentence",
    "Topic",
    "compile_page",
    "files",
    "read",
]
