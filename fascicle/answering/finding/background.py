"""How well questions fit articles that they are not about: what answers one has to fit better than that."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fascicle.library import Library
from fascicle.understanding.question import Sought

Array = NDArray[np.float32]
SAMPLE = 120
"""Articles that are looked at, spread over the library."""
LEAST = 20
"""Articles from which on there is something to compare with."""
USUAL = 0.5
"""How well a question fits the best sentence of an article that it is not about, where there are too few to tell."""


def usual(library: Library, sought: Sought) -> float:
    """How alike a question without names is to the best sentence of an article, on average over articles of the library."""
    if len(library) < LEAST:
        return USUAL
    vectors, begins = _sample(library, library.version)
    return float(np.maximum.reduceat(vectors @ sought.without_names, begins).mean()) if len(begins) else USUAL


@lru_cache(maxsize=1)
def _sample(library: Library, _version: int) -> tuple[Array, NDArray[np.int64]]:
    """Vectors of all sentences of some articles, and where each of these begins; made anew for another version."""
    chosen = library.ids()[:: max(1, len(library) // SAMPLE)]
    found = [vectors for id_ in chosen if (vectors := library.vectors(id_)) is not None and len(vectors)]
    sizes = [len(vectors) for vectors in found]
    return np.vstack(found) if found else np.zeros((0, 1), np.float32), np.cumsum([0, *sizes[:-1]]) if sizes else np.zeros(0, int)
