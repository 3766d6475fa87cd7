"""Text is evened out once, before anything reads it."""

from __future__ import annotations

import pytest

from fascicle.understanding.text import even_out


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        pytest.param("I can't breathe😭😭😭", "I can't breathe", id="emoji glued to a word"),
        pytest.param("👩‍👩‍👧 kid won't wake 🆘", "kid won't wake", id="emoji of several characters"),
        pytest.param("my fаce is drооping", "my face is drooping", id="Cyrillic letters in Latin words"),
        pytest.param("is\u200bit\u2060serious", "is it serious", id="spaces without a width"),
        pytest.param("sei\u00adzure", "seizure", id="soft hyphen"),
        pytest.param("Bell&#39;s palsy &amp;amp; stress", "Bell's palsy & stress", id="HTML entities, also twice"),
        pytest.param("ＨＥＬＰ　ｍｅ", "HELP me", id="wide letters"),
        pytest.param("help!!! ??", "help! ?", id="runs of punctuation"),
        pytest.param("it’s ‘fine’", "it's 'fine'", id="curly quotes"),
        pytest.param("one\r\n\n  two\tthree", "one\ntwo three", id="lines and spaces"),
        pytest.param("a\x00b\x07", "a b", id="control characters"),
    ],
)
def test_the_same_words_are_the_same_letters(typed: str, read: str) -> None:
    assert even_out(typed) == read


@pytest.mark.parametrize(
    "text",
    [
        "How is Bell's palsy treated?",
        "α-blocker or β-blocker",
        "почему дергается губа",
        "嘴唇为什么会抽搐",
        "¿por qué me tiembla el labio?",
        "22q11.2, 50-50, 3/4, e-mail, U.S.",
        "5 > 3 and 2 < 4",
        "naïve café",
        "one\ntwo",
    ],
)
def test_what_is_even_stays(text: str) -> None:
    assert even_out(text) == text


@pytest.mark.parametrize("text", ["😬😬🏳️‍🌈", "\u200b\u200b", " \n ", ""])
def test_what_holds_nothing_becomes_nothing(text: str) -> None:
    assert even_out(text) == ""


@pytest.mark.parametrize("text", ["&amp;amp;amp;lt;", "!!?!!", "а😀b", "ﬁ ½ ™ ①", "&#128557;help"])
def test_evening_out_again_changes_nothing(text: str) -> None:
    once = even_out(even_out(text))
    assert even_out(once) == once
