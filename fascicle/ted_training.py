"""Rasa's TEDPolicy, which keeps of a trained model what `fast_ted` needs. Importing this imports TensorFlow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from rasa.core.policies.ted_policy import TED, TEDPolicy

from fascicle.fast_ted import WEIGHTS, Array


class TrainedTED(TEDPolicy):
    """Trains as Rasa's policy does; writes the weights for numpy in place of TensorFlow's files."""

    def persist(self) -> None:
        """Write the featurizer and the weights to the model."""
        with self._model_storage.write_to(self._resource) as folder:
            self.featurizer.persist(folder)
            np.savez(folder / WEIGHTS, **weights(self.model))


def weights(model: TED) -> dict[str, Array]:
    """The weights of a trained model, by the names that `fast_ted` knows."""
    layers = model._tf_layers
    (inner,) = layers["transformer.dialogue"]._enc_layers
    model.prepare_for_predict()
    found = {
        "embedding": layers["transformer.dialogue"]._embedding,
        "attention.norm": inner._layer_norm,
        "attention.query": inner._mha._query_dense_layer,
        "attention.key": inner._mha._key_dense_layer,
        "attention.value": inner._mha._value_dense_layer,
        "attention.output": inner._mha._output_dense_layer,
        "inner.norm": inner._ffn_layers[0],
        "inner.up": inner._ffn_layers[1],
        "inner.down": inner._ffn_layers[3],
        "norm": layers["transformer.dialogue"]._layer_norm,
        "dialogue": layers["embed.dialogue"]._dense,
    }
    for name, layer in layers.items():
        kind, _, attribute = name.partition(".")
        if attribute.startswith("label_"):
            continue  # what becomes of the labels is in `actions`
        if kind == "sparse_dense_concat_layer":
            found[f"features.{attribute}"] = layer._tf_layers["sparse_to_dense"]
        elif kind == "encoding_layer":
            found[f"encoder.{attribute}"] = layer._ffn_layers[0]
    named = {f"{name}.{part}": values for name, layer in found.items() for part, values in _parts(layer)}
    return named | {"actions": model.all_labels_embed.numpy()}


def _parts(layer: Any) -> Iterator[tuple[str, Array]]:
    """The arrays of a layer, by the name that Keras gives them; connections that Rasa masks are zero."""
    for part in ("kernel", "bias", "gamma", "beta"):
        values = getattr(layer, part, None)
        if values is not None:
            mask = getattr(layer, "kernel_mask", None) if part == "kernel" else None
            yield part, (values if mask is None else values * mask).numpy()
