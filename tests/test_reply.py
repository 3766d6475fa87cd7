import json

import pytest

from fascicle import library
from fascicle.reply import Block, Offer, Reply, as_message, payload

ARTICLE = library.default()
LIBRARY = library.OneArticle(ARTICLE)
FRAMING = Block("The article says this:")


def spans(message) -> list[dict]:
    return [span for block in message["blocks"] for span in block["spans"]]


def test_every_passage_is_shown_letter_for_letter_under_its_own_citation():
    for passage in ARTICLE.passages:
        message = as_message(Reply("answer", (FRAMING, Block(passage=passage.id))), LIBRARY)
        [citation] = message["citations"]
        cited = [span["text"] for span in spans(message) if span.get("citations") == [citation["number"]]]
        assert cited == [passage.text, *passage.items]
        assert all(text in citation["text"] for text in cited)
        assert citation["passage"] == passage.id
        about = {"topic": passage.topic, "aspect": passage.aspect}
        assert message["passages"] == [{"id": passage.id, "article": ARTICLE.id} | about]
        assert (citation["article"], citation["paragraphs"]) == (ARTICLE.id, [n for _, some in passage.where for n in some])


def test_framing_carries_no_citation():
    message = as_message(Reply("answer", (FRAMING, Block(passage="als.overview"), Block("What next?"))), LIBRARY)
    assert [span["text"] for span in spans(message) if "citations" not in span] == [FRAMING.text, "What next?"]


@pytest.mark.parametrize(
    ("shown", "numbers", "cited"),
    [
        (["als.overview"], [1], ["als.overview"]),
        (["als.outlook", "als.overview"], [1, 2], ["als.outlook", "als.overview"]),
        (["stress.overview", "als.overview", "stress.overview"], [1, 2, 1], ["stress.overview", "als.overview"]),
        ([], [], []),
    ],
)
def test_citations_are_numbered_in_the_order_shown(shown, numbers, cited):
    message = as_message(Reply("answer", tuple(Block(passage=passage) for passage in shown)), LIBRARY)
    assert [span["citations"] for span in spans(message)] == [[number] for number in numbers]
    assert [(c["number"], c["passage"]) for c in message["citations"]] == list(enumerate(cited, 1))


def test_a_citation_says_all_that_the_channel_contract_names():
    message = as_message(Reply("answer", (Block(passage="bells_palsy.treatment"),)), LIBRARY)
    assert message["citations"] == [
        {
            "number": 1,
            "passage": "bells_palsy.treatment",
            "article": "lip_twitching",
            "section": "Bell's palsy",
            "paragraphs": [4],
            "restated": True,
            "text": ARTICLE.passage_by_id("bells_palsy.treatment").text,
            "title": "What causes your lip to twitch?",
            "author": "Jon Johnson",
            "publisher": "Medical News Today",
            "published": "2018-03-03",
            "accessed": "2019-09-06",
            "url": "https://www.medicalnewstoday.com/articles/321105.php",
            "references": [{"title": "Bell's palsy fact sheet", "published": "2017-05-10"}],
        }
    ]


def test_items_of_a_passage_are_list_items_of_the_same_citation():
    message = as_message(Reply("answer", (Block(passage="lip_twitching.causes"),)), LIBRARY)
    assert [block["type"] for block in message["blocks"]] == ["paragraph"] + ["list_item"] * 12
    assert {tuple(span["citations"]) for span in spans(message)} == {(1,)}
    assert message["text"].splitlines()[1:] == [f"- {topic.cause}" for topic in ARTICLE.causes]


@pytest.mark.parametrize(
    "reply",
    [
        Reply("notice", (FRAMING,)),
        Reply("answer", (Block("ALS", type="heading"), Block(passage="als.overview"), Block("x", type="list_item"))),
    ],
)
def test_a_reply_survives_the_way_to_the_channel(reply):
    assert Reply.from_dict(json.loads(json.dumps(reply.as_dict()))) == reply


def test_an_unknown_passage_is_an_error():
    with pytest.raises(KeyError):
        as_message(Reply("answer", (Block(passage="als.prevention"),)), LIBRARY)


@pytest.mark.parametrize(
    ("passages", "sections"),
    [
        (["als.overview", "als.outlook"], "Section: ALS."),
        (["als.overview", "stress.overview"], "Section: ALS; Stress, anxiety, and fatigue."),
    ],
)
def test_the_source_line_names_the_article_and_each_section_once(passages, sections):
    source = Reply("answer", tuple(Block(passage=passage) for passage in passages)).source(LIBRARY)
    assert source.startswith("What causes your lip to twitch? Jon Johnson, Medical News Today, 2018-03-03.")
    assert source.endswith(sections)


def test_framing_alone_has_no_source_line():
    assert Reply("notice", (FRAMING,)).source(LIBRARY) == ""


def test_a_payload_names_an_intent_and_its_entities():
    assert payload("ask_outlook", topic="als") == '/ask_outlook{"topic": "als"}'
    assert Offer("Help", payload("ask_help")).payload == "/ask_help"
