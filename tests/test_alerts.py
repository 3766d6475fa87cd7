"""Alerts and the dashboard name figures, codes, and pages that there are, and each alert is seen to ring and to be still."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from fascicle import ROOT
from fascicle.bot.turn import FAULTS
from fascicle.operations.metrics import BUCKETS, OURS, Metrics
from fascicle.web.contract import REFUSALS

FOLDER = ROOT / "deploy/monitoring"
TESTS = sorted(FOLDER.glob("*_test.yml"))
WORDS = {
    "sum", "rate", "increase", "count", "by", "absent", "and", "changes", "histogram_quantile", "time", "or",
}  # fmt: skip
"""Of Prometheus's language, as far as it is used."""
LATE_SECONDS = 1.0


def read(name: str) -> Any:
    return YAML(typ="safe").load((FOLDER / name).read_text(encoding="utf-8"))


RULES = [rule for group in read("alerts.yml")["groups"] for rule in group["rules"]]
ALERTS = {rule["alert"]: rule for rule in RULES if "alert" in rule}
RECORDED = {rule["record"]: rule["expr"] for rule in RULES if "record" in rule}
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
PANELS = {panel["title"]: [target["expr"] for target in panel["targets"]] for panel in DASHBOARD["panels"]}
EXPRESSIONS = [
    *(pytest.param(rule["expr"], id=rule.get("alert") or rule["record"]) for rule in RULES),
    *(pytest.param(expression, id=f"{title} {n}") for title, every in PANELS.items() for n, expression in enumerate(every)),
]


@pytest.fixture(scope="module")
def samples() -> dict[str, list[dict[str, str]]]:
    """Labels of what a server says of itself after one of everything, by name; and what Prometheus itself says of a server."""
    metrics = Metrics((*FAULTS, *REFUSALS), lambda: 0)
    metrics.turn("answer", 0.1)
    metrics.rate("helpful", "answer")
    found: dict[str, list[dict[str, str]]] = {"up": [{"job": "fascicle", "instance": ""}]}
    for family in text_string_to_metric_families(metrics.as_text("one").decode()):
        for sample in family.samples:
            found.setdefault(sample.name, []).append({**sample.labels, "job": "fascicle", "instance": ""})
    return found


def names(expression: str) -> set[str]:
    """Names of figures in an expression: what is left of it without texts, labels, times, numbers, and words of the language."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)", "", bare)
    return set(re.findall(r"[A-Za-z_][\w:]*", bare)) - WORDS


def selectors(expression: str) -> Iterator[tuple[str, str, str, str]]:
    """Figure, label, comparison, and text of each condition in an expression."""
    for name, inside in re.findall(r"([\w:]+)\{([^}]*)\}", expression):
        for label, comparison, text in re.findall(r'(\w+)(=~|=|!=|!~)"([^"]*)"', inside):
            yield name, label, comparison, text


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_figure_that_is_named_is_measured(expression, samples):
    assert names(expression)
    assert names(expression) - samples.keys() - RECORDED.keys() == set()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_every_label_that_is_asked_for_is_there(expression, samples):
    for name, label, comparison, text in selectors(expression):
        values = {each.get(label) for each in samples[name]}
        assert comparison in ("=", "=~")
        assert set(text.split("|") if comparison == "=~" else [text]) <= values, (name, label)
    for labels in re.findall(r"\bby \(([^)]*)\)", expression):
        for label in labels.split(","):
            assert any(label.strip() in each for name in names(expression) for each in samples[name]), label


def test_what_is_late_is_a_bucket_of_the_histogram():
    assert LATE_SECONDS in BUCKETS
    assert all(f'le="{LATE_SECONDS}"' in expression for name, expression in RECORDED.items() if ":late:" in name)


def test_what_fails_here_is_unanswered_or_has_an_alert_of_its_own():
    unanswered = {text for _, label, _, text in selectors(RECORDED["fascicle:unanswered:ratio_rate5m"]) if label == "code"}
    alone = {text for rule in ALERTS.values() for _, label, _, text in selectors(rule["expr"]) if label == "code"}
    assert set(OURS) <= {code for text in (*unanswered, *alone) for code in text.split("|")}


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_says_what_is_to_be_done(name):
    page, _, anchor = ALERTS[name]["annotations"]["runbook"].partition("#")
    headings = re.findall(r"^##+ (.+)$", (ROOT / page).read_text(encoding="utf-8"), re.M)
    assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    assert ALERTS[name]["annotations"]["summary"]
    assert ALERTS[name]["labels"]["severity"] in ("page", "ticket")


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_seen_to_ring_and_to_be_still(name):
    looks = [look for path in TESTS for test in read(path.name)["tests"] for look in test.get("alert_rule_test", ())]
    rings = {bool(look["exp_alerts"]) for look in looks if look["alertname"] == name}
    assert rings == {True, False}


@pytest.mark.parametrize("path", TESTS, ids=lambda path: path.name)
def test_alerts_ring_when_they_should(path):
    promtool = shutil.which("promtool", path=str(ROOT / ".tools/bin")) or shutil.which("promtool")
    if promtool is None:
        pytest.skip("there is no promtool here: `make tools`")
    done = subprocess.run([promtool, "test", "rules", path], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_panels_lie_side_by_side_and_not_on_each_other():
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_every_figure_of_ours_is_on_the_dashboard(samples):
    shown = {name for every in PANELS.values() for expression in every for name in names(expression)}
    shown |= {name for record in shown & RECORDED.keys() for name in names(RECORDED[record])}
    ours = {name for name in samples if name.startswith("fascicle_") and not name.endswith(("_created", "_sum"))}
    assert ours - shown == set()
