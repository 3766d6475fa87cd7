"""Looks for words behind other words in time that grows with the text; `first.*then` takes its square."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class InOrder:
    """Two expressions of which the second has to match behind the first, in the same stretch of a text.

    Args:
        first: what comes first.
        then: what comes behind it.
        stretches: what parts one stretch from the next; neither of the two holds it.
    """

    first: re.Pattern[str]
    then: re.Pattern[str]
    stretches: re.Pattern[str]

    @classmethod
    def of(cls, first: str, then: str, *, within: str) -> InOrder:
        """From how the expressions are written; letters may be small or large. `within` parts the stretches."""
        return cls(re.compile(first, re.IGNORECASE), re.compile(then, re.IGNORECASE), re.compile(within))

    def search(self, text: str) -> bool:
        """Whether a text has both, in order. Whatever is behind a later match of the first is behind the earliest as well."""
        return any(map(self._has_both, self.stretches.split(text)))

    def _has_both(self, stretch: str) -> bool:
        found = self.first.search(stretch)
        return found is not None and self.then.search(stretch, found.end()) is not None
