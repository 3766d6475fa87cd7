"""Article files: an editor corrects them, and the corrections outlive the page being compiled again."""

from __future__ import annotations

import subprocess
import sys

import pytest
from pages import PAGE, compiled

from fascicle import ROOT
from fascicle.errors import ArticleError
from fascicle.library.compiling import coverage
from fascicle.library.compiling.__main__ import main
from fascicle.library.compiling.article_file import ArticleFile, read, text_of, write


@pytest.fixture
def page(tmp_path):
    path = tmp_path / "knee.html"
    path.write_text(PAGE)
    return path


@pytest.fixture
def run(page, tmp_path, capsys):
    """Compiles the page; gives exit status, output, errors."""

    def _run(*more):
        status = main([*map(str, more or (page,)), "--to", str(tmp_path / "out"), "--encoder", ""])
        return status, *capsys.readouterr()

    return _run


def edit(path, *changes):
    text = path.read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path.write_text(text)


def test_an_article_is_written_and_read_back(tmp_path):
    article = compiled(PAGE)
    found = read(write(ArticleFile(article, article), tmp_path))
    assert found.article == found.base == article
    assert text_of(found) == text_of(ArticleFile(article, article))


def test_corrections_are_kept_when_the_page_is_compiled_again(run, tmp_path):
    assert run()[0] == 0
    path = tmp_path / "out/knee.yml"
    edit(
        path,
        (
            "- title: The horse\n  level: 2\n  topic: knights_knee\n  aspect: none",
            "- title: The horse\n  level: 2\n  topic: knights_knee\n  aspect: living_with",
        ),
        ("author: A. Squire", "author: Ann Squire"),
        ("  - tournament knee\n", "  - lance knee\n"),
        ("passages: {}", "passages:\n  knights_knee.treatment:\n    plain: Rest, and see a doctor.\n    caution: Ask first."),
        ("not_said: []", "not_said: [knights_knee.heredity]"),
    )
    assert run()[0] == 0
    article = read(path).article
    assert article.about.author == "Ann Squire"
    assert article.subject.aliases == ("Knight's knee", "jouster's knee", "KK", "lance knee")
    assert next(s.placing for s in article.sections if s.title == "The horse").why == "the editor says so"
    passage = next(one for one in article.passages if one.id == "knights_knee.treatment")
    assert (passage.plain, passage.caution) == ("Rest, and see a doctor.", "Ask first.")
    assert article.editing.not_said == ("knights_knee.heredity",)
    once = path.read_text()
    run()
    assert path.read_text() == once


def test_a_changed_page_is_a_new_version_and_the_old_one_is_kept(run, page, tmp_path):
    run()
    path = tmp_path / "out/knee.yml"
    old = read(path).article
    edit(path, ("author: A. Squire", "author: Ann Squire"))
    page.write_text(PAGE.replace("Rest helps.", "Rest helps much."))
    assert run()[0] == 0
    new = read(path).article
    assert (new.about.author, new.version != old.version) == ("Ann Squire", True)
    kept = read(tmp_path / f"out/earlier/knee@{old.version}.yml").article
    assert "Rest helps. " in kept.text
    assert "Rest helps much." in new.text


def test_a_correction_that_no_longer_fits_is_said(run, page, tmp_path):
    run()
    edit(tmp_path / "out/knee.yml", ("aspect: none", "aspect: living_with"))
    page.write_text(PAGE.replace("The horse", "The cart"))
    status, out, _ = run()
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
    ],
)
def test_a_faulty_correction_is_one_line_and_nothing_is_changed(run, tmp_path, old, new, fault):
    run()
    path = tmp_path / "out/knee.yml"
    edit(path, (old, new))
    before = path.read_text()
    with pytest.raises(ArticleError, match=r"knee\.yml") as error:
        read(path)
    assert fault in str(error.value)
    assert "\n" not in str(error.value)
    status, _, errors = run()
    assert (status, errors.count("\n"), path.read_text()) == (1, 1, before)


def test_one_line_a_file_and_the_exit_status(run, page, tmp_path):
    bad = tmp_path / "bad.html"
    bad.write_text("<div>" * 5000)
    status, out, errors = run(page, bad)
    assert status == 1
    assert out == ("knee: 8 cells, 3 topics, 1 heading not placed (“The horse”: no rule knows this heading)\n")
    assert errors == f"not compiled: {bad}: has more than 200 elements inside each other\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["knee.yml"]


def test_two_pages_of_one_name_are_not_laid_over_each_other(run, page, tmp_path):
    (tmp_path / "other").mkdir()
    other = tmp_path / "other/knee.html"
    other.write_text(PAGE.replace("Rest helps.", "Sleep helps."))
    status, _, errors = run(page, other)
    assert status == 1
    assert errors == f"not compiled: {other}: id 'knee' is that of knee.html already\n"
    assert "Rest helps." in read(tmp_path / "out/knee.yml").article.text


def test_nothing_to_compile_is_said(run, tmp_path):
    (tmp_path / "empty").mkdir()
    assert run(tmp_path / "empty")[0] == 1


def test_the_coverage_says_cells_open_headings_clashes_and_questions(tmp_path):
    article = compiled(PAGE)
    clashing = coverage.clashes([article, compiled(PAGE.replace("<h1>Knight's Knee", "<h1>Page's Knee"))])
    text = coverage.report(article, {"kk": ("page/knights_knee", "other/kk")}, ["gone"])
    for expected in (
        "Knight's Knee (condition) — Castle Health, 2023-05-01",
        "Knight's knee [knights_knee], also jouster's knee, KK, tournament knee",
        "  symptoms         3 sentences",
        "Headings not placed:\n  “The horse”: no rule knows this heading",
        "Names that clash:\n  kk: page/knights_knee, other/kk",
        "Corrections lost:\n  gone",
        "Questions to try:\n  What are the symptoms of Knight's Knee?",
    ):
        assert expected in text
    assert "no section on: causes, risk_group" in text
    assert clashing == {}  # both are the article "page"


def test_the_command_runs_by_itself(page, tmp_path):
    command = [
        sys.executable,
        "-m",
        "fascicle.library.compiling",
        str(page),
        "--to",
        str(tmp_path / "out"),
        "--report",
        "-",
        "--encoder",
        "",
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Questions to try:" in done.stdout


def test_an_encoder_that_is_not_there_is_said(page, tmp_path, capsys):
    with pytest.raises(SystemExit):
        main([str(page), "--to", str(tmp_path), "--encoder", "no.such:thing"])
    assert "--encoder no.such:thing" in capsys.readouterr().err
