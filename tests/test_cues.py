"""Cues find what data/words/cues.yml says they find, and leave alone what it says they leave."""

from __future__ import annotations

import pytest

from fascicle.library import words
from fascicle.understanding.cues import Cues, has_cue, read_cues

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
def test_a_cue_has_at_least_counterexamples(name):
    assert len(CUES[name]["leaves"].splitlines()) >= 3


@pytest.mark.parametrize(
    ("text", "cues"),
    [
        ("the third one", Cues(places=(3,))),
        ("and number six?", Cues(places=(6,))),
        ("the last one, can it be cured", Cues(places=(-1,))),
        ("the one before last", Cues(places=(-2,))),
        ("tell me about the first two", Cues(places=(1, 2))),
        ("the last two?", Cues(places=(-2, -1))),
        ("symptoms of the latter", Cues(places=(-1,))),
        ("and the one after that", Cues(step=1)),
        ("the one before that", Cues(step=-1)),
        ("the first thing I asked about", Cues(at_first=True)),
        ("how long does one twitch last", Cues()),
        ("what is it", Cues()),
    ],
)
def test_cues_say_which_place_is_meant(text, cues):
    assert read_cues(text) == cues
