"""Fills a library: pages and article files in, a line on each out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fascicle.errors import ArticleError, CompileError, NoArticle
from fascicle.library import sources
from fascicle.library.article import Article
from fascicle.library.compiling import article_file, coverage, inputs
from fascicle.library.compiling.article_file import ArticleFile
from fascicle.library.compiling.classifier import HeadingClassifier
from fascicle.library.compiling.compile import compile_page
from fascicle.library.compiling.corrections import corrected, corrections
from fascicle.library.compiling.quoting import quoted
from fascicle.library.compiling.records import CompiledArticle, Page
from fascicle.library.reading import load
from fascicle.library.store import SIZE, Array, Encode, Entry, Shelf

BATCH = 50
"""Articles that are added in one transaction."""
AT_ONCE = 2_000
"""Texts that are encoded at once."""
MOST_UNITS = 10_000
"""Sentences of an article. Of 2,000 pages about health, the longest has 600; more than this is no page but a book."""
FILES = (".yml", ".yaml")
"""Endings of article files."""
BESIDE = frozenset(["readme", "license", "licenses", "licence", "copying", "notice", "changelog", "contributing", "authors"])
"""What a folder of pages has besides them, without ending."""


@dataclass(frozen=True)
class Said:
    """A line on a file or an article.

    Args:
        text: the line.
        failed: whether it says that something could not be added.
        has_article: whether it says that the library has an article now.
    """

    text: str
    failed: bool = False
    has_article: bool = False


@dataclass(frozen=True)
class Made:
    """An article that is ready but for its vectors.

    Args:
        article: the article.
        source: what it was made from.
        said: what is to be said of it.
        where: the file it is from, for messages.
    """

    article: Article
    source: bytes
    said: str
    where: str


class Filler:
    """Adds articles to a library.

    Args:
        shelf: the library.
        encode: makes the vectors; None for a library without.
        encoder: its name: with another one, everything is added anew.
        classifier: for headings that no rule knows.
    """

    def __init__(
        self, shelf: Shelf, encode: Encode | None = None, encoder: str = "", classifier: HeadingClassifier | None = None
    ) -> None:
        self._shelf, self._encode, self._encoder, self._classifier = shelf, encode, encoder, classifier
        self._had = dict(shelf.digests())
        self._seen: dict[str, tuple[str, str]] = {}
        self._waiting: list[tuple[Made, str]] = []

    def add(self, paths: Sequence[Path]) -> Iterator[Said]:
        """Add files, and all that folders hold; a line on each, when it is done.

        Raises:
            LibraryError: the library cannot be written to; what was said to be added is.
        """
        for path, is_named in found(paths):
            if not is_named and path.name.lower().partition(".")[0] in BESIDE:
                yield Said(f"skipped: {path}")
                continue
            for made in self._read(path):
                yield from self._taken(made, is_named=is_named)
        yield from self._put()

    def _read(self, path: Path) -> Iterator[Made | Exception]:
        """What a file holds, article by article; in place of one that cannot be read the error that says why."""
        try:
            if path.suffix.lower() in FILES:
                yield self._filed(path)
                return
            for page in inputs.read(path):
                yield page if isinstance(page, CompileError) else self._compiled(page, name_of(path))
        except (CompileError, ArticleError) as error:
            yield error

    def _filed(self, path: Path) -> Made:
        """The article in an article file: that of a compiled page, or one written by hand."""
        text = text_of(path)
        if re.search(r"^article:", text, re.M) is None:
            raise NoArticle(f"{path}: is no article file: it has no `article`")
        if re.search(r"(?:^|[\s\[{,:-])[&*][\w-]", text) is not None:
            raise ArticleError(f"{path}: has anchors, which it has no use for")
        if re.search(r"^compiled:", text, re.M) is None:
            article = load(path)
            said = f"{article.id}: {len(article.passages)} cells, {len(article.topics)} topics"
            return Made(article, sources.packed(text), said, str(path))
        file = article_file.read(path)
        return Made(quoted(file.article), sources.packed(file), coverage.line(file.article), str(path))

    def _compiled(self, page: Page, name: str) -> Made | CompileError | ArticleError:
        try:
            made = compile_page(page, name, self._classifier)
            article, lost = self._corrected(made)
            said = coverage.line(article, lost)
            return Made(quoted(article), sources.packed(ArticleFile(article, made)), said, page.source)
        except (CompileError, ArticleError) as error:
            return error

    def _corrected(self, made: CompiledArticle) -> tuple[CompiledArticle, tuple[str, ...]]:
        """The article with what an editor changed in the one that the library has."""
        old = sources.compiled_file(self._shelf.source(made.id)) if made.id in self._had else None
        return corrected(made, corrections(old)) if old else (made, ())

    def _taken(self, made: Made | Exception, *, is_named: bool) -> Iterator[Said]:
        """Have an article wait until there are enough of them, if it is a new one."""
        if isinstance(made, NoArticle) and not is_named:
            yield Said(f"skipped: {made}")
            return
        if isinstance(made, Exception):
            yield Said(f"not added: {made}", failed=True)
            return
        name, digest = made.article.id, sources.digest_of(made.source, self._encoder)
        if fault := self._fault(made, digest):
            yield Said(f"not added: {made.where}: {fault}", failed=True)
        elif self._had.get(name) == digest:
            self._seen[name] = digest, made.where
            yield Said(f"unchanged: {name}", has_article=True)
        elif name not in self._seen:
            self._seen[name] = digest, made.where
            self._waiting.append((made, digest))
            if len(self._waiting) == BATCH:
                yield from self._put()

    def _fault(self, made: Made, digest: str) -> str:
        """Why an article cannot be added; empty if it can."""
        name, units = made.article.id, sum(len(passage.units) for passage in made.article.passages)
        if not inputs.ID.fullmatch(name):
            return f"id {name[:80]!r} has other letters than a-z, 0-9, - and _"
        if not _is_text(made.article):
            return "has half a letter (a surrogate) in what it says of itself"
        if units > MOST_UNITS:
            return f"has {units:,} sentences; an article may have {MOST_UNITS:,}"
        if name in self._seen and self._seen[name][0] != digest:
            return f"id {name!r} is that of {self._seen[name][1]} already"
        return ""

    def _put(self) -> Iterator[Said]:
        """Add what waits, in one transaction."""
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        self._shelf.put(self._entries(waiting))
        for made, digest in waiting:
            verb = "replaced" if made.article.id in self._had else "added"
            self._had[made.article.id] = digest
            yield Said(f"{verb} {made.said}", has_article=True)

    def _entries(self, waiting: Sequence[tuple[Made, str]]) -> list[Entry]:
        if self._encode is None:
            return [Entry(made.article, digest, made.source) for made, digest in waiting]
        texts = [unit for made, _ in waiting for passage in made.article.passages for unit in passage.units]
        abouts = [about for made, _ in waiting for about in headed(made.article)]
        vectors = encoded(self._encode, [*texts, *abouts])
        rows, heads = iter(vectors[: len(texts)]), iter(vectors[len(texts) :])
        entries = []
        for made, digest in waiting:
            own = np.array([next(rows) for passage in made.article.passages for _ in passage.units], np.float32).reshape(-1, SIZE)
            mean = np.mean([next(heads) for _ in headed(made.article)], axis=0)
            entries.append(Entry(made.article, digest, made.source, own, mean / np.linalg.norm(mean)))
        return entries


def headed(article: Article) -> list[str]:
    """What an article is about, in short: its title with each of its headings."""
    headings = dict.fromkeys(section for passage in article.passages for section, _ in passage.where if section)
    return [f"{article.title}: {heading}" for heading in headings] or [article.title]


def encoded(encode: Encode, texts: Sequence[str]) -> Array:
    """Vectors of many texts; each text is encoded once, and not too many together."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    different = list(places)
    parts = [encode(different[start : start + AT_ONCE]) for start in range(0, len(different), AT_ONCE)]
    made: Array = np.concatenate(parts)[[places[text] for text in texts]]
    return made


