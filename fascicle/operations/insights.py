"""For the editor of the article: what it does not cover, what did not help. `python -m fascicle.operations.insights`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TypeVar

from fascicle import environment
from fascicle.errors import Unavailable
from fascicle.library import ASPECTS, Article, default_path, load_or_exit
from fascicle.operations.counts import MISSING, OUTSIDE, Count, read
from fascicle.operations.ratings import RATINGS
from fascicle.reply import KINDS

DAYS = 30
PRINTED = 8
"""Lines of each list that are printed; the page has all."""
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


def read_since(days: int) -> Insights:
    """The counts of the last days, today among them.

    Raises:
        Unavailable: the database does not answer.
    """
    import sanic.app  # noqa: F401  Sanic turns warnings on when it is imported

    environment.hide_warnings()
    from fascicle.bot import profile  # imported late: it brings Rasa with it

    today = datetime.now(timezone.utc).date()
    since = today - timedelta(days=days - 1)
    database = profile.database()
    try:
        return Insights(since, today, asyncio.run(database.run(lambda connection: read(connection, since))))
    finally:
        database.close()


def table(found: Insights, article: Article) -> str:
    """The figures in short, for a terminal."""
    if not found.replies:
        return f"Nobody has asked anything from {found.since} to {found.until}."
    kinds = found.kinds
    shares = ", ".join(f"{kind.replace('_', ' ')} {100 * number / found.replies:.0f} %" for kind, number in kinds.items())
    parts = [f"{found.replies} replies from {found.since} to {found.until}: {shares}"]
    unhelpful = {f"{rated.name} (of {rated.helpful + rated.unhelpful})": rated.unhelpful for rated in found.rated}
    parts += [
        _listed("Asked, and not in the article", {cell_name(cell, article): n for cell, n in found.missing.items()}),
        _listed("Subjects that the article does not discuss", found.outside),
        _listed("Rated unhelpful (of all ratings)", {name: number for name, number in unhelpful.items() if number}),
        _listed("Asked most", found.asked),
    ]
    return "\n\n".join(part for part in parts if part)


def cell_name(cell: tuple[str, str], article: Article) -> str:
    """What is missing, in words; for a topic that the article no longer has, its id."""
    topic, aspect = cell
    name = article.topics[topic].name if topic in article.topics else topic
    return f"{name}: {ASPECTS[aspect].missing.format(subject=article.subject_name) if aspect in ASPECTS else aspect}"


def _listed(title: str, numbers: Mapping[str, int]) -> str:
    lines = [f"{number:6}  {name}" for name, number in numbers.items()]
    if len(lines) > PRINTED:
        lines[PRINTED:] = [f"        and {len(lines) - PRINTED} more"]
    return "\n".join([title, *lines]) if lines else ""


def main() -> int:
    """Print the table, and write the page. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m fascicle.operations.insights", description="What people ask, for the article's editor."
    )
    parser.add_argument("--days", type=int, default=DAYS, help=f"how many days, today among them ({DAYS})")
    parser.add_argument("--page", type=Path, help="write an HTML page here")
    options = parser.parse_args()
    if options.days < 1:
        parser.error("--days has to be at least 1")
    article = load_or_exit(default_path())
    environment.prepare_to_serve()
    from fascicle.errors import StartError
    from fascicle.operations.insights_page import page  # imported late: it draws, and what that needs takes a second

    try:
        found = read_since(options.days)
    except (Unavailable, StartError) as error:
        print(f"The counts cannot be read: {error}", file=sys.stderr)
        return 1
    print(table(found, article))
    if options.page is not None:
        options.page.parent.mkdir(parents=True, exist_ok=True)
        options.page.write_text(page(found, article), encoding="utf-8")
        print(f"\nThe page is at {options.page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
