"""The trained model answers about an article that it never saw, and is not touched for it."""

from __future__ import annotations

import os
import subprocess
import sys
from hashlib import sha256

import pytest

from fascicle import ROOT
from fascicle.__main__ import MODEL

ANSWERED = {
    "what causes dry eyes?": "answer dry_eyes.causes",
    "tell me about contact lenses": "answer contact_lenses.overview",
    "what are the signs of it": "answer contact_lenses.symptoms",
    "how is it treated": "not_covered",
    "can staring at a screen make my eyes dry": "answer screens.overview",
    "what helps with screen time": "answer screens.treatment",
    "when should I see a doctor about dry eyes": "answer dry_eyes.see_doctor",
    "how common are dry eyes": "not_covered",
}
"""What is said, in one conversation, and what is right."""


@pytest.fixture(scope="module")
def explained() -> dict[str, str]:
    """The reply to each message, of a bot that is given the article and not the model for it."""
    before = sha256(MODEL.read_bytes()).hexdigest()
    done = subprocess.run(
        [sys.executable, "-m", "fascicle", "why", *ANSWERED],
        cwd=ROOT,
        env=os.environ | {"FASCICLE_ARTICLE": "tests/articles/dry_eyes.yml"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert sha256(MODEL.read_bytes()).hexdigest() == before
    turns = [turn.splitlines() for turn in done.stdout.split("> ")[1:]]
    return {lines[0].strip(): next(line for line in lines if "reply: " in line).partition("reply: ")[2] for lines in turns}


@pytest.mark.parametrize(("said", "right"), ANSWERED.items())
def test_another_article_is_answered_from_without_training(explained: dict[str, str], said: str, right: str) -> None:
    assert explained[said] == right
