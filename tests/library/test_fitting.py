"""How well a sentence fits a question, which of them are shown, and what a search is told of a question."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shelf import asked

from fascicle.answering import Context, answer_from
from fascicle.answering.finding.background import LEAST, USUAL, usual
from fascicle.answering.finding.said import ITEMS, Evidence, evidence, says, shown
from fascicle.answering.finding.sentences import Fit, Place, likelihood, places
from fascicle.answering.finding.sentences import asked as aspects_of
from fascicle.answering.finding.terms import terms
from fascicle.library import InMemory, Passage, Sentence
from fascicle.library.store import Entry
from fascicle.reply import as_message
from fascicle.understanding.question import vector_as_text, vector_of

TARSAL = ("tarsal-house", "tarsal-institute")


def passage_of(*kinds, section="S"):
    """A passage with a sentence of each kind, each a paragraph of its own; `*` begins another section."""
    sentences = []
    for number, kind in enumerate(kinds):
        section += "*" if kind.startswith("*") else ""
        sentences.append(Sentence(f"s{number}", section, number + 1, kind.lstrip("*")))
    return Passage("x.symptoms", (("S", (1,)),), "\n".join(one.text for one in sentences), sentences=tuple(sentences))


def article_with(library, *passages_):
    """An article with these passages alone."""
    own = {passage.aspect: passage for passage in passages_}
    topic = replace(library.article("carpal").topics["carpal_tunnel_syndrome"], id="x", passages=own)
    return replace(library.article("carpal"), topics={"x": topic}, subject="x")


def fitting(passage, place, how_well):
    """A sentence that fits a question so well."""
    return Place("a", passage.id, place, Fit(how_well, 0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("kinds", "best", "places_"),
    [
        (["text"] * 3, [0], [0, 1, 2]),  # a short one is shown whole
        (["text"] * 6, [2], [2]),
        (["text"] * 6, [5, 1], [1, 5]),
        # an item with what leads to it
        (["text", "text", "item", "item", "text", "text"], [3], [1, 3]),
        (["text", "text", "item", "item", "text", "text"], [3, 2], [1, 2, 3]),
        (["text", "text", "item", "item", "text", "text"], [3, 0], [0, 1, 3]),
        (["item", "item", "text", "text", "text", "text"], [1], [1]),  # nothing does
        (["text", "*item", "item", "text", "text", "text"], [2], [2]),  # what stands before is of another section
        (["text", "item", "item", "*item", "item", "text"], [3], [3]),
        (["text", *["item"] * 20], [18], [0, 18]),
        # what leads to a list with the list, if it answers best
        (["text", "text", "item", "item", "text", "text"], [1], [1, 2, 3]),
        (["text", "text", "item", "item", "text", "text"], [1, 4], [1, 2, 3, 4]),
        (["text", "text", "item", "item", "text", "text"], [4, 1], [1, 4]),
        (["text", "text", "item", "*item", "text", "text"], [1], [1, 2]),
        (["text", *["item"] * 20], [0], range(ITEMS + 1)),
        (["text", "text", "item", "item", "text", "text"], [0], [0]),
        (["text", "text", "item", "item", "text", "text"], [4], [4]),
    ],
)
def test_a_list_is_shown_with_the_sentence_that_leads_to_it(shelf, kinds, best, places_):
    passage = passage_of(*kinds)
    article = article_with(shelf, passage)
    found = [fitting(passage, place, 1 - best.index(place) / 100 if place in best else 0.0) for place in range(len(kinds))]
    assert shown(article, found) == [(passage.id, tuple(places_))]


def test_two_passages_are_shown_where_both_answer_and_no_sentence_twice(shelf):
    kinds = ["text"] * 6
    first, second, third = (replace(passage_of(*kinds), id=f"x.{aspect}") for aspect in ("symptoms", "causes", "outlook"))
    second = replace(second, sentences=tuple(replace(one, text=f"another {one.text}") for one in second.sentences))
    article = article_with(shelf, first, second, third)
    twice = [fitting(first, 2, 1.0), fitting(third, 2, 0.99)]  # the same words
    assert shown(article, twice) == [("x.symptoms", (2,))]
    assert shown(article, [*twice, fitting(second, 4, 0.98)]) == [("x.symptoms", (2,)), ("x.causes", (4,))]
    assert shown(article, [*twice, fitting(second, 4, 0.5)]) == [("x.symptoms", (2,))]


def test_a_list_on_a_page_is_quoted_with_what_leads_to_it(shelf):
    question = asked(shelf, "does tarsal tunnel syndrome make the toes tingle or the sole burn", ask_symptoms=1.0)
    reply, _ = answer_from(shelf, question, Context())
    message = as_message(reply, shelf)
    texts = [(block["type"], block["spans"][0]["text"]) for block in message["blocks"]]
    items = [place for place, (type_, _) in enumerate(texts) if type_ == "list_item"]
    assert {"burning of the sole", "tingling of the toes"} <= {texts[place][1] for place in items}
    assert texts[items[0] - 1][1].endswith("The signs are:")


@pytest.mark.parametrize(
    ("intents", "aspect", "share"),
    [
        ({"ask_treatment": 1.0}, "treatment", 1.0),
        ({"ask_treatment": 1.0}, "self_care", 0.5),
        ({"ask_treatment": 1.0}, "causes", 0.0),
        ({"ask_causes": 0.3, "ask_overview": 0.1, "greet": 0.6}, "causes", 0.75),
        ({"ask_bot": 0.9, "ask_causes": 0.1}, "causes", 1.0),
        ({"ask_bot": 1.0}, "bot", 0.0),
        ({}, "causes", 0.0),
    ],
)
def test_an_aspect_is_asked_for_as_far_as_any_is(shelf, intents, aspect, share):
    sought = replace(asked(shelf, "and that?").sought, intents=intents)
    assert aspects_of(sought).get(aspect, 0.0) == pytest.approx(share)
    plain_, answering = (
        replace(passage_of("text"), id=f"x.{name}", answers=also) for name, also in ((aspect, ()), ("amount", (aspect,)))
    )
    assert likelihood(plain_, aspects_of(sought)) == pytest.approx(share)
    assert likelihood(answering, aspects_of(sought)) == pytest.approx(0.7 * share)


def test_without_vectors_nothing_is_found_and_nothing_fails(shelf):
    bare = InMemory([Entry(shelf.article(id_)) for id_ in shelf.ids()])
    question = asked(bare, "how is carpal tunnel syndrome treated", ask_treatment=1.0)
    assert places(bare, bare.article("carpal"), question.text, question.sought) == []
    assert says(evidence(bare, bare.article("carpal"), question.sought, [])) < 0.5
    assert answer_from(bare, question, Context())[0].kind == "not_covered"


def test_what_speaks_for_an_answer_makes_it_likelier():
    nothing = Evidence(0.0, 0.0, 0.0, 0.0, 0.0)
    for name in ("present", "unusual", "aspect", "masked"):
        assert says(replace(nothing, **{name: 1.0})) > says(nothing)
    assert says(replace(nothing, remedy=1.0)) < says(nothing)


def test_what_fits_every_article_is_usual_once_there_are_enough_to_tell(shelf):
    sought = asked(shelf, "how is it treated").sought
    assert usual(shelf, sought) == USUAL
    ids = [f"{id_}-{number}" for number in range(LEAST) for id_ in ("carpal", "stones")]
    many = InMemory(
        [
            Entry(replace(shelf.article(id_.rpartition("-")[0]), id=id_), vectors=shelf.vectors(id_.rpartition("-")[0]))
            for id_ in ids
        ]
    )
    best = [float((shelf.vectors(id_) @ sought.without_names).max()) for id_ in ("carpal", "stones")]
    assert usual(many, sought) == pytest.approx(sum(best) / 2, abs=1e-5)
    many.remove([id_ for id_ in ids if id_.startswith("stones")])
    assert usual(many, sought) == pytest.approx(best[0], abs=1e-5)  # made anew when the library changes


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("What is the treatment of it?", ("treatment",)),
        ("Crohn's disease", ("crohn", "disease")),
        ("anaemia", ("anaemia", "anemia")),
        ("oesophagus", ("oesophagus", "esophagus")),
        ("a tight shoe", ("tight", "shoe")),  # and not "she"
        ("esophagus of a leukemia", ("esophagus", "leukemia")),
        ("is it a b c", ()),
        ("", ()),
        ("pain PAIN", ("pain",)),
        ("vitamin B12", ("vitamin", "b12")),
    ],
)
def test_a_search_looks_for_words_that_say_something_as_both_spell_them(text, found):
    assert terms(text) == found


def test_a_vector_survives_as_text_but_for_rounding(shelf):
    for vector in shelf.vectors("carpal"):
        again = vector_of(vector_as_text(vector))
        assert again @ vector > 0.999
        assert (again**2).sum() == pytest.approx(1, abs=1e-5)
        assert vector_as_text(again) == vector_as_text(vector)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("what is carpal tunnel syndrome", {("carpal", 1.0)}),
        ("what is tarsal tunnel syndrome", {(article, 1.0) for article in TARSAL}),
        ("it is not carpal tunnel syndrome", set()),
        ("what is it", set()),
    ],
)
def test_a_search_is_told_what_is_named_and_of_which_articles(shelf, text, named):
    assert {(name.article, name.share) for name in asked(shelf, text).sought.named} == named


def test_a_question_can_be_read_for_any_of_the_articles(shelf):
    sought = asked(shelf, "carpal tunnel syndrome or renal gravel").sought
    for article, topics in (("carpal", ("carpal_tunnel_syndrome",)), ("stones", ("nephrolithiasis",)), ("leukemia", ())):
        assert sought.of(shelf.article(article)).topics == topics
