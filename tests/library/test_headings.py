"""Headings say what their sections are about; ones that share a word with those may say something else."""

from __future__ import annotations

import pytest

from fascicle.library.compiling.headings import read

NAMES = ["tennis thumb"]


@pytest.mark.parametrize(
    ("heading", "aspect"),
    [
        ("Symptoms", "symptoms"),
        ("What are the signs of tennis thumb?", "symptoms"),
        ("Causes of tennis thumb", "causes"),
        ("Who gets tennis thumb?", "risk_group"),
        ("How is tennis thumb diagnosed?", "diagnosis"),
        ("Treatment", "treatment"),
        ("When to see a doctor", "see_doctor"),
        ("Call an ambulance if", "urgent_help"),
        ("Can tennis thumb be prevented?", "prevention"),
        ("Possible complications", "complications"),
        ("Side effects", "side_effects"),
        ("Outlook", "outlook"),
        ("Clinical trials", "research"),
        ("Types of tennis thumb", "types"),
    ],
)
def test_a_heading_says_its_aspect(heading, aspect):
    assert read(heading, NAMES).aspect == aspect


@pytest.mark.parametrize(
    ("heading", "aspect"),
    [
        ("A sign of the times", "symptoms"),
        ("The horse", "causes"),
        ("Our story", "causes"),
        ("About the authors", "risk_group"),
        ("Your team", "diagnosis"),
        ("A treat for the garden", "treatment"),
        ("A doctor tells of her work", "see_doctor"),
        ("Urgent care centers near you", "urgent_help"),
        ("A letter from our readers", "prevention"),
        ("It is complicated", "complications"),
        ("The other side", "side_effects"),
        ("A look at the garden", "outlook"),
        ("Trial and error", "research"),
        ("Type your question here", "types"),
    ],
)
def test_a_heading_that_shares_a_word_says_something_else(heading, aspect):
    assert read(heading, NAMES).aspect != aspect
