"""What stays in play between turns, and what is said where there is little to say, over a small invented article."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from fascicle.answering import Context, answer, check_in, clarify, pick, sources
from fascicle.answering.coverage import not_said
from fascicle.library import Article, load, said
from fascicle.reply import Block, Offer, Reply, payload
from fascicle.understanding.cues import read_cues
from fascicle.understanding.question import NOT_OURS, Question, questions_of

FILE = Path(__file__).parent / "articles/dry_eyes.yml"
ARTICLE = load(FILE)
SUBJECT, SCREENS, LENSES = "dry_eyes", "screens", "contact_lenses"
OF_LENSES = Context(topics=(LENSES,), earlier=(SCREENS, LENSES), aspect="overview")
LIST = tuple(payload("ask_overview", topic=topic.id) for topic in ARTICLE.causes)


def asked(text: str, intent: str, **found: object) -> Question:
    return Question(intent, text=text, cues=read_cues(text), **found)


def typed(
    text: str, *names: tuple[str, str, bool], intent: str = "ask_overview", ranking: tuple[str, ...] = ()
) -> list[Question]:
    """The questions of a message in which names of topics were found: the words, the topic, whether it is ruled out."""
    entities = [
        {"entity": "topic", "value": topic, "start": text.index(name), "end": text.index(name) + len(name), "excluded": excluded}
        for name, topic, excluded in names
    ]
    entry = {"intent": intent, "text": text, "entities": entities, "ranking": [{"name": name} for name in ranking]}
    return questions_of({"text": text, "questions": [entry]}, ARTICLE)


def without(tmp_path: Path, *passages: str) -> Article:
    """The article, without some of its passages."""
    text = FILE.read_text(encoding="utf-8")
    for passage in passages:
        text = re.sub(rf"      - id: {re.escape(passage)}\n(?:        .*\n)+", "", text)
    path = tmp_path / "dry_eyes.yml"
    path.write_text(text, encoding="utf-8")
    return load(path)


@pytest.mark.parametrize(
    ("question", "topics"),
    [
        (asked("does ginger do it", "ask_other_cause", outside=("ginger",)), (LENSES,)),
        (asked("is it from a cold", "ask_overview", outside=("a cold",)), (LENSES,)),
        (asked("how is a sore heel treated", NOT_OURS), (LENSES,)),
        (asked("what does it cost", "ask_cost"), (LENSES,)),
        (asked("what do screens cost", "ask_cost", topics=(SCREENS,)), (SCREENS,)),
    ],
)
def test_a_refusal_leaves_in_play_what_was(question, topics):
    reply, after = answer(ARTICLE, question, OF_LENSES)
    assert reply.passages == []
    assert after.topics == topics


def test_a_question_back_is_answered_from_its_own_buttons():
    before = replace(OF_LENSES, options=(*LIST, *LIST))
    reply, after = clarify(ARTICLE, (), asked("blub", "nlu_fallback"), before)
    assert after.options == tuple(offer.payload for offer in reply.offers)


@pytest.mark.parametrize(("told", "kind"), [(("dry_eyes.causes",), "answer"), ((), "clarify")])
def test_a_place_that_the_buttons_do_not_have_is_one_of_the_list_if_it_was_shown(told, kind):
    context = replace(OF_LENSES, options=LIST[:1], told=told, earlier=(LENSES,))
    reply, _ = pick(ARTICLE, asked("the second one", "pick_option"), context)
    assert reply.kind == kind


@pytest.mark.parametrize(
    ("text", "ruled_out"),
    [
        ("is it not screens?", False),
        ("so could this not be screens", False),
        ("it is not screens", True),
        ("why not screens", True),
    ],
)
def test_a_not_that_asks_rules_nothing_out(text, ruled_out):
    (question,) = typed(text, ("screens", SCREENS, True))
    assert (question.topics, question.ruled_out) == (((), (SCREENS,)) if ruled_out else ((SCREENS,), ()))


@pytest.mark.parametrize(
    ("ruled_out", "background", "context", "topics"),
    [
        ((), (), Context(), ()),
        ((), (SCREENS,), Context(), (SCREENS,)),
        ((), (), Context(topics=(SCREENS,)), (SCREENS,)),
        ((), (LENSES,), Context(topics=(SCREENS,)), (LENSES,)),
    ],
)
def test_an_unsure_name_is_settled_by_the_message_or_else_by_the_conversation(ruled_out, background, context, topics):
    question = Question("ask_overview", ruled_out=ruled_out, background=background, ambiguous=((SCREENS, LENSES),))
    reply, after = answer(ARTICLE, question, context)
    assert (reply.kind == "clarify") is (topics == ())
    assert topics in ((), after.topics)


def test_a_meaning_that_is_ruled_out_is_not_meant():
    entities = [
        {"entity": "topic", "value": topic, "start": start, "end": start + 4, "excluded": excluded}
        for topic, start, excluded in ((SCREENS, 0, False), (LENSES, 0, False), (LENSES, 9, True))
    ]
    (question,) = questions_of({"questions": [{"intent": "ask_overview", "text": "which", "entities": entities}]}, ARTICLE)
    assert (question.topics, question.ambiguous) == ((SCREENS,), ())


def test_each_thing_that_is_named_alone_is_asked():
    questions = typed("source and treatment?", intent="ask_sources")
    assert [question.intent for question in questions] == ["ask_sources", "ask_treatment"]
    assert [question.intent for question in typed("screens treatment and signs", ("screens", SCREENS, False))] == [
        "ask_treatment",
        "ask_symptoms",
    ]
    assert [question.intent for question in typed("my treatment failed", intent="inform")] == ["inform"]


@pytest.mark.parametrize(
    ("text", "topics", "kind"),
    [
        ("how do they find it", (LENSES,), "not_covered"),
        ("what do they examine", (SUBJECT,), "not_covered"),
        ("enough of that. what do they examine", (SUBJECT,), "not_covered"),
    ],
)
def test_what_is_examined_is_told_of_what_is_talked_about_where_it_is_pointed_at(text, topics, kind):
    part = text.rpartition(". ")[2]
    entry = {"intent": "ask_diagnosis", "text": part, "entities": []}
    (question,) = questions_of({"text": text, "questions": [entry]}, ARTICLE)
    reply, after = answer(ARTICLE, question, OF_LENSES)
    assert (reply.kind, after.topics) == (kind, topics)


@pytest.mark.parametrize(
    ("text", "in_play"),
    [("which of them is treated", (SCREENS,)), ("compare how they are treated", (SCREENS, LENSES))],
)
def test_after_asking_which_only_those_are_in_play_for_which_something_is_told(text, in_play):
    context = Context(topics=(SCREENS, LENSES), earlier=(SCREENS, LENSES))
    reply, after = answer(ARTICLE, asked(text, "ask_comparison"), context)
    assert (reply.passages, after.topics) == (["screens.treatment"], in_play)


def test_a_topic_of_which_nothing_is_told_has_no_heading():
    context = Context(topics=(SCREENS, LENSES), earlier=(SCREENS, LENSES))
    reply, _ = answer(ARTICLE, asked("compare how they are treated", "ask_comparison"), context)
    assert [block.text for block in reply.blocks if block.type == "heading"] == ["Long hours at a screen"]


@pytest.mark.parametrize(
    ("topics", "aspect", "words"),
    [((SCREENS,), "duration", "how long it lasts"), ((SCREENS, LENSES), "duration", "how long they last")],
)
def test_what_is_missing_of_several_is_said_of_several(topics, aspect, words):
    assert not_said(ARTICLE, topics, aspect).endswith(f"{words}.")


def test_without_references_there_is_no_heading_for_them():
    reply, _ = sources(ARTICLE, asked("source", "ask_sources"), Context())
    assert said("answers", "references") not in [block.text for block in reply.blocks]


@pytest.mark.parametrize("question", [asked("I am scared", "express_worry"), asked("mine are so dry", "report_symptom")])
def test_nothing_is_promised_that_the_article_does_not_have(tmp_path, question):
    bare = without(tmp_path, "dry_eyes.see_doctor", "dry_eyes.causes")
    reply, _ = answer(bare, question, Context())
    assert (reply.kind, reply.passages) == ("not_covered", [])


def test_no_buttons_are_promised_where_a_question_of_the_check_in_follows():
    promising = Reply("clarify", (Block(said("answers", "unclear")),), (Offer("Screens", LIST[0]),))
    shown = check_in.before_a_question(promising)
    assert shown.offers == ()
    assert [block.text for block in shown.blocks] == [said("check_in", "not_followed")]
    answer_ = Reply("answer", (Block("Words."),), promising.offers)
    assert check_in.before_a_question(answer_).blocks == answer_.blocks


@pytest.mark.parametrize(
    ("text", "found", "context", "kind"),
    [
        ("I started zopiclone, could it be that?", {}, OF_LENSES, "clarify"),
        ("I started zopiclone, could it be that?", {}, Context(), "clarify"),
        ("I started with lenses, could it be that?", {"background": (LENSES,)}, OF_LENSES, "answer"),
        ("it started last week, could it be that?", {}, OF_LENSES, "answer"),
        ("I started zopiclone", {}, OF_LENSES, "answer"),
    ],
)
def test_what_was_begun_is_asked_about_where_it_is_not_known(text, found, context, kind):
    article = replace(ARTICLE, topics={**ARTICLE.topics, SCREENS: replace(ARTICLE.topics[SCREENS], remedy=True)})
    reply, _ = answer(article, asked(text, "ask_overview", **found), context)
    assert reply.kind == kind
    assert reply.kind != "clarify" or payload("ask_overview", topic=SCREENS) in [offer.payload for offer in reply.offers]


@pytest.mark.parametrize(
    ("text", "passages"),
    [("and if that doesn't help?", ["dry_eyes.see_doctor"]), ("does that help?", ["screens.treatment"])],
)
def test_where_treatment_is_in_vain_the_answer_is_when_to_see_a_doctor(text, passages):
    reply, _ = answer(ARTICLE, asked(text, "ask_treatment"), Context(topics=(SCREENS,)))
    assert reply.passages == passages


@pytest.mark.parametrize(("aspect", "kind"), [("treatment", "not_covered"), ("overview", "answer")])
def test_whether_it_hurts_is_asked_of_a_remedy_after_one(aspect, kind):
    reply, _ = answer(ARTICLE, asked("does it hurt", "ask_symptoms"), replace(OF_LENSES, aspect=aspect))
    assert reply.kind == kind


def test_both_are_the_last_two_that_were_talked_about():
    reply, _ = pick(ARTICLE, asked("both of them", "pick_option"), replace(OF_LENSES, options=LIST))
    assert reply.passages == ["screens.overview", "contact_lenses.overview"]


@pytest.mark.parametrize(("intent", "named"), [("ask_overview", (SCREENS, LENSES)), ("ask_treatment", (SCREENS,))])
def test_a_cause_that_can_be_a_remedy_is_named_where_it_is_asked_about_as_a_cause(intent, named):
    article = replace(ARTICLE, topics={**ARTICLE.topics, LENSES: replace(ARTICLE.topics[LENSES], remedy=True)})
    text = "do screens or contacts cause it"
    entities = [
        {"entity": "topic", "value": SCREENS, "start": 3, "end": 10},
        {"entity": "topic", "value": LENSES, "start": 14, "end": 22, "likelihood": 0.01},
    ]
    (question,) = questions_of({"text": text, "questions": [{"intent": intent, "text": text, "entities": entities}]}, article)
    assert question.topics == named


@pytest.mark.parametrize(
    ("question", "passages"),
    [
        (asked("list them", "ask_overview"), ["dry_eyes.causes"]),
        (asked("list them for lenses", "ask_overview", topics=(LENSES,)), ["contact_lenses.overview"]),
        (asked("tell me about it", "ask_overview"), ["contact_lenses.overview"]),
    ],
)
def test_what_else_there_is_are_the_causes_unless_something_is_named(question, passages):
    reply, _ = answer(ARTICLE, question, OF_LENSES)
    assert reply.passages == passages
