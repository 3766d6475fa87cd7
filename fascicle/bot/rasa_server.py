"""What the web channel stands on of Rasa: its channels, its server, and how it reports settings that cannot be used."""

from __future__ import annotations

from pathlib import Path

import rasa.core.run
from rasa.core.channels.channel import InputChannel as Channel
from rasa.shared.exceptions import RasaException as SettingsError
from sanic import Sanic

__all__ = ["Channel", "SettingsError", "app_of"]


def app_of(credentials: Path, port: int) -> Sanic:
    """Rasa's server with the channels that a file sets up, and without Rasa's own API.

    Args:
        credentials: settings of the channels.
        port: where it will listen.

    Raises:
        SettingsError: the settings cannot be used; the message says why.
    """
    channels = rasa.core.run.create_http_input_channels(None, str(credentials))
    return rasa.core.run.configure_app(channels, enable_api=False, port=port)
