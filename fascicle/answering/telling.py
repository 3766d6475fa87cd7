"""Replies put together: framing, passages, what is missing, and suggestions, with the context after them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fascicle.answering.context import Context, about, added
from fascicle.answering.coverage import cells, not_said
from fascicle.answering.offers import distinct, nearest, offer, with_offers
from fascicle.answering.wording import capital, listed
from fascicle.library import Article, Passage, said
from fascicle.reply import Block, Reply, payload
from fascicle.understanding.question import NOT_OURS, Question


def told(
    article: Article, passages: list[Passage], lead: tuple[Block, ...], context: Context, missing: str = "", *,
    headed: bool = False,
) -> tuple[Reply, Context]:  # fmt: skip
    """An answer: framing, passages, `headed` by the names of their topics, and what the article does not say of the rest."""
    context = replace(context, told=added(context.told, [passage.id for passage in passages]))
    shown = [block for passage in passages for block in _shown(article, passage, headed=headed)]
    blocks = (*lead, *shown, *((Block(missing),) if missing else ()))
    reply, context = with_offers(Reply("answer", blocks, nearest(article, context.topics, context)), context)
    return reply, _with_list(article, reply, context)


def _with_list(article: Article, reply: Reply, context: Context) -> Context:
    """The context, with the causes as what "the third one" picks from, if a reply lists them."""
    if not any(article.passage_by_id(passage).items for passage in reply.passages):
        return context
    return replace(context, options=tuple(payload("ask_overview", topic=topic.id) for topic in article.causes))


def _shown(article: Article, passage: Passage, *, headed: bool) -> list[Block]:
    heading = [Block(capital(article.topics[passage.topic].name), type="heading")] if headed else []
    return [*heading, Block(passage=passage.id)]


def not_covered(article: Article, topics: tuple[str, ...], aspect: str, context: Context) -> tuple[Reply, Context]:
    """That the article does not say this about topics."""
    context = about(context, topics, aspect)
    told_of_subject = article.passage(article.subject, aspect)  # the nearest to what was asked
    offers = [*([offer(article, told_of_subject)] if told_of_subject else []), *nearest(article, topics, context)]
    reply = Reply("not_covered", (Block(not_said(article, topics, aspect)),), distinct(offers), cells(topics, aspect))
    return with_offers(reply, context)


def not_discussed(article: Article, question: Question, context: Context, lead: str = "") -> tuple[Reply, Context]:
    """That the article does not discuss what was asked about, after words that lead to it; what is in play stays so."""
    if question.outside:
        text = said("answers", "not_discussed", names=listed(question.outside), subject=article.subject_name)
    else:
        text = said("answers", "not_ours", subject=article.subject_name)
    kind = "not_covered" if question.outside or question.intent != NOT_OURS or context.topics else "out_of_scope"
    blocks = (Block(f"{lead} {text}".strip()),)
    named = question.topics if question.intent != NOT_OURS else ()
    reply, context = plain(article, kind, blocks, replace(context, topics=named or context.topics))
    return replace(reply, outside=question.outside), context


def plain(article: Article, kind: str, blocks: tuple[Block, ...], context: Context) -> tuple[Reply, Context]:
    """A reply that is all framing, with the nearest suggestions."""
    return with_offers(Reply(kind, blocks, nearest(article, context.topics or (article.subject,), context)), context)


def tell(
    article: Article, kind: str, blocks: tuple[Block, ...], topics: tuple[str, ...], context: Context,
    suggested: Iterable[Passage] = (),
) -> tuple[Reply, Context]:  # fmt: skip
    """A reply composed elsewhere, with suggestions (the nearest if none are given), and the context with its topics in play."""
    context = about(context, topics, "overview")
    context = replace(context, told=added(context.told, [block.passage for block in blocks if block.passage]))
    offers = distinct(offer(article, passage) for passage in suggested) or nearest(article, topics, context)
    reply, context = with_offers(Reply(kind, blocks, offers), context)
    return reply, _with_list(article, reply, context)
