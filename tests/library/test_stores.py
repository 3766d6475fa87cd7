"""What every store of articles does, tried on each; and what the one in a file does besides."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from pages import PAGE, compiled, page_on

from fascicle import ROOT, library
from fascicle.errors import LibraryError
from fascicle.library import InMemory, SqliteLibrary, names_of
from fascicle.library.compiling import Page, compile_page
from fascicle.library.compiling.quoting import quoted
from fascicle.library.store import Entry
from fascicle.library.stores import record, schema

HELM = page_on("Helm's ear", Symptoms="<p>The ear rings. It is hot.</p>", Treatment="<p>Take off the helm. Rest helps.</p>")
GOUT = page_on("Gauntlet gout", Causes="<p>Tight gauntlets.</p><ul><li>iron</li><li>leather that is wet</li></ul>")


def article_of(html, name="knee"):
    return quoted(compile_page(Page(f"{name}.html", html, whole=True), name))


def unit_vectors(count, seed):
    made = np.random.default_rng(seed).normal(size=(count, 384)).astype(np.float32)
    return made / np.linalg.norm(made, axis=1, keepdims=True)


def entry_of(article, seed=1, digest="d"):
    units = [unit for passage in article.passages for unit in passage.units]
    return Entry(article, digest, b"source", unit_vectors(len(units), seed), unit_vectors(1, seed + 1)[0])


KNEE, EAR, HAND = (quoted(compiled(PAGE)), article_of(HELM, "ear"), article_of(GOUT, "hand"))
KNEE_ID = KNEE.id
ENTRIES = [entry_of(KNEE, 1), entry_of(EAR, 2), entry_of(HAND, 3)]


@pytest.fixture(params=["memory", "sqlite"])
def made(request, tmp_path):
    """Makes an empty store with some settings."""
    places = (tmp_path / f"{number}.sqlite" for number in range(9))
    return InMemory if request.param == "memory" else lambda **given: SqliteLibrary(next(places), make=True, **given)


@pytest.fixture
def shelf(made):
    """A store with three articles."""
    one = made()
    one.put(ENTRIES)
    return one


def test_what_was_put_in_comes_out(shelf):
    assert (shelf.ids(), len(shelf)) == ((KNEE_ID, "ear", "hand"), 3)
    assert [shelf.article(name) for name in shelf.ids()] == [KNEE, EAR, HAND]
    assert shelf.cell("ear", "helms_ear", "treatment").text == "Take off the helm. Rest helps."
    assert shelf.cell("ear", "helms_ear", "cost") is None
    assert shelf.source("ear") == b"source"
    assert shelf.digests() == dict.fromkeys(shelf.ids(), "d")


@pytest.mark.parametrize(
    "ask",
    [
        lambda shelf: shelf.article("none"),
        lambda shelf: shelf.cell("none", "x", "y"),
        lambda shelf: shelf.cell("ear", "none", "y"),
        lambda shelf: shelf.vectors("none"),
        lambda shelf: shelf.source("none"),
        lambda shelf: shelf.remove(["ear", "none"]),
    ],
)
def test_what_is_not_there_is_a_key_error_and_changes_nothing(shelf, ask):
    before = shelf.version
    with pytest.raises(KeyError):
        ask(shelf)
    assert (shelf.ids(), shelf.version) == ((KNEE_ID, "ear", "hand"), before)


def test_a_replaced_article_leaves_nothing_behind(shelf):
    before = shelf.version
    new = article_of(page_on("Helm's ear", Outlook="<p>The drums of war are loud.</p>"), "ear")
    shelf.put([entry_of(new, 7)])
    assert (shelf.article("ear"), shelf.ids(), shelf.version != before) == (new, (KNEE_ID, "ear", "hand"), True)
    assert [hit.passage for hit in shelf.search(["drums"])] == ["helms_ear.outlook"]
    assert shelf.search(["rings"]) == []
    assert shelf.document_frequency(["rings", "drum"]) == {"rings": 0, "drum": 1}
    assert len(shelf.vectors("ear")) == sum(len(passage.units) for passage in new.passages)


def test_a_removed_article_is_in_no_list(shelf):
    shelf.remove(["ear", "hand"])
    assert shelf.ids() == (KNEE_ID,)
    assert shelf.names() == names_of([KNEE])
    assert shelf.search(["helm", "gauntlets"]) == []
    assert shelf.articles_like(["helm"]) == []
    assert shelf.article_vectors()[0] == (KNEE_ID,)


def test_names_of_all_articles_stand_side_by_side(shelf):
    twin = article_of(HELM, "twin")
    shelf.put([entry_of(twin)])
    assert shelf.names() == names_of([KNEE, EAR, HAND, twin])
    assert [(name.article, name.value) for name in shelf.names()["Helm's ear"]] == [("ear", "helms_ear"), ("twin", "helms_ear")]


@pytest.mark.parametrize(
    ("named", "built_in", "ids", "scope"),
    [
        ("hand", "ear", 3, "hand"),
        ("", "ear", 3, "ear"),
        ("", "", 3, None),
        ("", "other", 3, None),
        ("", "other", 1, KNEE_ID),
        ("", "", 0, None),
    ],
)
def test_the_article_of_questions_that_name_none(made, named, built_in, ids, scope):
    shelf = made(named=named, built_in=built_in)
    shelf.put(ENTRIES[:ids])
    assert (shelf.scope and shelf.scope.id) == scope
    if ids:
        assert shelf.default == (shelf.scope or shelf.article(shelf.ids()[0]))
    else:
        with pytest.raises(LibraryError, match="no article"):
            _ = shelf.default


def test_a_named_article_that_is_not_there_is_said(made):
    with pytest.raises(LibraryError, match="'nobody'"):
        _ = made(named="nobody").scope


@pytest.mark.parametrize(
    ("terms", "articles", "found"),
    [
        (["ring"], (), ("ear", "The ear rings.")),
        (["RINGS", "zebra"], (), ("ear", "The ear rings.")),
        (["wet leather", "leather that"], (), ("hand", "leather that is wet")),
        (["helm", "rest"], (), ("ear", "Rest helps.")),
        (["rest"], (KNEE_ID,), (KNEE_ID, "Rest helps.")),
        (["rest"], (KNEE_ID, "hand"), (KNEE_ID, "Rest helps.")),
        (["horse"], (), (KNEE_ID, "The horse has health of its own.")),
    ],
)
def test_a_search_finds_the_sentence(shelf, terms, articles, found):
    hits = shelf.search(terms, articles=articles)
    best = hits[0]
    assert (best.article, shelf.article(best.article).passage_by_id(best.passage).units[best.sentence]) == found
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert {hit.article for hit in hits} <= set(articles or shelf.ids())


@pytest.mark.parametrize(
    "terms",
    [
        [],
        [""],
        ['"'],
        ["\0"],
        ["zebra"],
        ["NEAR(", ") OR *"],
        ["rest AND"],
        ["text:"],
        ["-"],
        ["'; DROP TABLE article"],
        ["é" * 9000],
    ],
)
def test_no_word_is_a_command(shelf, terms):
    for hits in (shelf.search(terms), shelf.articles_like(terms)):
        assert isinstance(hits, list)
    assert set(shelf.document_frequency(terms)) == set(terms)
    assert len(shelf) == 3


def test_a_limit_is_kept(shelf):
    assert len(shelf.search(["the", "is"], limit=2)) == 2
    assert len(shelf.articles_like(["disease"], limit=2)) == 2
    assert shelf.search(["rest"], articles=["nobody"]) == []


def test_articles_are_found_by_name_heading_and_text(shelf):
    assert shelf.articles_like(["gauntlet"])[0][0] == "hand"
    assert shelf.articles_like(["horse"])[0][0] == KNEE_ID
    assert shelf.articles_like(["symptoms", "helm"])[0][0] == "ear"
    assert shelf.document_frequency(["rest", "helm", "disease", "zebra"]) == {"rest": 2, "helm": 1, "disease": 3, "zebra": 0}


def test_vectors_come_back_but_for_rounding(shelf):
    for entry in ENTRIES:
        found = shelf.vectors(entry.article.id)
        assert found.shape == entry.vectors.shape
        assert np.einsum("nd,nd->n", found, entry.vectors).min() > 0.999
        assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    ids, vectors = shelf.article_vectors()
    assert (ids, vectors.shape, vectors.dtype) == (shelf.ids(), (3, 384), np.float32)


def test_a_library_may_have_no_vectors(made):
    shelf = made()
    shelf.put([Entry(KNEE), Entry(library.default())])
    assert shelf.vectors(KNEE_ID) is None
    assert shelf.article_vectors()[0] == ()
    assert shelf.article_vectors()[1].shape == (0, 384)


def test_an_article_in_our_words_stands_among_quoted_ones(shelf):
    written = library.default()
    shelf.put([Entry(written)])
    assert shelf.article(written.id) == written
    assert shelf.names() == names_of([KNEE, EAR, HAND, written])
    assert shelf.search(written.subject_name.split())[0].article == written.id


@pytest.mark.parametrize("article", [KNEE, EAR, HAND, library.default()], ids=lambda article: article.id)
def test_a_record_comes_back_the_same(article):
    assert record.unpacked(record.packed(article)) == article
    assert record.packed(record.unpacked(record.packed(article))) == record.packed(article)


def test_many_threads_read_while_one_writes(shelf):
    faults, done = [], threading.Event()

    def read():
        try:
            while not done.is_set():
                assert shelf.article("ear").id == "ear"
                assert shelf.search(["disease"])
                assert len(shelf.names()) >= 5
        except Exception as error:
            faults.append(error)

    readers = [threading.Thread(target=read) for _ in range(4)]
    for reader in readers:
        reader.start()
    for seed in range(10):
        shelf.put([entry_of(EAR, seed), entry_of(article_of(GOUT, f"new{seed}"))])
    done.set()
    for reader in readers:
        reader.join()
    assert faults == []


class TestFile:
    """The store in a file of SQLite."""

    @pytest.fixture
    def path(self, tmp_path):
        path = tmp_path / "state/library.sqlite"
        SqliteLibrary(path, make=True).put(ENTRIES)
        return path

    def test_nobody_else_can_read_it(self, path):
        assert [oct(one.stat().st_mode & 0o777) for one in (path.parent, *sorted(path.parent.iterdir()))][:2] == [
            "0o700",
            "0o600",
        ]
        assert all(one.stat().st_mode & 0o077 == 0 for one in path.parent.iterdir())

    def test_a_fault_in_the_middle_changes_nothing(self, path, monkeypatch):
        shelf = SqliteLibrary(path)
        before, new = shelf.version, article_of(page_on("Helm's ear", Outlook="<p>Drums are loud.</p>"), "ear")
        packed = record.packed
        monkeypatch.setattr(record, "packed", lambda article: packed(article) if article.id == "ear" else 1 / 0)
        with pytest.raises(ZeroDivisionError):
            shelf.put([entry_of(new), entry_of(HAND)])
        assert (shelf.version, shelf.article("ear"), shelf.search(["drums"])) == (before, EAR, [])

    def test_a_process_that_is_killed_in_the_middle_changes_nothing(self, path):
        code = (
            "import os, pathlib, sys; from fascicle.library.stores import SqliteLibrary, sqlite;"
            "shelf = SqliteLibrary(pathlib.Path(sys.argv[1]));"
            "take = sqlite._take_out; n = [0];\n"
            "def out(on, number):\n  take(on, number); n[0] += 1\n  n[0] == 2 and os.kill(os.getpid(), 9)\n"
            "sqlite._take_out = out; shelf.remove(shelf.ids())"
        )
        assert subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False).returncode == -9
        shelf = SqliteLibrary(path)
        assert [shelf.article(name) for name in shelf.ids()] == [KNEE, EAR, HAND]
        assert list(shelf.faults()) == []

    def test_another_process_is_seen_at_once(self, path):
        reader = SqliteLibrary(path)
        before = reader.version, reader.names(), reader.article("ear")
        code = (
            "import pathlib, sys; from fascicle.library.stores import SqliteLibrary;"
            "SqliteLibrary(pathlib.Path(sys.argv[1])).remove(['ear'])"
        )
        subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=True)
        assert reader.version > before[0]
        assert reader.ids() == (KNEE_ID, "hand")
        assert reader.names() == names_of([KNEE, HAND])
        with pytest.raises(KeyError):
            reader.article("ear")

    def test_a_reader_does_not_wait_for_a_writer(self, path):
        reader, writer = SqliteLibrary(path), sqlite3.connect(path, isolation_level=None)
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM article")
        assert reader.ids() == (KNEE_ID, "ear", "hand")
        assert reader.search(["rings"])[0].article == "ear"
        writer.execute("ROLLBACK")

    @pytest.mark.parametrize(
        ("spoil", "fault"),
        [
            (lambda path: path.unlink(), "there is no such library"),
            (lambda path: path.write_bytes(b"no database" * 500), "not a database"),
            (lambda path: change(path, "PRAGMA user_version = 99"), "is of a later program"),
            (lambda path: change(path, "PRAGMA application_id = 7"), "is no library"),
        ],
    )
    def test_what_is_no_library_is_said_in_one_line(self, path, spoil, fault):
        for beside in path.parent.glob("*-*"):
            beside.unlink()
        spoil(path)
        with pytest.raises(LibraryError, match=fault) as error:
            SqliteLibrary(path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)

    def test_a_file_of_other_data_is_left_alone(self, tmp_path):
        path = tmp_path / "other.sqlite"
        change(path, "CREATE TABLE mine (x)")
        with pytest.raises(LibraryError, match="is no library"):
            SqliteLibrary(path, make=True)
        assert sqlite3.connect(path).execute("SELECT name FROM sqlite_master").fetchall() == [("mine",)]

    def test_a_file_of_an_earlier_form_is_migrated(self, path, monkeypatch):
        monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "ALTER TABLE article ADD COLUMN later TEXT;\n"))
        shelf = SqliteLibrary(path)
        assert [shelf.article(name) for name in shelf.ids()] == [KNEE, EAR, HAND]
        assert sqlite3.connect(path).execute("PRAGMA user_version").fetchone()[0] == len(schema.MIGRATIONS)

    def test_the_installation_names_its_library(self, path, monkeypatch):
        library.opened.cache_clear()
        try:
            monkeypatch.setenv("FASCICLE_LIBRARY", str(path))
            monkeypatch.setenv("FASCICLE_ARTICLE_ID", "hand")
            assert library.opened().default.id == "hand"
            library.opened.cache_clear()
            monkeypatch.delenv("FASCICLE_LIBRARY")
            assert library.opened().default == library.default()
        finally:
            library.opened.cache_clear()


def change(path: Path, statement: str) -> None:
    on = sqlite3.connect(path)
    on.execute(statement)
    on.commit()
    on.close()
    assert os.path.exists(path)
