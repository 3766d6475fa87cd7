"""Stores of articles: in memory, and in a file of SQLite."""

from fascicle.library.stores.memory import InMemory, OneArticle
from fascicle.library.stores.sqlite import SqliteLibrary

__all__ = ["InMemory", "OneArticle", "SqliteLibrary"]
