"""For the editor of the article: what it does not cover, what did not help. `python -m fascicle.operations.insights`."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path

from fascicle import environment
from fascicle.errors import Unavailable
from fascicle.library import Article, default_path, load_or_exit
from fascicle.operations.counts import read
from fascicle.operations.findings import Insights, cell_name

DAYS = 30
PRINTED = 8
"""Lines of each list that are printed; the page has all."""


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
