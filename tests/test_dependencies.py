"""What is installed is what requirements.txt says, and docs/dependencies.md speaks of the versions that stand there."""

from __future__ import annotations

import re

from fascicle import ROOT

REQUIREMENTS = (ROOT / "requirements.txt").read_text(encoding="utf-8")
ENTRIES = re.split(r"^(?=[a-z0-9])", REQUIREMENTS, flags=re.M | re.I)[1:]
PINNED = {name: version for entry in ENTRIES for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==(\S+)", entry)}


def test_every_package_is_pinned_with_its_hash() -> None:
    assert len(PINNED) == len(ENTRIES) > 100
    assert [entry.partition(" ")[0] for entry in ENTRIES if "--hash=sha256:" not in entry] == []


def test_advisories_are_those_of_the_pinned_versions() -> None:
    page = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.-]+) (\S+)` \|", page, re.M)
    assert rows
    assert [(name, version) for name, version in rows if PINNED.get(name) != version] == []
