"""The library that is made up, for all tests of this folder."""

from __future__ import annotations

import pytest

from fascicle.library import InMemory, Library


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """The library, in memory; nobody changes it."""
    from shelf import filled  # brings Rasa, which most tests here do without

    return filled(InMemory(), tmp_path_factory.mktemp("pages"))
