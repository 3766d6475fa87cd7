"""Payloads and replies of a library: those of what is not there are refused, and each word is cited from its own article."""

from __future__ import annotations

import json

import pytest

from fascicle.answering import Context, is_offered, of_article
from fascicle.reply import Block, Offer, Reply, as_message, payload

OURS = "tarsal_tunnel_syndrome"


@pytest.mark.parametrize(
    ("named", "is_good"),
    [
        ({"topic": "carpal_tunnel_syndrome", "article": "carpal"}, True),
        ({"topic": "screens", "article": "dry_eyes"}, True),
        ({"topic": OURS, "article": "carpal"}, False),
        ({"topic": "carpal_tunnel_syndrome", "article": "cubital"}, False),
        ({"topic": "carpal_tunnel_syndrome"}, False),
        ({"article": "carpal"}, False),
        ({"article": "carpal", "topic": "carpal_tunnel_syndrome"}, False),  # the order is another
        ({"topic": "carpal_tunnel_syndrome", "article": "carpal", "told": "x"}, False),
        ({"topic": ["carpal_tunnel_syndrome"], "article": "carpal"}, False),
        ({"topic": {}, "article": "carpal"}, False),
        ({"topic": "carpal_tunnel_syndrome", "article": ["carpal"]}, False),
        ({"topic": "x", "article": 10**40}, False),
        ({"topic": "x", "article": None}, False),
        ({"topic": "x", "article": "\ud800"}, False),
        ({"topic": "x", "article": ""}, False),
    ],
)
def test_a_payload_of_what_is_not_there_is_refused(shelf, named, is_good):
    assert is_offered(payload("ask_overview", **named), shelf) == is_good


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "{",
        "ask_overview",
        '/ask_overview{"topic"',
        '/ask_overview{"topic": ' + "[" * 5000,
        '/restart{"topic": "screens", "article": "dry_eyes"}',
        '/ask_topic{"topic": "screens", "article": "dry_eyes"}',
        'ask_overview{"topic": "screens", "article": "dry_eyes"}',
        '/ask_overview{"topic":"screens","article":"dry_eyes"}',
    ],
)
def test_what_is_no_payload_is_refused(shelf, text):
    assert not is_offered(text, shelf)


def test_what_is_offered_names_its_article_once():
    reply = Reply("answer", (), (Offer("A", '/ask_causes{"topic": "x"}'), Offer("B", "/ask_help")))
    context = Context(options=('/ask_causes{"topic": "x"}', '/ask_causes{"topic": "y", "article": "b"}'))
    reply, context = of_article("a", reply, context)
    own = '/ask_causes{"topic": "x", "article": "a"}'
    assert [offer.payload for offer in reply.offers] == [own, "/ask_help"]
    assert (context.options, context.suggestion) == ((own, '/ask_causes{"topic": "y", "article": "b"}'), None)


def test_a_reply_of_two_articles_numbers_its_citations_in_the_order_shown(shelf):
    ours = f"{OURS}.overview"
    blocks = (
        Block("Two say this:"),
        Block(passage=ours, article="tarsal-house", sentences=(1,)),
        Block(passage=ours, article="tarsal-institute", sentences=(0,)),
        Block(passage=ours, article="tarsal-house", sentences=(0,)),
        Block(passage="carpal_tunnel_syndrome.overview"),
    )
    message = as_message(Reply("answer", blocks, article="carpal"), shelf)
    assert [block["spans"][0].get("citations") for block in message["blocks"]] == [None, [1], [2], [1], [3]]
    assert [(c["number"], c["article"]) for c in message["citations"]] == [
        (1, "tarsal-house"),
        (2, "tarsal-institute"),
        (3, "carpal"),
    ]
    assert [passage["article"] for passage in message["passages"]] == ["tarsal-house", "tarsal-institute", "carpal"]
    for number, block in zip((1, 2, 1, 3), message["blocks"][1:], strict=True):
        assert block["spans"][0]["text"] in message["citations"][number - 1]["text"]
    assert "The%20nerve%20is%20pressed" in message["citations"][0]["url"]  # the link leads to the first sentence that is shown
    lines = Reply("answer", blocks, article="carpal").source(shelf).splitlines()
    for publisher, line in zip(("Foot House", "Nerve Institute", "Hand House"), lines, strict=True):
        assert publisher in line


@pytest.mark.parametrize(
    ("sentences", "spans"),
    [
        ((0,), [("paragraph", "Most people first notice it when they walk.")]),
        ((0, 1), [("paragraph", "Most people first notice it when they walk. It is worse in the evening.")]),
        (
            (0, 2),
            [("paragraph", "Most people first notice it when they walk."), ("paragraph", "The signs are:")],
        ),
        ((2, 3), [("paragraph", "The signs are:"), ("list_item", "burning of the sole")]),
        ((4, 5), [("list_item", "tingling of the toes"), ("list_item", "a weak big toe")]),
        (
            (5, 6),
            [("list_item", "a weak big toe"), ("paragraph", "Some people are woken by the pain.")],
        ),
    ],
)
def test_sentences_that_follow_each_other_in_a_paragraph_are_one_span(shelf, sentences, spans):
    block = Block(passage=f"{OURS}.symptoms", sentences=sentences)
    message = as_message(Reply("answer", (block,), article="tarsal-house"), shelf)
    assert [(one["type"], one["spans"][0]["text"]) for one in message["blocks"]] == spans


@pytest.mark.parametrize(
    ("passage", "line"),
    [
        ("symptoms", "Carpal tunnel syndrome. Hand House. Section: Symptoms."),
        ("overview", "Carpal tunnel syndrome. Hand House."),  # what stands before the first heading is in no section
    ],
)
def test_the_source_line_names_a_section_where_there_is_one(shelf, passage, line):
    block = Block(passage=f"carpal_tunnel_syndrome.{passage}", sentences=(0,))
    assert Reply("answer", (block,), article="carpal").source(shelf) == line


@pytest.mark.parametrize(
    "reply",
    [
        Reply("answer", (Block("So:"), Block(passage="a.b", sentences=(0, 3), article="x")), article="y"),
        Reply("not_covered", (Block("None."),), missing=(("a", "cost"),), outside=("gout",), article="y"),
        Reply("answer", (Block(passage="a.b", brief=True), Block("C", type="caution"))),
    ],
)
def test_a_reply_of_an_article_survives_the_way_to_the_channel(reply):
    assert Reply.from_dict(json.loads(json.dumps(reply.as_dict()))) == reply
