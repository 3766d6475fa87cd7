"""The check-in without a model: what a message answers, what comes of it, and what the article file has to say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fascicle import library
from fascicle.answering import Context, check_in, offered_payloads
from fascicle.answering.check_in import CHANGED, DONE, LISTED, NOTED, SKIPPED, STOPPED, UNCLEAR
from fascicle.bot.turn import checked_payload
from fascicle.errors import ArticleError, Fault
from fascicle.library import Article, build
from fascicle.reply import payload
from fascicle.understanding.question import Message, message_of
from fascicle.understanding.topic_linker import Aliases

ARTICLE = library.default()
LIBRARY = library.OneArticle(ARTICLE)
QUESTIONS = [question.id for question in ARTICLE.check_in]
DRY_AIR_QUESTION = {
    "id": "air",
    "ask": "Is the air at home very dry?",
    "why": "Very dry air is one of the causes the article lists.",
    "answers": [{"id": "dry", "title": "Yes"}, {"id": "humid", "title": "No", "words": ["humidifier runs"]}],
}
DRY_AIR = {
    "id": "dry_air",
    "name": "dry air",
    "cause": "Very dry air",
    "aliases": ["dry air", "heating", "low humidity"],
    "check_in": {"air": ["dry"]},
    "passages": [{"id": "dry_air.overview", "where": {"Dry air": [1]}, "text": "Very dry air may make a lip twitch."}],
}

Say = Callable[..., Message]


@pytest.fixture(scope="module")
def aliases() -> Aliases:
    return Aliases(library.names_of([library.default()]))


def sayer(aliases: Aliases, article: Article) -> Say:
    """Makes messages whose names are found as in a chat."""

    def say(text: str, intent: str = "inform") -> Message:
        links = aliases.find(text)
        entities = [{"entity": a.label, "value": a.value, "start": a.start, "end": a.end, "excluded": a.excluded} for a in links]
        return message_of({"text": text, "intent": {"name": intent}, "entities": entities}, article)

    return say


@pytest.fixture
def say(aliases: Aliases) -> Say:
    return sayer(aliases, ARTICLE)


def up_to(question: str) -> dict[str, tuple[str, ...]]:
    """What is told when this question is asked and all before it were skipped."""
    return dict.fromkeys(QUESTIONS[: QUESTIONS.index(question)], ())


class TestTheQuestionsOfThisArticle:
    def test_come_in_the_agreed_order(self) -> None:
        assert QUESTIONS == ["caffeine", "stress", "medicines", "alcohol_or_drugs", "injury", "sides", "signs", "how_long"]

    def test_point_to_every_cause(self) -> None:
        pointed_at = {topic for question in ARTICLE.check_in for answer in question.answers for topic in answer.topics}
        assert pointed_at == {topic.id for topic in ARTICLE.causes}

    def test_how_long_points_nowhere(self) -> None:
        assert not any(answer.topics for answer in ARTICLE.check_in[-1].answers)

    @pytest.mark.parametrize("question", ARTICLE.check_in, ids=QUESTIONS)
    def test_each_can_be_tapped_skipped_and_explained(self, question: library.CheckInQuestion) -> None:
        reply = check_in.ask(ARTICLE, up_to(question.id), "")
        assert reply.kind == "checkin"
        assert [block.text for block in reply.blocks] == [question.ask]
        assert [offer.title for offer in reply.offers] == [*(answer.title for answer in question.answers), "Skip", "Stop"]
        assert {offer.payload for offer in reply.offers} <= offered_payloads(ARTICLE)
        assert question.why.endswith(".")

    def test_ask_about_signs_only_beside_a_word_on_emergencies(self) -> None:
        signs = next(question for question in ARTICLE.check_in if question.id == "signs")
        assert "emergency number" in signs.ask

    def test_are_frozen(self) -> None:
        for record in (ARTICLE.check_in[0], ARTICLE.check_in[0].answers[0]):
            with pytest.raises(FrozenInstanceError):
                record.id = "changed"


@pytest.mark.parametrize(
    ("question", "text", "intent", "answers"),
    [
        # the name of a topic that the answers point to
        ("caffeine", "two coffees", "inform", ["often"]),
        ("caffeine", "idk maybe monster", "skip", ["often"]),
        ("caffeine", "coffee", "ask_topic", ["often"]),
        ("medicines", "prednisone since May", "inform", ["some"]),
        ("medicines", "prednisone since May", "ask_topic", ["some"]),
        ("stress", "exhausted, I do nights", "report_symptom", ["lately"]),
        ("injury", "had a car accident in 2015", "inform", ["injured"]),
        # a name that is ruled out
        ("caffeine", "no coffee at all", "inform", ["seldom"]),
        ("medicines", "don't take any meds", "deny", ["none"]),
        ("caffeine", "no coffee, one tea", "inform", ["often"]),
        # yes and no
        ("caffeine", "yes", "affirm", ["often"]),
        ("sides", "yeah", "affirm", ["one"]),
        ("caffeine", "never", "deny", ["seldom"]),
        ("injury", "nope", "deny", ["none"]),
        ("signs", "no", "deny", ["none"]),
        ("signs", "yes", "affirm", []),  # which of them?
        ("how_long", "no", "deny", []),
        # words of an answer
        ("caffeine", "just a coffee now and then", "inform", ["seldom"]),
        ("sides", "just the left", "inform", ["one"]),
        ("sides", "Right.", "inform", ["one"]),
        ("sides", "the left and right, both really", "inform", ["both"]),
        ("sides", "both", "pick_option", ["both"]),
        ("sides", "not the left, the middle", "inform", ["both"]),
        ("signs", "cramps and my hair’s falling out", "inform", ["cramps", "hair_loss"]),
        ("signs", "no cramps but my hand shakes", "inform", ["tremor"]),
        ("signs", "no weakness or anything", "inform", ["none"]),
        ("how_long", "three weeks", "inform", ["weeks"]),
        # a title, a place
        ("sides", "yes, one side", "inform", ["one"]),
        ("signs", "Hair loss", "inform", ["hair_loss"]),
        ("caffeine", "2", "pick_option", ["seldom"]),
        ("signs", "the last one", "pick_option", ["none"]),
        # nothing that fits
        ("caffeine", "hard to say, it depends", "inform", []),
        ("caffeine", "skip", "skip", []),
        ("stress", "is this a worm", "report_symptom", []),
    ],
)
def test_a_message_is_matched_to_the_answers(say: Say, question: str, text: str, intent: str, answers: list[str]) -> None:
    step = check_in.read(ARTICLE, up_to(question), say(text, intent))
    assert step is not None
    assert step.told[question] == tuple(answers)


@pytest.mark.parametrize(
    ("text", "intent", "lead"),
    [
        ("skip", "skip", SKIPPED),
        ("hard to say", "inform", UNCLEAR),
        ("two coffees", "inform", ""),
    ],
)
def test_the_next_question_is_led_to_by_what_became_of_the_answer(say: Say, text: str, intent: str, lead: str) -> None:
    step = check_in.read(ARTICLE, {}, say(text, intent))
    assert (step.lead, step.end) == (lead, "")
    assert check_in.open_question(ARTICLE, step.told).id == "stress"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no coffee, but I take prednisone", {"caffeine": ("seldom",), "medicines": ("some",)}),
        ("no, but I take prednisone", {"caffeine": ("seldom",), "medicines": ("some",)}),
        ("I take prednisone and I am exhausted", {"stress": ("lately",), "medicines": ("some",)}),
        ("no booze, that is all", {"alcohol_or_drugs": ("none",)}),
        ("sober for years", {"alcohol_or_drugs": ("none",)}),
        ("I have had potassium tested", {"caffeine": ()}),  # no question is about it
    ],
)
def test_topics_of_other_questions_count_for_those(say: Say, text: str, told: dict[str, tuple[str, ...]]) -> None:
    step = check_in.read(ARTICLE, {}, say(text))
    assert step.told == told
    assert step.lead == ("" if told.get("caffeine") else UNCLEAR if "caffeine" in told else NOTED)


@pytest.mark.parametrize(
    ("text", "intent", "changed"),
    [
        ("wait, actually I do drink a lot of coffee", "inform", {"caffeine": ("often",)}),
        ("actually I drink loads of coffee", "reject_answer", {"caffeine": ("often",)}),
        ("scratch that, both sides", "reject_answer", {"sides": ("both",)}),
        ("hang on, it is in the middle", "inform", {"sides": ("both",)}),
    ],
)
def test_a_changed_answer_is_changed_and_the_question_stays(say: Say, text: str, intent: str, changed: dict[str, Any]) -> None:
    told = up_to("signs") | {"caffeine": ("seldom",), "sides": ("one",)}
    step = check_in.read(ARTICLE, told, say(text, intent))
    assert step.told == told | changed
    assert (step.lead, step.end) == (CHANGED, "")


def test_a_button_of_an_earlier_question_changes_its_answer() -> None:
    told = up_to("signs") | {"caffeine": ("often",)}
    step = check_in.read(ARTICLE, told, Message("inform", payload("inform", answer="caffeine.seldom"), answer="caffeine.seldom"))
    assert step.told == told | {"caffeine": ("seldom",)}
    assert step.lead == CHANGED


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("what is hypoparathyroidism?", "ask_overview"),
        ("is decaf coffee all right?", "ask_amount"),
        ("and tea?", "ask_topic"),
        ("tell me about coffee", "ask_topic"),
        ("tell me more", "ask_more"),
        ("I'm so anxious it's ALS", "express_worry"),
        ("hello", "greet"),
        ("the weather is nice", "out_of_scope"),
        ("what?", "nlu_fallback"),
        ("that's wrong", "reject_answer"),
        ("my face dropped", "report_emergency"),
        ("I don't want to live", "report_crisis"),
        ("bye", "goodbye"),
        ("the seventh one", "pick_option"),
        ("one question, what is just the best treatment", "ask_treatment"),
    ],
)
def test_what_is_no_answer_is_left_alone(say: Say, text: str, intent: str) -> None:
    assert check_in.read(ARTICLE, up_to("stress") if "coffee" not in text else {}, say(text, intent)) is None


@pytest.mark.parametrize(
    ("told", "text", "intent", "end"),
    [
        ({}, "stop", "stop", STOPPED),
        (up_to("sides"), "stop asking", "stop", STOPPED),
        ({}, "no thanks", "deny", STOPPED),
        ({}, "not now", "deny", STOPPED),
        (up_to("injury"), "no thanks", "deny", ""),
        ({}, "no", "deny", ""),
        ({}, check_in.causes_payload(ARTICLE), "ask_causes", LISTED),
        ({}, "just list the causes", "ask_causes", LISTED),
        (up_to("stress"), "no questions please, simply say what it may be", "ask_help", LISTED),
        ({}, "I hate questions. just give me the list", "report_symptom", LISTED),
        (up_to("how_long"), "two days", "inform", DONE),
        (up_to("how_long"), "skip", "skip", DONE),
    ],
)
def test_it_ends_when_it_should(say: Say, told: dict[str, Any], text: str, intent: str, end: str) -> None:
    assert check_in.read(ARTICLE, told, say(text, intent)).end == end


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("no questions, just tell me what it can be", True),
        ("Stop with the questions and only say why it happens.", True),
        ("I hate questions. simply the list please", True),
        ("are there any questions left", False),
        ("just one question: what is it", False),
        ("I only have a question about the list", False),
        ("my question is what causes it", False),
    ],
)
def test_the_list_is_wanted_in_place_of_questions_only_where_that_is_said(text: str, is_meant: bool) -> None:
    assert check_in.UNASKED.search(text) is is_meant


def test_starting_over_forgets_what_was_told(say: Say) -> None:
    assert check_in.read(ARTICLE, up_to("sides"), say("start over", "start_over")).told == {}


@pytest.mark.parametrize("question", QUESTIONS)
def test_why_is_told_before_the_question_is_asked_again(say: Say, question: str) -> None:
    step = check_in.read(ARTICLE, up_to(question), say("why do you ask?", "ask_why_asked"))
    assert step.told == up_to(question)
    reply = check_in.ask(ARTICLE, step.told, step.lead)
    asked = next(q for q in ARTICLE.check_in if q.id == question)
    assert [block.text for block in reply.blocks] == [asked.why, asked.ask]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("yes please go on", "affirm"),
        ("ok", "affirm"),
        ("continue", "ask_more"),
        ("go on with the check-in", "report_symptom"),
        ("/report_symptom", "report_symptom"),
    ],
)
def test_go_on_is_no_answer_but_gets_the_question(say: Say, text: str, intent: str) -> None:
    step = check_in.read(ARTICLE, {}, say(text, intent))
    assert (step.told, step.end) == ({}, "")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("my lip twitches", {}),
        ("I don't drink coffee, I take no meds, and the left corner has twitched for three weeks",
         {"caffeine": ("seldom",), "medicines": ("none",), "sides": ("one",), "how_long": ("weeks",)}),
        ("stressed, four coffees, sertraline", {"stress": ("lately",), "caffeine": ("often",), "medicines": ("some",)}),
        ("I only have a coffee now and then", {"caffeine": ("seldom",)}),
        ("it is doing it right now, a lot", {}),  # words that count only for the question asked
    ],
)  # fmt: skip
def test_what_the_report_tells_already_is_known(say: Say, text: str, told: dict[str, Any]) -> None:
    assert check_in.reported(ARTICLE, say(text, "report_symptom")) == told


def test_subjects_the_article_does_not_discuss_are_named_at_the_start(say: Say) -> None:
    assert "does not discuss vaccines" in check_in.opening(ARTICLE, say("twitching since my flu jab", "report_symptom"))
    assert check_in.opening(ARTICLE, say("my lip twitches", "report_symptom")).startswith("I'm sorry about the lip twitching.")


@pytest.mark.parametrize(
    ("told", "topics"),
    [
        ({"caffeine": ("often",), "stress": ("lately",)}, ["caffeine", "stress"]),
        ({"stress": ("lately",), "caffeine": ("often",)}, ["caffeine", "stress"]),
        ({"signs": ("weakness",)}, ["bells_palsy", "hormonal_imbalance", "als"]),
        ({"signs": ("weakness",), "sides": ("one",)}, ["hemifacial_spasm", "bells_palsy", "hormonal_imbalance", "als"]),
        ({"caffeine": ("often",), "signs": ("weakness", "hair_loss")}, ["hormonal_imbalance", "caffeine", "bells_palsy", "als"]),
        ({"caffeine": ("seldom",), "stress": (), "how_long": ("longer",)}, []),
    ],
)
def test_topics_are_ordered_by_how_many_answers_point_to_them_and_how_few_they_share_them_with(
    told: dict[str, Any], topics: list[str]
) -> None:
    assert check_in.pointed_at(ARTICLE, told) == topics


class TestTheEnd:
    def test_shows_the_passages_that_fit_and_when_to_see_a_doctor(self) -> None:
        reply, context = check_in.close(ARTICLE, {"caffeine": ("often",), "sides": ("one",)}, DONE, Context())
        assert reply.kind == "answer"
        assert reply.passages == ["caffeine.overview", "hemifacial_spasm.overview", "lip_twitching.see_doctor"]
        assert context.topics == ("caffeine", "hemifacial_spasm")
        assert len(context.options) == 2

    def test_shows_four_topics_at_most_and_names_the_others(self) -> None:
        told = {q.id: (q.answers[0].id,) for q in ARTICLE.check_in}
        reply, _ = check_in.close(ARTICLE, told, DONE, Context())
        assert len(reply.passages) == 5
        assert reply.passages[-1] == "lip_twitching.see_doctor"
        assert any("hemifacial spasm" in block.text for block in reply.blocks)

    @pytest.mark.parametrize(("told", "end"), [({"caffeine": ("seldom",)}, DONE), ({}, DONE), ({"caffeine": ("often",)}, LISTED)])
    def test_lists_the_causes_when_nothing_points_anywhere_or_when_asked_to(self, told: dict[str, Any], end: str) -> None:
        reply, context = check_in.close(ARTICLE, told, end, Context())
        assert reply.kind == "answer"
        assert reply.passages == ["lip_twitching.causes", "lip_twitching.see_doctor"]
        assert len(context.options) == len(ARTICLE.causes)

    def test_after_a_stop_offers_what_was_gathered(self) -> None:
        reply, _ = check_in.close(ARTICLE, {"caffeine": ("often",)}, STOPPED, Context())
        assert reply.kind == "checkin"
        assert not reply.passages
        assert [offer.payload for offer in reply.offers] == [
            payload("ask_overview", topic="caffeine"),
            payload("ask_see_doctor", topic=ARTICLE.subject),
        ]

    def test_after_a_stop_with_nothing_told_offers_no_such_thing(self) -> None:
        reply, _ = check_in.close(ARTICLE, {}, STOPPED, Context())
        assert "told" not in reply.text(LIBRARY)
        assert reply.offers


@pytest.mark.parametrize(
    "offered", [payload("inform", answer="caffeine.often"), payload("skip"), payload("stop"), payload("report_symptom")]
)
def test_what_the_check_in_offers_is_accepted(offered: str) -> None:
    assert checked_payload(offered, LIBRARY) == offered


@pytest.mark.parametrize(
    "made_up",
    ['/inform{"answer": "caffeine.lots"}', '/inform{"answer": "caffeine"}', "/inform", '/inform{"answer": "often.caffeine"}'],
)
def test_any_other_answer_is_refused(made_up: str) -> None:
    with pytest.raises(Fault):
        checked_payload(made_up, LIBRARY)


def test_what_was_told_survives_its_slot() -> None:
    told = {"caffeine": ("often",), "stress": ()}
    assert check_in.told_of(check_in.slot_of(told)) == told
    assert check_in.told_of(None) == {}


class TestANewTopicWithAQuestionOfItsOwn:
    """A block and a question in the article file, and nothing else."""

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory: pytest.TempPathFactory) -> Path:
        folder = tmp_path_factory.mktemp("dry_air")
        yaml = YAML(typ="safe", pure=True)
        data = yaml.load(library.default_path().read_text(encoding="utf-8"))
        data["topics"].append(DRY_AIR)
        data["check_in"].insert(1, DRY_AIR_QUESTION)
        with (folder / "article.yml").open("w", encoding="utf-8") as out:
            yaml.dump(data, out)
        assert build.main(["--article", str(folder / "article.yml"), "--to", str(folder / "built")]) == 0
        return folder

    @pytest.fixture(scope="class")
    def article(self, folder: Path) -> Article:
        return library.load(folder / "article.yml")

    @pytest.fixture(scope="class")
    def say(self, folder: Path, article: Article) -> Say:
        return sayer(Aliases(library.names_of([article])), article)

    def test_is_asked_in_its_place(self, article: Article) -> None:
        reply = check_in.ask(article, {"caffeine": ()}, "")
        assert reply.blocks[-1].text == "Is the air at home very dry?"
        assert reply.offers[0].payload == '/inform{"answer": "air.dry"}'
        assert reply.offers[0].payload in offered_payloads(article)

    @pytest.mark.parametrize(
        ("text", "intent", "answer"),
        [
            ("the heating is always on", "inform", "dry"),
            ("yes", "affirm", "dry"),
            ("no", "deny", "humid"),
            ("low humidity, yes", "inform", "dry"),
            ("the humidifier runs day and night", "inform", "humid"),
        ],
    )
    def test_is_answered(self, article: Article, say: Say, text: str, intent: str, answer: str) -> None:
        assert check_in.read(article, {"caffeine": ()}, say(text, intent)).told["air"] == (answer,)

    def test_leads_to_its_passage(self, article: Article) -> None:
        reply, _ = check_in.close(article, {"air": ("dry",)}, DONE, Context())
        assert reply.passages == ["dry_air.overview", "lip_twitching.see_doctor"]


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
references: []
topics:
  - id: hiccups
    name: hiccups
    aliases: [hiccups]
    passages:
      - { id: hiccups.overview, where: { Introduction: [1] }, text: Hiccups are spasms. }
  - id: pepper
    name: too much pepper
    cause: Pepper
    aliases: [pepper]
    check_in: { meals: [hot] }
    passages:
      - { id: pepper.overview, where: { Pepper: [1] }, text: Pepper tickles. }
check_in:
  - id: meals
    ask: Do you eat hot meals?
    why: Pepper is a cause.
    answers:
      - { id: hot, title: "Yes", words: [spicy], in_report: [very spicy] }
      - { id: mild, title: "No" }
"""


