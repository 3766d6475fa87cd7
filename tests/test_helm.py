"""The Helm chart: what it makes of deploy/helm/example.values.yml, which deploy/helm/example.yml holds, and what it refuses."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from deploy import nginx, watchdog
from deploy.cluster import START_SECONDS
from fascicle import ROOT
from fascicle.database import THREADS
from fascicle.web import files
from fascicle.web.contract import REFUSALS
from fascicle.web.settings import Settings
from fascicle.web.throttle import MAX_RUNNING

HELM = ROOT / "deploy/helm"
CHART, EXAMPLE, VALUES = HELM / "fascicle", HELM / "example.yml", HELM / "example.values.yml"
TOOLS = ROOT / ".tools"
MADE: dict[str, dict[str, Any]] = {
    f"{each['kind']}/{each['metadata']['name']}": each for each in YAML(typ="safe").load_all(EXAMPLE.read_text()) if each
}
DEPLOYMENTS = ("Deployment/fascicle-rasa", "Deployment/fascicle-actions")
PARTS = ("rasa", "actions")


def helm() -> str:
    """Path of Helm; it is not needed for the tests that read the example."""
    found = shutil.which("helm", path=f"{TOOLS}/helm") or shutil.which("helm")
    if found is None:
        pytest.skip("there is no helm here: `make tools`")
    return found


def template(*more: str) -> subprocess.CompletedProcess[str]:
    command = [helm(), "template", "fascicle", str(CHART), "--namespace", "fascicle", "--values", str(VALUES), *more]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def pod(name: str) -> dict[str, Any]:
    return MADE[name]["spec"]["template"]["spec"]


def containers(name: str) -> list[dict[str, Any]]:
    return [*pod(name).get("initContainers", ()), *pod(name)["containers"]]


def environment(name: str) -> dict[str, Any]:
    return {each["name"]: each.get("value", each.get("valueFrom")) for each in pod(name)["containers"][0]["env"]}


def test_the_example_is_what_the_chart_makes():
    made = template()
    assert made.returncode == 0, made.stderr
    assert made.stdout == EXAMPLE.read_text(), "make chart"


def test_helm_finds_no_fault_with_it():
    done = subprocess.run(
        [helm(), "lint", "--strict", str(CHART), "--values", str(VALUES)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("version", ["1.27", "1.31", "1.37"])
def test_kubernetes_takes_every_field_of_it(version, tmp_path):
    validate = TOOLS / "bin/kubernetes-validate"
    if not validate.exists():
        pytest.skip("there is no kubernetes-validate here: `make tools`")

    def judged(path: Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run([validate, "--strict", "-k", version, path], capture_output=True, text=True, check=False)

    assert judged(EXAMPLE).returncode == 0, judged(EXAMPLE).stdout
    (tmp_path / "broken.yml").write_text(EXAMPLE.read_text().replace("readinessProbe:", "readyProbe:"))
    assert judged(tmp_path / "broken.yml").returncode != 0, "it would not have seen a field that there is not"


@pytest.mark.parametrize(
    "missing",
    [
        "image.digest", "model.digest", "database.host", "database.existingSecret", "database.caSecret",
        "redis.host", "redis.existingSecret", "redis.caSecret", "ingress.host", "ingress.tlsSecret",
    ],
)  # fmt: skip
def test_what_has_to_be_given_is_asked_for(missing):
    done = template("--set", f"{missing}=")
    assert done.returncode != 0
    assert missing.partition(".")[0] in done.stderr


@pytest.mark.parametrize(
    "wrong",
    ["database.sslMode=disable", "database.sslMode=require", "image.digest=,image.tag=latest", "channel.trustedProxies=0",
     "rasa.autoscaling.running=9", "rasa.replicaCount=3"],
)  # fmt: skip
def test_what_would_not_be_safe_is_refused(wrong):
    assert template("--set", wrong).returncode != 0


def test_without_autoscaling_the_number_of_servers_is_fixed():
    made = template("--set", "rasa.autoscaling.enabled=false,actions.autoscaling.enabled=false,rasa.replicas=5").stdout
    kinds = {(each["kind"], each["metadata"]["name"]): each for each in YAML(typ="safe").load_all(made) if each}
    assert kinds["Deployment", "fascicle-rasa"]["spec"]["replicas"] == 5
    assert not any(kind == "HorizontalPodAutoscaler" for kind, _ in kinds)


def test_everything_that_it_takes_is_there():
    kinds = sorted({name.partition("/")[0] for name in MADE})
    assert kinds == [
        "ConfigMap", "Deployment", "HorizontalPodAutoscaler", "Ingress", "NetworkPolicy", "PodDisruptionBudget", "Service",
        "ServiceAccount",
    ]  # fmt: skip


def test_paths_are_those_that_nginx_passes_on():
    exact = {f"/chat/{name}" for name in (*nginx.ASKED, "health", "ready", *files.PUBLIC)}
    (rule,) = MADE["Ingress/fascicle"]["spec"]["rules"]
    paths = [(path["pathType"], path["path"]) for path in rule["http"]["paths"]]
    assert sorted(paths) == sorted([*(("Exact", path) for path in exact), ("Prefix", "/chat/conversations")])
    assert not any("metrics" in path for _, path in paths)


def test_nobody_comes_in_under_another_name_or_without_encryption():
    spec = MADE["Ingress/fascicle"]["spec"]
    assert [rule["host"] for rule in spec["rules"]] == spec["tls"][0]["hosts"] == ["bot.example.org"]
    assert spec["tls"][0]["secretName"]
    assert "defaultBackend" not in spec


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_nothing_runs_as_root_or_writes_to_its_image(name):
    shared = pod(name)["securityContext"]
    assert (shared["runAsNonRoot"], shared["runAsUser"], shared["seccompProfile"]["type"]) == (True, 10001, "RuntimeDefault")
    assert pod(name)["automountServiceAccountToken"] is False
    for container in containers(name):
        context = container["securityContext"]
        assert (context["readOnlyRootFilesystem"], context["allowPrivilegeEscalation"]) == (True, False), container["name"]
        assert context["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_what_is_written_to_is_limited(name):
    volumes = {volume["name"]: volume for volume in pod(name)["volumes"]}
    for container in containers(name):
        for mount in container["volumeMounts"]:
            if not mount.get("readOnly"):
                assert "sizeLimit" in volumes[mount["name"]]["emptyDir"], mount
        assert container["resources"]["limits"]["memory"]
        assert container["resources"]["requests"]["cpu"]


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_images_are_named_by_what_is_in_them(name):
    assert [container["name"] for container in containers(name) if "@sha256:" not in container["image"]] == []


@pytest.mark.parametrize(("name", "path"), zip(DEPLOYMENTS, ("/chat/health", "/health"), strict=True))
def test_a_server_that_hangs_is_replaced_as_the_watchdog_does_it(name, path):
    (container,) = pod(name)["containers"]
    probes = {kind: container[f"{kind}Probe"] for kind in ("startup", "liveness", "readiness")}
    for probe in probes.values():
        assert (probe["httpGet"]["path"], probe["httpGet"]["port"]) == (path, "http")
    live, start = probes["liveness"], probes["startup"]
    assert (live["periodSeconds"], live["timeoutSeconds"]) == (watchdog.EVERY_SECONDS, watchdog.PATIENCE_SECONDS)
    assert live["failureThreshold"] == watchdog.FAILURES
    assert start["periodSeconds"] * start["failureThreshold"] == START_SECONDS


def test_a_database_that_is_down_takes_no_server_out():
    """Who reports an emergency is answered without it, but only by a server that people are passed on to."""
    (container,) = pod("Deployment/fascicle-rasa")["containers"]
    assert container["readinessProbe"]["httpGet"]["path"] != "/chat/ready"


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_probes_ask_under_a_name_that_every_server_knows(name):
    for kind in ("startup", "liveness", "readiness"):
        (header,) = pod(name)["containers"][0][f"{kind}Probe"]["httpGet"]["httpHeaders"]
        assert header == {"name": "Host", "value": "localhost"}


@pytest.mark.parametrize("part", PARTS)
def test_a_server_that_ends_is_not_asked_any_more(part):
    spec = pod(f"Deployment/fascicle-{part}")
    assert spec["containers"][0]["lifecycle"]["preStop"]["exec"]["command"] == ["sleep", "5"]
    assert spec["terminationGracePeriodSeconds"] >= 5 + 15
    rolling = MADE[f"Deployment/fascicle-{part}"]["spec"]["strategy"]["rollingUpdate"]
    assert rolling == {"maxUnavailable": 0, "maxSurge": 1}


@pytest.mark.parametrize("part", PARTS)
def test_everything_that_selects_a_part_finds_it_and_no_other(part):
    labels = MADE[f"Deployment/fascicle-{part}"]["spec"]["template"]["metadata"]["labels"]
    other = MADE[f"Deployment/fascicle-{'actions' if part == 'rasa' else 'rasa'}"]["spec"]["template"]["metadata"]["labels"]
    spread = pod(f"Deployment/fascicle-{part}")["topologySpreadConstraints"]
    for selector in (
        MADE[f"Deployment/fascicle-{part}"]["spec"]["selector"]["matchLabels"],
        MADE[f"Service/fascicle-{part}"]["spec"]["selector"],
        MADE[f"PodDisruptionBudget/fascicle-{part}"]["spec"]["selector"]["matchLabels"],
        MADE[f"NetworkPolicy/fascicle-{part}"]["spec"]["podSelector"]["matchLabels"],
        *(each["labelSelector"]["matchLabels"] for each in spread),
    ):
        assert selector.items() <= labels.items()
        assert not selector.items() <= other.items()


def test_the_number_of_rasa_servers_follows_the_questions_that_run():
    spec = MADE["HorizontalPodAutoscaler/fascicle-rasa"]["spec"]
    (metric,) = spec["metrics"]
    assert metric["pods"]["metric"]["name"] == "fascicle_turns_running"
    assert int(metric["pods"]["target"]["averageValue"]) == MAX_RUNNING / 2
    assert 2 <= spec["minReplicas"] < spec["maxReplicas"]


@pytest.mark.parametrize("part", PARTS)
def test_autoscaling_sets_the_number_and_nothing_else_does(part):
    spec = MADE[f"HorizontalPodAutoscaler/fascicle-{part}"]["spec"]
    assert spec["scaleTargetRef"]["name"] == f"fascicle-{part}"
    assert "replicas" not in MADE[f"Deployment/fascicle-{part}"]["spec"]
    assert MADE[f"PodDisruptionBudget/fascicle-{part}"]["spec"]["maxUnavailable"] == 1


def test_actions_are_called_by_rasa_servers_only_and_call_nobody():
    spec = MADE["NetworkPolicy/fascicle-actions"]["spec"]
    assert spec["egress"] == []
    assert set(spec["policyTypes"]) == {"Ingress", "Egress"}
    (source,) = [one for rule in spec["ingress"] for one in rule["from"]]
    assert source["podSelector"]["matchLabels"]["app.kubernetes.io/component"] == "rasa"


def test_rasa_servers_reach_what_they_need_and_nothing_else():
    spec = MADE["NetworkPolicy/fascicle-rasa"]["spec"]
    assert {port["port"] for rule in spec["egress"] for port in rule["ports"]} == {53, 5055, 5432, 6379}
    assert {port["port"] for rule in spec["ingress"] for port in rule["ports"]} == {5005}
    assert all(rule["from"] for rule in spec["ingress"])


def test_passwords_are_in_secrets_only():
    given = environment("Deployment/fascicle-rasa")
    for name in ("DATABASE_USER", "DATABASE_PASSWORD", "REDIS_PASSWORD"):
        assert given[name].keys() == {"secretKeyRef"}
    assert not any(name.startswith("Secret/") for name in MADE)
    assert not any("PASSWORD" in name or "URL" in name for name in environment("Deployment/fascicle-actions"))


def test_the_database_and_redis_have_to_show_who_they_are():
    given = environment("Deployment/fascicle-rasa")
    mounts = {mount["mountPath"] for mount in pod("Deployment/fascicle-rasa")["containers"][0]["volumeMounts"]}
    assert "sslmode=verify-full&sslrootcert=/etc/fascicle/database/ca.crt" in given["FASCICLE_DATABASE_URL"]
    assert given["FASCICLE_REDIS_URL"].startswith("rediss://")
    assert given["FASCICLE_REDIS_URL"].endswith("?ssl_ca_certs=/etc/fascicle/redis/ca.crt&ssl_check_hostname=true")
    assert {"/etc/fascicle/database", "/etc/fascicle/redis"} <= mounts


def test_the_environment_has_what_the_profile_asks_for():
    asked = set(re.findall(r"\$\{(\w+)\}", (ROOT / "endpoints.cluster.yml").read_text()))
    assert asked
    assert asked <= environment("Deployment/fascicle-rasa").keys()


def test_both_parts_know_how_long_a_conversation_is_kept():
    kept = {environment(name)["FASCICLE_RETENTION_HOURS"] for name in DEPLOYMENTS}
    assert kept == {"24"}


def test_the_channel_takes_its_settings_and_they_are_those_of_the_cluster():
    def read(text: str) -> Settings:
        return Settings.of(YAML(typ="safe").load(text)["fascicle.web.channel.WebChannel"])

    ours = read(MADE["ConfigMap/fascicle-settings"]["data"]["credentials.yml"])
    theirs = read((ROOT / "credentials.cluster.yml").read_text())
    assert (ours.limits, ours.page, ours.trusted_proxies) == (theirs.limits, False, 1)
    assert ours.allowed_origins == {"https://www.example.org"}
    assert "overloaded" in REFUSALS, "what a server says that has no place left"


def test_the_commands_are_those_of_the_program():
    command = pod("Deployment/fascicle-rasa")["containers"][0]["command"]
    assert command[:4] == ["python", "-m", "fascicle", "serve"]
    shown = subprocess.run(
        [sys.executable, "-m", "fascicle", "serve", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert [word for word in command[4:] if word.partition("=")[0] not in shown.stdout] == []


def test_the_model_comes_from_an_image_of_its_own():
    (first,) = pod("Deployment/fascicle-rasa")["initContainers"]
    source, target = first["command"][1:]
    assert f"COPY --chmod=0444 models/fascicle.tar.gz {source}" in (ROOT / "deploy/model.Dockerfile").read_text()
    assert f"--model={target}" in pod("Deployment/fascicle-rasa")["containers"][0]["command"]
    assert (ROOT / "deploy/model.Dockerfile.dockerignore").read_text().split() == ["*", "!models/fascicle.tar.gz"]


def test_the_page_says_how_many_connections_the_database_needs():
    page = (ROOT / "docs/kubernetes.md").read_text(encoding="utf-8")
    values = YAML(typ="safe").load((CHART / "values.yaml").read_text())
    most = (values["rasa"]["autoscaling"]["max"] + 1) * THREADS
    assert f"{most} connections" in page
