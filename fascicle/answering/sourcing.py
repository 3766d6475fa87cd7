"""Where the answers come from."""

from __future__ import annotations

import re

from fascicle.answering.context import Context
from fascicle.answering.telling import plain
from fascicle.answering.wording import listed
from fascicle.library import Article, Reference, said
from fascicle.reply import Block, Reply
from fascicle.understanding.question import Question


def sources(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """Where the answers come from: the article, its date and forms of citation, and the references it lists."""
    asked = [
        form for name, form in (("MLA", article.mla), ("APA", article.apa)) if name in re.findall(r"\w+", question.text.upper())
    ]
    if asked:
        return plain(article, "sources", tuple(Block(form) for form in asked), context)
    topics = question.topics or context.topics
    references = [ref for topic in topics for ref in article.topics[topic].references] or list(article.references.values())
    of = listed(article.topics[topic].name for topic in topics if article.topics[topic].references)
    heading = said("answers", "references_of", names=of) if of else said("answers", "references")
    blocks = [
        Block(_origin(article)),
        *([Block(article.url)] if article.url else []),
        Block(said("answers", "mla", form=article.mla)),
        Block(said("answers", "apa", form=article.apa)),
        *([Block(heading)] if references else []),
        *(Block(_reference(reference), type="list_item") for reference in references),
    ]
    return plain(article, "sources", tuple(blocks), context)


def _origin(article: Article) -> str:
    """Which article the answers come from, and whether they quote it."""
    if not article.restated:
        by = ", ".join(filter(None, (article.author, article.publisher, article.published)))
        return said("answers", "quoted_from", title=article.title, by=f" ({by})" if by else "")
    return said(
        "answers", "one_article", title=article.title, author=article.author, publisher=article.publisher,
        published=article.published, accessed=article.accessed,
    )  # fmt: skip


def _reference(reference: Reference) -> str:
    if not reference.published:
        return reference.title
    return said("answers", "reference", title=reference.title, published=reference.published)
