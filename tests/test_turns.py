"""Whole turns with the trained model: what a person says, and what they get."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from ruamel.yaml import YAML

from actions.conversation import TEMPLATES
from fascicle import ROOT, library
from fascicle.answering.wording import place
from fascicle.library import ASPECTS
from fascicle.reply import KINDS, payload

Message = dict[str, Any]
Say = Callable[[str], list[Message]]

ARTICLE = library.default()
DOMAIN = YAML(typ="safe", pure=True).load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = [next(iter(intent)) if isinstance(intent, dict) else intent for intent in DOMAIN["intents"]]
LIST_QUESTION = "What are the possible causes of lip twitching?"
EMERGENCY = "My face is drooping on one side and I can't speak properly"

CELLS = [
    (topic, aspect.id, ARTICLE.passage(topic, aspect.id))
    for topic in ARTICLE.topics
    for aspect in ASPECTS.values()
    if aspect.intent in INTENTS and aspect.id != "other_cause"
]
COVERED = [pytest.param(topic, aspect, passage.id, id=f"{topic}.{aspect}") for topic, aspect, passage in CELLS if passage]
ANSWERED = {payload(ASPECTS[aspect].intent, topic=topic) for topic, aspect, passage in CELLS if passage}
"""Payloads that are answered, as the first test shows for each."""
UNCOVERED = [pytest.param(topic, aspect, id=f"{topic}.{aspect}") for topic, aspect, passage in CELLS if passage is None]


def only(messages: list[Message]) -> Message:
    """The message, if there is just one."""
    assert len(messages) == 1, [message["text"] for message in messages]
    return messages[0]


def shown(message: Message) -> list[str]:
    """Ids of the passages a message shows."""
    return [passage["id"] for passage in message["passages"]]


def spans(message: Message) -> Iterator[dict[str, Any]]:
    """All spans of a message."""
    for block in message["blocks"]:
        yield from block["spans"]


def assert_cited(message: Message) -> None:
    """What a message states is the article's passage letter for letter, and its citation is that of the passage."""
    assert [citation["passage"] for citation in message["citations"]] == shown(message)
    for citation in message["citations"]:
        passage = ARTICLE.passage_by_id(citation["passage"])
        quoted = [span["text"] for span in spans(message) if citation["number"] in span.get("citations", [])]
        assert quoted == [passage.text, *passage.items]
        assert all(words in citation["text"] for words in quoted)
        assert citation["text"] == passage.full_text
        assert citation["section"] == passage.section
        assert (citation["title"], citation["author"], citation["publisher"], citation["published"]) == (
            ARTICLE.title,
            ARTICLE.author,
            ARTICLE.publisher,
            ARTICLE.published,
        )


@pytest.mark.parametrize(("topic", "aspect", "passage"), COVERED)
def test_what_the_article_covers_is_answered_with_its_passage(say: Say, topic: str, aspect: str, passage: str) -> None:
    message = only(say(payload(ASPECTS[aspect].intent, topic=topic)))
    assert message["kind"] == "answer"
    assert shown(message) == [passage]
    assert_cited(message)


@pytest.mark.parametrize(("topic", "aspect", "passage"), [cell for cell in COVERED if ASPECTS[cell.values[1]].ask])
def test_a_suggestion_that_is_typed_and_not_tapped_is_understood(say: Say, topic: str, aspect: str, passage: str) -> None:
    message = only(say(ASPECTS[aspect].ask.format(topic=ARTICLE.topics[topic].name)))
    assert message["kind"] == "answer"
    assert passage in shown(message)


@pytest.mark.parametrize(("topic", "aspect"), UNCOVERED)
def test_what_the_article_leaves_out_is_refused_and_every_offer_leads_to_an_answer(say: Say, topic: str, aspect: str) -> None:
    message = only(say(payload(ASPECTS[aspect].intent, topic=topic)))
    assert message["kind"] == "not_covered"
    assert not message["passages"]
    assert not message["citations"]
    assert message["buttons"]
    assert {button["payload"] for button in message["buttons"]} <= ANSWERED
    assert only(say(message["buttons"][-1]["payload"]))["kind"] == "answer"


