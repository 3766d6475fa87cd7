"""What a page's subject is called: its title, other names that it gives, and acronyms."""

from __future__ import annotations

import re
from collections.abc import Iterable

_BRACKETS = re.compile(r"[(\[]([^()\[\]]{2,80})[)\]]")
_ALSO = re.compile(
    r"\b(?:(?:is |are |was )?(?:also|sometimes|often|commonly|previously|formerly|once) "
    r"(?:known as|called|referred to as|named|termed)|a\.k\.a\.|otherwise known as) (?P<names>[^.;:()]{2,120})",
)
_ENDS_NAME = re.compile(
    r",? (?:is|are|was|were|has|have|can|may|affects?|occurs?|happens?|causes?|which|that|because|when|if|since|in which|it|they|"
    r"refers?|results?|involves?|belongs?|by|in|as|where|describes?|means)\b.*|, (?:an?|the) .*",
)
_PARTS = re.compile(r",? (?:or|and) |, ")
_ACRONYM = re.compile(r" \((?P<short>[A-Z][A-Za-z0-9-]{1,9})(?:[;,][^()]{0,200})?\)")
_PARTED = re.compile(r": | [–—|-] ")
_ASPECTS = frozenset(["treatment", "prevention", "screening", "symptoms", "overview", "basics", "information", "facts"])
"""Words at the end of a title that say what of its subject the page is about."""
_LEAD = re.compile(
    r"^(?:what (?:is|are|causes)|about|understanding|living with|managing|overview of|all about|facts about|(?:your )?guide to)"
    r"\s+(?:an? |the )?",
    re.I,
)
_AMONG = re.compile(r"((?!(?:i|my|how|what|your|the)\b)[\w'’-]{4,}(?: [\w'’-]+){0,4}?) (?:in|among|for) .+", re.I)
"""A thing among some people or somewhere: it is looked for without these, too."""
_IT = ("it", "this", "this condition", "this disease", "the condition", "the disease")
_AROUND = " \t\"'“”‘’,;.()"
_ARTICLE = re.compile(r"^(?:the|a|an)\s+", re.I)
NEAR = 16
"""Letters between the subject's name and "also called": more of them are about something else."""
_NO_NAME = re.compile(
    r"^(?:after|because|by|in|on|for|from|of|with|when|where|that|this|these|it|they|you|your|simply|just|based)\b", re.I
)
MOST = 8
"""Words of a name at most: longer ones are clauses."""


def subject_of(title: str, text: str = "") -> str:
    """The thing that a title is about: "What are warts?" is about warts, "Warts - treatment" is, too.

    Args:
        title: the page's title.
        text: its introduction. Of a title in two parts, the one of which the text speaks more is the subject.
    """
    shorter = " ".join(_BRACKETS.sub(" ", title).split())
    parts = [part for part in re.split(r" [–—-] ", shorter) if part]
    if len(parts) == 2 and text:
        shorter = max(parts, key=lambda part: text.casefold().count(part.casefold()))
    shorter = _PARTED.split(_LEAD.sub("", shorter))[0].rstrip(" ?!.")
    return masks(shorter) or title.strip()


def masks(title: str) -> str:
    """The title as it stands in its own headings: without "Prevention" at its end, which says what a section is about."""
    words = title.split()
    while len(words) > 1 and words[-1].casefold() in _ASPECTS and words[0].casefold() != "health":
        words.pop()
    return " ".join(words)


def as_in_text(name: str, text: str) -> str:
    """A name with the capitals that it has inside the page's sentences: "Bell's palsy" where the title is "Bell's Palsy"."""
    name_ = rf"(?<!\w){re.escape(name)}(?!\w)"
    inside, anywhere = (re.compile(pattern, re.I) for pattern in (rf"(?<=[a-z,;] ){name_}", name_))
    found = inside.findall(text) or anywhere.findall(text)
    return max(dict.fromkeys(found), key=found.count) if found else name


