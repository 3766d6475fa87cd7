"""README.md and the Makefile say the same, and README.md points at nothing that is not there."""

from __future__ import annotations

import re

import pytest

from fascicle import ROOT

README = ROOT / "README.md"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):(?!=)", MAKEFILE, re.M))
CODE = re.compile(r"^```.*?^```|`[^`\n]+`", re.M | re.S)
LINK = re.compile(r"\]\(<?([^)<>\s]+)>?[^)]*\)|(?:src|href|srcset)=\"([^\"\s]+)")


@pytest.fixture
def readme() -> str:
    if not README.is_file():
        pytest.fail("There is no README.md.", pytrace=False)
    return README.read_text(encoding="utf-8")


def test_every_make_command_of_the_readme_is_a_target(readme: str) -> None:
    commands = re.findall(
        r"(?:^|[`|] *)make (?:-s )?([a-z]+)", "\n".join(CODE.findall(readme)), re.M
    )  # not "may make muscles twitch"
    assert commands, "README.md shows no make command"
    assert set(commands) <= TARGETS


def test_every_target_has_a_help_line() -> None:
    assert TARGETS
    assert set(re.findall(r"^([a-z]+):.*## \S", MAKEFILE, re.M)) == TARGETS


def test_every_link_of_the_readme_leads_to_a_file(readme: str) -> None:
    links = [markdown or html for markdown, html in LINK.findall(CODE.sub("", readme))]
    paths = {link.partition("#")[0] for link in links if not re.match(r"[a-z]+:", link)} - {""}
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_every_section_the_readme_links_to_is_in_it(readme: str) -> None:
    prose = re.sub(r"^```.*?^```", "", readme, flags=re.M | re.S)
    headings = re.findall(r"^#+ +(.+?) *$", prose, re.M)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([^)]+)\)", prose)) <= anchors


def test_every_path_the_readme_names_exists(readme: str) -> None:
    """Paths in backticks that begin with a folder of the project; `<...>`, `*`, and capitals stand for something else."""
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"models", "results", "var"}  # made, not kept
    named = re.findall(r"`([a-z_]+/[\w./-]*)`", readme)
    paths = [path for path in named if path.partition("/")[0] in folders and not re.search(r"[A-Z]{2}", path)]
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []
