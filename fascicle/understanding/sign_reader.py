"""Reads from a text whether it needs help now: the sentence encoder, tuned for that, with a head for each thing it says.

The tuning is learned offline by `lab/tuning` from the examples in data/nlu, and kept as low-rank corrections of the installed
weights (LoRA, https://arxiv.org/abs/2106.09685): a megabyte, multiplied out when the graph is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from fascicle.understanding.sentence_encoder import WEIGHTS, Array, model_folder, session, tokenizer, transformer

FILE = Path(__file__).with_name("sign_reader.npz")
HEADS = ("kind", "caution", "of_another", "follow_up")
"""What is said of a text, each as probabilities of classes that exclude each other."""
KEPT = 500
"""Texts whose probabilities are kept."""


class SignReader:
    """Turns texts into the probabilities of each head's classes."""

    def __init__(self, file: Path = FILE) -> None:
        """Read what was tuned.

        Args:
            file: made by `lab/tuning`: for each part of the encoder the factors of its correction (`PART.down`, `PART.up`), in
                bytes with a scale for each row; for each head its weights, offsets, and the names of its classes.
        """
        with np.load(file) as data:
            arrays = {name: data[name] for name in data.files}
        self.classes: Mapping[str, tuple[str, ...]] = {head: tuple(map(str, arrays[f"{head}.classes"])) for head in HEADS}
        self._heads = {head: (arrays[f"{head}.weight"], arrays[f"{head}.bias"]) for head in HEADS}
        self._session = session(transformer(model_folder() / WEIGHTS, _corrections(arrays), read=1))
        self._kept: dict[str, Array] = {}

    def read(self, texts: Sequence[str]) -> dict[str, Array]:
        """Probabilities of each head's classes, each of shape (texts, classes)."""
        if len(self._kept) > KEPT:
            self._kept = {}
        for text in texts:
            if text not in self._kept:
                self._kept[text] = self._features(text)
        features = np.array([self._kept[text] for text in texts], np.float32)
        return {head: softmax(features @ weight.T + bias, axis=1) for head, (weight, bias) in self._heads.items()}

    def _features(self, text: str) -> Array:
        """The mean of the token vectors and the largest of each of their numbers, side by side."""
        (tokens,) = self._session.run(None, {"ids": np.array([tokenizer().encode(text).ids], np.int32)})[0]
        return np.concatenate([tokens.mean(axis=0), tokens.max(axis=0)])


def _corrections(arrays: Mapping[str, Any]) -> dict[str, Array]:
    """What is added to the weights of each part."""
    factors = {name: arrays[name] * arrays[f"{name}.scales"] for name in arrays if name.endswith((".down", ".up"))}
    parts = {name.rpartition(".")[0] for name in factors}
    return {part: np.asarray(factors[f"{part}.up"] @ factors[f"{part}.down"], np.float32) for part in parts}


@cache
def sign_reader() -> SignReader:
    """The reader that all of a process shares."""
    return SignReader()
