"""Whole check-ins with the trained model: someone tells of a twitching lip, answers, wanders off, and comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from ruamel.yaml import YAML

from fascicle import ROOT, library
from fascicle.answering import check_in, safety
from fascicle.reply import KINDS, payload
from fascicle.understanding.question import ALARMS

Message = dict[str, Any]
Say = Callable[[str], list[Message]]

ARTICLE = library.default()
REPORT = "my lip is twitching"
RED_FLAG = "My face is drooping on one side and I can't speak properly"
ASKED = {question.id: question.ask for question in ARTICLE.check_in}
CAFFEINE, STRESS, MEDICINES = (ASKED[name] for name in ("caffeine", "stress", "medicines"))
DOMAIN = YAML(typ="safe", pure=True).load((ROOT / "domain.yml").read_text(encoding="utf-8"))
INTENTS = [next(iter(intent)) if isinstance(intent, dict) else intent for intent in DOMAIN["intents"]]
ENDS = {
    "stop",
    "goodbye",
    "request_erasure",
    *ALARMS,
    "confirm_sign",
    "deny_sign",
    "report_unclear_sign",
    *safety.replies(),
    "ask_despite_alarm",
}
DIAGNOSIS = re.compile(r"\byou have\b|\byou've got\b|\bprobabl[ey]\b|\blikel(?:y|ier|iest)\b|%", re.IGNORECASE)


def tap(answer: str) -> str:
    return payload("inform", answer=answer)


def last(messages: list[Message]) -> Message:
    return messages[-1]


def shown(message: Message) -> list[str]:
    return [passage["id"] for passage in message["passages"]]


def titles(message: Message) -> list[str]:
    return [button["title"] for button in message["buttons"]]


def asks(message: Message, question: str) -> bool:
    return message["kind"] == "checkin" and message["blocks"][-1]["spans"][0]["text"] == question


def own_words(message: Message) -> str:
    """What a message says beside passages."""
    return " ".join(span["text"] for block in message["blocks"] for span in block["spans"] if not span.get("citations"))


TAPPED = ["caffeine.often", "stress.calm", "medicines.none", "alcohol_or_drugs.none", "injury.none", "sides.one", "signs.none",
          "how_long.weeks"]  # fmt: skip
TYPED = ["two coffees", "no", "prednisone since May", "never", "nope", "just the left", "no", "about three weeks"]


def test_it_opens_with_what_it_is_and_the_first_question(say: Say) -> None:
    (message,) = say(REPORT)
    assert asks(message, CAFFEINE)
    for words in ("nothing here is a diagnosis", "skip", "stop"):
        assert words in message["text"]
    assert titles(message) == ["Yes, often", "No, seldom or never", "Skip", "Just list the causes"]
    assert not message["citations"]


@pytest.mark.parametrize(
    "report",
    [
        "my mum's lip keeps quivering when she watches telly",
        "could you go through it with me and work out why my lip is doing this",
        "Lower lip, left corner, flickers maybe thirty times an hour",
    ],
)
def test_people_who_tell_of_a_twitch_are_asked(say: Say, report: str) -> None:
    assert asks(last(say(report)), CAFFEINE)


@pytest.mark.parametrize(
    ("answers", "passages"),
    [
        pytest.param([tap(a) for a in TAPPED], ["caffeine.overview", "hemifacial_spasm.overview"], id="tapped"),
        pytest.param(TYPED, ["caffeine.overview", "medication.overview", "hemifacial_spasm.overview"], id="typed"),
    ],
)
def test_it_ends_with_the_passages_that_fit_and_when_to_see_a_doctor(say: Say, answers: list[str], passages: list[str]) -> None:
    message = last(say(REPORT))
    for answer, question in zip(answers, ASKED.values(), strict=True):
        assert asks(message, question)
        (message,) = say(answer)
    assert message["kind"] == "answer"
    assert shown(message) == [*passages, "lip_twitching.see_doctor"]
    assert [citation["passage"] for citation in message["citations"]] == shown(message)
    assert "the article links these" in message["text"]


def test_what_comes_after_it_is_about_what_it_showed(say: Say) -> None:
    for text in (REPORT, *TYPED):
        say(text)
    first = last(say("the first one"))
    assert {passage["topic"] for passage in first["passages"]} == {"caffeine"}
    assert shown(last(say("how is it treated?"))) == ["caffeine.treatment"]


def test_treatment_asked_right_after_it_is_about_all_it_showed(say: Say) -> None:
    for text in (REPORT, *(tap(answer) for answer in TAPPED[:-1]), tap("how_long.days")):
        say(text)
    assert set(shown(last(say("how is it treated?")))) == {"caffeine.treatment", "hemifacial_spasm.treatment"}


@pytest.mark.parametrize("text", ["/skip", "skip", "don't know", "I'd rather not say"])
def test_a_skipped_question_is_not_asked_again(say: Say, text: str) -> None:
    say(REPORT)
    assert asks(last(say(text)), STRESS)


@pytest.mark.parametrize("answer", ["/skip", "skip", "no"])
def test_when_nothing_points_anywhere_all_causes_are_listed(say: Say, answer: str) -> None:
    say(REPORT)
    for _ in ASKED:
        (message,) = say(answer)
    assert message["kind"] == "answer"
    assert shown(message) == ["lip_twitching.causes", "lip_twitching.see_doctor"]
    assert {passage["topic"] for passage in last(say("the third one"))["passages"]} == {ARTICLE.causes[2].id}


def test_unclear_answers_are_left_open_and_not_asked_twice(say: Say) -> None:
    message = last(say(REPORT))
    for question in ASKED.values():
        assert asks(message, question)
        (message,) = say("/inform")
    assert shown(message) == ["lip_twitching.causes", "lip_twitching.see_doctor"]


@pytest.mark.parametrize("text", ["stop", "/stop", "stop asking me things"])
@pytest.mark.parametrize("before", [[], ["two coffees", "no"]], ids=["at once", "later"])
def test_stop_ends_it_kindly_with_what_was_gathered_on_offer(say: Say, before: list[str], text: str) -> None:
    for said in (REPORT, *before):
        say(said)
    (message,) = say(text)
    assert message["kind"] == "checkin"
    assert not message["passages"]
    assert ("Tell me about too much caffeine" in titles(message)) == bool(before)
    assert shown(last(say("what tests would a doctor run"))) == ["lip_twitching.diagnosis"]


def test_yes_after_a_stop_shows_what_was_gathered(say: Say) -> None:
    for text in (REPORT, "two coffees", "stop"):
        say(text)
    assert shown(last(say("yes please"))) == ["caffeine.overview"]


@pytest.mark.parametrize("text", ["no thanks", "not now"])
def test_no_to_the_opening_is_no_to_the_questions(say: Say, text: str) -> None:
    say(REPORT)
    (message,) = say(text)
    assert "no more questions" in message["text"]
    assert shown(last(say("what helps with stress?"))) == ["stress.treatment"]


@pytest.mark.parametrize("text", ["start over", "can we start again from the beginning"])
def test_starting_over_asks_from_the_first_question(say: Say, text: str) -> None:
    for said in (REPORT, "two coffees", "no"):
        say(said)
    assert asks(last(say(text)), CAFFEINE)
    for _ in ASKED:
        message = last(say("no"))
    assert shown(message) == ["lip_twitching.causes", "lip_twitching.see_doctor"]


@pytest.mark.parametrize("text", ["delete what I said", "delete what I told you about coffee", "erase my answers"])
def test_deleting_what_was_said_ends_it_and_is_no_answer(say: Say, text: str) -> None:
    say(REPORT)
    (message,) = say(text)
    assert (message["kind"], message["erased"]) == ("notice", True)
    assert shown(last(say("what helps with stress?"))) == ["stress.treatment"]
    assert asks(last(say(REPORT)), CAFFEINE)


def test_a_changed_answer_counts(say: Say) -> None:
    for text in (REPORT, "no", "no"):
        say(text)
    message = last(say("wait, actually I do drink a lot of coffee"))
    assert asks(message, MEDICINES)
    assert "changed" in message["text"]
    for text in ("no", "no", "no", "the left"):
        say(text)
    assert asks(last(say("scratch that, both sides")), ASKED["signs"])
    say("none of these")
    assert shown(last(say("ten days"))) == ["caffeine.overview", "lip_twitching.see_doctor"]


def test_what_is_told_of_another_question_is_not_asked_again(say: Say) -> None:
    say(REPORT)
    say("no coffee, but I take prednisone")
    assert asks(last(say("no")), ASKED["alcohol_or_drugs"])


def test_what_the_report_told_is_not_asked_again(say: Say) -> None:
    message = last(say("my lip has been going for weeks, it's stress, coffee and the pill I guess"))
    assert asks(message, ASKED["alcohol_or_drugs"])


def test_a_suspicion_is_answered_and_the_questions_are_on_offer(say: Say) -> None:
    (message,) = say("my lip has been going for weeks, I think it's the coffee")
    assert (message["kind"], shown(message)) == ("answer", ["caffeine.overview"])
    assert message["buttons"][-1] == {"title": "Go through it with me", "payload": "/report_symptom"}
    assert asks(last(say(message["buttons"][-1]["payload"])), STRESS)


def test_yes_after_a_suspicion_takes_up_the_first_suggestion(say: Say) -> None:
    first = last(say("my lip has been going for weeks, I think it's the coffee"))["buttons"][0]["title"]
    assert "caffeine" in first
    assert {passage["topic"] for passage in last(say("yes"))["passages"]} == {"caffeine"}


@pytest.mark.parametrize("text", ['/ask_causes{"topic": "lip_twitching"}', "just list the causes"])
def test_the_list_of_causes_can_be_had_instead(say: Say, text: str) -> None:
    say(REPORT)
    (message,) = say(text)
    assert shown(message) == ["lip_twitching.causes", "lip_twitching.see_doctor"]
    assert message["buttons"]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("what is hypoparathyroidism?", "answer"),
        ("how long does Bell's palsy last?", "not_covered"),
        ("I'm terrified that it's ALS", "answer"),
        ("where did you get that from?", "sources"),
        ("tell me more", "answer"),
        ("the seventh one", "clarify"),
        ("hello", "smalltalk"),
        ("thanks", "smalltalk"),
        ("are you a robot?", "smalltalk"),
        ("do you store what I type?", "smalltalk"),
        ("can I talk to a human?", "smalltalk"),
        ("that's not what I asked", "clarify"),
        ("what is the capital of France?", "out_of_scope"),
    ],
)
def test_something_else_is_answered_and_the_same_question_asked_again(say: Say, text: str, kind: str) -> None:
    say(REPORT)
    say("two coffees")
    *others, again = say(text)
    assert [message["kind"] for message in others] == [kind]
    assert others[0]["buttons"] == []  # the numbers in the shell are those of the question
    assert asks(again, STRESS)
    assert again["text"].startswith(check_in.AGAIN)
    assert asks(last(say("yes")), MEDICINES)


def test_two_questions_in_one_message_are_both_answered_first(say: Say) -> None:
    say(REPORT)
    *answers, again = say("what is bell's palsy and how is it treated")
    assert [shown(answer) for answer in answers] == [["bells_palsy.overview"], ["bells_palsy.treatment"]]
    assert asks(again, CAFFEINE)


def test_one_of_a_list_shown_in_the_middle_can_be_picked(say: Say) -> None:
    say(REPORT)
    say("what are the causes of lip twitching?")
    picked, again = say("the second one")
    assert {passage["topic"] for passage in picked["passages"]} == {ARTICLE.causes[1].id}
    assert asks(again, CAFFEINE)


@pytest.mark.parametrize("text", ["why do you ask?", "what's that got to do with it", "huh?"])
def test_why_is_explained_and_the_question_asked_again(say: Say, text: str) -> None:
    say(REPORT)
    (message,) = say(text)
    assert asks(message, CAFFEINE)
    assert message["text"].startswith(ARTICLE.check_in[0].why)


@pytest.mark.parametrize(
    ("before", "question"), [([REPORT], CAFFEINE), ([REPORT, "two coffees"], STRESS), ([REPORT, "stop", REPORT], CAFFEINE)]
)
def test_after_many_digressions_it_waits_until_it_is_wanted(say: Say, before: list[str], question: str) -> None:
    for text in before:
        say(text)
    for _ in range(check_in.PATIENCE - 1):
        assert asks(last(say("what is ALS?")), question)
    waiting = last(say("what is ALS?"))
    assert titles(waiting) == ["Go on with the check-in"]
    assert len(say("what is Bell's palsy?")) == 1
    assert asks(last(say("/report_symptom")), question)


def test_yes_takes_it_up_again(say: Say) -> None:
    for text in (REPORT, "two coffees", *["what is ALS?"] * check_in.PATIENCE):
        say(text)
    assert asks(last(say("yes")), STRESS)


def test_enough_with_the_questions_beside_a_question_ends_it(say: Say) -> None:
    say(REPORT)
    (message,) = say("enough with the questions. how can a twitching lip be treated")
    assert shown(message) == ["lip_twitching.treatment"]
    assert [message["kind"] for message in say("thanks")] == ["smalltalk"]


def test_a_goodbye_ends_it(say: Say) -> None:
    say(REPORT)
    assert [message["kind"] for message in say("bye")] == ["smalltalk"]
    assert [message["kind"] for message in say("hello")] == ["smalltalk"]


class TestARedFlag:
    @pytest.fixture
    def flagged(self, say: Say) -> Say:
        for text in (REPORT, "two coffees"):
            say(text)
        assert [message["kind"] for message in say(RED_FLAG)] == ["emergency"]
        return say

    @pytest.mark.parametrize("text", ["yes", "no", "I feel fine", "skip", "my lip is still twitching", tap("stress.often")])
    def test_ends_the_check_in_and_is_seen_to_whatever_is_said(self, flagged: Say, text: str) -> None:
        messages = flagged(text)
        assert messages[0]["kind"] == "emergency"
        assert "checkin" not in {message["kind"] for message in messages}

    def test_does_not_keep_a_question_from_being_answered(self, flagged: Say) -> None:
        first, second = flagged("What causes ALS?")
        assert (first["kind"], shown(second)) == ("emergency", ["als.causes"])

    def test_once_it_is_over_a_bare_yes_resumes_nothing(self, flagged: Say) -> None:
        flagged("sorry, that was a joke, I was only testing you")
        assert "checkin" not in {message["kind"] for message in flagged("yes")}

    def test_once_it_is_over_who_asks_for_it_may_go_through_it(self, flagged: Say) -> None:
        flagged("sorry, that was a joke, I was only testing you")
        assert last(flagged(REPORT))["kind"] == "checkin"

    def test_without_the_action_server_is_still_told_whom_to_call(
        self, say: Say, actions: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        say(REPORT)
        with monkeypatch.context() as broken:
            broken.setattr(actions, "down", True)
            (message,) = say(RED_FLAG)
        assert message["kind"] == "emergency"
        assert "call your local emergency number" in message["text"]
        assert [message["kind"] for message in say(RED_FLAG)] == ["emergency"]

    def test_of_despair_ends_the_check_in(self, say: Say) -> None:
        say(REPORT)
        assert [message["kind"] for message in say("I want to end my life")] == ["emergency"]
        assert [message["kind"] for message in say("no")] == ["emergency"]


@pytest.mark.parametrize("intent", [intent for intent in INTENTS if intent not in ENDS])
def test_whatever_is_said_the_check_in_goes_on(say: Say, intent: str) -> None:
    say(REPORT)
    messages = say(payload(intent))
    assert {message["kind"] for message in messages} <= set(KINDS) - {"error"}
    assert last(messages)["kind"] == "checkin"
    assert any(asks(last(messages), question) for question in ASKED.values())
    after = last(say("no"))
    assert any(asks(after, question) for question in ASKED.values())


def test_check_ins_of_two_people_do_not_mix(new_conversation: Callable[[], Say]) -> None:
    one, other = new_conversation(), new_conversation()
    one(REPORT)
    other(REPORT)
    one("two coffees")
    assert asks(last(other("why do you ask?")), CAFFEINE)
    assert asks(last(one("why do you ask?")), STRESS)


def test_a_second_check_in_knows_nothing_of_the_first(say: Say) -> None:
    for text in (REPORT, *(tap(answer) for answer in TAPPED)):
        say(text)
    assert asks(last(say(REPORT)), CAFFEINE)
    for _ in ASKED:
        message = last(say("no"))
    assert shown(message) == ["lip_twitching.causes", "lip_twitching.see_doctor"]


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param([tap(answer) for answer in TAPPED], id="tapped"),
        pytest.param(TYPED, id="typed"),
        pytest.param([tap(f"{question.id}.{question.answers[0].id}") for question in ARTICLE.check_in], id="everything"),
        pytest.param(["why?", "hello", "what is ALS?", *["skip"] * len(ASKED)], id="wandering"),
        pytest.param(["two coffees", "weak muscles", "stop", "yes"], id="stopped"),
        pytest.param([tap("caffeine.often"), RED_FLAG, "yes", "yes", *["yes"] * len(ASKED)], id="with an emergency"),
    ],
)
def test_nothing_in_a_check_in_is_a_diagnosis_or_a_probability(say: Say, answers: list[str]) -> None:
    messages = [message for text in (REPORT, *answers) for message in say(text)]
    assert [found for message in messages if (found := DIAGNOSIS.search(own_words(message)))] == []
    names = "|".join(re.escape(topic.name) for topic in ARTICLE.causes)
    told = re.compile(rf"\byou (?:\w+ )?(?:have|got|suffer from) (?:an? |the )?(?:{names})|\bprobabl|\blikely|%", re.IGNORECASE)
    assert [found for message in messages if (found := told.search(message["text"]))] == []
