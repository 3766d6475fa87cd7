"""Unit vectors as bytes: a scale a row, and a number between -127 and 127 for each of its own."""

from __future__ import annotations

import numpy as np

from fascicle.library.store import SIZE, Array

LARGEST = 127
_ROW = np.dtype([("scale", "<f4"), ("numbers", "i1", (SIZE,))])


def packed(vectors: Array) -> bytes:
    """Vectors as bytes, 388 a row.

    Args:
        vectors: shape (rows, 384).
    """
    rows = np.empty(len(vectors), _ROW)
    scales = np.abs(vectors).max(axis=1, initial=1e-12) / LARGEST
    rows["scale"], rows["numbers"] = scales, np.rint(vectors / scales[:, None])
    return rows.tobytes()


def unpacked(content: bytes) -> Array:
    """The unit vectors that were packed, but for rounding; they cannot be written to."""
    rows = np.frombuffer(content, _ROW)
    made = rows["numbers"].astype(np.float32) * rows["scale"][:, None]
    made /= np.maximum(np.linalg.norm(made, axis=1, keepdims=True), 1e-12)
    made.flags.writeable = False
    return made
