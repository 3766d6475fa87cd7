"""Reads the small words of a question that hang it on what was said before: "the third one", "both", "what else".

What is looked for is data: data/words/cues.yml has each expression with what it finds and what it leaves alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from fascicle.library import words

FILE = "cues"
LAST = -1
"""Place of the last of a list."""
LAST_BUT_ONE = -2


@dataclass(frozen=True)
class Cues:
    """How a question hangs together with what was said before.

    Args:
        places: places in a list that it picks, counted from 1, or from -1 backward.
        step: 1 for the one behind that in play, -1 for the one before it, else 0.
        both: whether it means all that are in play.
        their: whether it means all that are in play, if they are several.
        other: whether it means the one of two that is not in play.
        at_first: whether it means what was asked about first.
        which: whether it asks for which of several something holds.
        general: whether it turns from what is in play to the subject as such.
        others: whether it asks for other causes than those in play, or for all.
        listing: whether it speaks of causes as of several.
        whether_cause: whether it asks if something is a cause.
        whether_mine: whether it asks if something is the cause of what one has.
        asks_not: whether a "not" in it asks for a yes ("is it not that?") and rules nothing out.
        in_vain: whether it asks what comes when a treatment does not help.
        begun: whether it tells of something new that was begun.
        as_cause: whether what it names stands where a cause does ("which pills cause it", not "what causes it").
        whether: whether it is to be answered with yes or no.
        untreated: whether it asks what comes of it when nothing is done.
        detail: whether it asks more of a remedy than whether it is one.
        pronoun: whether it points at something by a pronoun.
        any_treatment: whether it asks for a treatment as such.
    """

    places: tuple[int, ...] = ()
    step: int = 0
    both: bool = False
    their: bool = False
    other: bool = False
    at_first: bool = False
    which: bool = False
    general: bool = False
    others: bool = False
    listing: bool = False
    whether_cause: bool = False
    whether_mine: bool = False
    asks_not: bool = False
    in_vain: bool = False
    begun: bool = False
    as_cause: bool = False
    whether: bool = False
    untreated: bool = False
    detail: bool = False
    pronoun: bool = False
    any_treatment: bool = False

    @property
    def points(self) -> bool:
        """Whether it points at something that was said before, by its place or by what it is beside."""
        return bool(self.places or self.step or self.other or self.at_first)


def read_cues(text: str) -> Cues:
    """The cues of a question, or of a whole message."""
    found = {name: _first(name, text) for name in _expressions()}
    return Cues(
        places=_places(found),
        step=1 if found["after"] else -1 if found["before"] else 0,
        both=found["both"] is not None,
        their=found["their"] is not None,
        other=found["other"] is not None,
        at_first=found["at_first"] is not None,
        which=found["which"] is not None,
        general=found["general"] is not None,
        others=found["else"] is not None,
        listing=found["listing"] is not None,
        whether_cause=found["whether_cause"] is not None,
        whether_mine=found["whether_mine"] is not None,
        asks_not=found["asks_not"] is not None,
        in_vain=found["in_vain"] is not None,
        begun=found["begun"] is not None,
        as_cause=found["as_cause"] is not None,
        whether=found["whether"] is not None,
        untreated=found["untreated"] is not None,
        detail=found["detail"] is not None,
        pronoun=found["pronoun"] is not None,
        any_treatment=found["any_treatment"] is not None,
    )


def has_cue(name: str, text: str) -> bool:
    """Whether a text has a cue of data/words/cues.yml.

    Raises:
        KeyError: there is no such cue.
    """
    return _first(name, text) is not None


def _first(name: str, text: str) -> re.Match[str] | None:
    return next((match for expression in _expressions()[name] if (match := expression.search(text))), None)


def _places(found: Mapping[str, re.Match[str] | None]) -> tuple[int, ...]:
    if several := found["several"]:
        count = _number(several["count"])
        return tuple(range(1, count + 1)) if several["end"].lower() == "first" else tuple(range(-count, 0))
    if found["last_but_one"]:
        return (LAST_BUT_ONE,)
    if found["former"]:
        return (1,)
    if found["latter"]:
        return (LAST,)
    return (_number(place["at"]),) if (place := found["place"]) and not found["at_first"] else ()


def _number(word: str) -> int:
    """What an ordinal or a number says."""
    word = word.lower()
    if word == "last":
        return LAST
    return _in_letters().get(word) or int(re.sub(r"\D", "", word))


@cache
def _in_letters() -> Mapping[str, int]:
    """What each ordinal and number that is written in letters says; each list counts from one."""
    lists = words(FILE)["words"]
    counted = ([word for word in lists[name].split("|") if word.isalpha() and word != "last"] for name in ("ordinal", "number"))
    return {word: number for list_ in counted for number, word in enumerate(list_, 1)}


@cache
def _expressions() -> Mapping[str, Sequence[re.Pattern[str]]]:
    """The expressions of each cue."""
    data = words(FILE)
    return {name: [_compiled(text, data["words"]) for text in cue["expressions"]] for name, cue in data["cues"].items()}


def _compiled(expression: str, lists: Mapping[str, str]) -> re.Pattern[str]:
    for name, listed in lists.items():
        expression = expression.replace(f"<{name}>", f"(?:{listed.strip()})")
    return re.compile(expression, re.IGNORECASE)
