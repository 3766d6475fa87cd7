"""docs/runbooks.md and docs/kubernetes.md: what they have somebody do in trouble is there."""

from __future__ import annotations

import re
from importlib.util import find_spec

import pytest

from fascicle import ROOT
from fascicle.bot import conversations  # noqa: F401
from fascicle.database import TABLES
from fascicle.operations import counts, ratings  # noqa: F401  these make their tables known

PAGES = {name: (ROOT / f"docs/{name}.md").read_text(encoding="utf-8") for name in ("runbooks", "kubernetes")}
CODE = re.compile(r"^ *```sh$(.*?)^ *```$|`([^`\n]+)`", re.M | re.S)
PARTS = ("disk is full", "server hangs", "password or key", "read what they should not", "database is down", "restore")


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ +(.+?) *$", re.sub(r"^```.*?^```", "", text, flags=re.M | re.S), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_somewhere(name):
    for path, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)]*))?\)", PAGES[name]):
        if "://" not in path:
            file = ROOT / "docs" / (path or f"{name}.md")
            assert file.exists(), path
            assert not anchor or anchor in anchors(file.read_text(encoding="utf-8")), (path, anchor)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_is_there(name):
    targets = set(re.findall(r"^([a-z]+):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    code = "\n".join("".join(each) for each in CODE.findall(PAGES[name]))
    assert set(re.findall(r"\bmake ([a-z]+)", code)) <= targets
    assert [module for module in re.findall(r"python -m ([\w.]+)", code) if find_spec(module) is None] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_file_that_is_named_is_there(name):
    named = re.findall(r"`((?:deploy|tests|docs|fascicle|lab)/[\w./-]+)`", PAGES[name])
    assert named
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("part", PARTS)
def test_there_is_one_for(part):
    assert any(part in heading.lower() for heading in re.findall(r"^## (.+)$", PAGES["runbooks"], re.M))


def test_emptying_the_database_of_conversations_leaves_none_and_keeps_the_counts():
    emptied = re.findall(r"^TRUNCATE (.+);$", PAGES["runbooks"], re.M)
    assert emptied
    for tables in emptied:
        assert set(tables.split(", ")) == TABLES.tables.keys() - {"counts"}
