"""Messages that name what is asked and say nothing else are read as just that."""

from __future__ import annotations

import pytest

from fascicle.understanding.bare import asked_by_name


@pytest.mark.parametrize(
    ("text", "intents"),
    [
        ("and the treatment?", ("ask_treatment",)),
        ("tests please", ("ask_diagnosis",)),
        ("ok, so the signs of that", ("ask_symptoms",)),
        ("symptoms, causes", ("ask_symptoms", "ask_causes")),
        ("Source and treatment?", ("ask_sources", "ask_treatment")),
        ("what’s the outlook", ("ask_outlook",)),
        ("signs and symptoms", ("ask_symptoms",)),
    ],
)
def test_what_is_named_is_asked(text, intents):
    assert asked_by_name(text) == intents


@pytest.mark.parametrize(
    "text",
    [
        "is that a symptom",
        "what gives it a reason to twitch",
        "my test was fine",
        "the reason I ask",
        "the treatment failed",
        "no signs of anything",
        "and that?",
        "",
    ],
)
def test_whatever_says_more_is_left_alone(text):
    assert asked_by_name(text) == ()


def test_names_of_topics_may_stand_beside():
    assert asked_by_name("dry eyes causes?", [(0, 8)]) == ("ask_causes",)
    assert asked_by_name("dry eyes causes?") == ()
