"""TEDPolicy without TensorFlow: Rasa trains the model, numpy runs it.

TensorFlow takes two seconds and 300 MB to import, and a stored TED ten seconds to compile. The model itself is small: one
transformer layer over the last four states of a conversation. Nothing here may import TensorFlow; `ted_training` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rasa.core.constants import DEFAULT_POLICY_PRIORITY, POLICY_PRIORITY
from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from scipy.special import erf

Array = NDArray[np.float32]
Weights = Mapping[str, Array]

WEIGHTS = "ted.npz"
ENCODED = ("intent", "action_name")
"""What Rasa encodes once more before the transformer; slots, entities, and forms go into it as they are."""
EPSILON = np.float32(1e-6)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class FastTEDPolicy(Policy):
    """Takes the settings of Rasa's TEDPolicy, trains as it does, and predicts the same."""

    def __init__(
        self, config: dict[str, Any], model_storage: ModelStorage, resource: Resource, execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None, model: TED | None = None,
    ) -> None:  # fmt: skip
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._execution_context = execution_context
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """What Rasa has to know before training; the rest is TEDPolicy's."""
        return {POLICY_PRIORITY: DEFAULT_POLICY_PRIORITY}

    def train(
        self, training_trackers: list[DialogueStateTracker], domain: Domain, precomputations: Any = None, **kwargs: Any
    ) -> Resource:
        """Train with Rasa's TEDPolicy."""
        from fascicle.ted_training import TrainedTED

        config = TrainedTED.get_default_config() | self.config
        policy = TrainedTED(config, self._model_storage, self._resource, self._execution_context)
        return policy.train(training_trackers, domain, precomputations)

    @classmethod
    def load(
        cls, config: dict[str, Any], model_storage: ModelStorage, resource: Resource,
        execution_context: ExecutionContext, **kwargs: Any,
    ) -> FastTEDPolicy:  # fmt: skip
        """The policy of a trained model."""
        with model_storage.read_from(resource) as folder, np.load(folder / WEIGHTS) as weights:
            featurizer = TrackerFeaturizer.load(folder)
            return cls(config, model_storage, resource, execution_context, featurizer, TED(dict(weights)))

    def predict_action_probabilities(
        self, tracker: DialogueStateTracker, domain: Domain, rule_only_data: dict[str, Any] | None = None,
        precomputations: Any = None, **kwargs: Any,
    ) -> PolicyPrediction:  # fmt: skip
        """How likely each action is next."""
        assert self._model is not None, "the policy was not loaded"
        (states,) = self._featurize_for_prediction(tracker, domain, precomputations, rule_only_data)
        return self._prediction(self._model.probabilities(states).tolist())


class TED:
    """The trained model (https://arxiv.org/abs/1910.00486), for Rasa's default settings and features without text."""

    HEADS = 4

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        used = {name.split(".")[1] for name in weights if name.startswith("features.")}
        self._attributes = [*ENCODED, *sorted(used - set(ENCODED))]

    def probabilities(self, states: list[dict[str, Any]]) -> Array:
        """Probability of each action after these states, each as Rasa featurizes it."""
        states = states[::-1]  # as in training: the last state first, so that its place is always the same
        hidden = self._dense(np.concatenate([self._encoded(states, name) for name in self._attributes], axis=1), "embedding")
        size = hidden.shape[1]
        hidden = hidden * np.float32(np.sqrt(size)) + _places(len(states), size)
        hidden = hidden + self._attention(self._norm(hidden, "attention.norm"))
        inner = _gelu(self._dense(self._norm(hidden, "inner.norm"), "inner.up"))
        hidden = hidden + self._dense(inner, "inner.down")
        dialogue = self._dense(_gelu(self._norm(hidden, "norm")[:1]), "dialogue")
        return _softmax(dialogue @ self._weights["actions"].T)[0]

    def _encoded(self, states: list[dict[str, Any]], attribute: str) -> Array:
        """One row a state; zeros where a state does not have the attribute."""
        layer = f"features.{attribute}"
        rows = [self._dense(state[attribute][0].features, layer) if state.get(attribute) else None for state in states]
        if attribute in ENCODED:
            rows = [None if row is None else _gelu(self._dense(row, f"encoder.{attribute}")) for row in rows]
        size = self._weights[f"{'encoder' if attribute in ENCODED else 'features'}.{attribute}.bias"].shape[0]
        return np.concatenate([np.zeros((1, size), np.float32) if row is None else row for row in rows])

    def _attention(self, hidden: Array) -> Array:
        query, key, value = (
            (hidden @ self._weights[f"attention.{part}.kernel"]).reshape(len(hidden), self.HEADS, -1).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        )
        weights = _softmax(query @ key.transpose(0, 2, 1) / np.float32(np.sqrt(key.shape[2])))
        return self._dense((weights @ value).transpose(1, 0, 2).reshape(hidden.shape), "attention.output")

    def _dense(self, values: Array, layer: str) -> Array:
        made: Array = values @ self._weights[f"{layer}.kernel"] + self._weights[f"{layer}.bias"]
        return made

    def _norm(self, hidden: Array, layer: str) -> Array:
        centered = hidden - hidden.mean(axis=-1, keepdims=True)
        deviation = np.sqrt(np.square(centered).mean(axis=-1, keepdims=True) + EPSILON)
        normed: Array = centered / deviation * self._weights[f"{layer}.gamma"] + self._weights[f"{layer}.beta"]
        return normed


def _places(count: int, size: int) -> Array:
    """The sines and cosines that tell the places of a sequence apart."""
    columns = np.arange(size)
    angles = np.arange(count)[:, None] / np.power(10_000, 2 * (columns // 2) / size)
    return np.where(columns % 2 == 0, np.sin(angles), np.cos(angles)).astype(np.float32)


def _softmax(scores: Array) -> Array:
    scores = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Array = scores / scores.sum(axis=-1, keepdims=True)
    return shares


def _gelu(values: Array) -> Array:
    half: Array = values * np.float32(0.5) * (1 + erf(values / np.float32(np.sqrt(2))))
    return half