def load(folder: Path, text: str) -> Article:
    path = folder / "small.yml"
    path.write_text(text, encoding="utf-8")
    return library.load(path)


class TestTheArticleFile:
    def test_may_hold_questions(self, tmp_path: Path) -> None:
        (question,) = load(tmp_path, SMALL).check_in
        assert [(answer.id, answer.topics) for answer in question.answers] == [("hot", ("pepper",)), ("mild", ())]
        assert question.about == {"pepper"}

    def test_may_hold_none(self, tmp_path: Path) -> None:
        plain = SMALL.replace("    check_in: { meals: [hot] }\n", "")
        article = load(tmp_path, plain[: plain.index("check_in:")])
        assert article.check_in == ()
        assert payload("report_symptom") not in offered_payloads(article)

    def test_without_a_passage_on_doctors_ends_without_it(self, tmp_path: Path) -> None:
        reply, _ = check_in.close(load(tmp_path, SMALL), {"meals": ("hot",)}, DONE, Context())
        assert reply.passages == ["pepper.overview"]

    @pytest.mark.parametrize(
        ("right", "wrong", "words"),
        [
            ("{ meals: [hot] }", "{ meal: [hot] }", ["topic pepper", "unknown question 'meal'"]),
            ("{ meals: [hot] }", "{ meals: [warm] }", ["topic pepper", "meals", "unknown answer 'warm'"]),
            ("{ meals: [hot] }", "{ meals: [hot, hot] }", ["topic pepper", "meals", "answer hot: id used twice"]),
            ("{ meals: [hot] }", "{ meals: [hot, mild] }", ["check-in question meals", "point to no topic"]),
            ("{ meals: [hot] }", "{ meals: [] }", ["pepper", "check_in.meals"]),
            ("{ meals: [hot] }", "[hot]", ["pepper", "check_in"]),
            ("    name: hiccups\n", "    name: hiccups\n    check_in: { meals: [hot] }\n", ["topic hiccups", "subject"]),
            ("id: mild", "id: hot", ["check-in question meals", "answer hot: id used twice"]),
            ("check_in:\n  -", "check_in:\n  - {id: meals, ask: A, why: A, answers: [{id: a, title: A}, {id: b, title: C}]}\n  -",
             ["check-in question meals: id used twice"]),
            ('title: "No"', 'title: "Yes"', ["meals, answer mild", "'yes' means hot already"]),
            ('title: "No"', 'title: "No", words: [SPICY]', ["meals, answer mild", "'spicy' means hot already"]),
            ("    why: Pepper is a cause.\n", "", ["meals", "'why' is a required property"]),
            ("    ask: Do you eat hot meals?\n", "    ask: ''\n", ["meals", "ask"]),
            ('      - { id: mild, title: "No" }\n', "", ["meals", "answers"]),
            ("words: [spicy]", "colour: red", ["hot", "colour"]),
            ("id: hot,", "id: Hot,", ["Hot"]),
        ],
    )  # fmt: skip
    def test_is_refused_with_the_fault_named(self, tmp_path: Path, right: str, wrong: str, words: list[str]) -> None:
        assert SMALL.count(right) == 1
        with pytest.raises(ArticleError) as refused:
            load(tmp_path, SMALL.replace(right, wrong))
        assert [word for word in words if word not in str(refused.value)] == [], refused.value
        assert "\n" not in str(refused.value)