@pytest.mark.parametrize("topic", [topic.id for topic in ARTICLE.causes])
def test_whether_a_listed_cause_is_one_is_answered(say: Say, topic: str) -> None:
    message = only(say(payload("ask_other_cause", topic=topic)))
    assert message["kind"] == "answer"
    assert {passage["topic"] for passage in message["passages"]} == {topic}
    assert_cited(message)


@pytest.mark.parametrize("topic", ["nonsense", "", "ALS", "als.treatment"])
def test_a_payload_with_a_topic_that_does_not_exist_gets_a_reply(say: Say, topic: str) -> None:
    message = only(say(payload("ask_treatment", topic=topic)))
    assert message["kind"] in ("answer", "not_covered", "clarify")
    assert_cited(message)


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("What causes lip twitching?", "lip_twitching.causes"),
        ("Can too much coffee make my lip twitch?", "caffeine.overview"),
        ("How do you treat low potassium?", "potassium_deficiency.treatment"),
        ("Can my medication make my lip twitch?", "medication.overview"),
        ("What helps when stress makes my lip twitch?", "stress.treatment"),
        ("How does alcohol make a lip twitch?", "alcohol_drugs.overview"),
        ("How is Bell's palsy treated?", "bells_palsy.treatment"),
        ("How is a hemifacial spasm diagnosed?", "hemifacial_spasm.diagnosis"),
        ("Can an injury to the face make my lip twitch?", "facial_trauma.overview"),
        ("What are the symptoms of hypoparathyroidism?", "hormonal_imbalance.symptoms"),
        ("What are the symptoms of Tourette syndrome?", "tourette_syndrome.symptoms"),
        ("Can Parkinson's disease be cured?", "parkinsons_disease.outlook"),
        ("What causes ALS?", "als.causes"),
    ],
)
def test_a_typed_question_is_answered(say: Say, question: str, passage: str) -> None:
    message = only(say(question))
    assert message["kind"] == "answer"
    assert passage in shown(message)
    assert_cited(message)


def test_a_typed_question_is_asked_about_every_topic() -> None:
    mark = next(mark for mark in test_a_typed_question_is_answered.pytestmark if mark.name == "parametrize")
    assert {passage.partition(".")[0] for _, passage in mark.args[1]} == set(ARTICLE.topics)


def test_a_typed_question_the_article_does_not_answer_is_refused(say: Say) -> None:
    message = only(say("How long does Bell's palsy last?"))
    assert message["kind"] == "not_covered"
    assert not message["citations"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hello", "smalltalk"),
        ("thank you so much", "smalltalk"),
        ("bye", "smalltalk"),
        ("are you a real person?", "smalltalk"),
        ("what can you do?", "smalltalk"),
        ("can I talk to a human?", "smalltalk"),
        ("do you store what I type?", "smalltalk"),
        ("start over", "smalltalk"),
        ("what is the capital of France?", "out_of_scope"),
        ("I want to end my life", "emergency"),
    ],
)
def test_what_is_no_question_gets_a_fitting_reply(say: Say, text: str, kind: str) -> None:
    message = only(say(text))
    assert message["kind"] == kind
    assert message["text"]
    assert not message["citations"]


@pytest.mark.parametrize(
    "before",
    [
        pytest.param([], id="first"),
        pytest.param(["hello"], id="after a greeting"),
        pytest.param(["What helps with Bell's palsy?"], id="after an answer"),
        pytest.param([LIST_QUESTION, "the third one"], id="after a pick"),
        pytest.param(["How long does Bell's palsy last?"], id="after a refusal"),
        pytest.param(["/nlu_fallback"], id="when asked back"),
        pytest.param([EMERGENCY], id="after an emergency"),
    ],
)
def test_an_emergency_comes_first_and_the_conversation_goes_on(say: Say, before: list[str]) -> None:
    for text in before:
        say(text)
    assert only(say(EMERGENCY))["kind"] == "emergency"
    line, answer = say("What causes ALS?")
    assert (line["kind"], answer["kind"], shown(answer)) == ("emergency", "answer", ["als.causes"])


@pytest.mark.parametrize(
    "text",
    [
        "My lip is twitching, what causes it? Also my arm has gone weak and my speech is slurred.",
        "What helps with Bell's palsy? I suddenly can't move one side of my face and I can't see",
        "I have chest pain and can't breathe",
    ],
)
def test_an_emergency_in_a_longer_message_is_the_only_thing_answered(say: Say, text: str) -> None:
    assert only(say(text))["kind"] == "emergency"


