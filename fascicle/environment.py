"""What has to be in place before Rasa and TensorFlow are imported."""

from __future__ import annotations

import os
import sys
import warnings
from importlib import import_module
from types import ModuleType
from typing import Any

SETTINGS = {
    "RASA_TELEMETRY_ENABLED": "false",  # also turns off error reports
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SANIC_HOST": "127.0.0.1",  # the action server listens on all interfaces otherwise
}
SERVING = {
    "OPENBLAS_NUM_THREADS": "1",  # the products of a question are small; on a busy machine, threads only wait for each other
    "TOKENIZERS_PARALLELISM": "false",  # for the same reason
}
LATE = "rasa.utils.train_utils"
"""Helpers for training that every Rasa bot imports, and TensorFlow with them."""
ABSENT = "rasa.graph_components.validators.default_recipe_validator"
"""A component of training that every model names. Rasa imports it with the model, and with it all components that it knows."""


def prepare() -> None:
    """Put the settings in place, what the user has set kept."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    hide_warnings()


def prepare_to_serve() -> None:
    """Like `prepare`, for a process that does not train: spares it what only training needs, 4 seconds and 300 MB of imports."""
    prepare()
    for name, value in SERVING.items():
        os.environ.setdefault(name, value)
    _put_in_place(_Late(LATE))
    _put_in_place(_Absent(ABSENT))


def hide_warnings() -> None:
    """Hide what old dependencies warn about; call it again after importing Sanic, which turns some warnings on."""
    warnings.filterwarnings("ignore")


def _put_in_place(stand_in: ModuleType) -> None:
    package, _, name = stand_in.__name__.rpartition(".")
    sys.modules[stand_in.__name__] = stand_in
    setattr(import_module(package), name, stand_in)


class _Late(ModuleType):
    """Stands for a module until something of it is asked for, and then gives that of the module itself."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(import_module(self.__name__), name)


class _Absent(ModuleType):
    """Stands for a module whose classes only have to exist."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})
