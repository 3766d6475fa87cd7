"""A library is filled by the command: an editor corrects articles, and the corrections outlive the page being added again."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from pages import PAGE, compiled, page_on

from fascicle import ROOT, library
from fascicle.library import SqliteLibrary, command, filling
from fascicle.library.compiling.article_file import ArticleFile, read, text_of
from fascicle.library.filling import Filler

BUILT_IN = library.default_path()
ADDED = "added knee: 8 cells, 3 topics, 1 heading not placed (“The horse”: no rule knows this heading)\n"


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "knee.html"
    path.write_text(PAGE)
    return path


@pytest.fixture
def run(tmp_path, capsys):
    """Runs the command; gives exit status, output, errors."""

    def _run(what, *more):
        encoder = ["--encoder", ""] if what == "add" else []
        status = command.main([what, *encoder, *map(str, more), "--library", str(tmp_path / "state/library.sqlite")])
        return status, *capsys.readouterr()

    return _run


@pytest.fixture
def shelf(tmp_path):
    """The library that the command fills."""
    return lambda: SqliteLibrary(tmp_path / "state/library.sqlite")


@pytest.fixture
def exported(run, tmp_path):
    """Exports an article to a file, with changes in it."""

    def _exported(*changes, name="knee"):
        path = tmp_path / f"{name}.yml"
        text = run("export", name)[1]
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        path.write_text(text)
        return path

    return _exported


def test_an_article_file_is_written_and_read_back(tmp_path):
    article, path = compiled(PAGE), tmp_path / "knee.yml"
    path.write_text(text_of(ArticleFile(article, article)))
    found = read(path)
    assert found.article == found.base == article
    assert text_of(found) == path.read_text()


def test_a_page_is_added_kept_and_replaced(run, page, shelf):
    assert run("add", page) == (0, ADDED, "")
    before = shelf().version
    assert run("add", page) == (0, "unchanged: knee\n", "")
    assert shelf().version == before
    page.write_text(PAGE.replace("Rest helps.", "Sleep helps."))
    assert run("add", page) == (0, ADDED.replace("added", "replaced"), "")
    assert shelf().cell("knee", "knights_knee", "treatment").sentences[0].text == "Sleep helps."


def test_corrections_are_kept_when_the_page_is_added_again(run, page, exported, shelf):
    run("add", page)
    path = exported(
        (
            "- title: The horse\n  level: 2\n  topic: knights_knee\n  aspect: none",
            "- title: The horse\n  level: 2\n  topic: knights_knee\n  aspect: living_with",
        ),
        ("author: A. Squire", "author: Ann Squire"),
        ("  - tournament knee\n", "  - lance knee\n"),
        ("passages: {}", "passages:\n  knights_knee.treatment:\n    plain: Rest, and see a doctor.\n    caution: Ask first."),
        ("not_said: []", "not_said: [knights_knee.heredity]"),
    )
    assert run("add", path)[0] == 0
    edited = shelf().article("knee")
    page.write_text(PAGE.replace("Rest helps.", "Rest helps much."))
    assert run("add", page)[0] == 0
    article = shelf().article("knee")
    for one in (edited, article):
        passage = one.passage("knights_knee", "treatment")
        assert (passage.plain, passage.caution) == ("Rest, and see a doctor.", "Ask first.")
        assert one.passage("knights_knee", "living_with").text == "The horse has health of its own."
        assert one.topics["knights_knee"].aliases == ("Knight's knee", "jouster's knee", "KK", "lance knee")
        assert (one.author, one.not_said) == ("Ann Squire", {"knights_knee.heredity"})
    assert "Rest helps much." in article.passage("knights_knee", "treatment").text
    once = run("export", "knee")[1]
    assert "why: the editor says so" in once
    assert run("add", page)[1] == "unchanged: knee\n"
    assert run("export", "knee")[1] == once


def test_a_correction_that_no_longer_fits_is_said(run, page, exported):
    run("add", page)
    run("add", exported(("aspect: none", "aspect: living_with")))
    page.write_text(PAGE.replace("The horse", "The cart"))
    status, out, _ = run("add", page)
    assert status == 0
    assert "1 correction lost (“The horse” is no section any more; it was corrected to knights_knee.living_with)" in out


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "text: swelling",
            "text: swollen",
            "the page's words were changed: they stay word for word; your own go under `passages`, `plain`",
        ),
        (
            "aspect: symptoms",
            "aspect: Symptoms!",
            "section “What are the symptoms of Knight's Knee?”, aspect: 'Symptoms!' does not match",
        ),
        ("topic: knights_knee", "topic: horse", "section “”: unknown topic 'horse'"),
        ("not_said: []", "not_said: [knights_knee.treatment]", "not_said: there is a passage 'knights_knee.treatment'"),
        ("passages: {}", "passages: {knights_knee.cost: {plain: x}}", "passages: there is no passage 'knights_knee.cost'"),
        ("form: 1", "form: 9", "compiled: form 9 is not 1: compile the page again"),
        ("topics:", "topics: [", "not valid YAML"),
        ("id: knee", "id: ../../knee", "'../../knee' does not match"),
        ("id: knee", 'id: "knee\\n"', "id 'knee\\n' has other letters"),
    ],
)
def test_a_faulty_correction_is_one_line_and_nothing_is_changed(run, page, exported, shelf, old, new, fault):
    run("add", page)
    before = shelf().version
    status, out, errors = run("add", exported((old, new)))
    assert (status, out, errors.count("\n")) == (1, "", 1)
    assert fault in errors
    assert "knee.yml" in errors
    assert shelf().version == before


def test_one_line_a_file_and_the_exit_status(run, page, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<div>" * 5000)
    assert run("add", page, bad) == (1, ADDED, f"not added: {bad}: has more than 200 elements inside each other\n")
    assert run("list")[1] == "knee\tKnight's Knee\tCastle Health\t9\n"


def test_two_pages_of_one_name_are_not_laid_over_each_other(run, page, tmp_path, shelf):
    (tmp_path / "other").mkdir()
    other = tmp_path / "other/knee.html"
    other.write_text(PAGE.replace("Rest helps.", "Sleep helps."))
    status, _, errors = run("add", page, other)
    assert (status, errors) == (1, f"not added: {other}: id 'knee' is that of {page} already\n")
    assert "Rest helps." in shelf().cell("knee", "knights_knee", "treatment").text


def test_what_is_no_article_in_a_folder_is_said_and_is_no_failure(run, page, tmp_path):
    folder = tmp_path / "pages"
    (folder / ".git").mkdir(parents=True)
    page.rename(folder / "knee.html")
    for name, text in {
        "index.json": "[]", "LICENSES.md": "# Free", "style.css": "p {}", "data.xml": "<data/>", "ci.yml": "on: x",
        ".git/x.html": PAGE,
    }.items():  # fmt: skip
        (folder / name).write_text(text)
    (folder / "elsewhere.html").symlink_to("/etc/hostname")
    status, out, errors = run("add", folder)
    assert (status, errors) == (0, "")
    assert sorted(line.split(":")[0] for line in out.splitlines()) == ["added knee", *["skipped"] * 5]
    assert run("add", folder / "index.json")[0] == 1
    assert run("add", folder / "style.css")[0] == 1
    (folder / "broken.html").write_text("")
    assert run("add", folder)[0] == 1


def test_nothing_to_add_is_said(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run("add", tmp_path / "empty") == (1, "", "not added: there is no article in what was given\n")


def test_an_article_written_by_hand_stands_among_pages(run, page, shelf, exported, tmp_path):
    assert run("add", page, BUILT_IN)[0] == 0
    own = library.default()
    assert shelf().article(own.id) == own
    assert run("export", own.id)[1] == BUILT_IN.read_text()
    assert run("add", exported(name=own.id))[1] == f"unchanged: {own.id}\n"
    faulty = tmp_path / "faulty.yml"
    faulty.write_text(BUILT_IN.read_text().replace("published: 2018", "published: soon 2018", 1))
    status, _, errors = run("add", faulty)
    assert (status, errors.count("\n")) == (1, 1)
    assert "faulty.yml" in errors


def test_articles_are_taken_out_together(run, page, tmp_path, shelf):
    other = tmp_path / "ear.html"
    other.write_text(page_on("Helm's ear", Treatment="<p>Rest helps.</p>"))
    run("add", page, other)
    status, _, errors = run("remove", "knee", "nobody")
    assert (status, errors) == (1, f"{tmp_path / 'state/library.sqlite'}: has no article 'nobody'\n")
    assert shelf().ids() == ("knee", "ear")
    assert run("remove", "knee", "ear") == (0, "removed knee\nremoved ear\n", "")
    assert len(shelf()) == 0


def test_an_article_is_shown_as_text_and_as_data(run, page, tmp_path):
    twin = tmp_path / "twin.html"
    twin.write_text(PAGE)
    run("add", page, twin)
    text = run("show", "knee")[1]
    for expected in (
        "Knight's Knee (condition) — Castle Health, 2023-05-01",
        "Knight's knee [knights_knee], also jouster's knee, KK, tournament knee",
        "  symptoms         3  “What are the symptoms of Knight's Knee?”",
        "No section on: causes, risk_group",
        "Headings:\n  “” → knights_knee.overview (0.80, stands before the first heading)",
        "Headings not placed:\n  “The horse”: no rule knows this heading",
        "kk: twin/knights_knee",
        "Questions to try:\n  What are the symptoms of Knight's Knee?",
    ):
        assert expected in text
    data = json.loads(run("show", "knee", "--json")[1])
    assert (data["id"], data["title"], [topic["id"] for topic in data["topics"]]) == (
        "knee", "Knight's Knee", ["knights_knee", "left_knights_knee", "right_knights_knee"],
    )  # fmt: skip
    horse = next(one for one in data["sections"] if one["heading"] == "The horse")
    assert {key: horse[key] for key in ("topic", "aspect", "aspects", "why")} == {
        "topic": "knights_knee", "aspect": "", "aspects": [], "why": "no rule knows this heading",
    }  # fmt: skip
    assert all(0 <= one["confidence"] <= 1 for one in data["sections"])
    assert run("check", "knee")[0] == 1
    assert run("verify")[0] == 0


def test_an_article_without_faults_passes_the_check(run, tmp_path):
    ear = tmp_path / "ear.html"
    ear.write_text(page_on("Helm's ear", Treatment="<p>Rest helps the ear of the knight and his health a lot.</p>" * 9))
    run("add", ear)
    assert run("check", "ear") == (0, "ear: nothing to look at\n", "")


def test_an_interrupted_load_goes_on_where_it_stopped(run, tmp_path, shelf, monkeypatch):
    path = tmp_path / "many.jsonl.gz"
    rows = [{"id": f"ear-{number}", "html": page_on(f"Ear {number}", Causes="<p>War is loud.</p>")} for number in range(7)]
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    monkeypatch.setattr(filling, "BATCH", 3)
    lines = Filler(shelf_of(tmp_path)).add([path])
    assert [next(lines).text.split(":")[0] for _ in range(4)] == [f"added ear-{number}" for number in range(4)]
    lines.close()  # as when the process ends
    assert len(shelf()) == 6
    status, out, _ = run("add", path)
    assert (status, [line.split(":")[0] for line in out.splitlines()]) == (0, ["unchanged"] * 6 + ["added ear-6"])


def shelf_of(tmp_path):
    return SqliteLibrary(tmp_path / "state/library.sqlite", make=True)


def test_vectors_are_of_the_sentences(page, tmp_path):
    asked = []

    def encode(texts):
        asked.append(list(texts))
        made = np.zeros((len(texts), 384), np.float32)
        made[np.arange(len(texts)), [len(text) % 384 for text in texts]] = 1
        return made

    shelf = shelf_of(tmp_path)
    assert not any(said.failed for said in Filler(shelf, encode, "one").add([page]))
    units = [unit for passage in shelf.article("knee").passages for unit in passage.units]
    assert shelf.vectors("knee").argmax(axis=1).tolist() == [len(unit) % 384 for unit in units]
    assert "Knight's Knee: Treatment" in asked[0]
    assert len(asked[0]) == len(set(asked[0]))
    assert shelf.article_vectors()[1].shape == (1, 384)
    assert [said.text for said in Filler(shelf, encode, "one").add([page])] == ["unchanged: knee"]
    assert next(Filler(shelf, encode, "another").add([page])).text.startswith("replaced knee")


GOOD = page_on("Helm's ear", Treatment="<p>Rest helps.</p>")


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("large.html", "<p>" + "a b. " * 4_100_000, "has 20,500,003 bytes; a page may have 10,000,000"),
        ("letters.html", GOOD + "<p>" + "a b. " * 1_900_000, "letters; a page may have 5,000,000"),
        (
            "many.html",
            GOOD + "<p>It is well. " + "It is good for the health of people. " * 12_000,
            "sentences; an article may have 10,000",
        ),
        ("wide.html", GOOD + "<b>a</b>" * 30_000, "elements; a page may have 20,000"),
        ("deep.html", "<div>" * 100_000, "has more than 200 elements inside each other"),
        ("deep.json", '{"hasPart":' * 50_000, "is nested too deep"),
        ("script.html", "<main><h1>Ear</h1><script>alert('it is the ear')</script><style>p {}</style></main>", "has no text"),
        ("control.html", GOOD + "\x1b[31m", "has a control character (U+001B"),
        ("null.html", GOOD + "\0", "has a control character (U+0000"),
        ("half.html", GOOD.encode() + b"\xff\xfe", "is not UTF-8 text"),
        ("bomb.xml", '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><article>&b;</article>', "declares entities"),
        (
            "bomb.yml",
            "article: {}\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9) if n else 'x'}]\n" for n in range(30)),
            "anchors",
        ),
        (
            "bomb2.yml",
            "article: {}\ncompiled: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60)),
            "anchors",
        ),
        ("deep.yml", "article:\n" + "[" * 100_000, "not valid YAML"),
        ("path.jsonl", json.dumps({"id": "../../etc/passwd", "html": GOOD}), "id '../../etc/passwd' has other letters"),
        ("path.md", "---\nid: ../up\n---\n# Ear\n\nRest helps the ear.\n", "id '../up' has other letters"),
        ("surrogate.jsonl", '{"id": "ear", "html": ' + json.dumps(GOOD)[:-1] + '\\ud800"}', "is not HTML that can be read"),
        ("name.jsonl", '{"id": "ear", "title": "\\ud800", "html": ' + json.dumps(GOOD) + "}", "half a letter"),
        ("zip.jsonl.gz", gzip.compress(b'{"html": "' + b"a" * 60_000_000), "is longer than 12,000,000 bytes"),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_a_hostile_file_is_one_line_and_changes_nothing(run, page, tmp_path, shelf, name, content, fault):
    run("add", page)
    before, path = shelf().version, tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    status, out, errors = run("add", path)
    assert (status, out, errors.count("\n")) == (1, "", 1)
    assert fault in errors
    assert len(errors) < 400
    assert shelf().version == before


def test_what_is_hidden_in_a_page_is_not_in_the_library(run, tmp_path, shelf):
    page = tmp_path / "ear.html"
    page.write_text(GOOD.replace("Rest helps.", "Rest &lt;b&gt;helps. <script>alert(1)</script><p hidden>Secret.</p><!-- no -->"))
    assert run("add", page)[0] == 0
    assert shelf().cell("ear", "helms_ear", "treatment").text == "Rest <b>helps."


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["list"], "which library?"),
        (["list", "--library", "/nowhere/x.sqlite"], "/nowhere/x.sqlite: there is no such library"),
        (["add", "x.html", "--library", "{}", "--encoder", "no.such:thing"], "--encoder no.such:thing"),
        (["add", "x.html", "--library", "/dev/null/x.sqlite", "--encoder", ""], "/dev/null/x.sqlite: Not a directory"),
    ],
)
def test_what_cannot_be_done_is_one_line(arguments, fault, tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("FASCICLE_LIBRARY", raising=False)
    assert command.main([argument.format(tmp_path / "library.sqlite") for argument in arguments]) == 1
    errors = capsys.readouterr().err
    assert fault in errors
    assert errors.count("\n") == 1


def test_the_command_runs_by_itself(page, tmp_path):
    base = [sys.executable, "-m", "fascicle", "library"]
    own = os.environ | {"FASCICLE_LIBRARY": str(tmp_path / "library.sqlite")}
    for more, shown in ((["add", str(page), "--encoder", ""], ADDED), (["list"], "knee\t")):
        done = subprocess.run([*base, *more], cwd=ROOT, env=own, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.startswith(shown)