def test_sources_name_the_article(say: Say) -> None:
    message = only(say("Where does your information come from?"))
    assert message["kind"] == "sources"
    for words in (ARTICLE.title, ARTICLE.author, ARTICLE.published, ARTICLE.accessed, ARTICLE.url, ARTICLE.mla, ARTICLE.apa):
        assert words in message["text"]


def test_sources_after_an_answer_name_what_the_article_lists_for_it(say: Say) -> None:
    say("What causes ALS?")
    message = only(say("What is your source for that?"))
    assert message["kind"] == "sources"
    assert all(reference.title in message["text"] for reference in ARTICLE.topics["als"].references)
    assert ARTICLE.topics["bells_palsy"].references[0].title not in message["text"]


@pytest.mark.parametrize(
    "before", ["What helps with Bell's palsy?", LIST_QUESTION, "How long does ALS last?", "tell me about coffee"]
)
def test_yes_takes_up_the_first_suggestion(say: Say, new_conversation: Callable[[], Say], before: str) -> None:
    suggestion = only(say(before))["buttons"][0]["payload"]
    message = only(say("yes please"))
    assert message["kind"] == "answer"
    assert shown(message) == shown(only(new_conversation()(suggestion)))


def test_yes_twice_takes_up_one_suggestion_after_the_other(say: Say) -> None:
    first = only(say("What helps with Bell's palsy?"))
    second = only(say("yes"))
    third = only(say("yes"))
    assert [message["kind"] for message in (first, second, third)] == ["answer"] * 3
    assert len({*shown(first), *shown(second), *shown(third)}) == 3


@pytest.mark.parametrize("before", [[], ["hello"], ["What helps with Bell's palsy?"], ["What helps with ALS?", "thanks"]])
def test_no_is_taken_kindly(say: Say, before: list[str]) -> None:
    for text in before:
        say(text)
    assert only(say("no thanks"))["kind"] == "smalltalk"


def test_yes_out_of_nowhere_is_asked_about(say: Say) -> None:
    message = only(say("yes"))
    assert message["kind"] in ("clarify", "smalltalk")
    assert not message["citations"]


def test_tell_me_more_shows_every_passage_once_and_then_says_that_it_is_all(say: Say) -> None:
    told = shown(only(say("What causes ALS?")))
    for _ in ARTICLE.topics["als"].passages:
        message = only(say("tell me more"))
        if message["kind"] != "answer":
            break
        assert_cited(message)
        told += shown(message)
    assert message["kind"] == "notice"
    assert not message["citations"]
    assert sorted(told) == sorted(passage.id for passage in ARTICLE.topics["als"].passages.values())


@pytest.mark.parametrize(
    ("text", "place"), [("the third one", 2), ("tell me about the first one", 0), ("the last one", -1), ("number 5", 4)]
)
def test_a_cause_is_picked_from_the_list_by_its_place(say: Say, text: str, place: int) -> None:
    listed = only(say(LIST_QUESTION))
    items = [block for block in listed["blocks"] if block["type"] == "list_item"]
    assert [item["spans"][0]["text"] for item in items] == [topic.cause for topic in ARTICLE.causes]
    message = only(say(text))
    assert message["kind"] == "answer"
    assert {passage["topic"] for passage in message["passages"]} == {ARTICLE.causes[place].id}
    assert_cited(message)


@pytest.mark.parametrize(
    ("first", "follow_up", "passage"),
    [
        pytest.param("What helps with Bell's palsy?", "what causes it?", "bells_palsy.causes", id="topic carried"),
        pytest.param("How is Parkinson's treated?", "and ALS?", "als.treatment", id="aspect carried"),
        pytest.param("What is the outlook for ALS?", "no, I meant Parkinson's", "parkinsons_disease.outlook", id="corrected"),
        pytest.param("What is Tourette syndrome?", "how is lip twitching diagnosed?", "lip_twitching.diagnosis", id="changed"),
        pytest.param("How long does Bell's palsy last?", "how is it treated?", "bells_palsy.treatment", id="after a refusal"),
    ],
)  # fmt: skip
def test_a_follow_up_is_understood_from_what_was_said(say: Say, first: str, follow_up: str, passage: str) -> None:
    say(first)
    message = only(say(follow_up))
    assert (message["kind"], shown(message)) == ("answer", [passage])


