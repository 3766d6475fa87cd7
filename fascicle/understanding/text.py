"""Evens out what was typed, once and before anything reads it, so that the same words always are the same letters."""

from __future__ import annotations

import html
import re
import unicodedata

from confusable_homoglyphs import confusables

INVISIBLE = re.compile(r"[\u200b\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""Characters without a width that part words: a zero-width space is a space."""
INSIDE = re.compile(r"[\u00ad\u200c\u200d\ufe00-\ufe0f]")
"""Characters without a width that stand inside a word or an emoji."""
REPEATED = re.compile(r"([^\w\s])(?:\s*\1)+")
WORD = re.compile(r"[^\W\d_]+")


def even_out(text: str) -> str:
    """The text as everything behind reads it; evening it out again changes nothing.

    Compatibility forms become plain letters (NFKC), letters of other scripts that stand for Latin ones in a Latin word become
    those, HTML entities become what they stand for, characters without a width and control characters become spaces, emoji and
    other symbols go, and of a run of punctuation marks one is left.

    Args:
        text: as it was typed, in any script.
    """
    text = unicodedata.normalize("NFKC", html.unescape(html.unescape(text)))
    text = INSIDE.sub("", INVISIBLE.sub(" ", text)).replace("’", "'").replace("‘", "'")
    text = "".join(map(_readable, text))
    text = WORD.sub(lambda word: _latin(word.group()), text)
    text = REPEATED.sub(r"\1", text)
    return "\n".join(line for raw in text.splitlines() if (line := " ".join(raw.split())))


def is_latin(letter: str) -> bool:
    """Whether a letter is of the Latin alphabet."""
    return "LATIN" in unicodedata.name(letter, "")


def _readable(character: str) -> str:
    """The character; a space in place of a symbol that is no word and no punctuation, such as an emoji."""
    if character == "\n":
        return character
    category = unicodedata.category(character)
    return " " if category[0] in "CZ" or category in ("So", "Sk") else character


def _latin(word: str) -> str:
    """A word with Latin letters in it, written in Latin letters only; a word of another script as it is."""
    if word.isascii() or not any(map(is_latin, word)):
        return word
    return "".join(letter if is_latin(letter) else _look_alike(letter) for letter in word)


def _look_alike(letter: str) -> str:
    """The Latin letter that a letter looks like, if there is one."""
    found = confusables.is_confusable(letter, preferred_aliases=["latin"])
    alike = [other["c"] for other in found[0]["homoglyphs"]] if found else []
    return next((other for other in alike if other.isascii() and other.isalpha()), letter)
