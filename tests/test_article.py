import subprocess
import sys
from dataclasses import FrozenInstanceError

import pytest

from fascicle import ROOT, library
from fascicle.library import ANSWERABLE, Article

ARTICLE = library.default()
COVERAGE = {
    "lip_twitching": "overview causes treatment diagnosis outlook see_doctor",
    "caffeine": "overview symptoms treatment",
    "potassium_deficiency": "overview symptoms treatment",
    "medication": "overview treatment",
    "stress": "overview treatment",
    "alcohol_drugs": "overview symptoms treatment",
    "bells_palsy": "overview symptoms causes treatment",
    "hemifacial_spasm": "overview causes diagnosis treatment",
    "facial_trauma": "overview causes",
    "hormonal_imbalance": "overview causes symptoms treatment",
    "tourette_syndrome": "overview symptoms causes treatment outlook",
    "parkinsons_disease": "overview symptoms treatment outlook",
    "als": "overview symptoms causes treatment outlook",
}

SMALL = """\
article:
  id: hiccup_article
  title: Why do I hiccup?
  author: Ann Author
  publisher: A Magazine
  published: 2020-01-02
  accessed: 2021-03-04
  url: https://example.org/hiccups
  mla: Author, Ann.
  apa: Author, A.
  subject: hiccups
references:
  - { id: review, title: A review of pepper, published: 2019-05 }
topics:
  - id: hiccups
    name: hiccups
    aliases: [hiccups, hiccough]
    passages:
      - { id: hiccups.overview, where: { Introduction: [1] }, text: Hiccups are spasms., answers: [prevalence] }
      - { id: hiccups.causes, where: { Causes: [1, 2], Pepper: [1] }, text: "They have causes:", lists_causes: true }
  - id: pepper
    name: too much pepper
    cause: Pepper
    references: [review]
    aliases: [pepper, chilli]
    passages:
      - { id: pepper.overview, where: { Pepper: [1] }, text: Pepper tickles. }
      - { id: pepper.treatment, where: { Pepper: [2] }, text: Drink water. }
"""


@pytest.fixture
def small(tmp_path) -> Article:
    path = tmp_path / "small.yml"
    path.write_text(SMALL, encoding="utf-8")
    return library.load(path)


def test_the_article_has_the_agreed_topics_in_order():
    assert list(ARTICLE.topics) == list(COVERAGE)
    assert [topic.id for topic in ARTICLE.causes] == list(COVERAGE)[1:]


@pytest.mark.parametrize(("topic", "aspects"), COVERAGE.items())
def test_a_passage_stands_in_each_covered_cell_and_in_no_other(topic, aspects):
    found = {aspect: ARTICLE.passage(topic, aspect) for aspect in ANSWERABLE}
    assert {aspect: passage and passage.id for aspect, passage in found.items()} == {
        aspect: f"{topic}.{aspect}" if aspect in aspects.split() else None for aspect in ANSWERABLE
    }


def test_47_cells_are_covered():
    assert len(ARTICLE.passages) == 47


def test_every_passage_is_found_by_its_id():
    assert all(ARTICLE.passage_by_id(passage.id) is passage for passage in ARTICLE.passages)
    with pytest.raises(KeyError):
        ARTICLE.passage_by_id("caffeine.causes")


def test_a_passage_also_answers_the_aspects_it_names(small):
    assert small.passage("hiccups", "prevalence") is small.passage("hiccups", "overview")
    assert small.passage("pepper", "prevalence") is None


def test_the_list_of_causes_follows_the_topics(small):
    assert small.passage("hiccups", "causes").full_text == "They have causes:\n- Pepper"
    listed = ARTICLE.passage("lip_twitching", "causes").items
    assert listed == tuple(topic.cause for topic in ARTICLE.causes)
    assert len(listed) == 12


def test_a_passage_says_in_which_sections_it_stands(small):
    assert small.passage("hiccups", "causes").section == "Causes; Pepper"


def test_a_citation_carries_the_passage_itself_and_the_references_of_its_topic():
    for topic in ARTICLE.topics.values():
        for passage in topic.passages.values():
            citation = ARTICLE.citation(passage)
            assert citation.passage is passage
            assert citation.references is topic.references
            assert (citation.title, citation.url) == (ARTICLE.title, ARTICLE.url)
            assert (citation.published, citation.accessed) == ("2018-03-03", "2019-09-06")


