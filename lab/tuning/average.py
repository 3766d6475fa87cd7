"""Averages what was tuned in several runs that began from one another: `python -m lab.tuning.average OUT FILE...`.

Such an average is mostly better than each of them (model soups, https://arxiv.org/abs/2203.05482), at no cost when it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

LARGEST = 127
"""Largest value of a byte."""


def average(files: Sequence[Path]) -> dict[str, Any]:
    """The arrays of an average of files that `lab.tuning` wrote for the same classes.

    Raises:
        ValueError: their classes are not the same.
    """
    read = [dict(np.load(file)) for file in files]
    made: dict[str, Any] = {}
    for name, first in read[0].items():
        if name.endswith(".classes"):
            if any(list(other[name]) != list(first) for other in read):
                raise ValueError(f"{name} are not the same in all files")
            made[name] = first
        elif name.endswith((".down", ".up")):
            values = np.mean([other[name] * other[f"{name}.scales"] for other in read], axis=0)
            scales = np.abs(values).max(axis=1, keepdims=True) / LARGEST + 1e-12
            made[name], made[f"{name}.scales"] = np.rint(values / scales).astype(np.int8), scales.astype(np.float32)
        elif not name.endswith(".scales"):
            made[name] = np.mean([other[name] for other in read], axis=0).astype(np.float32)
    return made


if __name__ == "__main__":
    np.savez_compressed(sys.argv[1], **average([Path(file) for file in sys.argv[2:]]))
