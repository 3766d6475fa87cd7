"""Averages of tuned readers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.tuning.average import average


def reader(path: Path, factor: float, bias: float, classes: tuple[str, ...] = ("none", "report_emergency")) -> Path:
    """A file as the tuning writes it, with one part of two rows of numbers."""
    values = np.array([[1.0, -0.5], [0.25, 2.0]]) * factor
    scales = np.abs(values).max(axis=1, keepdims=True) / 127
    np.savez(
        path,
        **{"part.down": np.rint(values / scales).astype(np.int8), "part.down.scales": scales.astype(np.float32)},
        **{"kind.bias": np.array([bias, -bias], np.float32), "kind.classes": np.array(classes)},
    )
    return path


def test_every_number_is_the_mean_of_those_of_the_files(tmp_path: Path) -> None:
    made = average([reader(tmp_path / "a.npz", 1.0, 2.0), reader(tmp_path / "b.npz", 3.0, 4.0)])
    assert made["part.down"] * made["part.down.scales"] == pytest.approx(np.array([[2.0, -1.0], [0.5, 4.0]]), abs=0.03)
    assert made["part.down"].dtype == np.int8
    assert made["kind.bias"].tolist() == [3.0, -3.0]
    assert made["kind.classes"].tolist() == ["none", "report_emergency"]


def test_readers_of_other_classes_are_refused(tmp_path: Path) -> None:
    files = [reader(tmp_path / "a.npz", 1.0, 2.0), reader(tmp_path / "b.npz", 1.0, 2.0, ("none", "report_crisis"))]
    with pytest.raises(ValueError, match=r"kind\.classes"):
        average(files)
