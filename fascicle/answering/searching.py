"""Answers from a library: finds the article that a question is about, and answers from it as its kind is answered from."""

from __future__ import annotations

from dataclasses import replace

from fascicle.answering.answering import answer
from fascicle.answering.context import Context, within
from fascicle.answering.finding import choose, quote, quotes_next, which_article
from fascicle.answering.offers import of_article
from fascicle.answering.sourcing import sources
from fascicle.library import Library, said
from fascicle.reply import Block, Reply
from fascicle.understanding.question import Question


def answer_from(library: Library, question: Question, context: Context) -> tuple[Reply, Context]:
    """The reply to one question, and the context after it.

    Args:
        library: what is answered from.
        question: read for no article.
        context: the conversation so far.
    """
    if question.intent == "ask_sources" and context.article:
        return of_article(context.article, *sources(library.article(context.article), question, context))
    choice = choose(library, question, context)
    if not choice.articles:
        return Reply("out_of_scope" if not context.article else "not_covered", (Block(said("answers", "no_article")),)), context
    if not choice.is_clear:
        return which_article(library, choice.articles, question, context)
    article = library.article(choice.articles[0])
    if article.is_quoted:
        return quote(library, choice.articles, question, context)
    meant = question.sought.of(article) if question.sought else question
    reply, context = of_article(article.id, *answer(article, meant, within(context, article.id)))
    return replace(reply, article=article.id), context


def more_from(library: Library, context: Context) -> tuple[Reply, Context] | None:
    """The next passage of the article in play; None where that is answered from as it is written."""
    article = library.article(context.article) if context.article else library.scope
    return quotes_next(article, context) if article and article.is_quoted else None
