"""What a heading says its section is about: rules for the usual titles, and behind them a classifier."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from fascicle.library.compiling.classifier import HeadingClassifier
from fascicle.library.words import words

SURE = 0.5
"""Confidence under which a heading is not placed: it is right less often than not."""
LONGEST = 300
"""Letters of a heading that are read; a longer one is a paragraph."""
_AROUND = " ?:.!…•–—-"
_AGAIN = re.compile(r"continued|cont\.?|\d{1,3}")
_NUMBER = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}[.)] ")
_MORE = re.compile(r"^(?:more on|more about|more)\s+(?=\S)")
_IT = re.compile(r"\b(?:this|the|your) (?:condition|disease|disorder|illness|syndrome|medicine|vaccine|procedure|infection)\b")
_THE_X = re.compile(r"\b(?:the |a |an |my child's |your |my )?x(?:'s)?(?: (?:disease|disorder|syndrome|infection))?(?: x)*\b")
_ABOUT_ELSE = re.compile(r"^(?:what (?:is|are|does)|about|understanding|overview of) (?:the |a |an )?(?P<what>[^?]+)$")
_SMALL = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "and",
        "in",
        "for",
        "to",
        "with",
        "or",
        "on",
        "by",
        "from",
        "what",
        "is",
        "are",
        "x",
        "how",
        "do",
        "does",
    ]
)


@dataclass(frozen=True)
class Reading:
    """What a heading says.

    Args:
        aspect: empty if it says nothing, or nobody knows what.
        confidence: between 0 and 1.
        why: the ground, for an editor.
        also: further aspects.
    """

    aspect: str
    confidence: float
    why: str
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Rule:
    pattern: re.Pattern[str]
    reading: Reading


def plain(title: str, names: Iterable[str]) -> str:
    """A heading as rules and classifiers read it: small letters, `x` for the page's own names, no marks or numbers around it."""
    text = title[:LONGEST].casefold().replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    for name in sorted({name.casefold() for name in names if len(name) > 1}, key=len, reverse=True):
        text = re.compile(rf"(?<!\w){re.escape(name)}s?(?!\w)").sub("x", text)
    text = _THE_X.sub("x", _IT.sub("x", " ".join(text.split())))
    before = ""
    while text != before:
        before, text = text, _without_mark(text.strip(_AROUND))
    return text


def _without_mark(text: str) -> str:
    """A heading without its number, and without "(continued)"."""
    number = _NUMBER.match(text)
    text = text[number.end() :] if number else text
    head, _, tail = text.rpartition(" (")
    return head if head and _AGAIN.fullmatch(tail.rstrip(")")) else text


def by_rule(heading: str) -> Reading | None:
    """The first rule that knows a plain heading, or None.

    Args:
        heading: as `plain` writes it. Of "more on treatment", the treatment is looked up.
    """
    shorter = _MORE.sub("", heading)
    for text in dict.fromkeys((shorter, heading)):
        found = next((rule.reading for rule in _rules() if rule.pattern.search(text)), None)
        if found is not None:
            return found
    other = _ABOUT_ELSE.search(shorter)
    if other and not set(other["what"].split()) & {"x"}:
        return Reading("", 0.8, "asks about something other than the page's subject")
    return None


def read(title: str, names: Iterable[str], classifier: HeadingClassifier | None = None) -> Reading:
    """What a heading says.

    Args:
        title: the heading as it stands on the page.
        names: what the page's subject is called.
        classifier: asked where no rule knows the heading.
    """
    heading = plain(title, with_words(names))
    found = by_rule(heading)
    if found is not None:
        return found
    if classifier is None:
        return Reading("", 0.0, "no rule knows this heading")
    aspect, confidence = classifier.aspect(heading)
    if not aspect:
        return Reading("", confidence, "is like headings that say nothing of an aspect")
    if confidence < SURE:
        return Reading("", confidence, f"nearest is {aspect}, but only {confidence:.2f} sure")
    return Reading(aspect, round(confidence, 2), "nearest headings")


def with_words(names: Iterable[str]) -> list[str]:
    """Names, and their last words where they have several: a page on tension headaches calls them headaches."""
    found: dict[str, None] = {}
    for name in names:
        parts = [word for word in re.findall(r"[\w'-]+", name.casefold()) if word not in _SMALL]
        found |= {name.casefold(): None, name.casefold().rstrip("s"): None}
        if len(parts) > 1:
            found[" ".join(parts[-2:])] = None
    return list(found)


@cache
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(re.compile(pattern), Reading(rule["aspect"], rule["sure"], _ground(rule), tuple(rule.get("also", ()))))
        for rule in words("headings")["bare_titles"]
        for pattern in rule["when"]
    )


def _ground(rule: dict[str, str]) -> str:
    return "rule" if rule["aspect"] else "a heading of this kind says nothing about its section"


def is_references(title: str) -> bool:
    """Whether a heading stands over the page's list of references."""
    return re.compile(words("headings")["references"]).search(plain(title, ())) is not None


def of_schema(name: str) -> str:
    """The aspect that schema.org or the NHS call by this name or address; empty if it is none of ours."""
    return str(words("headings")["schema"].get(name.rpartition("/")[2].removesuffix("HealthAspect"), ""))
