"""Text to probabilities: sentence vector and n-grams, and the logistic regressions on top of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from fascicle.nlu.sentence_encoder import encoder

NGRAM_WEIGHT = 0.7
REGULARIZATION = 10.0
ITERATIONS = 60
"""More iterations take minutes and bring nothing on unseen questions."""


class Features:
    """Turns texts into rows of numbers: the sentence vector, word n-grams, and character n-grams."""

    def __init__(self) -> None:
        self._ngrams = {
            "words": TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\w+|\?|!"),
            "characters": TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True),
        }

    def fit(self, texts: Sequence[str]) -> None:
        """Learn the n-grams of `texts`."""
        for ngrams in self._ngrams.values():
            ngrams.fit(texts)

    def rows(self, texts: Sequence[str]) -> csr_matrix:
        """Rows of `texts`, shape (number of texts, number of features)."""
        ngrams = [NGRAM_WEIGHT * part.transform(texts) for part in self._ngrams.values()]
        return hstack([csr_matrix(encoder().encode(texts)), *ngrams]).tocsr()

    def save(self, folder: Path) -> None:
        """Write the n-grams and their weights."""
        for name, part in self._ngrams.items():
            terms = sorted(part.vocabulary_, key=part.vocabulary_.get)
            (folder / f"{name}.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")
            np.save(folder / f"{name}_idf.npy", part.idf_)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        for name, part in self._ngrams.items():
            part.vocabulary = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
            part.idf_ = np.load(folder / f"{name}_idf.npy")


@dataclass(frozen=True)
class Head:
    """A multinomial logistic regression: `classes`, their `weights`, and their `bias`.

    Weights stand one row a feature: scipy would copy all of them at each product with their transpose.
    """

    classes: list[str]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def fit(cls, rows: csr_matrix, labels: Sequence[str]) -> Head:
        """Learn `labels` from `rows`."""
        model = LogisticRegression(C=REGULARIZATION, max_iter=ITERATIONS).fit(rows, labels)
        return cls(list(model.classes_), model.coef_.T.astype(np.float32, order="C"), model.intercept_.astype(np.float32))

    def probabilities(self, rows: csr_matrix) -> NDArray[np.float32]:
        """Probability of each class for each row, shape (rows, classes)."""
        scores = rows @ self.weights + self.bias
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        return scores / scores.sum(axis=1, keepdims=True)

    def save(self, path: Path) -> None:
        """Write to an npz file."""
        np.savez(path, classes=np.array(self.classes), weights=self.weights.T.astype(np.float16), bias=self.bias)

    @classmethod
    def load(cls, path: Path) -> Head:
        """Read an npz file."""
        with np.load(path) as data:
            return cls(data["classes"].tolist(), data["weights"].T.astype(np.float32, order="C"), data["bias"])
