"""Texts to probabilities: sentence vectors and words, and one kernel ridge regression on top of them.

Kernel ridge regression has a closed form: training is one factorization, and the same factorization gives the score that each
example would get had it been left out. Confidences are calibrated on those left-out scores, so no examples have to be set aside.
Source of both: Rifkin and Lippert, Notes on Regularized Least Squares, 2007.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix
from scipy.special import softmax
from sklearn.decomposition import PCA
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.preprocessing import normalize

from fascicle.understanding.sentence_encoder import encoder

Array = NDArray[np.float32]

AXES = 192
"""Numbers a sentence is reduced to; with twice as many the right intent is named as often."""
WIDTH = 0.25
"""How fast the similarity of two sentences falls with the square of their distance."""
WORDS = 0.2
"""Weight of shared words against the similarity of the sentences."""
RIDGE = 0.15
"""Regularization: the larger, the less one example counts."""
ROWS = 1_000
"""Rows of the kernel computed at a time, which bounds the memory that training takes."""


@dataclass(frozen=True)
class Points:
    """Texts as numbers: `vectors` (texts, axes) of their meaning, `words` (texts, vocabulary) of their wording."""

    vectors: Array
    words: csr_matrix

    def __len__(self) -> int:
        return len(self.vectors)

    def __getitem__(self, rows: slice | list[int]) -> Points:
        return Points(self.vectors[rows], self.words[rows])


class Space:
    """Turns texts into points: principal components of the sentence vectors, and weighted words and word pairs."""

    def __init__(self) -> None:
        self._words = CountVectorizer(ngram_range=(1, 2), token_pattern=r"\w+|\?|!", dtype=np.float32)
        self._rarity: Array = np.zeros(0, np.float32)
        self._center: Array = np.zeros(0, np.float32)
        self._axes: Array = np.zeros(0, np.float32)

    def fit(self, texts: Sequence[str]) -> None:
        """Learn the main directions and the vocabulary of `texts`."""
        layers = encoder().encode(texts)
        self._center = layers.mean(axis=0)
        pca = PCA(AXES, svd_solver="randomized", random_state=0).fit(self._centered(layers))
        self._axes = pca.components_.T.astype(np.float32)
        having = np.bincount(self._words.fit_transform(texts).indices)
        self._rarity = np.log((1 + len(texts)) / (1 + having), dtype=np.float32) + 1

    def points(self, texts: Sequence[str]) -> Points:
        """The points of `texts`."""
        return Points(self._centered(encoder().encode(texts)) @ self._axes, self._weighted(self._words.transform(texts)))

    def _weighted(self, counts: csr_matrix) -> csr_matrix:
        """Counts of words, a rare word weighing more and repetition little, each text at length one.

        As scikit-learn's TfidfTransformer does it, which takes twice as long over a question as all this class does.
        """
        counts.data = (1 + np.log(counts.data)) * self._rarity[counts.indices]
        return normalize(counts, copy=False)

    def _centered(self, layers: Array) -> Array:
        """Each layer's vectors from their middle, at length one, side by side: shape (texts, layers * size)."""
        moved = layers - self._center
        unit: Array = moved / np.linalg.norm(moved, axis=-1, keepdims=True)
        return unit.reshape(len(layers), -1)

    def save(self, folder: Path) -> None:
        """Write what was learned."""
        np.savez(folder / "space.npz", center=self._center, axes=self._axes, rarity=self._rarity)
        terms = sorted(self._words.vocabulary_, key=self._words.vocabulary_.get)
        (folder / "words.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        with np.load(folder / "space.npz") as data:
            self._center, self._axes, self._rarity = data["center"], data["axes"], data["rarity"]
        self._words.vocabulary = json.loads((folder / "words.json").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Regression:
    """Scores of a text read in one or several ways (`views`), by its similarity to the examples read in the same ways.

    Args:
        examples: vectors of the examples, one array (examples, axes) a view.
        weights: what each example adds to each score, shape (examples, scores).
        words: what each word adds to each score, one array (vocabulary, scores) a view.
    """

    examples: tuple[Array, ...]
    weights: Array
    words: tuple[Array, ...]

    @classmethod
    def fit(cls, views: Sequence[Points], targets: Array) -> tuple[Regression, Array]:
        """Learn `targets` (examples, scores).

        Returns:
            The regression, and the scores each example gets from all others but itself, shape (examples, scores).
        """
        kernel = _kernel(views)
        kernel[np.diag_indices(len(kernel))] += RIDGE
        factor, failed = lapack.spotrf(kernel.T, lower=1, overwrite_a=1)  # .T: in the order Fortran overwrites in place
        if failed:
            raise ValueError("the kernel of the training examples is not positive definite")
        weights, _ = lapack.spotrs(factor, targets, lower=1)
        inverse, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
        left_out = targets - weights / inverse.diagonal()[:, None]
        weights = np.ascontiguousarray(weights)  # as rows: scipy copies an array in any other order at each product
        words = tuple(np.asarray(WORDS * (view.words.T @ weights), np.float32) for view in views)
        return cls(tuple(view.vectors for view in views), weights, words), left_out

    def scores(self, views: Sequence[Points]) -> Array:
        """Scores of texts, shape (texts, scores)."""
        pairs = zip(views, self.examples, self._squares, strict=True)
        likeness = sum(_likeness(view.vectors, known, squares) for view, known, squares in pairs)
        wording = sum(view.words @ weights for view, weights in zip(views, self.words, strict=True))
        found: Array = likeness @ self.weights + wording
        return found

    @cached_property
    def _squares(self) -> list[Array]:
        """The squared length of each example, for each view."""
        return [_squared(vectors) for vectors in self.examples]

    def save(self, path: Path) -> None:
        """Write to an npz file, in half precision."""
        arrays = {f"examples_{n}": vectors for n, vectors in enumerate(self.examples)}
        arrays |= {f"words_{n}": weights for n, weights in enumerate(self.words)}
        np.savez(path, weights=self.weights, **{name: array.astype(np.float16) for name, array in arrays.items()})

    @classmethod
    def load(cls, path: Path) -> Regression:
        """Read an npz file."""
        with np.load(path) as data:
            views = range(sum(name.startswith("words_") for name in data.files))
            examples = tuple(data[f"examples_{n}"].astype(np.float32) for n in views)
            return cls(examples, data["weights"], tuple(data[f"words_{n}"].astype(np.float32) for n in views))


@dataclass(frozen=True)
class Choice:
    """Turns some of a regression's scores into probabilities of classes that exclude each other.

    Args:
        classes: names, in the order of their scores.
        start: place of the first class among the scores.
        sharpness: factor on the scores that makes a probability of 0.8 come true in 8 cases of 10.
    """

    classes: tuple[str, ...]
    start: int
    sharpness: float

    @classmethod
    def fit(cls, classes: Sequence[str], start: int, left_out: Array, labels: Sequence[str | None]) -> Choice:
        """Find the sharpness under which the left-out scores make `labels` likeliest; examples without a label do not count."""
        rows = [row for row, label in enumerate(labels) if label is not None]
        right = [classes.index(label) for label in labels if label is not None]
        scores = left_out[rows, start : start + len(classes)]

        def surprise(sharpness: float) -> float:
            return -float(np.log(softmax(scores * sharpness, axis=1)[range(len(rows)), right] + 1e-9).mean())

        return cls(tuple(classes), start, float(minimize_scalar(surprise, bounds=(0.5, 50), method="bounded").x))

    def probabilities(self, scores: Array) -> Array:
        """Probability of each class, shape (texts, classes)."""
        chosen: Array = softmax(scores[:, self.start : self.start + len(self.classes)] * self.sharpness, axis=1)
        return chosen


def one_hot(classes: Sequence[str], labels: Sequence[str | None]) -> Array:
    """Targets: 1 at an example's class, -1 at the others, shape (examples, classes)."""
    return np.array([[1 if label == name else -1 for name in classes] for label in labels], np.float32)


def _kernel(views: Sequence[Points]) -> Array:
    """Similarity of each example to each, shape (examples, examples)."""
    size = len(views[0])
    kernel = np.zeros((size, size), np.float32)
    squared = [_squared(view.vectors) for view in views]
    for rows in (slice(start, start + ROWS) for start in range(0, size, ROWS)):
        for view, squares in zip(views, squared, strict=True):
            kernel[rows] += _likeness(view.vectors[rows], view.vectors, squares)
            kernel[rows] += WORDS * (view.words[rows] @ view.words.T).toarray()
    return kernel


def _likeness(some: Array, others: Array, squares: Array) -> Array:
    """Gaussian similarity of vectors, shape (some, others); `squares` are the squared lengths of the others."""
    distance = some @ others.T
    distance *= -2
    distance += _squared(some)[:, None]
    distance += squares
    distance *= -WIDTH
    return np.exp(distance, out=distance)


def _squared(vectors: Array) -> Array:
    """The squared length of each vector."""
    return np.einsum("ij,ij->i", vectors, vectors)
