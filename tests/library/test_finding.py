"""Answers from a library: which article is meant, what of it is quoted, under which citation, and what is said where none is."""

from __future__ import annotations

from dataclasses import replace

import pytest
from shelf import asked

from fascicle.answering import Context, answer_from, is_offered, more_from
from fascicle.answering.finding import choose, which_article
from fascicle.library import InMemory
from fascicle.library.store import Entry
from fascicle.reply import as_message
from fascicle.understanding.question import Question, from_payload

TARSAL = ("tarsal-house", "tarsal-institute")
OURS = "tarsal_tunnel_syndrome"


@pytest.fixture(scope="module")
def with_page(shelf):
    """The same, with an article that is written as that of the page."""
    entries = [Entry(shelf.article(id_), vectors=shelf.vectors(id_)) for id_ in shelf.ids() if id_ != "dry_eyes"]
    return InMemory([Entry(replace(shelf.article("dry_eyes"), restated=True)), *entries], named="dry_eyes")


def said(library, text, context=None, **intents):
    """The reply to a question, and the context after it."""
    return answer_from(library, asked(library, text, **intents), context or Context())


def cited(library, reply):
    """The article and aspect of each citation of a reply, in order."""
    return [(one["article"], one["passage"].split(".")[1]) for one in as_message(reply, library)["citations"]]


IN_PLAY = Context(article="carpal", topics=("carpal_tunnel_syndrome",), aspect="symptoms")


@pytest.mark.parametrize(
    ("text", "context", "articles"),
    [
        ("What is carpal tunnel syndrome?", Context(), ("carpal",)),
        ("what is tarsal tunnel", Context(), TARSAL),
        ("is ALL curable", Context(), ("leukemia",)),
        ("side effects of balmoril", Context(), ("balmoril",)),  # no whole name, and found by its words
        # what names nothing stays
        ("how is it treated", IN_PLAY, ("carpal",)),
        ("does it wake people at night", IN_PLAY, ("carpal",)),
        ("and the outlook?", IN_PLAY, ("carpal",)),
        # what names another leaves
        ("and tarsal tunnel syndrome?", IN_PLAY, TARSAL),
        ("is that like renal gravel", IN_PLAY, ("stones",)),
        # of two, the first
        ("nephrolithiasis or carpal tunnel syndrome", Context(), ("stones",)),
    ],
)
def test_an_article_is_what_is_named_or_else_what_is_in_play(shelf, text, context, articles):
    choice = choose(shelf, asked(shelf, text, ask_treatment=1.0), context)
    assert (sorted(choice.articles), choice.is_clear) == (sorted(articles), True), choice.why


@pytest.mark.parametrize("context", [Context(), IN_PLAY])
@pytest.mark.parametrize(
    ("text", "intent"),
    [("what is the capital of France", "out_of_scope"), ("what is asthma", "ask_other_condition")],
)
def test_what_no_article_is_about_is_said_to_be_so(shelf, text, intent, context):
    reply, after = said(shelf, text, context, **{intent: 1.0})
    assert (reply.kind, reply.passages, reply.offers) == ("not_covered" if context.article else "out_of_scope", [], ())
    assert after == context


@pytest.mark.parametrize(
    ("text", "intent", "place"),
    [
        ("how is tarsal tunnel treated?", "ask_treatment", ("tarsal-institute", "treatment")),
        ("how is tarsal tunnel syndrome diagnosed by a doctor?", "ask_diagnosis", ("tarsal-institute", "diagnosis")),
        ("what causes tarsal tunnel syndrome, a broken ankle?", "ask_causes", ("tarsal-house", "causes")),
    ],
)
def test_of_two_articles_on_one_thing_the_one_that_says_it_is_quoted(shelf, text, intent, place):
    reply, context = said(shelf, text, **{intent: 1.0})
    assert reply.kind == "answer"
    assert place in cited(shelf, reply)
    assert {article for article, _ in cited(shelf, reply)} == {context.article} == {reply.article} == {place[0]}