@pytest.mark.parametrize(
    ("before", "replies"),
    [
        pytest.param("What helps with Bell's palsy?", [["bells_palsy.causes"], ["bells_palsy.overview"]], id="causes, then how"),
        pytest.param(
            "What helps with too much caffeine?", [["caffeine.overview"], ["caffeine.overview"]], id="no causes in the article"
        ),
        pytest.param(LIST_QUESTION, [["lip_twitching.overview"]], id="causes told already"),
    ],
)
def test_why_tells_what_was_not_told_yet(say: Say, before: str, replies: list[list[str]]) -> None:
    say(before)
    for passages in replies:
        message = only(say("why?"))
        assert (message["kind"], shown(message)) == ("answer" if passages else "not_covered", passages)


def test_the_place_in_a_list_may_stand_before_the_question(say: Say) -> None:
    say("Can coffee or stress make my lip twitch?")
    assert shown(only(say("the second one, how is it treated"))) == ["stress.treatment"]


def test_what_was_not_asked_for_is_asked_about_and_the_second_time_in_other_words(say: Say) -> None:
    say("What helps with Bell's palsy?")
    first, second = only(say("that's not what I asked")), only(say("no, that's wrong again"))
    assert (first["kind"], second["kind"]) == ("clarify", "clarify")
    assert first["text"] != second["text"]


def test_said_shorter_it_is_one_sentence_of_the_passage_and_where_it_stands(say: Say) -> None:
    say("How is hypoparathyroidism treated?")
    message = only(say("shorter please"))
    passage = ARTICLE.passage_by_id("hormonal_imbalance.treatment")
    assert shown(message) == [passage.id]
    cited = [span["text"] for span in spans(message) if span.get("citations")]
    assert cited == [passage.first_sentence]
    assert len(passage.first_sentence) < len(passage.text)
    assert place(passage) in message["text"]


def test_a_digression_does_not_lose_the_topic(say: Say) -> None:
    say("What helps with Bell's palsy?")
    say("thanks!")
    say("are you a robot?")
    assert shown(only(say("what causes it?"))) == ["bells_palsy.causes"]


def test_starting_over_forgets_the_topic(say: Say) -> None:
    say("What helps with Bell's palsy?")
    say("start over")
    assert shown(only(say("how is it treated?"))) == ["lip_twitching.treatment"]


def test_deleting_what_was_said_erases_the_conversation(say: Say, bot: Any) -> None:
    def kept() -> set[str]:
        return set(bot.loop.run_until_complete(bot.agent.tracker_store.keys()))

    before = kept()
    say("What helps with Bell's palsy?")
    assert len(kept()) == len(before) + 1
    message = only(say("please delete what I said"))
    assert (message["kind"], message["erased"]) == ("notice", True)
    assert kept() == before
    assert shown(only(say("how is it treated?"))) == ["lip_twitching.treatment"]


@pytest.mark.parametrize(
    "text",
    [
        "how do I get rid of it", "do you keep my messages?", "can this ever be deleted from your servers?", "start over", "stop",
        "forget about that, what about stress?", "make it disappear", "I want it gone",
    ],
)  # fmt: skip
def test_nothing_is_erased_that_nobody_wants_erased(say: Say, text: str) -> None:
    say("What helps with Bell's palsy?")
    assert not any("erased" in message for message in say(text))


