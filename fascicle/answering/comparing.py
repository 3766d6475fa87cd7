"""Two topics side by side."""

from __future__ import annotations

from dataclasses import replace

from fascicle.answering.context import Context, about, added
from fascicle.answering.coverage import cells, not_said, silent_on
from fascicle.answering.offers import nearest, with_offers
from fascicle.answering.wording import capital
from fascicle.library import Article, said
from fascicle.reply import Block, Reply
from fascicle.understanding.question import Question

COMPARED = ("overview", "symptoms")
"""Aspects shown side by side."""


def sides(article: Article, question: Question, context: Context) -> tuple[str, ...]:
    """The topics that are to be compared, as far as they are named or in play."""
    topics = question.topics if len(question.topics) > 1 else tuple(dict.fromkeys((*context.topics, *question.topics)))[:2]
    return tuple(topic for topic in topics if topic != article.subject) or topics


def side_by_side(article: Article, topics: tuple[str, ...], context: Context) -> tuple[Reply, Context]:
    """Topics one after the other, each with its own passages."""
    blocks: list[Block] = []
    for topic in topics:
        blocks.append(Block(capital(article.topics[topic].name), type="heading"))
        blocks += [Block(passage=p.id) for aspect in COMPARED if (p := article.passage(topic, aspect))]
    blocks.append(Block(said("answers", "not_compared")))
    silent = {aspect: silent_on(article, topics, aspect) for aspect in COMPARED}
    blocks += [Block(text) for aspect, of in silent.items() if (text := not_said(article, of, aspect))]
    context = about(context, topics, "overview")
    context = replace(context, told=added(context.told, [block.passage for block in blocks if block.passage]))
    missing = tuple(cell for aspect, of in silent.items() for cell in cells(of, aspect))
    return with_offers(Reply("answer", tuple(blocks), nearest(article, topics, context), missing), context)