def test_the_order_in_which_articles_came_does_not_decide(shelf):
    turned = InMemory([Entry(shelf.article(id_), vectors=shelf.vectors(id_)) for id_ in reversed(shelf.ids())])
    reply, _ = said(turned, "how is tarsal tunnel treated?", ask_treatment=1.0)
    assert cited(turned, reply)[0] == ("tarsal-institute", "treatment")


@pytest.mark.parametrize(
    ("text", "intent", "context", "missing"),
    [
        ("what does carpal tunnel syndrome cost", "ask_cost", Context(), ("carpal_tunnel_syndrome", "cost")),
        ("is tarsal tunnel syndrome catching", "ask_contagious", Context(), (OURS, "contagious")),
        ("is ALL inherited", "ask_heredity", Context(), ("acute_lymphoblastic_leukemia", "heredity")),
        ("and is it expensive", "ask_cost", IN_PLAY, ("carpal_tunnel_syndrome", "cost")),
    ],
)
def test_what_an_article_does_not_say_is_said_to_be_missing(shelf, text, intent, context, missing):
    reply, after = said(shelf, text, context, **{intent: 1.0})
    assert (reply.kind, reply.passages, reply.missing) == ("not_covered", [], (missing,))
    article = shelf.article(reply.article)
    assert article.title in reply.text(shelf)
    assert article.publisher in reply.text(shelf)
    assert after.article == article.id
    assert all(is_offered(offer.payload, shelf) for offer in reply.offers)


QUESTIONS = [
    ("what is carpal tunnel syndrome", {"ask_overview": 1.0}),
    ("how is carpal tunnel syndrome treated", {"ask_treatment": 1.0}),
    ("when are the toes of tarsal tunnel syndrome worse", {"ask_symptoms": 0.7, "ask_overview": 0.3}),
    ("does the sole burn with tarsal tunnel syndrome", {"ask_symptoms": 1.0}),
    ("how is tarsal tunnel treated", {"ask_treatment": 1.0}),
    ("side effects of Balmoril tablets", {"ask_side_effects": 1.0}),
    ("are children with ALL pale", {"ask_symptoms": 1.0}),
    ("what helps with dry eyes", {"ask_treatment": 1.0}),
    ("how to prevent renal gravel", {"ask_prevention": 1.0}),
]


@pytest.mark.parametrize(("text", "intents"), QUESTIONS)
def test_every_span_with_a_citation_stands_in_it_letter_for_letter(shelf, text, intents):
    reply, _ = said(shelf, text, **intents)
    message = as_message(reply, shelf)
    of = {citation["number"]: citation for citation in message["citations"]}
    spans = [span for block in message["blocks"] for span in block["spans"]]
    assert any("citations" in span for span in spans)
    for span in spans:
        for number in span.get("citations", ()):
            article = shelf.article(of[number]["article"])
            passage = article.passage_by_id(of[number]["passage"])
            assert span["text"] in of[number]["text"]
            assert of[number]["text"] == passage.full_text
            assert (of[number]["title"], of[number]["publisher"]) == (article.title, article.publisher)
            assert of[number]["url"].startswith(article.url)
            assert article.publisher in reply.source(shelf)


@pytest.mark.parametrize(("text", "intents"), [asked for asked in QUESTIONS if "dry eyes" not in asked[0]])
def test_where_a_quoted_answer_is_from_is_said_when_it_is_new_and_only_then(shelf, text, intents):
    first, context = said(shelf, text, **intents)
    again, _ = said(shelf, text, context, **intents)
    publisher = shelf.article(first.article).publisher
    assert publisher in first.blocks[0].text
    assert [block.passage for block in again.blocks] == first.passages
    moved, _ = said(shelf, text, replace(context, article="stones" if first.article != "stones" else "carpal"), **intents)
    assert publisher in moved.blocks[0].text


def test_an_answer_offers_what_else_its_article_says_and_can_be_taken_up(shelf):
    reply, context = said(shelf, "how is carpal tunnel syndrome treated", ask_treatment=1.0)
    assert {from_payload(offer.payload).article for offer in reply.offers} == {"carpal"}
    assert context.suggestion == reply.offers[0].payload
    shown_ = set(reply.passages)
    for offer in reply.offers:
        assert is_offered(offer.payload, shelf)
        following, _ = answer_from(shelf, from_payload(offer.payload), context)
        assert (following.kind, following.article) == ("answer", "carpal")
        assert not shown_ & set(following.passages)


