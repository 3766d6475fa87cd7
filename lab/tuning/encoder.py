"""The sentence encoder in PyTorch, its weights fixed and a low-rank correction (LoRA) of each to learn.

The arithmetic is that of `fascicle.understanding.sentence_encoder`, which runs what is learned here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional

SIZE, HEADS, LAYERS = 384, 12, 6
EPSILON = 1e-12
DROPPED = 0.1
Weights = Mapping[str, Tensor]


class Corrected(nn.Module):
    """A product with fixed weights, and a correction of them of a low rank; none of rank 0."""

    def __init__(self, weights: Weights, name: str, rank: int) -> None:
        super().__init__()
        self.name, self.rank = name, rank
        self.register_buffer("weight", weights[f"{name}.weight"].float())
        self.register_buffer("bias", weights[f"{name}.bias"].float())
        if rank:
            outputs, inputs = self.weight.shape
            self.down = nn.Parameter(torch.randn(rank, inputs) / math.sqrt(inputs))
            self.up = nn.Parameter(torch.zeros(outputs, rank))

    def forward(self, values: Tensor) -> Tensor:
        """The product, shape (..., outputs)."""
        weight = self.weight + self.up @ self.down if self.rank else self.weight
        return functional.linear(values, weight, self.bias)


class Normalized(nn.Module):
    """A layer normalization with fixed weights."""

    def __init__(self, weights: Weights, name: str) -> None:
        super().__init__()
        self.register_buffer("weight", weights[f"{name}.weight"].float())
        self.register_buffer("bias", weights[f"{name}.bias"].float())

    def forward(self, values: Tensor) -> Tensor:
        """The values, normalized."""
        return functional.layer_norm(values, (SIZE,), self.weight, self.bias, EPSILON)


class Layer(nn.Module):
    """One transformer layer: self-attention and a feed-forward part."""

    def __init__(self, weights: Weights, name: str, rank: int) -> None:
        super().__init__()
        made = {part: Corrected(weights, f"{name}.{part}", rank) for part in self._parts()}
        self.query, self.key, self.value, self.attended, self.inner, self.outer = made.values()
        self.after_attention = Normalized(weights, f"{name}.attention.output.LayerNorm")
        self.after = Normalized(weights, f"{name}.output.LayerNorm")
        self.dropout = nn.Dropout(DROPPED)

    @staticmethod
    def _parts() -> Sequence[str]:
        attention = [f"attention.self.{part}" for part in ("query", "key", "value")]
        return [*attention, "attention.output.dense", "intermediate.dense", "output.dense"]

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """Token vectors of the next layer, shape (texts, tokens, SIZE)."""
        texts, tokens, _ = hidden.shape
        heads = [part(hidden).view(texts, tokens, HEADS, -1).transpose(1, 2) for part in (self.query, self.key, self.value)]
        seen = functional.scaled_dot_product_attention(*heads, attn_mask=mask).transpose(1, 2).reshape(texts, tokens, SIZE)
        hidden = self.after_attention(hidden + self.dropout(self.attended(seen)))
        return self.after(hidden + self.dropout(self.outer(functional.gelu(self.inner(hidden)))))


class Encoder(nn.Module):
    """From token ids to what the heads read: the mean of the last token vectors, and the largest of each of their numbers."""

    def __init__(self, file: Path, rank: int, fixed: int) -> None:
        """Read the weights.

        Args:
            file: weights in safetensors format.
            rank: of the corrections.
            fixed: layers, from the first one on, that stay as they are.
        """
        super().__init__()
        weights = load_file(file)
        for part in ("word", "position", "token_type"):
            self.register_buffer(part, weights[f"embeddings.{part}_embeddings.weight"].float())
        self.normalized = Normalized(weights, "embeddings.LayerNorm")
        layers = (Layer(weights, f"encoder.layer.{n}", rank if n >= fixed else 0) for n in range(LAYERS))
        self.layers = nn.ModuleList(layers)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Features of texts, shape (texts, 2 * SIZE).

        Args:
            ids: tokens, shape (texts, tokens), padded.
            mask: 1 where a token is, 0 where it is padding.
        """
        hidden = self.normalized(self.word[ids] + self.position[: ids.shape[1]][None] + self.token_type[0])
        attended = mask[:, None, None, :].bool()
        for layer in self.layers:
            hidden = layer(hidden, attended)
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        return torch.cat([mean, hidden.masked_fill(mask[..., None] == 0, -1e4).max(1).values], 1)

    def corrections(self) -> dict[str, tuple[Tensor, Tensor]]:
        """The two factors of each correction, by the name of the part."""
        found = (module for module in self.modules() if isinstance(module, Corrected) and module.rank)
        return {part.name: (part.down.detach(), part.up.detach()) for part in found}
