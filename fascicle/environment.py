"""Settings that Rasa and TensorFlow read from the environment before they are imported."""

from __future__ import annotations

import os
import warnings

SETTINGS = {
    "RASA_TELEMETRY_ENABLED": "false",  # also turns off error reports
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "SANIC_HOST": "127.0.0.1",  # the action server listens on all interfaces otherwise
}


def prepare() -> None:
    """Put the settings in place, what the user has set kept."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)
    hide_warnings()


def hide_warnings() -> None:
    """Hide what old dependencies warn about; call it again after importing Sanic, which turns some warnings on."""
    warnings.filterwarnings("ignore")
