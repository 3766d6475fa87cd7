"""Opens the library of this installation."""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from fascicle.errors import ArticleError, LibraryError
from fascicle.library.reading import default
from fascicle.library.store import Library
from fascicle.library.stores import OneArticle, SqliteLibrary


@cache
def opened() -> Library:
    """The library that this installation answers from. Those who start something ask for it, and pass it on.

    It is the file in `FASCICLE_LIBRARY`, or else the article of this installation by itself. In a library, `FASCICLE_ARTICLE_ID`
    names the article of questions that name none.

    Raises:
        ArticleError: there is no article.
        LibraryError: the file is no library.
    """
    path = os.environ.get("FASCICLE_LIBRARY")
    if not path:
        return OneArticle(default())
    return SqliteLibrary(Path(path), named=os.environ.get("FASCICLE_ARTICLE_ID", ""), built_in=_built_in())


def opened_or_exit() -> Library:
    """Like `opened`, for commands: prints the fault to standard error and exits with 1. A library without an article is one."""
    try:
        library = opened()
        assert library.default, "it raises an error where there is none"
    except (ArticleError, LibraryError) as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None
    return library


def _built_in() -> str:
    try:
        return default().id
    except ArticleError:
        return ""