class TestSeveralThatMayBeMeant:
    @pytest.fixture(scope="class")
    def asked_back(self, shelf):
        return said(shelf, "how is a tunnel syndrome treated", ask_treatment=1.0)

    def test_are_asked_about_with_a_button_for_each_title(self, shelf, asked_back):
        reply, context = asked_back
        assert (reply.kind, reply.passages) == ("clarify", [])
        assert sorted(offer.title for offer in reply.offers) == ["Carpal tunnel syndrome", "Tarsal tunnel syndrome"]
        assert context.options == tuple(offer.payload for offer in reply.offers)

    def test_each_button_is_accepted_and_answers_what_was_asked(self, shelf, asked_back):
        reply, context = asked_back
        for offer in reply.offers:
            assert is_offered(offer.payload, shelf)
            answered, _ = answer_from(shelf, from_payload(offer.payload), context)
            [(article, aspect)] = cited(shelf, answered)
            assert (shelf.article(article).title, aspect) == (offer.title, "treatment")

    def test_of_two_on_one_thing_the_one_that_says_what_is_asked_is_offered(self, shelf):
        for intent, article in (("ask_treatment", "tarsal-institute"), ("ask_causes", "tarsal-house")):
            reply, _ = which_article(shelf, ("carpal", *TARSAL), Question(intent), Context())
            assert article in [from_payload(offer.payload).article for offer in reply.offers]

    def test_what_is_picked_and_does_not_say_it_is_not_answered_with_something_else(self, shelf):
        reply, context = said(shelf, "what does a tunnel syndrome cost", ask_cost=1.0)
        for offer in reply.offers:
            answered, _ = answer_from(shelf, from_payload(offer.payload), context)
            assert (answered.kind, answered.passages) == ("not_covered", [])

    @pytest.mark.parametrize("text", ["how is tarsal tunnel treated", "how is carpal tunnel syndrome treated"])
    def test_are_no_several_where_the_name_says_which(self, shelf, text):
        assert said(shelf, text, ask_treatment=1.0)[0].kind == "answer"


class TestAWrittenArticleOfThePage:
    @pytest.mark.parametrize(
        ("text", "intents"),
        [
            ("what helps", {"ask_treatment": 1.0}),
            ("how are they treated", {"ask_treatment": 1.0}),
            ("what helps with dry eyes", {"ask_treatment": 1.0}),
        ],
    )
    def test_is_what_questions_are_about_that_name_nothing_else(self, with_page, text, intents):
        reply, context = said(with_page, text, **intents)
        assert cited(with_page, reply) == [("dry_eyes", "treatment")]
        assert as_message(reply, with_page)["citations"][0]["restated"]
        assert context.article == "dry_eyes"

    def test_is_left_for_what_is_named_and_stays_left(self, with_page):
        _, context = said(with_page, "what helps with dry eyes", ask_treatment=1.0)
        reply, context = said(with_page, "how is carpal tunnel syndrome treated", context, ask_treatment=1.0)
        assert (reply.kind, reply.article, context.article) == ("answer", "carpal", "carpal")
        reply, _ = said(with_page, "does it go numb at night", context, ask_symptoms=1.0)
        assert reply.article == "carpal"
        reply, context = said(with_page, "and contact lenses?", context, ask_overview=1.0)
        assert (reply.article, reply.passages) == ("dry_eyes", ["contact_lenses.overview"])
        assert context.topics == ("contact_lenses",)

    def test_offers_what_is_accepted_whatever_is_in_play(self, with_page):
        reply, context = said(with_page, "what helps with dry eyes", ask_treatment=1.0)
        assert reply.offers
        for offer in reply.offers:
            assert is_offered(offer.payload, with_page)
            following, _ = answer_from(with_page, from_payload(offer.payload), IN_PLAY)
            assert following.article == "dry_eyes"
        assert is_offered(context.suggestion, with_page)


