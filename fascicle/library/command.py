"""The command that fills and shows a library: `python -m fascicle library add|list|show|check|remove|export|verify`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from fascicle.errors import FascicleError, LibraryError
from fascicle.library import showing, sources
from fascicle.library.compiling import NearestHeadings
from fascicle.library.filling import Filler
from fascicle.library.stores import SqliteLibrary

ENCODER = "fascicle.understanding.sentence_encoder:encoder"
"""What makes sentence vectors, as MODULE:NAME. It is named and not imported, as the library does not depend on it."""


def main(arguments: list[str]) -> int:
    """Run the command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)
    try:
        if options.library is None:
            raise LibraryError("which library? Name its file with --library or in FASCICLE_LIBRARY")
        return int(options.run(options))
    except FascicleError as error:
        print(error, file=sys.stderr)
    except KeyError as error:
        print(f"{options.library}: has no article {error.args[0]!r}", file=sys.stderr)
    except KeyboardInterrupt:
        print("stopped; what was said to be done is done", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of a list has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m fascicle library", description="Fill and look at a library of articles.")
    which: dict[str, Any] = {"type": Path, "metavar": "FILE", "help": "the library's file"}
    anywhere = argparse.ArgumentParser(add_help=False)
    path = os.environ.get("FASCICLE_LIBRARY")
    parser.add_argument("--library", default=Path(path) if path else None, **which)
    anywhere.add_argument("--library", default=argparse.SUPPRESS, **which)
    commands = parser.add_subparsers(required=True)
    make = partial(commands.add_parser, parents=[anywhere])
    add = make("add", help="add pages and article files; what is there already is replaced")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="file, or folder of files")
    add.add_argument("--encoder", default=ENCODER, help="what makes sentence vectors; '' for a library without")
    add.set_defaults(run=_add)
    make("list", help="list the articles").set_defaults(run=_list)
    make("verify", help="see that the file is sound").set_defaults(run=_verify)
    for name, run, text in (
        ("show", _show, "show the cells of an article, and how its headings were placed"),
        ("check", _check, "show what an editor should look at; status 1 if there is anything"),
        ("export", _export, "print an article's file, to be edited and added again"),
    ):
        one = make(name, help=text)
        one.add_argument("id", metavar="ID")
        one.set_defaults(run=run)
    commands.choices["show"].add_argument("--json", action="store_true", help="as data")
    remove = make("remove", help="take articles out; all of them or none")
    remove.add_argument("ids", nargs="+", metavar="ID")
    remove.set_defaults(run=_remove)
    return parser


def _add(options: argparse.Namespace) -> int:
    encoder = _encoder(options.encoder)
    filler = Filler(
        SqliteLibrary(options.library, make=True),
        None if encoder is None else lambda texts: encoder.encode(texts)[:, -1],
        options.encoder,
        None if encoder is None else NearestHeadings(encoder.encode),
    )
    added, failed = 0, 0
    for said in filler.add(options.paths):
        print(
            "".join(letter if letter.isprintable() else "?" for letter in said.text),
            file=sys.stderr if said.failed else sys.stdout,
            flush=True,
        )
        added += said.has_article
        failed += said.failed
    if not added and not failed:
        print("not added: there is no article in what was given", file=sys.stderr)
    return 0 if added and not failed else 1


def _encoder(named: str) -> Any:
    """The encoder given as MODULE:NAME; None without one.

    Raises:
        LibraryError: there is no such encoder.
    """
    if not named:
        return None
    module, _, name = named.partition(":")
    try:
        return getattr(import_module(module), name)()
    except (ImportError, AttributeError, FileNotFoundError, ValueError) as error:
        raise LibraryError(f"--encoder {named}: {error}") from error


def _list(options: argparse.Namespace) -> int:
    library = SqliteLibrary(options.library)
    for name in library.ids():
        article = library.article(name)
        print(f"{name}\t{article.title}\t{article.publisher}\t{len(article.passages)}")
    return 0


def _show(options: argparse.Namespace) -> int:
    data = showing.data_of(SqliteLibrary(options.library), options.id)
    print(json.dumps(data, ensure_ascii=False, indent=2) if options.json else showing.shown(data))
    return 0


def _check(options: argparse.Namespace) -> int:
    lines = showing.to_look_at(showing.data_of(SqliteLibrary(options.library), options.id))
    print("\n".join(lines).rstrip("\n") if lines else f"{options.id}: nothing to look at")
    return 1 if lines else 0


def _remove(options: argparse.Namespace) -> int:
    SqliteLibrary(options.library).remove(options.ids)
    for name in options.ids:
        print(f"removed {name}")
    return 0


def _export(options: argparse.Namespace) -> int:
    sys.stdout.write(sources.text(SqliteLibrary(options.library).source(options.id)))
    return 0


def _verify(options: argparse.Namespace) -> int:
    library = SqliteLibrary(options.library)
    faults = list(library.faults())
    for fault in faults:
        print(fault, file=sys.stderr)
    if not faults:
        print(f"{options.library}: {len(library):,} articles, all sound")
    return 1 if faults else 0
