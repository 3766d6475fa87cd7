"""Which article a question is about; or that several may be meant, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fascicle.answering.context import Context
from fascicle.answering.finding.articles import Candidate, candidates, sureness
from fascicle.library import Article, Library
from fascicle.understanding.question import NOT_HERE, STRANGE, Question, Sought

ELSEWHERE = frozenset({*NOT_HERE, "ask_other_cause", "ask_other_body_part"})
"""Intents of questions that may be about another article than that of the page."""
SURE = 0.4
"""How probable it has to be that an article is meant, to answer from it."""
TELLING = 0.6
"""Share of a name from which on it says what is meant."""
MOST = 4
"""Articles on one thing that are looked into."""


@dataclass(frozen=True)
class Choice:
    """The articles on what a question is about, and the name of the rule that says so.

    Args:
        articles: their ids; none if there is none.
        why: the rule.
        is_clear: whether they are all about the same thing; otherwise it has to be asked which is meant.
    """

    articles: tuple[str, ...]
    why: str
    is_clear: bool = True


def choose(library: Library, question: Question, context: Context) -> Choice:
    """The articles on what a question is about.

    Args:
        library: where they are looked for.
        question: read for no article.
        context: the conversation so far.
    """
    if question.article:
        return Choice((question.article,), "what it picks")
    sought, scope = question.sought, library.scope
    if sought is None:
        return _in_play(context, scope)
    if scope and not scope.is_quoted and _is_about(scope, sought, context):
        return Choice((scope.id,), "what the page is about")
    if named := _named(library, sought):
        return named
    in_play = context.article or (scope.id if scope and scope.is_quoted else "")
    found = candidates(library, question.text, sought, also=filter(None, (in_play,)))
    if in_play and question.intent not in ELSEWHERE and not _has_news(library, question, sought, found, in_play):
        return Choice((in_play,), "what is in play")
    alike = [other.article for other in found if are_alike(library, found[0].article, other.article)]
    if found and sureness(found, alike) >= SURE:
        return Choice(tuple(alike[:MOST]), "what is found")
    return Choice((in_play,), "what is in play") if in_play and _points_back(question) else Choice((), "nothing")


def _in_play(context: Context, scope: Article | None) -> Choice:
    if context.article:
        return Choice((context.article,), "what is in play")
    return Choice((scope.id,), "what the page is about") if scope else Choice((), "nothing")


def _is_about(scope: Article, sought: Sought, context: Context) -> bool:
    """Whether a question is about the article of the page: it names one of its topics, or nothing and is not about another."""
    question = sought.of(scope)
    if question.topics or question.about_subject or question.passages:
        return True
    is_left = context.article not in ("", scope.id)
    return not (sought.named or question.foreign or question.intent in ELSEWHERE or is_left)


def _named(library: Library, sought: Sought) -> Choice | None:
    """The articles that have a topic by a name in the question, those first that have most of it."""
    share = max((name.share for name in sought.named), default=0.0)
    named = tuple(dict.fromkeys(name.article for name in sought.named if name.share == share))
    if not named:
        return None
    if all(are_alike(library, named[0], other) for other in named):
        return Choice(named[:MOST], "what it names") if share >= TELLING else None
    if share == 1.0:  # several things are named: the first is asked about
        return Choice(tuple(other for other in named if are_alike(library, named[0], other))[:MOST], "what it names first")
    return Choice(named, "a part of several names", is_clear=False)


def are_alike(library: Library, one: str, other: str) -> bool:
    """Whether two articles are about the same thing, by the names of what they are about."""
    return one == other or bool(_names(library.article(one)) & _names(library.article(other)))


def _names(article: Article) -> frozenset[str]:
    topic = article.topics[article.subject]
    return frozenset(name.lower().removesuffix("s") for name in (topic.name, *topic.aliases))


def _points_back(question: Question) -> bool:
    """Whether a question hangs on what was said before."""
    return question.cues.points or question.cues.pronoun


def _has_news(library: Library, question: Question, sought: Sought, found: Sequence[Candidate], article: str) -> bool:
    """Whether a question speaks of something that the article in play does not have a word of."""
    elsewhere = sum(sought.intents.get(intent, 0.0) for intent in NOT_HERE)
    lacking = (word for word in sought.rare if not library.search([word], articles=[article], limit=1))
    if elsewhere >= STRANGE and not question.cues.pronoun and any(lacking):
        return True
    own = next((one for one in found if one.article == article), None)
    return own is None or (found[0].article != article and own.signs.strange > found[0].signs.strange + 0.5)
