"""What is learned of finding articles and sentences."""

from __future__ import annotations

import numpy as np
import pytest

from lab.finding import chosen, left_out


def sets(telling: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Questions of four candidates each with two signs, of which one tells the right candidate and one is chance."""
    made = np.random.default_rng(0)
    found = []
    for _ in range(40):
        right = made.permutation(4) == 0
        signs = made.random((4, 2))
        signs[:, telling] = right + 0.1 * made.random(4)
        found.append((signs, right))
    return found


@pytest.mark.parametrize("telling", [0, 1])
def test_a_sign_that_tells_the_right_one_counts_and_one_that_does_not_hardly(telling: int) -> None:
    weights = chosen(sets(telling))
    assert weights[telling] > 5 * abs(weights[1 - telling])
    assert left_out(sets(telling), 1) == 1.0


def test_signs_of_chance_find_no_more_than_chance() -> None:
    of_chance = [(signs[:, :1], np.random.default_rng(n).permutation(right)) for n, (signs, right) in enumerate(sets(1))]
    assert left_out(of_chance, 1) < 0.6