def names_of(title: str, given: Iterable[str], text: str) -> tuple[str, ...]:
    """All names, the subject's first; none twice.

    Args:
        title: the page's title.
        given: names from its metadata.
        text: where it introduces itself: the text before the second heading.
    """
    subject = subject_of(title, text)
    found = [subject, *given, *_in_brackets(title)]
    found += [match[1]] if (match := _AMONG.fullmatch(subject)) else []
    for name in [found[0], *found[1:]]:
        found += _acronyms(text, name)
    found += _also_called(text, [name for name in found if name])
    unique: dict[str, str] = {}
    for name in map(_tidy, found):
        if name and (not unique or (len(name.split()) <= MOST and not _NO_NAME.match(name))):
            unique.setdefault(name.casefold(), as_in_text(name, text))
    return tuple(unique.values()) or (title[:80],)


def also_called(text: str, name: str) -> tuple[str, ...]:
    """Further names that a text gives to a thing."""
    found = [*_acronyms(text, name), *_also_called(text, [name])]
    return tuple(dict.fromkeys(tidy for other in found if (tidy := _tidy(other)) and tidy.casefold() != name.casefold()))


def _in_brackets(title: str) -> list[str]:
    found = []
    for match in _BRACKETS.finditer(title):
        also = re.match(r"(?:also (?:known as|called)|formerly|or|aka)\s+(.*)", match[1], re.I)
        if also:
            found += _PARTS.split(also[1])
        elif re.fullmatch(r"[A-Z][A-Za-z0-9-]{1,9}", match[1]):
            found.append(match[1])
    return found


def _acronyms(text: str, name: str) -> list[str]:
    """Short forms in brackets behind a name, or behind its words in full, whose letters they are made of."""
    found = []
    for match in _ACRONYM.finditer(text):
        long, short = text[max(0, match.start() - 100) : match.start()], match["short"]
        if _is_acronym(short) and (long.casefold().endswith(name.casefold()) or _initials_fit(name, short)):
            found.append(short)
    return found


def _is_acronym(short: str) -> bool:
    """Mostly capitals: "RLS" and "HbA1c" are, and "AP-ne-ah" says how a word is spoken."""
    capitals = sum(map(str.isupper, short))
    return capitals >= 2 and sum(map(str.islower, short)) < capitals


def _initials_fit(long: str, short: str) -> bool:
    letters = [letter for letter in short.casefold() if letter.isalpha()]
    initials = [word[0].casefold() for word in re.split(r"[\s-]+", long) if word]
    return len(letters) >= 2 and letters[0] in initials and "".join(letters) in "".join(initials)


def _also_called(text: str, names: list[str]) -> list[str]:
    """Names behind "also called", where the subject's name stands before it in the same sentence, and near."""
    found: list[str] = []
    for match in _ALSO.finditer(text):
        sentences = re.split(r"(?<=[.!?]) |\n", text[: match.start()].casefold())[-3:]
        if not any(_is_about(sentences, name.casefold()) for name in names):
            continue
        said = _ENDS_NAME.sub("", match["names"])
        found += [re.sub(r"^(?:or|and|as|simply|just)\s+", "", part.strip()) for part in _PARTS.split(said)]
    return found


def _is_about(sentences: list[str], name: str) -> bool:
    """Whether what stands before "also called" ends with a name, begins with it and is short, or is "it" after it was named.

    Args:
        sentences: the last sentences before it, and the beginning of its own.
        name: in small letters.
    """
    *earlier, before = sentences
    begins = before.startswith((name, f"the {name}")) and len(before) < len(name) + NEAR
    named = before.strip() in _IT and any(name in sentence for sentence in earlier)
    return begins or named or before.rstrip(" ,(").endswith(name)


def _tidy(name: str) -> str:
    text = _ARTICLE.sub("", name.strip(_AROUND)).strip(_AROUND)
    return "" if len(text) < 2 or not any(map(str.isalpha, text)) or len(text) > 80 else text