def _is_text(article: Article) -> bool:
    """Whether what was not in the page's HTML, which is checked, can be written at all."""
    names = [name for topic in article.topics.values() for name in (topic.name, *topic.aliases)]
    try:
        "".join([article.title, article.author, article.publisher, article.url, *names]).encode()
    except UnicodeEncodeError:
        return False
    return True


def found(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """The files to read, and whether each was named itself; of a folder all in it, in the order of their names."""
    for path in paths:
        if not path.is_dir():
            yield path, True
            continue
        for inside in sorted(path.rglob("*")):
            is_hidden = any(part.startswith(".") for part in inside.relative_to(path).parts)
            if inside.is_file() and not inside.is_symlink() and not is_hidden:
                yield inside, False


def text_of(path: Path) -> str:
    """The text of an article file.

    Raises:
        ArticleError: it cannot be read, or is too long.
    """
    try:
        if path.stat().st_size > inputs.LARGEST:
            raise ArticleError(f"{path}: has more than {inputs.LARGEST:,} bytes")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ArticleError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or 'it is not UTF-8 text'}") from error


def name_of(path: Path) -> str:
    """The id of the article in a file that brings none: the file's name in small letters."""
    stem = path.name.lower()
    for ending in inputs.ENDINGS:
        stem = stem.removesuffix(ending)
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:100].strip("-") or "article"
