"""Which articles of a library a question may be about, and how sure that is."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from math import log

from fascicle.answering.finding.terms import spelled, terms
from fascicle.answering.finding.weighing import probability, weighed
from fascicle.library import Library
from fascicle.understanding.question import Sought

FOUND = 8
"""Articles that each kind of search brings."""
UNITS = 40
"""Units that are searched for."""
WEIGHED = 6
"""Articles that are weighed in the end."""


@dataclass(frozen=True)
class Signs:
    """What speaks for an article, as numbers of about one.

    Args:
        named: the share of a name of one of its topics that the question has.
        whole: how well its text as a whole has the question's words.
        unit: how well one sentence of it has them.
        likeness: of the question to its title and headings.
        sentence: likeness of the question to the sentence that is most alike.
        strange: how rare the rarest word of the question is that it does not have.
    """

    named: float
    whole: float
    unit: float
    likeness: float
    sentence: float
    strange: float


WEIGHTS = Signs(named=2.36, whole=0.75, unit=0.27, likeness=3.3, sentence=2.84, strange=-0.37)
"""What each sign counts; learned by `python -m lab.finding` from questions that quote pages, and so are not here."""
SURE = (-2.41, 0.34, 0.79, -0.28)
"""How sure the best article is: a constant, and what its score, its lead, and the rarest word it lacks count."""


@dataclass(frozen=True)
class Candidate:
    """An article that a question may be about."""

    article: str
    signs: Signs

    @property
    def score(self) -> float:
        """What all signs say together."""
        return weighed(self.signs, WEIGHTS)


def candidates(library: Library, text: str, sought: Sought, also: Iterable[str] = ()) -> list[Candidate]:
    """Articles that a question may be about, the best first.

    Args:
        library: where they are looked for.
        text: the question's words.
        sought: what is known of it.
        also: ids of articles that it may be about whatever its words are.
    """
    looked_for = terms(text)
    whole = dict(library.articles_like(looked_for, FOUND))
    unit: dict[str, float] = {}
    for hit in library.search(looked_for, limit=UNITS):
        unit.setdefault(hit.article, hit.score)
    likeness = _likeness(library, sought)
    named = {name.article: name.share for name in sorted(sought.named, key=lambda name: name.share)}
    alike = sorted(likeness, key=lambda id_: -likeness[id_])[:FOUND]
    chosen = dict.fromkeys([*named, *also, *whole, *list(unit)[:FOUND], *alike])
    found = [
        Candidate(
            id_,
            Signs(
                named=named.get(id_, 0.0),
                whole=whole.get(id_, 0.0) / 10,
                unit=unit.get(id_, 0.0) / 10,
                likeness=likeness.get(id_, 0.0),
                sentence=_best_sentence(library, id_, sought),
                strange=0.0,
            ),
        )
        for id_ in chosen
    ]
    return _weighed(library, text, sorted(found, key=lambda candidate: -candidate.score))


def _weighed(library: Library, text: str, found: list[Candidate]) -> list[Candidate]:
    """The best of some candidates, weighed by what they do not have a word of as well."""
    rarity = rarities(library, spelled(text))
    lacking = ((one, _strangest(library, one.article, rarity) / 4) for one in found[:WEIGHED])
    weighed = (replace(one, signs=replace(one.signs, strange=strange)) for one, strange in lacking)
    return sorted(weighed, key=lambda candidate: -candidate.score)


def sureness(found: list[Candidate], alike: Collection[str] = ()) -> float:
    """How probable it is that the best of some candidates is what a question is about.

    Args:
        found: the candidates, the best first.
        alike: ids of those that are about the same thing as the best.
    """
    if not found:
        return 0.0
    best = found[0]
    others = [other for other in found[1:] if other.article not in alike]
    lead = best.score - others[0].score if others else best.score
    constant, score, ahead, strange = SURE
    return probability(constant + score * best.score + ahead * lead + strange * best.signs.strange)


def rarities(library: Library, words: Collection[tuple[str, ...]]) -> dict[tuple[str, ...], float]:
    """How rare each word, in any form, is: the logarithm of how many times fewer articles have it than there are."""
    having = library.document_frequency([form for forms in words for form in forms])
    return {forms: log((len(library) + 1) / (max(having[form] for form in forms) + 0.5)) for forms in words}


def _likeness(library: Library, sought: Sought) -> dict[str, float]:
    ids, vectors = library.article_vectors()
    return dict(zip(ids, map(float, vectors @ sought.typed), strict=True))


def _best_sentence(library: Library, id_: str, sought: Sought) -> float:
    vectors = library.vectors(id_)
    return float((vectors @ sought.typed).max()) if vectors is not None and len(vectors) else 0.0


def _strangest(library: Library, id_: str, rarity: dict[tuple[str, ...], float]) -> float:
    """How rare the rarest word is that an article does not have."""
    for forms in sorted(rarity, key=lambda forms: -rarity[forms]):
        if not library.search(forms, articles=[id_], limit=1):
            return rarity[forms]
    return 0.0
