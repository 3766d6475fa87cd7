"""A page in, an article out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from fascicle.errors import CompileError
from fascicle.library.compiling import damage, inner, metadata
from fascicle.library.compiling.blocks import blocks
from fascicle.library.compiling.boilerplate import main_part
from fascicle.library.compiling.classifier import HeadingClassifier
from fascicle.library.compiling.names import masks, names_of
from fascicle.library.compiling.placing import place, slug, without_clashes
from fascicle.library.compiling.records import CompiledArticle, Metadata, Page, Topic
from fascicle.library.compiling.sections import Outline, Raw, outline

INTRODUCTION = 3_000
"""Letters of the text in which a page introduces its subject: names that come later are of other things."""


def compile_page(page: Page, name: str, classifier: HeadingClassifier | None = None) -> CompiledArticle:
    """The article that a page makes.

    Args:
        page: in the inner form.
        name: id of the article, where the page brings none.
        classifier: asked for headings that no rule knows; without one they are not placed.

    Raises:
        CompileError: the page is not one to answer from; one line with the file and the fault.
    """
    try:
        return _compiled(page, name, classifier)
    except CompileError as error:
        raise CompileError(f"{page.source}: {error}") from error.__cause__
    except RecursionError as error:
        raise CompileError(f"{page.source}: is nested too deep") from error


def _compiled(page: Page, name: str, classifier: HeadingClassifier | None) -> CompiledArticle:
    root = inner.tree(page.html)
    about = metadata.first_of(page.said, metadata.of_tree(root))
    found = outline(blocks(_text_of(root, page)))
    about = _completed(about, found)
    _refuse(about, found)
    introduction = _introduction(found.sections)
    names = names_of(about.subject or about.title, about.names, introduction)
    subject = Topic(slug(names[0]), names[0], names)
    topics, sections = place(found.sections, subject, [masks(about.title), *names], classifier)
    return CompiledArticle(
        id=about.id or name,
        source=Path(page.source).name,
        about=replace(about, id="", subject="", names=()),
        topics=without_clashes(topics),
        sections=sections,
        references=found.references,
        damage=damage.of_page(found, sections),
    )


def _text_of(root: Any, page: Page) -> Any:
    cleaned = inner.clean(root, whole=page.whole)
    return cleaned if page.whole else main_part(cleaned)


def _completed(about: Metadata, found: Outline) -> Metadata:
    title = about.title or found.title or next((section.title for section in found.sections if section.title), "")
    kind = about.kind or metadata.kind_of(about.url, title) or "condition"
    return replace(about, title=title, kind=kind, language=about.language or "en")


def _refuse(about: Metadata, found: Outline) -> None:
    """Raises CompileError for a page that nobody could be answered from."""
    text = "\n".join(paragraph.text for section in found.sections for paragraph in section.paragraphs)
    if not text.strip():
        raise CompileError("has no text to answer from")
    if not about.title:
        raise CompileError("has no title: give it a heading of the first level, or a `title`")
    if about.language not in ("en", "eng"):
        raise CompileError(f"is not in English, it says: its language is {about.language!r}")
    if not damage.is_english(text):
        raise CompileError("is not in English")


def _introduction(sections: tuple[Raw, ...]) -> str:
    lines: list[str] = []
    for section in sections[:3]:
        lines += [paragraph.text for paragraph in section.paragraphs if paragraph.kind in ("text", "item", "definition")]
    return "\n".join(lines)[:INTRODUCTION]
