"""Everything that can go wrong on purpose, in one tree: catch `FascicleError` to catch it all."""

from __future__ import annotations


class FascicleError(Exception):
    """Something that the bot foresaw; the message is one line that says what to mend."""


class ArticleError(FascicleError, ValueError):
    """The article file is not usable; the message names the file, the id, and the fault."""
