"""Where the answers come from."""

from __future__ import annotations

from fascicle.answering.context import Context
from fascicle.answering.telling import plain
from fascicle.answering.wording import listed
from fascicle.library import Article
from fascicle.reply import Block, Reply
from fascicle.understanding.question import Question


def sources(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """Where the answers come from: the article, its date and forms of citation, and the references it lists."""
    asked = [form for name, form in (("MLA", article.mla), ("APA", article.apa)) if name in question.text.upper()]
    if asked:
        return plain(article, "sources", tuple(Block(form) for form in asked), context)
    topics = question.topics or context.topics
    references = [ref for topic in topics for ref in article.topics[topic].references] or list(article.references.values())
    of = listed(article.topics[topic].name for topic in topics if article.topics[topic].references)
    blocks = [
        Block(
            f"Everything I say comes from one article: “{article.title}” by {article.author}, {article.publisher}, "
            f"published on {article.published} and read on {article.accessed}. Medical knowledge may have moved on since."
        ),
        Block(article.url),
        Block(f"MLA: {article.mla}"),
        Block(f"APA: {article.apa}"),
        Block(
            f"For {of} the article lists:" if of else "The article lists these references, without saying which fact is whose:"
        ),
        *(Block(f"{ref.title} ({ref.published})", type="list_item") for ref in references),
    ]
    return plain(article, "sources", tuple(blocks), context)