@pytest.mark.parametrize(
    ("topic", "titles"),
    [
        ("bells_palsy", ["Bell's palsy fact sheet"]),
        ("als", ["Amyotrophic lateral sclerosis (ALS) fact sheet", "FDA approves drug to treat ALS [Press release]"]),
        ("medication", []),
    ],
)
def test_references_are_those_the_article_lists_for_a_topic(topic, titles):
    assert [reference.title for reference in ARTICLE.topics[topic].references] == titles


@pytest.mark.parametrize(
    "pick",
    [
        lambda article: article,
        lambda article: article.topics["pepper"],
        lambda article: article.passage("pepper", "overview"),
        lambda article: article.references["review"],
        lambda article: article.citation(article.passage("pepper", "overview")),
    ],
    ids=["article", "topic", "passage", "reference", "citation"],
)
def test_records_are_frozen(small, pick):
    record = pick(small)
    with pytest.raises(FrozenInstanceError):
        setattr(record, next(iter(vars(record))), "changed")


def build(article, folder):
    command = [sys.executable, "-m", "fascicle.library.build", "--article", str(article), "--to", str(folder)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30)


def assert_refused(article, *words):
    folder = article.parent / "built"
    done = build(article, folder)
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert done.stderr.startswith(f"{article}: ")
    assert [word for word in words if word not in done.stderr] == [], done.stderr
    assert not folder.exists()


def test_a_sound_file_is_built(tmp_path):
    path = tmp_path / "small.yml"
    path.write_text(SMALL, encoding="utf-8")
    done = build(path, tmp_path / "built")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {file.name for file in (tmp_path / "built").iterdir()} == {"nlu.yml", "stories.yml"}


@pytest.mark.parametrize(
    ("right", "wrong", "words"),
    [
        ("id: pepper.treatment", "id: pepper.overview", ["pepper.overview", "id used twice"]),
        ("- id: pepper\n", "- id: hiccups\n", ["topic hiccups", "id used twice"]),
        ("{ id: review,", "{ id: review, title: Old, published: 2018 }\n  - { id: review,", ["review"]),
        ("[pepper, chilli]", "[pepper, Hiccough]", ["pepper", "hiccough", "hiccups already"]),
        ("[review]", "[revue]", ["topic pepper", "unknown reference 'revue'"]),
        ("    name: too much pepper\n", "", ["pepper", "'name' is a required property"]),
        ("    cause: Pepper\n", "", ["topic pepper", "'cause' is missing"]),
        (", text: Pepper tickles.", "", ["pepper.overview", "'text' is a required property"]),
        ("text: Drink water.", "text: ''", ["pepper.treatment", "text"]),
        ("text: Drink water.", "text: Drink water., colour: red", ["pepper.treatment", "colour"]),
        ("id: pepper.treatment", "id: salt.treatment", ["salt.treatment", "unknown topic 'salt'"]),
        ("id: pepper.treatment", "id: pepper.colour", ["pepper.colour", "unknown aspect 'colour'"]),
        ("id: pepper.treatment", "id: pepper.duration", ["pepper.duration", "unknown aspect 'duration'"]),
        ("[prevalence]", "[colour]", ["hiccups.overview", "unknown aspect 'colour'"]),
        ("subject: hiccups", "subject: sneezes", ["subject 'sneezes'"]),
        ("https://", "http://", ["hiccup_article", "url", "http://example.org/hiccups"]),
        ("{ Introduction: [1] }", "{ 2018: [1] }", ["hiccups.overview", "where", "2018"]),
        ("2020-01-02", "2020-02-31", ["date"]),
        ("[review]", "[review", ["line 25", "not valid YAML"]),
        ("    name: too", "    id: salt\n    name: too", ["line 22", 'duplicate key "id"']),
    ],
)
def test_a_faulty_file_is_refused_in_one_line(tmp_path, right, wrong, words):
    path = tmp_path / "bad.yml"
    assert SMALL.count(right) == 1
    path.write_text(SMALL.replace(right, wrong), encoding="utf-8")
    assert_refused(path, *words)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SMALL.replace("Ann", "André").encode("latin-1"), ["not UTF-8"]),
        (b"", ["empty"]),
        (b"# only a remark\n", ["empty"]),
        (b"hello\n", ["top level", "'hello'"]),
        (None, ["cannot be read", "No such file"]),
    ],
    ids=["latin-1", "empty", "only a remark", "no mapping", "missing"],
)
def test_a_file_that_is_no_article_is_refused_in_one_line(tmp_path, content, words):
    path = tmp_path / "bad.yml"
    if content is not None:
        path.write_bytes(content)
    assert_refused(path, *words)
