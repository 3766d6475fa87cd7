"""What names stand for: topics, passages that a word of their own points at, and known subjects that are outside the article."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from fascicle.library.article import Article


@dataclass(frozen=True)
class Name:
    """What a name may stand for.

    Args:
        label: `topic`, `passage`, or `outside`.
        value: id of the topic or passage, or the name of what is outside.
        article: id of the article that has it.
        weak: whether it counts only where no other name follows: "drinking" is alcohol, and not in "drinking coffee".
    """

    label: str
    value: str
    article: str
    weak: bool = False


Names = Mapping[str, tuple[Name, ...]]


def names_of(articles: Iterable[Article]) -> Names:
    """Every name of articles, with what it may stand for: topics first, then passages, then what is outside."""
    found: dict[str, dict[Name, None]] = {}
    for label in (_topics, _passages, _outside):
        for article in articles:
            for alias, name in label(article):
                found.setdefault(alias, {})[name] = None
    return {alias: tuple(names) for alias, names in found.items()}


def in_small_letters(names: Names) -> Names:
    """Names in small letters, acronyms aside, with all that those that differ only in capitals may stand for."""
    found: dict[str, dict[Name, None]] = {}
    for alias, meanings in names.items():
        found.setdefault(alias if alias.isupper() else alias.lower(), {}).update(dict.fromkeys(meanings))
    return {alias: tuple(meanings) for alias, meanings in found.items()}


def _topics(article: Article) -> Iterator[tuple[str, Name]]:
    return (
        (alias, Name("topic", topic.id, article.id, alias in article.weak))
        for topic in article.topics.values()
        for alias in topic.aliases
    )


def _passages(article: Article) -> Iterator[tuple[str, Name]]:
    return ((term, Name("passage", passage.id, article.id)) for passage in article.passages for term in passage.terms)


def _outside(article: Article) -> Iterator[tuple[str, Name]]:
    return (
        (alias, Name("outside", entry.name, article.id)) for entry in article.outside for alias in (entry.name, *entry.aliases)
    )
