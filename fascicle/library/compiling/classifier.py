"""Places a heading that no rule knows, by the headings that were read by hand and mean the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fascicle.library.words import words

Encode = Callable[[Sequence[str]], NDArray[np.float32]]
"""Turns texts into unit vectors: one row a text, or several of equal length."""
NEAREST = 2
"""Examples of an aspect that count, the nearest ones."""
SHARPNESS = 18.0
"""How much a nearer aspect is preferred: chosen so that of headings with confidence 0.5 about half were right."""
FLOOR = 0.45
"""Similarity under which nothing is near: "Words you may not know" is as near as that to anything."""


class HeadingClassifier(Protocol):
    """What tells the aspect of a heading that no rule knows."""

    def aspect(self, heading: str) -> tuple[str, float]:
        """The aspect and how sure it is, between 0 and 1.

        Args:
            heading: as `fascicle.library.compiling.headings.plain` writes it: small letters, `x` for the page's subject.

        Returns:
            An empty aspect for headings that say nothing about their section.
        """


class NearestHeadings:
    """Compares sentence vectors of the heading with those of examples.

    Args:
        encode: makes the vectors; of vectors from several layers the mean similarity counts.
        examples: headings for each aspect; those of data/words/headings.yml by default.
    """

    def __init__(self, encode: Encode, examples: Mapping[str, Sequence[str]] | None = None) -> None:
        self._encode = encode
        self._examples = examples if examples is not None else words("headings")["examples"]

    def aspect(self, heading: str) -> tuple[str, float]:
        """The aspect whose nearest examples are most alike, and its share of the likeness of all."""
        vectors, owners = self._known
        alike = np.einsum("nld,ld->n", vectors, self._vectors([heading])[0]) / vectors.shape[1]
        scores = {name: float(np.sort(alike[owners == name])[-NEAREST:].mean()) for name in self._examples}
        best = max(scores, key=scores.__getitem__)
        if scores[best] < FLOOR:
            return "", 1 - scores[best]
        weights = np.exp(SHARPNESS * (np.array(list(scores.values())) - scores[best]))
        return best, float(1 / weights.sum())

    def _vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        made = self._encode([_in_words(text) for text in texts])
        return made.reshape(len(texts), -1, made.shape[-1])

    @cached_property
    def _known(self) -> tuple[NDArray[np.float32], NDArray[Any]]:
        pairs = [(text, name) for name, texts in self._examples.items() for text in texts]
        return self._vectors([text for text, _ in pairs]), np.array([name for _, name in pairs])


def _in_words(heading: str) -> str:
    """The heading with a word that an encoder knows in place of `x`."""
    return " ".join("it" if word == "x" else word for word in heading.split())
