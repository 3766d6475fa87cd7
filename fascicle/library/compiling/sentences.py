"""Parts a paragraph into sentences; nothing is changed, and nothing is lost.

A sentence ends with a mark that a capital, a number, or an opening mark follows. It does not after an abbreviation, an initial,
or inside brackets: better two sentences together than one cut.
"""

from __future__ import annotations

import re

END = re.compile(r"""(?<![.!?])[.!?]+["'”’)\]]*(?:\d{1,2}(?:[,–-]\d{1,2}){0,9})? (?=["'“‘(\[]*[A-Z0-9À-Þ])""")
"""A mark, what closes behind it, the numbers of notes, and white space before what a sentence begins with."""
_SHORT = """
e.g i.e vs dr mr mrs ms prof st jr sr no nos fig figs vol approx ca cf al inc ltd co dept est u.s u.k u.n a.m p.m a.k.a ph.d m.d
jan feb mar apr jun jul aug sep sept oct nov dec viz resp spp sp var subsp
"""
_ABBREVIATIONS = frozenset(_SHORT.split())
_ENDS_AS_WELL = frozenset(["a.m", "p.m", "u.s", "u.k", "ph.d", "m.d", "al", "inc", "co"])
"""Abbreviations that often are a sentence's last word; before one of `_OPENERS` they are taken as that."""
_OPENERS = re.compile(
    r"(?:The|This|These|Those|It|In|If|A|An|You|Your|People|Most|Some|Many|There|They|When|But|However|For|He|She|We)\b"
)


LONGEST = 1_000
"""Letters behind an opening bracket after which it is taken as one that was never closed."""


def begins(text: str) -> tuple[int, ...]:
    """Where the sentences of a paragraph begin; always at 0.

    Args:
        text: a paragraph with single spaces.
    """
    places, seen, inside = [0], 0, 0
    for match in END.finditer(text):
        inside += text.count("(", seen, match.end()) - text.count(")", seen, match.end())
        seen = match.end()
        in_brackets = inside > 0 and match.end() - places[-1] < LONGEST
        if not in_brackets and _is_end(text, places[-1], match):
            places.append(match.end())
            inside = 0
    return tuple(places)


def _is_end(text: str, begin: int, match: re.Match[str]) -> bool:
    mark, end = match.group(), match.start()
    if not mark.startswith(".") or mark.startswith(".."):
        return True
    word = text[max(begin, text.rfind(" ", begin, end) + 1) : end].lstrip("([\"'“‘")
    opens = bool(_OPENERS.match(text, match.end()))
    if len(word) == 1 and word.isupper():  # an initial, but for "vitamin C." and "hepatitis B."
        return opens
    if word.lower() in _ABBREVIATIONS:
        return word.lower() in _ENDS_AS_WELL and opens
    return end > begin and not (end - begin <= 2 and text[begin:end].isdigit())
