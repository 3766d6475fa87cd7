"""Opens the library of this installation."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from fascicle.errors import ArticleError
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


def _built_in() -> str:
    try:
        return default().id
    except ArticleError:
        return ""
