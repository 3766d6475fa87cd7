"""A compiled page as an article: its own sentences, letter for letter, with their places, links, and what an editor added."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

import pytest
from pages import PAGE, compiled

from fascicle.library.compiling.quoting import quoted
from fascicle.library.compiling.records import Editing, Metadata

TWICE = """<main><h1>Shield elbow</h1><p>Shield elbow is a disease of the elbow. It hurts.</p>
<h2>Treatment</h2><p>Rest helps. Take off the shield.</p><p>Ask a doctor.</p><ul><li>ice</li><li>sleep</li></ul>
<h2>The horse</h2><p>The horse is well.</p>
<h2>Treatment</h2><p>Rest helps. So does health.</p>
<h2>Doses</h2><table><tr><th>Medicine</th><th>Dose</th></tr><tr><td>Balm</td><td>two drops</td></tr></table></main>"""


def article_of(html=TWICE, **about):
    made = compiled(html)
    return quoted(replace(made, about=replace(made.about, **about)))


@pytest.mark.parametrize("html", [PAGE, TWICE])
def test_every_sentence_and_every_run_of_them_stands_in_the_text(html):
    made = compiled(html)
    for passage in quoted(made).passages:
        paragraphs = {}
        for sentence in passage.sentences:
            assert sentence.text in made.text
            paragraphs.setdefault((sentence.section, sentence.paragraph), []).append(sentence.text)
        for own in paragraphs.values():
            assert " ".join(own) in passage.text
            assert " ".join(own) in made.text
        assert passage.text == "\n".join(" ".join(own) for own in paragraphs.values())
        assert passage.where == tuple(
            (title, tuple(number for section, number in paragraphs if section == title))
            for title in dict.fromkeys(section for section, _ in paragraphs)
        )


def test_nothing_of_the_page_is_lost():
    made = compiled(PAGE)
    said = sorted(sentence.text for section in made.sections for sentence in section.sentences())
    assert sorted(unit for passage in quoted(made).passages for unit in passage.units) == said


def test_paragraphs_of_two_sections_of_one_title_stay_apart():
    passage = article_of().passage("shield_elbow", "treatment")
    assert passage.text == "Rest helps. Take off the shield.\nAsk a doctor.\nice\nsleep\nRest helps. So does health."
    assert [(one.paragraph, one.kind) for one in passage.sentences] == [
        (1, "text"), (1, "text"), (2, "text"), (3, "item"), (4, "item"), (5, "text"), (5, "text"),
    ]  # fmt: skip
    assert passage.where == (("Treatment", (1, 2, 3, 4, 5)),)


def test_what_was_not_placed_is_found_by_search_only():
    passage = article_of().passage("shield_elbow", "other")
    assert "The horse is well." in passage.units
    assert passage.answers == ()


def test_the_link_of_a_citation_leads_to_the_first_sentence_shown():
    article = article_of(url="https://castle.example/elbow")
    passage = article.passage("shield_elbow", "treatment")
    links = [unquote(article.citation(passage, number).url) for number in range(len(passage.sentences))]
    assert links[0] == "https://castle.example/elbow#:~:text=Rest helps."
    assert links[3] == "https://castle.example/elbow#:~:text=ice"
    assert links[5] == "https://castle.example/elbow#:~:text=is well. Treatment-,Rest helps."
    assert article.citation(passage).restated is False
    assert article_of(url="").citation(passage).url == ""


def test_what_the_page_says_of_itself_is_in_the_record():
    article = article_of(PAGE)
    assert (article.kind, article.published, article.reviewed, article.language) == (
        "condition",
        "2021-03-04",
        "2023-05-01",
        "en",
    )
    assert (article.subject, list(article.topics)) == (
        "knights_knee",
        ["knights_knee", "left_knights_knee", "right_knights_knee"],
    )
    assert [one.title for one in article.topics["knights_knee"].references] == ["The book of knees"]
    assert article.topics["left_knights_knee"].references == ()


def test_what_an_editor_added_is_in_the_record():
    made = replace(
        compiled(PAGE),
        editing=Editing(
            {"knights_knee.treatment": "Rest."}, {"knights_knee.treatment": "Ask first."}, ("knights_knee.heredity",)
        ),
    )
    article = quoted(made)
    passage = article.passage("knights_knee", "treatment")
    assert (passage.plain, passage.caution, article.not_said) == ("Rest.", "Ask first.", {"knights_knee.heredity"})
    assert passage.text.startswith("Rest helps. ")


@pytest.mark.parametrize(
    ("about", "mla", "apa"),
    [
        (
            Metadata("Knee", "Castle", "A. Squire", "2021-03-04", url="https://a.example"),
            'A. Squire. "Knee." Castle, 4 Mar. 2021, https://a.example.',
            "A. Squire. (2021, March 4). Knee. Castle. https://a.example",
        ),
        (Metadata("Knee", "Castle", published="2021-05"), '"Knee." Castle, May 2021.', "Castle. (2021, May). Knee."),
        (Metadata("Is it a knee?", published="2021"), '"Is it a knee?" 2021.', "Is it a knee? (2021)."),
        (Metadata("Knee", published="in spring"), '"Knee." in spring.', "Knee. (in spring)."),
        (Metadata("Knee"), '"Knee."', "Knee. (n.d.)."),
    ],
)
def test_citations_say_what_is_known(about, mla, apa):
    article = quoted(replace(compiled(TWICE), about=about))
    assert (article.mla, article.apa) == (mla, apa)
