"""What runs in the images: deploy/requirements.txt has all of it, and nothing that only tests and training need."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from fascicle import ROOT
from fascicle.__main__ import MODEL

PIN = re.compile(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", re.M)
ALL = dict(PIN.findall((ROOT / "requirements.txt").read_text(encoding="utf-8")))
SERVING_TEXT = (ROOT / "deploy/requirements.txt").read_text(encoding="utf-8")
SERVING = dict(PIN.findall(SERVING_TEXT))
LEFT_OUT = ALL.keys() - SERVING.keys()
WITHOUT = """
import sys, warnings
warnings.simplefilter("ignore")
LEFT_OUT = set({left_out!r})
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in LEFT_OUT:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Refuse())
from fascicle import ROOT, environment
environment.prepare_to_serve()
"""
"""Begins a program for which the packages that are left out are not installed."""
SERVE = """
import asyncio, pathlib, actions, rasa_sdk.endpoint, fascicle.web.server
from fascicle.bot.agent import load
from fascicle.library import opened
from fascicle.operations.readiness import first_question
async def understand():
    agent = await load(pathlib.Path({model!r}))
    return (await agent.parse_message(first_question(opened().default)))["intent"]["name"]
print(asyncio.run(understand()))
"""
OWN_FILES = """
import pathlib
for module in list(sys.modules.values()):
    file = getattr(module, "__file__", None)
    if file and pathlib.Path(file).is_relative_to(ROOT) and ".venv" not in file:
        print(pathlib.Path(file).relative_to(ROOT))
"""


def imported(names: set[str]) -> list[str]:
    """What packages are imported as."""
    return sorted(
        module
        for module, packages in packages_distributions().items()
        if {re.sub(r"[-_.]+", "-", package).lower() for package in packages} <= names
    )


def run(program: str) -> list[str]:
    begun = WITHOUT.format(left_out=imported(set(LEFT_OUT)))
    done = subprocess.run([sys.executable, "-c", begun + program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


def test_it_is_a_part_of_what_is_tested_at_the_same_versions() -> None:
    assert SERVING.items() <= ALL.items()
    entries = re.split(r"^(?=[a-z0-9])", SERVING_TEXT, flags=re.M | re.I)[1:]
    assert [entry.partition(" ")[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_tests_and_training_are_left_out() -> None:
    assert {"pytest", "playwright", "mypy", "ruff", "tensorflow-cpu", "keras", "tensorboard"} <= LEFT_OUT
    assert {"tensorflow", "keras", "pytest"} <= set(imported(set(LEFT_OUT)))


def test_the_image_installs_it_and_nothing_else() -> None:
    lines = (ROOT / "deploy/Dockerfile").read_text(encoding="utf-8").splitlines()
    assert "COPY deploy/requirements.txt requirements.txt" in lines
    assert any("--no-deps --require-hashes" in line for line in lines)


def test_a_question_is_understood_without_what_is_left_out() -> None:
    if not MODEL.is_file():
        pytest.fail(f"There is no model at {MODEL}: run `make train` first.", pytrace=False)
    assert run(SERVE.format(model=str(MODEL)))[-1].startswith("ask_")


@pytest.mark.parametrize(
    "module",
    ["deploy.nginx", "deploy.release", "fascicle.operations.insights_page", "fascicle.operations.copies", "fascicle.web.server"],
)
def test_the_image_has_the_files_of_every_command(module: str) -> None:
    rules = (ROOT / "deploy/Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    allowed = [Path(rule[1:]) for rule in rules if rule.startswith("!")]
    again = [Path(rule) for rule in rules[1:] if not rule.startswith(("!", "**"))]
    files = [Path(line) for line in run(f"import {module}\n{OWN_FILES}")]
    assert files
    lost = [file for file in files if not any(file.is_relative_to(each) for each in allowed)]
    assert lost + [file for file in files if any(file.is_relative_to(each) for each in again)] == []


def test_a_list_of_what_it_is_made_of_names_every_package_with_its_hash(tmp_path: Path) -> None:
    python = ROOT / ".tools/bin/python"
    if not python.exists():
        pytest.skip("there is no cyclonedx-bom here: `make tools`")
    made = tmp_path / "sbom.json"
    command = [python, "-W", "ignore", "-m", "cyclonedx_py", "requirements", "--output-reproducible", "--of", "JSON", "-o", made]
    subprocess.run([*command, ROOT / "deploy/requirements.txt"], check=True, capture_output=True)
    components = json.loads(made.read_text(encoding="utf-8"))["components"]
    assert {each["name"]: each["version"] for each in components} == SERVING
    assert all(each["externalReferences"][0]["hashes"] for each in components)
