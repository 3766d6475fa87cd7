"""The pictures of the dialogue show what rules and stories say, forms too once there are any."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from fascicle import ROOT
from lab import picture
from lab.picture import Panel

needs_graphviz = pytest.mark.skipif(shutil.which("dot") is None, reason="Graphviz is not installed")

FORM = {
    "slots": {"habits": {"type": "text", "influence_conversation": False, "mappings": [{"type": "from_text"}]}},
    "forms": {"habits_form": {"required_slots": ["habits"]}},
}
FORM_RULES = """
version: "3.1"
rules:
  - rule: the form begins
    steps:
      - intent: report_symptom
      - action: habits_form
      - active_loop: habits_form
  - rule: the form goes on after a question
    condition:
      - active_loop: habits_form
    steps:
      - intent: ask_overview
      - action: action_answer
      - action: habits_form
      - active_loop: habits_form
"""


@pytest.fixture(scope="module")
def pictures() -> dict[str, list[Panel]]:
    return picture.panels()


@pytest.fixture
def with_form(tmp_path: Path) -> Path:
    """A project like ours with a form."""
    for part in ("data/rules", "data/stories"):
        shutil.copytree(ROOT / part, tmp_path / part)
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests/test_conversations.yml", tmp_path / "tests")
    yaml = YAML(typ="safe", pure=True)
    domain = yaml.load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    domain["slots"] = {**domain["slots"], **FORM["slots"]}
    domain["forms"] = {**domain.get("forms", {}), **FORM["forms"]}
    yaml.dump(domain, tmp_path / "domain.yml")
    (tmp_path / "data/rules/habits.yml").write_text(FORM_RULES, encoding="utf-8")
    return tmp_path


def paths(panels: list[Panel]) -> list[str]:
    return [panel.path for panel in panels]


def ways(panel: Panel) -> set[tuple[str, ...]]:
    """All ways through a panel, by names; where one begins, by its words."""
    names = {node: ", ".join(box.names) or box.text for node, box in panel.boxes.items()}
    following = {node: [to for at, to in panel.arrows if at == node] for node in panel.boxes}

    def walk(node: int) -> set[tuple[str, ...]]:
        return {(names[node], *way) for to in following[node] for way in walk(to)} or {(names[node],)}

    return {way for node, box in panel.boxes.items() if box.kind == "start" for way in walk(node)}


def test_the_pictures_in_the_docs_are_those_of_the_rules_and_stories(pictures: dict[str, list[Panel]]) -> None:
    kept = {path.stem: path.read_text(encoding="utf-8") for path in picture.IMAGES.glob("*.svg")}
    stale = [name for name, drawn in pictures.items() if picture.mark(drawn) not in kept.get(name, "")]
    assert stale == [], "run `make picture`"


def test_every_file_of_rules_and_stories_is_drawn_once(pictures: dict[str, list[Panel]]) -> None:
    written = [str(path.relative_to(ROOT)) for folder in ("rules", "stories") for path in (ROOT / "data" / folder).glob("*.yml")]
    assert sorted(path for drawn in pictures.values() for path in paths(drawn)) == sorted(written)


def test_every_intent_and_action_of_a_file_is_in_its_panel(pictures: dict[str, list[Panel]]) -> None:
    for panel in (panel for drawn in pictures.values() for panel in drawn):
        written = set(re.findall(r"^ *- (?:intent|action): (\w+)", (ROOT / panel.path).read_text(encoding="utf-8"), re.M))
        assert {name for box in panel.boxes.values() for name in box.names} == written, panel.path


def test_a_story_is_drawn_from_where_it_begins_to_its_end(pictures: dict[str, list[Panel]]) -> None:
    follow_ups = next(panel for panel in pictures["dialogue"] if panel.path.endswith("follow_ups.yml"))
    assert ("Once the bot replied", "ask_more", "action_more") in ways(follow_ups)


def test_a_form_gets_a_picture_of_its_own(with_form: Path) -> None:
    drawn = picture.panels(with_form)
    assert paths(drawn["habits"]) == ["data/rules/habits.yml"]
    assert "data/rules/habits.yml" not in paths(drawn["rules"])
    (panel,) = drawn["habits"]
    assert ways(panel) == {
        ("At any moment", "report_symptom", "habits_form"),
        ("In habits_form", "ask_overview", "action_answer", "habits_form"),
    }
    assert "Asks for habits" in {box.text for box in panel.boxes.values()}


@needs_graphviz
def test_a_picture_is_drawn(with_form: Path) -> None:
    drawn = picture.panels(with_form)["habits"]
    svg = picture.as_svg(drawn)
    for words in ("At any moment", "Asks for habits", "report_symptom", "data/rules/habits.yml", picture.mark(drawn)):
        assert words in svg


def test_without_graphviz_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("PATH", "")
    assert picture.main([]) == 1
    assert "graphviz" in capsys.readouterr().err
