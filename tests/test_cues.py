"""Cues find what data/words/cues.yml says they find, and leave alone what it says they leave."""

from __future__ import annotations

import pytest

from fascicle.library import words
from fascicle.understanding.cues import has_cue, read_cues

CUES = words("cues")["cues"]
FOUND = [(name, text) for name, cue in CUES.items() for text in cue["finds"].splitlines()]
LEFT = [(name, text) for name, cue in CUES.items() for text in cue["leaves"].splitlines()]


@pytest.mark.parametrize(("name", "text"), FOUND)
def test_a_cue_is_found(name, text):
    assert has_cue(name, text)


@pytest.mark.parametrize(("name", "text"), LEFT)
def test_what_looks_like_a_cue_is_left_alone(name, text):
    assert not has_cue(name, text)


@pytest.mark.parametrize("name", CUES)
def test_a_cue_has_at_least_as_many_counterexamples_as_examples(name):
    assert len(CUES[name]["leaves"].splitlines()) >= len(CUES[name]["finds"].splitlines()) > 0


@pytest.mark.parametrize(
    ("text", "places", "step"),
    [
        ("the third one", (3,), 0),
        ("and number six?", (6,), 0),
        ("the last one, can it be cured", (-1,), 0),
        ("the one before last", (-2,), 0),
        ("tell me about the first two", (1, 2), 0),
        ("the last two?", (-2, -1), 0),
        ("symptoms of the latter", (-1,), 0),
        ("and the one after that", (), 1),
        ("the one before that", (), -1),
        ("the first thing I asked about", (), 0),
        ("how long does one twitch last", (), 0),
        ("what is it", (), 0),
    ],
)
def test_cues_say_which_place_is_meant(text, places, step):
    cues = read_cues(text)
    assert (cues.places, cues.step) == (places, step)
