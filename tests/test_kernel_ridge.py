"""The regression behind all understanding, on small made-up examples."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from fascicle.understanding.kernel_ridge import Choice, Points, Regression, Space, one_hot

RANDOM = np.random.default_rng(7)
CLASSES = ("cause", "cure", "cost")
LABELS = [CLASSES[n % 3] for n in range(30)]
TEXTS = [
    "what brings it on",
    "why does this happen",
    "how do I stop it",
    "what helps against it",
    "how much is that",
    "is it dear",
]


def points(labels: list[str]) -> Points:
    """Points near a corner of their label's own, with a word of their label's own."""
    corner = one_hot(CLASSES, labels)
    noise = RANDOM.normal(scale=0.3, size=corner.shape)
    return Points((corner + noise).astype(np.float32), csr_matrix((corner > 0).astype(np.float32)))


VIEWS = [points(LABELS), points(LABELS)]
TARGETS = one_hot(CLASSES, LABELS)


def test_examples_like_those_of_a_class_get_its_label() -> None:
    regression, _ = Regression.fit(VIEWS, TARGETS)
    asked = [points(list(CLASSES)), points(list(CLASSES))]
    assert [CLASSES[n] for n in regression.scores(asked).argmax(axis=1)] == list(CLASSES)


@pytest.mark.parametrize("left", [0, 13, 29])
def test_left_out_scores_are_those_of_a_regression_that_never_saw_the_example(left: int) -> None:
    _, left_out = Regression.fit(VIEWS, TARGETS)
    others = [n for n in range(len(LABELS)) if n != left]
    without, _ = Regression.fit([view[others] for view in VIEWS], TARGETS[others])
    scores = without.scores([view[[left]] for view in VIEWS])[0]
    np.testing.assert_allclose(left_out[left], scores, atol=1e-3)


def test_a_stored_regression_scores_as_before(tmp_path: Path) -> None:
    regression, _ = Regression.fit(VIEWS, TARGETS)
    regression.save(tmp_path / "regression.npz")
    asked = [points(LABELS[:5]), points(LABELS[:5])]
    stored = Regression.load(tmp_path / "regression.npz")
    np.testing.assert_allclose(stored.scores(asked), regression.scores(asked), atol=0.02)


@pytest.mark.parametrize(("right", "low", "high"), [(1.0, 0.97, 1.0), (0.9, 0.88, 0.92), (0.7, 0.68, 0.72)])
def test_a_probability_comes_true_as_often_as_it_says(right: float, low: float, high: float) -> None:
    count = 200
    truth = ["cause" if n < right * count else "cure" for n in range(count)]
    scores = np.tile(np.array([[0.4, -0.4]], np.float32), (count, 1))
    choice = Choice.fit(("cause", "cure"), 0, scores, truth)
    assert low <= choice.probabilities(scores)[0, 0] <= high


def test_examples_without_a_label_do_not_change_the_calibration() -> None:
    scores = np.array([[0.4, -0.4]] * 10 + [[-2, 2]] * 5, np.float32)
    labels = ["cause"] * 8 + ["cure"] * 2
    all_labels: list[str | None] = [*labels, *[None] * 5]
    assert Choice.fit(CLASSES[:2], 0, scores, all_labels) == Choice.fit(CLASSES[:2], 0, scores[:10], labels)


@pytest.mark.parametrize(("label", "row"), [("cause", [1, -1, -1]), ("cost", [-1, -1, 1]), (None, [-1, -1, -1])])
def test_targets_single_out_the_label(label: str | None, row: list[int]) -> None:
    assert one_hot(CLASSES, [label]).tolist() == [row]


def test_a_stored_space_places_texts_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fascicle.understanding.kernel_ridge.AXES", 4)
    space, stored = Space(), Space()
    space.fit(TEXTS)
    space.save(tmp_path)
    stored.load(tmp_path)
    asked = ["what helps", "words nobody ever said"]
    np.testing.assert_allclose(stored.points(asked).vectors, space.points(asked).vectors, atol=1e-5)
    np.testing.assert_allclose(stored.points(asked).words.toarray(), space.points(asked).words.toarray(), atol=1e-5)
