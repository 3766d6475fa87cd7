"""Learns what counts in finding articles and sentences, from questions on a library: `python -m lab.finding QUESTIONS...`.

Prints the constants of `fascicle.answering.finding`, and how often they are right on questions that were left out. A row of
QUESTIONS is a JSON object with `text`, `kind` (answer, not_covered, or unknown), `articles` (ids, any is right), `aspects`, and
`sections`, each with an `article` and the `evidence`, words of a sentence that answers. The library is that of
`FASCICLE_LIBRARY`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.core.agent import load_agent
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_predict

from fascicle.__main__ import MODEL
from fascicle.answering.finding.articles import Candidate, candidates
from fascicle.answering.finding.said import evidence
from fascicle.answering.finding.sentences import Place, places
from fascicle.library import Library, in_small_letters, opened
from fascicle.understanding.question import Question, questions_of

Array = NDArray[np.float64]
PARTS = 5
"""Parts that questions are split into; what is learned on the others is tried on each."""
SHRUNK = 0.002
"""What the size of a weight costs."""


@dataclass(frozen=True)
class Asked:
    """A row of questions, as understood."""

    row: dict[str, Any]
    question: Question


def read(paths: Sequence[Path]) -> list[Asked]:
    """The questions of some files that a search is told of."""
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines()]

    logging.disable(logging.DEBUG)

    async def parsed() -> list[dict[str, Any]]:
        agent = await load_agent(model_path=str(MODEL))
        return [dict(await agent.parse_message(row["text"])) for row in rows]

    found = zip(rows, asyncio.run(parsed()), strict=True)
    return [Asked(row, questions_of(message, None)[0]) for row, message in found if message.get("questions")]


def alike(library: Library, ids: Sequence[str]) -> set[str]:
    """Articles that share a name with one of these."""
    names = in_small_letters(library.names())
    topics = [topic for id_ in ids for topic in library.article(id_).topics.values()]
    mine = {name.lower() for topic in topics for name in (topic.name, *topic.aliases)}
    return {other.article for name in mine for other in names.get(name, ())} | set(ids)


def chosen(sets: Sequence[tuple[Array, Array]]) -> Array:
    """Weights under which the right ones of each set most likely come first (a conditional logit).

    Args:
        sets: of each question the signs, shape (candidates, signs), and which of them are right.
    """

    def loss(weights: Array) -> float:
        total = 0.0
        for signs, right in sets:
            scores = signs @ weights
            odds = np.exp(scores - scores.max())
            total -= float(np.log(odds[right].sum() / odds.sum() + 1e-12))
        return total / len(sets) + SHRUNK * float(weights @ weights)

    found: Array = minimize(loss, np.ones(sets[0][0].shape[1]), method="L-BFGS-B").x
    return found


def left_out(sets: Sequence[tuple[Array, Array]], first: int) -> float:
    """How often one of the first few is right, of questions that were left out."""
    order = np.random.default_rng(0).permutation(len(sets))
    hits = []
    for part in range(PARTS):
        tried = set(order[part::PARTS].tolist())
        weights = chosen([one for place, one in enumerate(sets) if place not in tried])
        hits += [sets[place][1][np.argsort(-(sets[place][0] @ weights))[:first]].any() for place in tried]
    return float(np.mean(hits))


def articles(library: Library, asked: Sequence[Asked]) -> None:
    """Learn what counts for articles, and when none is meant."""
    tried = [(one, candidates(library, one.question.text, one.question.sought)) for one in asked if one.question.sought]
    sets = []
    for one, found in tried:
        right = np.array([each.article in alike(library, one.row["articles"]) for each in found])
        if right.any():
            sets.append((np.array([astuple(each.signs) for each in found]), right))
    weights = chosen(sets)
    print(f"articles: {len(sets)} questions, the right one first (left out): {100 * left_out(sets, 1):.1f} %")
    print("  WEIGHTS", np.round(weights, 2).tolist())
    rows, outcomes, known = [], [], []
    for one, found in tried:
        ranked = sorted(found, key=lambda each: -float(np.dot(astuple(each.signs), weights)))
        score = [float(np.dot(astuple(each.signs), weights)) for each in ranked]
        same = alike(library, [ranked[0].article])
        lead = score[0] - next((value for each, value in zip(ranked, score, strict=True) if each.article not in same), 0.0)
        rows.append((score[0], lead, ranked[0].signs.strange))
        outcomes.append(bool(one.row["articles"]) and ranked[0].article in alike(library, one.row["articles"]))
        known.append(bool(one.row["articles"]))
    model = LogisticRegression(C=10, max_iter=1000)
    sure = cross_val_predict(model, np.array(rows), np.array(outcomes), cv=PARTS, method="predict_proba")[:, 1]
    model.fit(np.array(rows), np.array(outcomes))
    print("  SURE", [round(float(value), 2) for value in (*model.intercept_, *model.coef_[0])])
    for bar in (0.3, 0.4, 0.5, 0.6, 0.7):
        over, is_right, is_known = sure >= bar, np.array(outcomes), np.array(known)
        print(
            f"  at {bar}: right {100 * np.mean((over & is_right)[is_known]):.1f} %,"
            f" wrong {100 * np.mean((over & ~is_right)[is_known]):.1f} %,"
            f" of those there is nothing on {100 * np.mean(over[~is_known]):.1f} %"
        )


def sentences(library: Library, asked: Sequence[Asked]) -> None:
    """Learn what counts for sentences."""
    sets = []
    for one in asked:
        for section in one.row["sections"][:1] if one.row["kind"] == "answer" else ():
            article = library.article(section["article"])
            found = places(library, article, one.question.text, one.question.sought) if one.question.sought else []
            right = np.array([plain(section["evidence"]) in plain(said) for said in _units(library, found)])
            if right.any():
                sets.append((np.array([astuple(each.fit) for each in found]), right))
    print(f"sentences: {len(sets)} questions; the right one (left out) first:", end="")
    print(*(f" among {first}: {100 * left_out(sets, first):.1f} %" for first in (1, 3, 5)), sep=";")
    print("  WEIGHTS", np.round(chosen(sets), 2).tolist())


def sayings(library: Library, asked: Sequence[Asked]) -> None:
    """Learn when an article says what is asked."""
    rows, outcomes = [], []
    for one in asked:
        if one.row["articles"] and one.question.sought:
            article = library.article(one.row["articles"][0])
            found = places(library, article, one.question.text, one.question.sought)
            rows.append(astuple(evidence(library, article, one.question.sought, found)))
            outcomes.append(one.row["kind"] == "answer")
    model, is_said = LogisticRegression(C=10, max_iter=1000), np.array(outcomes)
    sure = cross_val_predict(model, np.array(rows), is_said, cv=PARTS, method="predict_proba")[:, 1]
    model.fit(np.array(rows), is_said)
    print(f"saying: {len(rows)} questions")
    print("  CONSTANT", round(float(model.intercept_[0]), 2), "WEIGHTS", np.round(model.coef_[0], 2).tolist())
    for bar in (0.3, 0.4, 0.5, 0.6, 0.7):
        found, refused = 100 * np.mean(sure[is_said] >= bar), 100 * np.mean(sure[~is_said] < bar)
        print(f"  at {bar}: said {found:.1f} %, not said {refused:.1f} %")


def plain(text: str) -> str:
    """The words of a text."""
    return re.sub(r"\W+", " ", text).strip().lower()


def _units(library: Library, found: Sequence[Place | Candidate]) -> Iterator[str]:
    for place in found:
        assert isinstance(place, Place)
        yield library.article(place.article).passage_by_id(place.passage).units[place.sentence]


def main() -> None:
    """Learn from the questions named on the command line."""
    parser = argparse.ArgumentParser(prog="python -m lab.finding", description=(__doc__ or "").split(":")[0])
    parser.add_argument("questions", nargs="+", type=Path, metavar="QUESTIONS")
    library, asked = opened(), read(parser.parse_args().questions)
    articles(library, asked)
    sentences(library, asked)
    sayings(library, asked)


if __name__ == "__main__":
    main()
