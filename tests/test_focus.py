"""What a question is about, over a small invented article: which rule decides, and what stands side by side."""

from __future__ import annotations

from pathlib import Path

import pytest

from fascicle.answering import Context, answer, focus_of
from fascicle.answering.comparing import compared_aspects, sides
from fascicle.answering.references import pointed_at
from fascicle.library import load
from fascicle.reply import payload
from fascicle.understanding.cues import read_cues
from fascicle.understanding.question import NOT_OURS, Question, questions_of

ARTICLE = load(Path(__file__).parent / "articles/dry_eyes.yml")
SUBJECT, SCREENS, LENSES = "dry_eyes", "screens", "contact_lenses"
AFTER_BOTH = Context(topics=(SCREENS, LENSES), earlier=(SCREENS, LENSES), aspect="overview")
AFTER_LENSES = Context(topics=(LENSES,), earlier=(SCREENS, LENSES), aspect="overview")


def asked(text: str, intent: str = "ask_treatment", **found: object) -> Question:
    return Question(intent, text=text, cues=read_cues(text), **found)


@pytest.mark.parametrize(
    ("question", "context", "topics", "why"),
    [
        (asked("what helps with screens", topics=(SCREENS,)), AFTER_LENSES, (SCREENS,), "what_it_names"),
        (asked("and the first one, what helps"), AFTER_BOTH, (SCREENS,), "what_it_points_at"),
        (asked("what about the other one"), AFTER_LENSES, (SCREENS,), "what_it_points_at"),
        (asked("does it help", passages=("dry_eyes.treatment",)), AFTER_LENSES, (SUBJECT,), "its_own_words"),
        (asked("what helps with both"), AFTER_LENSES, (SCREENS, LENSES), "all_of_them"),
        (asked("and their treatment?"), AFTER_BOTH, (SCREENS, LENSES), "all_of_them"),
        (asked("and their treatment?"), AFTER_LENSES, (LENSES,), "what_is_in_play"),
        (asked("what do people do in general"), AFTER_LENSES, (SUBJECT,), "the_subject_as_such"),
        (asked("what do most people do"), AFTER_LENSES, (LENSES,), "what_is_in_play"),
        (asked("how is it treated"), AFTER_LENSES, (LENSES,), "what_is_in_play"),
        (asked("how is it treated"), Context(), (SUBJECT,), "the_subject"),
        (asked("how is that treated", about_subject=True), AFTER_LENSES, (SUBJECT,), "the_subject_named"),
    ],
)
def test_the_first_rule_that_names_a_topic_decides(question, context, topics, why):
    focus = focus_of(ARTICLE, question, context, "treatment")
    assert (focus.topics, focus.why) == (topics, why)


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("the one after that", ()),
        ("the one before that", (SCREENS,)),
        ("the first thing I asked about", (SCREENS,)),
        ("number seven", ()),
        ("how long does that last?", ()),
        ("the first doctor I saw", ()),
    ],
)
def test_a_place_points_at_what_is_there(text, topics):
    assert pointed_at(asked(text), ARTICLE, AFTER_LENSES) == topics


@pytest.mark.parametrize(
    ("question", "context", "topics"),
    [
        (asked("compare them"), AFTER_BOTH, (SCREENS, LENSES)),
        (asked("compare that with screens", topics=(SCREENS,)), AFTER_LENSES, (LENSES, SCREENS)),
        (asked("screens against dry eyes", topics=(SCREENS,), about_subject=True), AFTER_LENSES, (SCREENS,)),
    ],
)
def test_what_is_compared_is_what_is_named_with_what_was_talked_about(question, context, topics):
    assert sides(ARTICLE, question, context) == topics


@pytest.mark.parametrize(
    ("text", "aspects"),
    [
        ("compare how they are treated", ("treatment",)),
        ("which is worse?", ("outlook",)),
        ("do they share symptoms", ("overview", "symptoms")),
        ("what do they have in common", ("overview", "symptoms")),
        ("is the difference significant", ("overview", "symptoms")),
        ("the reasonable choice of the two", ("overview", "symptoms")),
    ],
)
def test_things_are_compared_by_what_is_said(text, aspects):
    assert compared_aspects(asked(text, "ask_comparison")) == aspects


@pytest.mark.parametrize(
    ("context", "kind"),
    [(Context(), "out_of_scope"), (AFTER_LENSES, "not_covered")],
)
def test_what_is_about_something_else_is_never_answered(context, kind):
    reply, after = answer(ARTICLE, asked("how is a sore heel treated", NOT_OURS), context)
    assert (reply.kind, reply.passages) == (kind, [])
    assert after.topics == context.topics


@pytest.mark.parametrize(
    ("text", "found", "kind"),
    [
        ("does ginger help against screens", {"topics": (SCREENS,), "unknown": True}, "not_covered"),
        ("would fewer screens help", {"topics": (SCREENS,)}, "answer"),
        ("do artificial tears help", {"passages": ("dry_eyes.treatment",)}, "answer"),
        ("do artificial tears help with contacts", {"passages": ("dry_eyes.treatment",), "topics": (LENSES,)}, "not_covered"),
    ],
)
def test_whether_a_remedy_helps_is_told_where_a_passage_names_it(text, found, kind):
    reply, _ = answer(ARTICLE, asked(text, "ask_other_treatment", **found), Context())
    assert reply.kind == kind


def named(*names: tuple[str, int]) -> dict[str, object]:
    entities = [{"entity": "topic", "value": topic, "start": start, "end": start + 4} for topic, start in names]
    return {"text": "which", "questions": [{"intent": "ask_overview", "text": "which", "entities": entities}]}


@pytest.mark.parametrize(
    ("names", "topics", "ambiguous"),
    [
        ([(SCREENS, 0), (LENSES, 0)], (), ((SCREENS, LENSES),)),
        ([(SCREENS, 0), (LENSES, 0), (SCREENS, 9)], (SCREENS,), ()),
        ([(SCREENS, 0), (LENSES, 9)], (SCREENS, LENSES), ()),
    ],
)
def test_a_name_of_two_topics_is_unsure_unless_another_says_which(names, topics, ambiguous):
    (question,) = questions_of(named(*names), ARTICLE)
    assert (question.topics, question.ambiguous) == (topics, ambiguous)


def test_a_name_that_is_unsure_is_asked_about():
    reply, _ = answer(ARTICLE, Question("ask_overview", ambiguous=((SCREENS, LENSES),)), Context())
    assert reply.kind == "clarify"
    assert [offer.payload for offer in reply.offers] == [payload("ask_overview", topic=topic) for topic in (SCREENS, LENSES)]
