"""Names in what people type, of a library: parts of them, acronyms, misspelled ones, and words that only look like names."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shelf import names

from fascicle.library import InMemory, Name, OneArticle, in_small_letters, names_of
from fascicle.library.store import Entry
from fascicle.understanding.partial_names import PartialNames
from fascicle.understanding.spelling import Spelling, plain, singular
from fascicle.understanding.topic_linker import Aliases, aliases_of

TARSAL = {"tarsal-house", "tarsal-institute"}


def linked(library, text, *, excluded=False):
    """The articles of which a text names a topic."""
    return {link.article for link in names(library).find(text) if link.label == "topic" and link.excluded == excluded}


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("what is tarsal tunnel syndrome", TARSAL),
        ("what helps with tarsal tunnel", TARSAL),
        ("the tunnel of the tarsal bone", TARSAL),
        ("Tarsal Tunnel", TARSAL),
        ("carpal tunnel", {"carpal"}),
        ("a tunnel syndrome", TARSAL | {"carpal"}),
        ("acute leukemia", {"leukemia"}),
        # a word that is common, or one of a name by itself that is
        ("how long is the tunnel", set()),
        ("is it a syndrome", set()),
        ("acute pain", set()),
        ("take the tablets", set()),
        ("gravel in the yard", set()),
        # words of a name that stand far from each other
        ("tarsal bones hurt when I drive home late through a tunnel", set()),
        ("", set()),
    ],
)
def test_a_part_of_a_name_links_and_a_common_word_of_it_does_not(shelf, text, articles):
    assert linked(shelf, text) == articles


def test_a_part_says_how_much_of_the_name_it_is_and_where_it_stands(shelf):
    text = "so, the carpal  tunnel?"
    (part,) = names(shelf).find(text)
    assert text[part.start : part.end] == "carpal  tunnel"
    assert 0.5 < part.share < 1
    (whole,) = names(shelf).find("Carpal tunnel syndrome?")
    assert whole.share == 1


def test_a_whole_name_is_taken_before_a_part(shelf):
    assert linked(shelf, "nephrolithiasis after a carpal tunnel operation") == {"stones"}


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("it is not tarsal tunnel", TARSAL),
        ("I don't have carpal tunnel", {"carpal"}),
        ("my carpal tunnel was fine", {"carpal"}),
        ("it isn't carpal tunnel syndrome", {"carpal"}),
        ("carpal tunnel is not nice", set()),
        ("why is carpal tunnel so bad", set()),
    ],
)
def test_a_part_of_a_name_is_ruled_out_as_a_name_is(shelf, text, articles):
    assert linked(shelf, text, excluded=True) == articles
    assert not articles or linked(shelf, text) == set()


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("is ALL curable", {"leukemia"}),
        ("ALL?", {"leukemia"}),
        ("is all lost", set()),
        ("All of it hurts", set()),
        ("after all", set()),
    ],
)
def test_an_acronym_that_is_a_word_counts_in_capitals_only(shelf, text, articles):
    assert linked(shelf, text) == articles


def test_an_acronym_that_is_no_word_counts_however_it_is_typed():
    names_ = {"RLS": (Name("topic", "restless_legs", "a"),), "ALL": (Name("topic", "leukemia", "b"),)}
    aliases = Aliases(names_, in_capitals=["ALL"])
    assert [link.value for text in ("rls", "RLS", "all", "ALL") for link in aliases.find(text)] == [
        "restless_legs",
        "restless_legs",
        "leukemia",
    ]


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("nefrolithiasis", {"stones"}),
        ("balmorel tablets", {"balmoril"}),
        ("tarsel tunel", TARSAL),
        ("lymphoblastic leukemias that are acute", {"leukemia"}),
        # a word that stands in a text is spelled as it was meant
        ("Balmoral tablets", set()),
        # a word of English is no misspelled one
        ("renal travel", set()),
        ("tidal tunnel", set()),
    ],
)
def test_a_misspelled_name_is_read_and_a_word_that_is_written_somewhere_is_not_one(shelf, text, articles):
    assert linked(shelf, text) == articles


@pytest.mark.parametrize(
    ("text", "articles"),
    [
        ("renal gravel", {"stones"}),
        ("nephrolithiasis", {"stones"}),
        ("stones", set()),  # a word that people use for much else, and what it names is called otherwise
        ("he throws stones at me", set()),
        ("screens", {"dry_eyes"}),  # as general, but the name of what it stands for
        ("contact lenses", {"dry_eyes"}),
    ],
)
def test_a_general_word_links_only_what_is_called_by_it(shelf, text, articles):
    assert linked(shelf, text) == articles


@pytest.mark.parametrize(("page", "articles"), [("dry_eyes", {"dry_eyes"}), ("stones", set())])
def test_general_words_that_an_editor_gave_to_the_written_article_of_the_page_stay(shelf, page, articles):
    article = shelf.article("dry_eyes")
    lenses = replace(article.topics["contact_lenses"], aliases=("contact lenses", "glass"))
    article = replace(article, topics=article.topics | {"contact_lenses": lenses})
    of_a_page = InMemory([Entry(article), Entry(shelf.article("stones"))], named=page)
    assert linked(of_a_page, "glass") == articles
    assert linked(of_a_page, "stones") == set()


@pytest.mark.parametrize("text", ["stones", "screen", "dry eye", "eyes that run", "it is not a screen"])
def test_in_a_library_of_one_article_whole_names_count_and_all_of_them(shelf, text):
    article = shelf.article("dry_eyes")
    assert aliases_of(OneArticle(article)).find(text) == Aliases(names_of([article])).find(text)


def test_names_that_differ_in_capitals_only_are_one_and_acronyms_stay():
    one, other, third = (Name("topic", "x", name) for name in "abc")
    merged = in_small_letters({"Bell's palsy": (one,), "bell's palsy": (other, one), "ALL": (third,), "all": (one,)})
    assert merged == {"bell's palsy": (one, other), "ALL": (third,), "all": (one,)}


@pytest.mark.parametrize(
    ("word", "read"),
    [
        ("parkinsin", "parkinson"),
        ("parkinsons", "parkinson"),
        ("tremers", "tremor"),
        ("hypokalemia", "hypokalemia"),
        ("hyperkalemia", "hyperkalemia"),
        ("hypokalemias", "hypokalemia"),
        ("hypocalemia", "hypokalemia"),
        ("pulls", "pull"),
        ("gout", "gout"),
        ("gaut", "gaut"),  # too short to be sure
        ("zarkinson", "zarkinson"),  # the first letter is seldom wrong
        ("ms", "ms"),
        ("stress", "stress"),
    ],
)
def test_a_word_is_read_as_the_name_that_it_is_closest_to(word, read):
    known = ["parkinson", "tremor", "hypokalemia", "pill", "gout", "stress"]
    assert Spelling(known).correct(word) == read


@pytest.mark.parametrize(("written", "read"), [((), "parkinson"), (("parkinsen",), "parkinsen"), (("other",), "parkinson")])
def test_what_is_written_in_a_text_is_not_corrected(written, read):
    assert Spelling(["parkinson"], lambda word: word in written).correct("parkinsen") == read


@pytest.mark.parametrize(
    ("word", "at"),
    [
        ("parkinsonsymptoms", 9),
        ("parkinsonstreatment", 10),
        ("parkinson", 0),
        ("understanding", 0),
        ("parkinsonqqqqq", 0),
        ("palm", 0),
    ],
)
def test_words_run_together_are_cut_where_a_name_ends(word, at):
    assert Spelling(["parkinson", "palm"]).cut(word) == at


@pytest.mark.parametrize(("word", "one"), [("eyes", "eye"), ("stress", "stress"), ("als", "als"), ("", ""), ("s", "s")])
def test_a_plural_loses_its_s(word, one):
    assert singular(word) == one


@pytest.mark.parametrize(("typed", "read"), [("Parkinson’s", "parkinsons"), ("A.L.S.", "als"), ("'", "")])
def test_apostrophes_dots_and_capitals_say_nothing(typed, read):
    assert plain(typed) == read


@pytest.mark.parametrize(
    ("words", "names_"),
    [
        (["tarsal", "tunnel"], ["a"]),
        (["kleine"], ["b"]),
        (["the", "kleine", "levin"], ["b"]),
        (["syndrome"], []),
        (["tunnel", "syndrome"], ["a", "c"]),
        (["ckd"], []),  # of an acronym no part is a name
        ([], []),
    ],
)
def test_a_part_counts_by_how_rare_its_words_are(words, names_):
    given = {
        "tarsal tunnel syndrome": (Name("topic", "tarsal", "a"),),
        "kleine levin syndrome": (Name("topic", "sleep", "b"),),
        "cubital tunnel syndrome": (Name("topic", "cubital", "c"),),
        "CKD": (Name("topic", "kidney", "d"),),
        "gentle hands": (Name("passage", "a.treatment", "e"),),  # no topic
    }
    having = {"tarsal": 1, "tunnel": 2, "syndrome": 900, "kleine": 1, "levin": 1, "cubital": 1, "gentle": 1, "hand": 1}
    parts = PartialNames(given, 2000, lambda words: {word: having.get(word, 0) for word in words})
    found = parts.find(words)
    assert sorted(name.article for name in found.names) == names_ if names_ else found is None
    assert parts.find(["gentle", "hand"]) is None