def test_what_the_article_file_says_is_neither_a_template_nor_markup(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    words = "{topic} {0.__class__} {{7*7}} ${HOME} 10[mg] %s <script>alert(1)</script> /restart"
    topic = ARTICLE.topics["als"]
    passage = replace(topic.passages["treatment"], text=words)
    changed = replace(topic, passages={**topic.passages, "treatment": passage})
    known = library.OneArticle(replace(ARTICLE, topics={**ARTICLE.topics, "als": changed}))
    monkeypatch.setattr(library, "opened", lambda: known)
    message = only(say(payload("ask_treatment", topic="als")))
    assert [span["text"] for span in spans(message) if span.get("citations")] == [words]
    assert message["citations"][0]["text"] == words
    assert words in message["text"]


def test_how_long_it_is_kept_is_said_as_it_is_set(say: Say, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASCICLE_RETENTION_HOURS", "36")
    assert "deleted 36 hours after your last message" in only(say("do you save what I type?"))["text"]


def test_the_list_of_causes_is_shown_whatever_condition_is_talked_about(say: Say) -> None:
    say("What causes hemifacial spasm?")
    assert shown(only(say(LIST_QUESTION))) == ["lip_twitching.causes"]


def test_what_is_said_again_in_short_is_what_was_shown_last_even_if_it_was_shown_before(say: Say) -> None:
    say("What is Bell's palsy?")
    say("What causes ALS?")
    say("What is Bell's palsy?")
    assert shown(only(say("I don't understand"))) == ["bells_palsy.overview"]


def test_two_questions_get_two_messages_in_order(say: Say) -> None:
    messages = say("What causes Bell's palsy and how is Parkinson's treated?")
    assert [message["kind"] for message in messages] == ["answer", "answer"]
    assert [shown(message) for message in messages] == [["bells_palsy.causes"], ["parkinsons_disease.treatment"]]
    for message in messages:
        assert_cited(message)
    assert len({message["id"] for message in messages}) == 2


def test_of_two_questions_only_the_one_the_article_leaves_out_is_refused(say: Say) -> None:
    messages = say("How long does Bell's palsy last? And how is it treated?")
    assert [message["kind"] for message in messages] == ["not_covered", "answer"]
    assert shown(messages[1]) == ["bells_palsy.treatment"]


def test_two_people_do_not_hear_of_each_other(new_conversation: Callable[[], Say]) -> None:
    first, second = new_conversation(), new_conversation()
    first("What causes ALS?")
    second("Can too much coffee make my lip twitch?")
    assert shown(only(first("what are the symptoms?"))) == ["als.symptoms"]
    assert shown(only(second("what are the symptoms?"))) == ["caffeine.symptoms"]
    assert shown(only(new_conversation()("how is it treated?"))) == ["lip_twitching.treatment"]


def test_without_the_action_server_the_bot_says_so_and_recovers(say: Say, actions: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    say("What causes ALS?")
    with monkeypatch.context() as broken:
        broken.setattr(actions, "down", True)
        message = only(say("What helps with Bell's palsy?"))
        assert (message["kind"], message["error"]) == ("error", "no_reply")
        assert message["text"]
        assert only(say(EMERGENCY))["kind"] == "emergency"
    message = only(say("How is Parkinson's treated?"))
    assert (message["kind"], shown(message)) == ("answer", ["parkinsons_disease.treatment"])


def test_the_domain_and_the_action_server_know_the_same_actions(actions: Any) -> None:
    assert sorted(actions.executor.actions) == sorted(DOMAIN["actions"])


@pytest.mark.parametrize("response", DOMAIN["responses"])
def test_every_response_has_a_kind(response: str) -> None:
    variants = DOMAIN["responses"][response]
    if any("{answer}" in variant["text"] for variant in variants):
        assert response.removeprefix("utter_") in KINDS or response in TEMPLATES.values()
    else:
        assert {variant["metadata"]["kind"] for variant in variants} <= set(KINDS)


def test_the_domain_knows_every_intent_of_the_training_data() -> None:
    files = [*(ROOT / "data/nlu").glob("*.yml"), ROOT / "data/built/nlu.yml"]
    trained = {intent for file in files for intent in re.findall(r"^ *- intent: (\S+)", file.read_text(encoding="utf-8"), re.M)}
    assert trained
    assert trained <= set(INTENTS)


@pytest.mark.parametrize("intent", INTENTS)
@pytest.mark.parametrize("before", [[], [payload("ask_treatment", topic="bells_palsy")]], ids=["first", "later"])
def test_no_intent_is_met_with_silence(say: Say, before: list[str], intent: str) -> None:
    for text in before:
        say(text)
    messages = say(payload(intent))
    assert messages
    for message in messages:
        assert message["kind"] in KINDS
        assert message["kind"] != "error", message
        assert message["text"]
