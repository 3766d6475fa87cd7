"""What has to be in place before Rasa and TensorFlow are imported."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

SETTINGS = {
    "RASA_TELEMETRY_ENABLED": "false",  # also turns off error reports
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SANIC_HOST": "127.0.0.1",  # the action server listens on all interfaces otherwise
}
SERVING = SETTINGS | {
    "OPENBLAS_NUM_THREADS": "1",  # the products of a question are small; on a busy machine, threads only wait for each other
}
LEADS_TO_TENSORFLOW = "rasa.utils.train_utils"
"""Helpers for training, which Rasa imports with every bot, and TensorFlow with them: 2 seconds and 200 MB. To answer
questions, this module only has to exist."""


def prepare(settings: Mapping[str, str] = SETTINGS) -> None:
    """Put the settings in place, what the user has set kept, and have TensorFlow imported only where it is used."""
    for name, value in settings.items():
        os.environ.setdefault(name, value)
    hide_warnings()
    if LEADS_TO_TENSORFLOW not in sys.modules:
        _defer(LEADS_TO_TENSORFLOW)


def hide_warnings() -> None:
    """Hide what old dependencies warn about; call it again after importing Sanic, which turns some warnings on."""
    warnings.filterwarnings("ignore")


def _defer(name: str) -> None:
    """Put a stand-in in a module's place that imports it when something of it is first asked for."""

    class StandIn(ModuleType):
        def __getattr__(self, attribute: str) -> Any:
            if attribute.startswith("__"):
                raise AttributeError(attribute)
            if sys.modules.get(name) is self:
                del sys.modules[name]
            return getattr(import_module(name), attribute)

    package, _, short = name.rpartition(".")
    stand_in = sys.modules[name] = StandIn(name)
    setattr(import_module(package), short, stand_in)
