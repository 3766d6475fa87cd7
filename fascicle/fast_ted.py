"""TEDPolicy that is ready in a second: the same model, loaded without being fitted first."""

from __future__ import annotations

from typing import Any

from rasa.core.policies.ted_policy import TED, TEDPolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.utils.tensorflow.data_generator import RasaBatchDataGenerator
from rasa.utils.tensorflow.model_data import RasaModelData


class FastTED(TED):
    """TED whose variables come from one forward pass.

    Rasa fits a loaded model on one example to make its variables, which traces and compiles the whole training step (10 s
    and more). A forward pass makes the same variables; the stored weights then fill them.
    """

    @classmethod
    def load(
        cls, model_file_name: str, model_data_example: RasaModelData, predict_data_example: RasaModelData | None = None,
        finetune_mode: bool = False, *args: Any, **kwargs: Any,
    ) -> FastTED:  # fmt: skip
        """The stored model, ready to predict."""
        if finetune_mode:
            return super().load(model_file_name, model_data_example, predict_data_example, finetune_mode, *args, **kwargs)
        model = cls(*args, **kwargs)
        batch, _ = RasaBatchDataGenerator(model_data_example, batch_size=1)[0]
        model.batch_loss(batch)
        model.load_weights(model_file_name).expect_partial()
        if predict_data_example:
            model.run_inference(predict_data_example)
        return model


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True)
class FastTEDPolicy(TEDPolicy):
    """TEDPolicy that trains as Rasa's does and loads with `FastTED`."""

    @staticmethod
    def model_class() -> type[TED]:
        """The model that is trained and loaded."""
        return FastTED