def test_what_is_told_of_one_article_is_not_told_of_another(shelf):
    context = Context(article="tarsal-house", topics=(OURS,), earlier=(OURS,), told=(f"{OURS}.overview", f"{OURS}.treatment"))
    reply, after = said(shelf, "how does an injected steroid treat tarsal tunnel syndrome", context, ask_treatment=1.0)
    assert (reply.article, after.told) == ("tarsal-institute", (f"{OURS}.treatment",))
    assert "Tell me about" in reply.offers[0].title
    reply, after = said(shelf, "what does renal gravel cost", context, ask_cost=1.0)
    assert (reply.kind, after.article, after.told, after.topics) == ("not_covered", "stones", (), ("nephrolithiasis",))


def test_more_is_the_next_passage_that_was_not_shown_until_there_is_none(shelf):
    context, seen = Context(article="tarsal-house"), []
    for _ in range(3):
        reply, context = more_from(shelf, context)
        assert reply.kind == "answer"
        seen += reply.passages
    assert seen == [f"{OURS}.{aspect}" for aspect in ("overview", "symptoms", "causes")]
    reply, after = more_from(shelf, context)
    assert (reply.kind, reply.passages, after) == ("notice", [], context)


def test_of_a_written_article_more_is_none_of_ours(with_page):
    assert more_from(with_page, Context()) is None
    assert more_from(with_page, Context(article="carpal"))[0].article == "carpal"


def test_where_it_is_from_is_that_of_the_article_in_play(shelf):
    reply, _ = said(shelf, "what is your source", IN_PLAY, ask_sources=1.0)
    assert reply.kind == "sources"
    assert "Hand House" in reply.text(shelf)
    assert reply.offers
    assert all(is_offered(offer.payload, shelf) for offer in reply.offers)


class TestAQuotedArticleOfThePage:
    @pytest.fixture(params=["alone", "of several"])
    def with_carpal(self, shelf, request):
        ids = ["carpal"] if request.param == "alone" else shelf.ids()
        return InMemory([Entry(shelf.article(id_), vectors=shelf.vectors(id_)) for id_ in ids], named="carpal")

    @pytest.mark.parametrize("text", ["how is it treated with a splint", "how is carpal tunnel syndrome treated with a splint"])
    def test_is_what_questions_are_about_that_name_nothing_else(self, with_carpal, text):
        reply, context = said(with_carpal, text, ask_treatment=1.0)
        assert ("carpal", "treatment") in cited(with_carpal, reply)
        assert reply.offers
        assert all(is_offered(offer.payload, with_carpal) for offer in reply.offers)
        assert context.article == "carpal"

    @pytest.mark.parametrize(("text", "intent"), [("what is asthma", "ask_other_condition"), ("who won", "out_of_scope")])
    def test_is_not_what_questions_are_about_something_else_are_about(self, with_carpal, text, intent):
        assert said(with_carpal, text, **{intent: 1.0})[0].passages == []

    def test_is_left_for_what_is_named(self, shelf):
        several = InMemory([Entry(shelf.article(id_), vectors=shelf.vectors(id_)) for id_ in shelf.ids()], named="carpal")
        assert said(several, "how is tarsal tunnel treated", ask_treatment=1.0)[0].article == "tarsal-institute"


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("carpal_tunnel_syndrome.heredity", "the article does not say whether it runs in families"),
        ("carpal_tunnel_syndrome.cost", "found nothing on whether it runs in families"),  # confirmed of something else
    ],
)
def test_what_an_editor_confirmed_is_said_to_be_not_said_and_nothing_else(shelf, cell, words):
    confirmed = replace(shelf.article("carpal"), not_said=frozenset({cell}))
    entries = [Entry(confirmed, vectors=shelf.vectors("carpal")), Entry(shelf.article("stones"), vectors=shelf.vectors("stones"))]
    library = InMemory(entries)
    reply, _ = said(library, "is carpal tunnel syndrome hereditary", ask_heredity=1.0)
    assert reply.kind == "not_covered"
    assert words in reply.text(library)
