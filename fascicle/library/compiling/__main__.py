"""Compiles pages into article files: `python -m fascicle.library.compiling PATH... --to FOLDER`."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path

from fascicle.errors import ArticleError, CompileError
from fascicle.library.compiling import article_file, coverage, inputs
from fascicle.library.compiling.article_file import ArticleFile
from fascicle.library.compiling.classifier import HeadingClassifier, NearestHeadings
from fascicle.library.compiling.compile import compile_page
from fascicle.library.compiling.corrections import corrected, corrections
from fascicle.library.compiling.records import CompiledArticle, Page

ENCODER = "fascicle.understanding.sentence_encoder:encoder"
"""What makes sentence vectors, as MODULE:NAME. It is named and not imported, as the library does not depend on it."""
EARLIER = "earlier"
"""Folder, beside the articles, of those that a page said before it was changed: what cites them still finds their words."""


@dataclass
class Run:
    """One run of the command.

    Args:
        folder: where article files go.
        classifier: for headings that no rule knows.
        made: the articles, each with the corrections that no longer fit.
        faults: the error of each page that was not compiled.
    """

    folder: Path
    classifier: HeadingClassifier | None = None
    made: dict[str, tuple[CompiledArticle, tuple[str, ...]]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    def add(self, path: Path) -> Iterator[str]:
        """Compile the pages of a file; yields a line on each."""
        try:
            for page in inputs.read(path):
                yield self._added(page, name_of(path))
        except CompileError as error:
            yield self._fault(error)

    def _added(self, page: Page | CompileError, name: str) -> str:
        if isinstance(page, CompileError):
            return self._fault(page)
        try:
            made = compile_page(page, name, self.classifier)
            if made.id in self.made:
                raise CompileError(f"{page.source}: id {made.id!r} is that of {self.made[made.id][0].source} already")
            article, lost = self._written(made)
        except (CompileError, ArticleError) as error:
            return self._fault(error)
        self.made[made.id] = article, lost
        return coverage.line(article, lost)

    def _written(self, made: CompiledArticle) -> tuple[CompiledArticle, tuple[str, ...]]:
        """Write an article, with the corrections that an editor made to its file."""
        path = article_file.path_of(made.id, self.folder)
        article, lost = made, tuple[str, ...]()
        if path.exists():
            old = article_file.read(path)
            article, lost = corrected(made, corrections(old))
            if old.article.version != made.version:
                self._keep(path, old.article)
        article_file.write(ArticleFile(article, made), self.folder)
        return article, lost

    def _keep(self, path: Path, old: CompiledArticle) -> None:
        kept = self.folder / EARLIER / f"{old.id}@{old.version}.yml"
        kept.parent.mkdir(exist_ok=True)
        kept.write_bytes(path.read_bytes())

    def _fault(self, error: Exception) -> str:
        self.faults.append(str(error))
        return f"not compiled: {error}"


def name_of(path: Path) -> str:
    """The id of the article in a file that brings none: the file's name in small letters."""
    stem = path.name.lower()
    for ending in inputs.ENDINGS:
        stem = stem.removesuffix(ending)
    return re.sub(r"[^a-z0-9]+", "-", stem).strip("-")[:100].strip("-") or "article"


def classifier_of(encoder: str) -> HeadingClassifier | None:
    """The classifier with an encoder given as MODULE:NAME; none without one.

    Raises:
        CompileError: there is no such encoder.
    """
    if not encoder:
        return None
    module, _, name = encoder.partition(":")
    try:
        made = getattr(import_module(module), name)()
    except (ImportError, AttributeError, FileNotFoundError) as error:
        raise CompileError(f"--encoder {encoder}: {error}") from error
    return NearestHeadings(made.encode)


def main(arguments: list[str] | None = None) -> int:
    """Compile what is given. Returns 0 if all of it was compiled, and else 1."""
    parser = argparse.ArgumentParser(prog="python -m fascicle.library.compiling", description=(__doc__ or "").split(":")[0])
    endings = ", ".join(inputs.ENDINGS)
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help=f"file ({endings}) or folder of files")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where the article files go")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write the coverage of all articles to this file; - shows it")
    parser.add_argument("--encoder", default=ENCODER, help="what places headings that no rule knows; '' for rules alone")
    options = parser.parse_args(arguments)
    try:
        run = Run(options.to, classifier_of(options.encoder))
    except CompileError as error:
        parser.error(str(error))
    found = list(inputs.files(options.paths))
    for path in found:
        for said in run.add(path):
            failed = said.startswith("not compiled: ")
            print(said, file=sys.stderr if failed else sys.stdout)
    if not found:
        print("not compiled: there is no page in what was given", file=sys.stderr)
    if options.report:
        _report(run, options.report)
    return 1 if run.faults or not run.made else 0


def _report(run: Run, to: Path) -> None:
    clashing = coverage.clashes(article for article, _ in run.made.values())
    text = "\n".join(coverage.report(article, clashing, lost) for article, lost in run.made.values())
    if str(to) == "-":
        print(text)
    else:
        to.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
