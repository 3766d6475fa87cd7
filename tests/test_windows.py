"""A sign stands in a window with few others, whatever stands around it."""

from __future__ import annotations

import pytest

from fascicle.understanding.windows import WIDTH, windows

SIGN = "my arm has gone numb"
TALK = "I drink two coffees a day, I sleep six hours, I have two kids, we live by the sea, my sister likes bananas"


@pytest.mark.parametrize(
    "text",
    [
        f"{TALK}, {SIGN}, {TALK}, is it the caffeine?",
        f"{TALK}. {TALK}. {SIGN}. {TALK}. I like tea.",
        f"{SIGN} and {TALK} and I wonder whether it is caffeine",
        f"{TALK} but {SIGN}",
        f"{TALK}\n{SIGN}\n{TALK}",
        f"{TALK} ({SIGN})?",
        f"{TALK.replace(',', '')} {SIGN} {TALK.replace(',', '')}",
    ],
)
def test_a_sign_stands_whole_in_a_window(text: str) -> None:
    assert any(SIGN in window for window in windows(text)[1:])


@pytest.mark.parametrize("text", [f"{TALK}. " * 8, "word " * 180, "a, " * 333, "so and so and " * 60])
def test_windows_are_short_and_leave_no_word_out(text: str) -> None:
    whole, *found = windows(text)
    assert whole == text
    assert all(len(window.split()) <= WIDTH for window in found)
    assert found[-1].split()[-1] == text.split()[-1]
    assert set(text.split()) == {word for window in found for word in window.split()}


def test_what_is_denied_is_not_cut_from_its_no() -> None:
    text = f"{TALK}, no chest pain, no trouble breathing, no weak arm, not one fit, no fever, {TALK}"
    assert not any(window.startswith(("chest", "trouble", "weak")) for window in windows(text))


@pytest.mark.parametrize("text", ["What is ALS?", "tired", f"{SIGN}, is it the coffee", ""])
def test_a_short_message_is_its_only_window(text: str) -> None:
    assert windows(text) == [text]


def test_a_message_as_long_as_the_channel_takes_has_a_bearable_number() -> None:
    assert len(windows("ab " * 333)) <= 60
