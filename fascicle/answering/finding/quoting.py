"""Replies in an article's own words: the sentences that answer, or that there are none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from fascicle.answering.context import Context, about, added, within
from fascicle.answering.coverage import not_said
from fascicle.answering.finding.choosing import are_alike
from fascicle.answering.finding.said import SURELY, Evidence, evidence, says, shown
from fascicle.answering.finding.sentences import Place, asked, places
from fascicle.answering.offers import distinct, with_offers
from fascicle.answering.wording import capital
from fascicle.library import ANSWERABLE, ASPECTS, BY_INTENT, Article, Library, Passage, said
from fascicle.reply import Block, Offer, Reply, payload
from fascicle.understanding.question import Question, Sought

FIRST = 4
"""Sentences of a passage that are shown of it where none answers more than the others."""
CLEAR = 0.6
"""How probable it is at least that an overview is asked for, to begin at the beginning."""
CLEARLY = 0.3
"""Least probability of an aspect that is named as what is missing."""


def quote(library: Library, ids: Sequence[str], question: Question, context: Context) -> tuple[Reply, Context]:
    """What articles on one thing say to a question, in the words of the one that says it best.

    Args:
        library: has the articles.
        ids: the articles.
        question: what is asked.
        context: the conversation so far.
    """
    sought = _meant(question, context)
    if sought is None:
        return _picked(library.article(ids[0]), question, context)
    best = max((_look(library, library.article(id_), question.text, sought) for id_ in ids), key=lambda looked: looked[0])
    sure, article, found = best
    aspect = _likeliest(asked(sought))
    if sure < SURELY or not found or f"{article.subject}.{aspect}" in article.not_said:
        return _nothing_found(article, aspect, context)
    if asked(sought).get("overview", 0.0) >= CLEAR and (begin := article.passage(article.subject, "overview")):
        return _told(article, [_begin(begin)], context)  # what a thing is, a page says first
    return _told(article, shown(article, found), context)


def quotes_next(article: Article, context: Context) -> tuple[Reply, Context]:
    """The next passage of an article that was not shown yet."""
    untold = next((passage for passage in _suggested(article) if passage.id not in context.told), None)
    if untold is None:
        text = said("answers", "all_said", names=article.topics[article.subject].name)
        return Reply("notice", (Block(text),), article=article.id), context
    return _told(article, [_begin(untold)], context)


def which_article(library: Library, ids: Sequence[str], question: Question, context: Context) -> tuple[Reply, Context]:
    """A question back, with the titles of the articles that may be meant; of those on one thing, one that has what is asked."""
    aspect = BY_INTENT[question.intent].id if question.intent in BY_INTENT else "overview"
    meant: list[Article] = []
    for article in sorted(map(library.article, ids), key=lambda one: one.passage(one.subject, aspect) is None):
        if not any(are_alike(library, other.id, article.id) for other in meant):
            meant.append(article)
    offers = (Offer(one.title, payload(ASPECTS[aspect].intent, topic=one.subject, article=one.id)) for one in meant)
    return with_offers(Reply("clarify", (Block(said("answers", "which_article")),), distinct(offers)), context)


def _meant(question: Question, context: Context) -> Sought | None:
    """What is sought, of a bare name with what was asked last."""
    if question.sought is None or question.intent != "ask_topic" or not context.aspect:
        return question.sought
    return replace(question.sought, intents={f"ask_{context.aspect}": 1.0})


def _look(library: Library, article: Article, text: str, sought: Sought) -> tuple[float, Article, list[Place]]:
    """How probable it is that an article says what is asked, and its sentences."""
    found = places(library, article, text, sought)
    signs: Evidence = evidence(library, article, sought, found)
    return says(signs), article, found


def _picked(article: Article, question: Question, context: Context) -> tuple[Reply, Context]:
    """What a button stands for."""
    aspect = BY_INTENT[question.intent].id if question.intent in BY_INTENT else "overview"
    topic = question.topics[0] if question.topics and question.topics[0] in article.topics else article.subject
    passage = article.passage(topic, aspect) or (next(_suggested(article), None) if aspect == "overview" else None)
    if passage is None:
        return _nothing_found(article, aspect, context)
    return _told(article, [_begin(passage)], context)


def _begin(passage: Passage) -> tuple[str, tuple[int, ...]]:
    """The first sentences of a passage."""
    return passage.id, tuple(range(min(FIRST, len(passage.sentences))))


def _told(article: Article, quoted: Sequence[tuple[str, tuple[int, ...]]], context: Context) -> tuple[Reply, Context]:
    """An answer: where it comes from, if that is new, and the sentences of each passage."""
    first = article.passage_by_id(quoted[0][0])
    name = capital(article.topics[first.topic].name)
    is_new = context.article != article.id
    lead = (Block(said("answers", "from_article", name=name, publisher=article.publisher or article.title)),) if is_new else ()
    context = about(within(context, article.id), (first.topic,), first.aspect)
    context = replace(context, told=added(context.told, [passage for passage, _ in quoted]))
    blocks = (*lead, *(Block(passage=passage, sentences=chosen) for passage, chosen in quoted))
    return with_offers(Reply("answer", blocks, _offers(article, context), article=article.id), context)


def _nothing_found(article: Article, aspect: str, context: Context) -> tuple[Reply, Context]:
    """That an article says nothing on an aspect, or, where that is empty, on what is asked."""
    context = about(within(context, article.id), (article.subject,), aspect or "overview")
    missing = ((article.subject, aspect),) if aspect else ()
    reply = Reply("not_covered", (Block(_missing(article, aspect)),), _offers(article, context), missing, article=article.id)
    return with_offers(reply, context)


def _likeliest(aspects: Mapping[str, float]) -> str:
    """The aspect that is asked for; empty where that is not clear."""
    best = max(aspects, key=lambda aspect: aspects[aspect], default="")
    return best if best in ASPECTS and aspects[best] >= CLEARLY else ""


def _missing(article: Article, aspect: str) -> str:
    if f"{article.subject}.{aspect}" in article.not_said:  # an editor has read it for that
        return not_said(article, (article.subject,), aspect)
    name = article.topics[article.subject].name
    missing = ASPECTS[aspect].missing.format(subject=name) if aspect else said("answers", "that")
    return said("answers", "nothing_found", title=article.title, publisher=article.publisher, missing=missing)


def _suggested(article: Article) -> Iterator[Passage]:
    topic = article.topics[article.subject]
    return (passage for aspect in ANSWERABLE if (passage := topic.passages.get(aspect)))


def _offers(article: Article, context: Context) -> tuple[Offer, ...]:
    """What else the article says of its subject."""
    offers = (
        Offer(
            ASPECTS[passage.aspect].ask.format(topic=article.topics[passage.topic].name),
            payload(ASPECTS[passage.aspect].intent, topic=passage.topic, article=article.id),
        )
        for passage in _suggested(article)
        if passage.id not in context.told
    )
    return distinct(offers)
