"""A sign stands in a window of its own, whatever stands around it."""

from __future__ import annotations

import pytest

from fascicle.understanding.windows import MOST, windows

SIGN = "my arm has gone numb"


@pytest.mark.parametrize(
    "text",
    [
        SIGN,
        f"I drink two coffees a day, I sleep six hours, {SIGN}, I have two kids, is it the caffeine?",
        f"I drink coffee. I sleep well. I work from home. {SIGN}. I like tea.",
        f"{SIGN} and I wonder whether it is caffeine",
        f"my lip twitches but {SIGN}",
        f"first line\n{SIGN}\nlast line",
        f"what helps ({SIGN})?",
        f"twitching - {SIGN}",
    ],
)
def test_a_clause_is_a_window(text: str) -> None:
    assert SIGN in [window.rstrip(".?") for window in windows(text)]


@pytest.mark.parametrize("before", range(0, 40, 5))
def test_in_words_without_punctuation_every_word_is_in_a_window_with_its_neighbors(before: int) -> None:
    words = ["so"] * before + ["i", "drank", "some", "of", "it"] + ["well"] * 20
    assert any("drank some of" in window for window in windows(" ".join(words))[1:])


def test_the_whole_comes_first_and_nothing_twice() -> None:
    found = windows("twitching, twitching, twitching.")
    assert found[0] == "twitching, twitching, twitching."
    assert len(found) == len(set(found))


@pytest.mark.parametrize("text", ["What is ALS?", "tired", "what helps with lip twitching", ""])
def test_a_plain_question_is_its_only_window(text: str) -> None:
    assert windows(text) == [text]


def test_there_are_only_so_many() -> None:
    assert len(windows("a, " * 333)) <= MOST
    assert len(windows(" ".join(f"w{number}" for number in range(180)))) <= MOST
