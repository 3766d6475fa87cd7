"""What a process that serves does not import, and still gets when it asks."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from fascicle import ROOT, environment


def run(code: str) -> str:
    """What a new process prints that runs this with everything prepared to serve."""
    lines = f"import sys\nfrom fascicle import environment\nenvironment.prepare_to_serve()\n{code}"
    return subprocess.run([sys.executable, "-c", lines], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("module", [environment.LATE, environment.ABSENT])
def test_rasa_still_has_the_modules_that_are_stood_in_for(module: str) -> None:
    assert find_spec("rasa") is not None
    assert Path(find_spec("rasa").origin).parent.joinpath(*module.split(".")[1:]).with_suffix(".py").is_file()


def test_rasas_agent_comes_without_tensorflow() -> None:
    assert run("import rasa.core.agent\nprint('tensorflow' in sys.modules)") == "False\n"


def test_what_is_asked_of_a_late_module_is_the_real_thing() -> None:
    code = """
from rasa.utils import train_utils
import rasa.utils.train_utils
first = rasa.utils.train_utils.rank_and_mask
import rasa.utils.train_utils as real
print('tensorflow' in sys.modules, first is train_utils.rank_and_mask is real.rank_and_mask, first.__module__)
"""
    assert run(code) == "True True rasa.utils.train_utils\n"
