"""Two topics side by side."""

from __future__ import annotations

import re
from dataclasses import replace

from fascicle.answering.context import Context, about, added
from fascicle.answering.coverage import cells, not_said, silent_on
from fascicle.answering.focus import MAX_TOPICS
from fascicle.answering.offers import nearest, with_offers
from fascicle.answering.references import pointed_at, several
from fascicle.answering.wording import capital
from fascicle.library import ANSWERABLE, ASPECTS, BY_INTENT, Article, said
from fascicle.reply import Block, Reply
from fascicle.understanding.question import Question

COMPARED = ("overview", "symptoms")
"""Aspects shown side by side where the question names none."""
WORD = re.compile(r"[^\W_]+")
LIKELY = 2
"""Readings of a question that say by what things are compared: that it compares them, and the next."""


def sides(article: Article, question: Question, context: Context) -> tuple[str, ...]:
    """The topics that are to be compared, as far as they are named or in play."""
    named = tuple(topic for topic in question.topics if topic != article.subject)
    if len(named) > 1:
        return named
    in_play = tuple(topic for topic in context.topics if topic != article.subject)
    if named:  # with what is talked about, if it names nothing else to compare it with
        return named if question.about_subject else tuple(dict.fromkeys((*in_play, *named)))[-MAX_TOPICS:]
    return pointed_at(question, article, context) or several(article, context) or in_play


def compared_aspects(question: Question) -> tuple[str, ...]:
    """What of the topics is compared: what the question says, else what it is likeliest about."""
    text = f" {' '.join(WORD.findall(question.text.lower()))} "
    said_so = (aspect.id for aspect in ASPECTS.values() if any(f" {words} " in text for words in aspect.compared_by))
    likeliest = (BY_INTENT[r].id for r in question.readings[:LIKELY] if r in BY_INTENT and BY_INTENT[r].id in ANSWERABLE)
    asked = next(said_so, None) or next(likeliest, "overview")
    return COMPARED if asked in COMPARED else (asked,)


def side_by_side(
    article: Article, topics: tuple[str, ...], aspects: tuple[str, ...], context: Context, *, which: bool = False
) -> tuple[Reply, Context]:
    """Topics one after the other, each with its own passages; those that have any are in play where `which` was asked."""
    blocks: list[Block] = []
    for topic in topics:
        found = [Block(passage=p.id) for aspect in aspects if (p := article.passage(topic, aspect))]
        blocks += [Block(capital(article.topics[topic].name), type="heading"), *found] if found else []
    blocks.append(Block(said("answers", "not_compared")))
    silent = {aspect: silent_on(article, topics, aspect) for aspect in aspects}
    blocks += [Block(text) for aspect, of in silent.items() if (text := not_said(article, of, aspect))]
    told_of = tuple(topic for topic in topics if any(article.passage(topic, aspect) for aspect in aspects))
    context = replace(about(context, topics, aspects[0]), topics=told_of if which else topics)
    context = replace(context, told=added(context.told, [block.passage for block in blocks if block.passage]))
    missing = tuple(cell for aspect, of in silent.items() for cell in cells(of, aspect))
    return with_offers(Reply("answer", tuple(blocks), nearest(article, context.topics, context), missing), context)
