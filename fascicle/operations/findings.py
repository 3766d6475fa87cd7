"""What the counts of some days say to the editor of the article."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Hashable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from fascicle.library import ASPECTS, Article
from fascicle.operations.counts import MISSING, OUTSIDE, Count
from fascicle.operations.ratings import RATINGS
from fascicle.reply import KINDS

Name = TypeVar("Name", bound=Hashable)


@dataclass(frozen=True)
class Rated:
    """How a passage, or replies of a kind without one, were rated."""

    name: str
    helpful: int
    unhelpful: int


@dataclass(frozen=True)
class Insights:
    """The counts of some days.

    Args:
        since: the first day.
        until: the last day.
        counts: what was counted.
    """

    since: date
    until: date
    counts: Counter[Count]

    @property
    def kinds(self) -> dict[str, int]:
        """Replies by kind, the most frequent first; so are the others."""
        return self._sums(KINDS, lambda count: count.what)

    @property
    def replies(self) -> int:
        """All replies."""
        return sum(self.kinds.values())

    @property
    def by_day(self) -> dict[tuple[date, str], int]:
        """Replies by day and kind."""
        return self._sums(KINDS, lambda count: (count.day, count.what))

    @property
    def missing(self) -> dict[tuple[str, str], int]:
        """Topics and aspects that were asked about and that the article does not cover."""
        return self._sums([MISSING], lambda count: (count.topic, count.aspect))

    @property
    def outside(self) -> dict[str, int]:
        """Subjects that were asked about and that the article does not discuss."""
        return self._sums([OUTSIDE], lambda count: count.about)

    @property
    def asked(self) -> dict[str, int]:
        """Passages that answered."""
        return {name: number for name, number in self._sums(["answer"], _passage).items() if name}

    @property
    def rated(self) -> list[Rated]:
        """Passages, and kinds of replies without one, that were rated; the most unhelpful first."""
        helpful, unhelpful = (self._sums([rating], lambda count: _passage(count) or count.about) for rating in RATINGS)
        found = [Rated(name, helpful.get(name, 0), unhelpful.get(name, 0)) for name in {**helpful, **unhelpful}]
        return sorted(found, key=lambda rated: (-rated.unhelpful, rated.helpful, rated.name))

    def _sums(self, whats: Collection[str], name: Callable[[Count], Name]) -> dict[Name, int]:
        sums: Counter[Name] = Counter()
        for count, number in sorted(self.counts.items()):
            if count.what in whats:
                sums[name(count)] += number
        return {key: number for key, number in sums.most_common() if number > 0}


def _passage(count: Count) -> str:
    return f"{count.topic}.{count.aspect}" if count.topic else ""


def cell_name(cell: tuple[str, str], article: Article) -> str:
    """What is missing, in words; for a topic that the article no longer has, its id."""
    topic, aspect = cell
    name = article.topics[topic].name if topic in article.topics else topic
    return f"{name}: {ASPECTS[aspect].missing.format(subject=article.subject_name) if aspect in ASPECTS else aspect}"
