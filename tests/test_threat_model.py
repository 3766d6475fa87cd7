"""docs/threat-model.md names tests that exist, and a test for every threat that it does not call untested."""

from __future__ import annotations

import re

from fascicle import ROOT

PAGE = (ROOT / "docs/threat-model.md").read_text(encoding="utf-8")
THREATS = [row for row in re.findall(r"^\| (.+) \|$", PAGE, re.M) if row.count(" | ") == 2 and not row.startswith("Threat |")]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", PAGE)


def exists(file: str, name: str) -> bool:
    """Whether a file has a test of that name."""
    path = ROOT / file
    return path.is_file() and re.search(rf"^\s*(async )?def {name}\(", path.read_text(encoding="utf-8"), re.M) is not None


def test_every_test_it_names_exists() -> None:
    assert NAMED
    assert [f"{file}::{name}" for file, name in NAMED if not exists(file, name)] == []


def test_every_threat_has_a_test_or_says_that_it_has_none() -> None:
    assert len(THREATS) > 20
    assert [row for row in THREATS if "::test_" not in row and "Not tested here." not in row] == []
