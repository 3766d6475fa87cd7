"""The rooms of the house: which of them may lean on which, and that each is small enough to be seen at a glance."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from fascicle import ROOT

HOUSE = ROOT / "fascicle"
ROOMS = sorted(path.name for path in HOUSE.iterdir() if (path / "__init__.py").is_file())
PACKAGES = {f"fascicle.{room}" for room in ROOMS}
OUTSIDE = ("actions", "deploy", "lab", "tests")
ABOVE_LIBRARY = {"answering", "bot", "operations", "shell", "understanding", "web"}
WITH_RASA = {"bot", "understanding"}
ENTRIES = {
    ("fascicle/web/channel.py", "opened"),
    ("fascicle/web/server.py", "opened"),
    ("fascicle/library/opening.py", "default"),
    ("fascicle/library/opening.py", "opened"),
    ("actions/conversation.py", "opened"),
    ("fascicle/understanding/question_classifier.py", "opened"),
    ("fascicle/understanding/question_classifier.py", "default"),
    ("fascicle/understanding/topic_linker.py", "opened"),
    ("fascicle/understanding/topic_linker.py", "default"),
}
"""Where the code asks for the library itself, or for the article that the model is taught with; everywhere else it is passed."""


@dataclass(frozen=True)
class Arrow:
    """An import: the file it stands in, and what it imports."""

    file: str
    module: str

    @property
    def source(self) -> str:
        """The room it leads from, or the module that stands beside the rooms."""
        return Path(self.file).with_suffix("").parts[1]

    @property
    def target(self) -> str:
        """The room it leads to, for one inside the house."""
        return self.module.split(".")[1]


def imports(path: Path) -> Iterator[Arrow]:
    """Everything that a file imports, wherever in it that stands."""
    file = str(path.relative_to(ROOT))
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (Arrow(file, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} imports by dots"
            module = node.module or ""
            is_house = module == "fascicle" or module in PACKAGES
            yield from (Arrow(file, f"{module}.{name.name}" if is_house else module) for name in node.names)


ARROWS = sorted({arrow for path in HOUSE.rglob("*.py") for arrow in imports(path)}, key=lambda arrow: (arrow.file, arrow.module))
INSIDE = [arrow for arrow in ARROWS if arrow.module.startswith("fascicle.")]


def test_there_are_the_rooms_of_the_plan() -> None:
    assert ROOMS == ["answering", "bot", "library", "operations", "shell", "understanding", "web"]


def test_the_house_leans_on_nothing_around_it() -> None:
    assert [arrow for arrow in ARROWS if arrow.module.split(".")[0] in OUTSIDE] == []


def test_the_library_leans_on_no_room_above_it() -> None:
    assert [arrow for arrow in INSIDE if arrow.source == "library" and arrow.target in ABOVE_LIBRARY] == []


def test_answering_knows_of_understanding_only_what_is_asked() -> None:
    known = {arrow.module for arrow in INSIDE if arrow.source == "answering" and arrow.target == "understanding"}
    assert {module.removeprefix("fascicle.understanding.").split(".")[0] for module in known} == {"question"}


def test_rasa_is_in_two_rooms_only() -> None:
    assert {arrow.source for arrow in ARROWS if arrow.module.split(".")[0] == "rasa"} == WITH_RASA


def test_no_circle_is_between_rooms() -> None:
    leans: dict[str, set[str]] = {}
    for arrow in INSIDE:
        if arrow.source != arrow.target and arrow.target not in ("ROOT", "errors"):
            leans.setdefault(arrow.source, set()).add(arrow.target)
    assert list(TopologicalSorter(leans).static_order())  # raises CycleError


def test_no_circle_is_between_files() -> None:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__") for path in HOUSE.rglob("*.py")}
    leans: dict[str, set[str]] = {}
    for path in HOUSE.rglob("*.py"):
        if path.name == "__init__.py":
            continue
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in modules and node.module not in PACKAGES:
                leans.setdefault(name, set()).add(node.module)
    assert list(TopologicalSorter(leans).static_order())


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_file_can_be_read_at_once(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 450


def test_few_modules_stand_beside_the_rooms() -> None:
    assert len([path for path in HOUSE.glob("*.py") if path.name != "__init__.py"]) <= 8


def test_the_library_is_passed_and_asked_for_at_the_entries_only() -> None:
    asked = set()
    for folder in (HOUSE, ROOT / "actions"):
        for path in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and not node.args:
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    if name in ("opened", "default"):
                        asked.add((str(path.relative_to(ROOT)), name))
    assert asked == ENTRIES


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_says_what_it_is_and_what_is_public(room: str) -> None:
    tree = ast.parse((HOUSE / room / "__init__.py").read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    taken = [name.asname or name.name for node in tree.body if isinstance(node, ast.ImportFrom) for name in node.names]
    listed = [node for node in tree.body if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__"]
    public = [ast.literal_eval(node.value) for node in listed]
    assert sorted(taken) == sorted(public[0] if public else [])
