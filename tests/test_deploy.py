"""Settings of the cluster, without starting it; tests/cluster has the rest."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from deploy import cluster, nginx
from deploy.cluster import Cluster
from fascicle import ROOT
from fascicle.bot.servers import HOST
from fascicle.database import THREADS
from fascicle.errors import StartError
from fascicle.web.settings import Settings

COMPOSE = ROOT / "deploy/compose.yml"
PASSWORDS = {"FASCICLE_POSTGRES_PASSWORD": "a", "FASCICLE_REDIS_PASSWORD": "b"}


@pytest.mark.parametrize("text", ["it's", 'a "b"', "a \\ b"])
def test_a_text_is_quoted_for_nginx(text):
    quoted = nginx.quoted(text)
    assert (quoted[0], quoted[-1]) == ("'", "'")
    assert quoted[1:-1].replace("\\'", "'").replace("\\\\", "\\") == text


def test_a_variable_in_a_text_is_refused():
    with pytest.raises(ValueError, match="variable"):
        nginx.quoted("costs $uri")


def test_settings_of_nginx_for_containers_are_accepted_by_nginx(tmp_path):
    addresses = {"rasa": [f"{HOST}:1", f"{HOST}:2"], "actions": [f"{HOST}:3", f"{HOST}:4"]}
    made = nginx.settings(listen="18080", actions_listen="18081", folder=str(tmp_path), **addresses)
    (tmp_path / "nginx.conf").write_text(made)
    command = [cluster.find_program("nginx"), "-t", "-e", "stderr", "-c", str(tmp_path / "nginx.conf")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_port_in_use_is_refused(tmp_path):
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} is in use"):
            Cluster.new(tmp_path, HOST, port, 0, 2, 2)


def test_ports_that_are_chosen_differ(tmp_path):
    made = Cluster.new(tmp_path, HOST, 0, 0, rasa=3, actions=2)
    ports = [made.port, made.postgres, made.redis, made.actions_proxy, *made.actions, *made.rasa]
    assert len(set(ports)) == 9


def test_passwords_are_kept_as_long_as_the_database_and_never_shown(tmp_path):
    made = Cluster.new(tmp_path, HOST, 0, 0, 2, 2)
    assert not any(password in repr(made) for password in made.passwords.values())
    assert made.passwords["postgres"] != made.passwords["redis"]
    cluster._write(tmp_path / "cluster.json", cluster._kept(made))
    assert Cluster.of(tmp_path) == made
    assert Cluster.new(tmp_path, HOST, 0, 0, 2, 2).passwords == made.passwords


@pytest.mark.parametrize("servers", [1, 2, 6, 40])
def test_the_database_takes_a_connection_for_every_thread_of_every_server(tmp_path, servers):
    made = Cluster.new(tmp_path, HOST, 0, 0, rasa=servers, actions=1)
    settings = nginx.templates().get_template("postgresql.conf").render(vars(made) | {"max_connections": made.max_connections})
    (found,) = re.findall(r"^max_connections = (\d+)$", settings, re.M)
    assert int(found) >= servers * THREADS + 3 + THREADS, "and for those that PostgreSQL keeps to itself, and for one command"


def test_a_database_without_its_password_is_refused(tmp_path):
    (tmp_path / "postgres/data").mkdir(parents=True)
    with pytest.raises(StartError, match="password is missing"):
        Cluster.new(tmp_path, HOST, 0, 0, 2, 2)


def test_a_missing_program_is_named_with_its_package(monkeypatch):
    monkeypatch.setitem(cluster.PROGRAMS, "redis", ("redis-server", "/nowhere/redis-nowhere"))
    with pytest.raises(StartError, match="redis-nowhere is needed: install the package redis-server"):
        cluster.find_program("redis")


def test_the_newest_postgresql_is_taken(monkeypatch, tmp_path):
    for version in ("9", "15", "16"):
        (tmp_path / version).mkdir()
        (tmp_path / version / "postgres").touch()
    monkeypatch.setitem(cluster.PROGRAMS, "postgres", ("postgresql", f"{tmp_path}/*/postgres"))
    assert cluster.find_program("postgres") == f"{tmp_path}/16/postgres"


def _programs(folder: Path, said: str) -> dict[str, str]:
    """Programs in the place of PostgreSQL's: they write down what they are told, and one says something while it ends well."""
    made = {}
    (folder / "bin").mkdir()
    for name in ("initdb", "postgres"):
        script = f'#!/bin/sh\necho "$@" >>{folder}/told\nmkdir -p {folder}/postgres/data.new\necho "{said}" >&2\n'
        (folder / "bin" / name).write_text(script)
        (folder / "bin" / name).chmod(0o755)
        made[name] = str(folder / "bin" / name)
    return made


def test_the_owner_of_the_database_has_another_name_than_the_bot_whatever_the_account_is_called(tmp_path):
    made = Cluster.new(tmp_path, HOST, 0, 0, 2, 2)
    cluster._make_database(made, _programs(tmp_path, "LOG:  checkpoint"), "")
    assert f"-U {cluster.OWNER} " in (tmp_path / "told").read_text()
    assert cluster.OWNER != "fascicle"
    settings = nginx.templates().get_template("pg_ident.conf").render(owner="fascicle")
    assert f"owner fascicle {cluster.OWNER}" in settings.splitlines()
    assert f"local all {cluster.OWNER} peer map=owner" in (ROOT / "deploy/templates/pg_hba.conf").read_text().splitlines()


def test_a_database_that_was_made_in_part_is_refused_without_its_password(tmp_path):
    made = Cluster.new(tmp_path, HOST, 0, 0, 2, 2)
    said = f"ERROR:  role exists\nSTATEMENT:  {made.passwords['postgres']}"
    with pytest.raises(StartError, match="could not be made: ERROR:  role exists") as refused:
        cluster._make_database(made, _programs(tmp_path, said), "")
    assert made.passwords["postgres"] not in str(refused.value)
    assert not (tmp_path / "postgres/data").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's PostgreSQL runs as that user")
def test_a_folder_that_the_databases_user_cannot_reach_is_refused(tmp_path):
    (tmp_path / "cluster").mkdir()
    tmp_path.chmod(0o700)
    with pytest.raises(StartError, match="its user cannot reach"):
        cluster._check_reach(tmp_path / "cluster", "postgres")


@pytest.mark.parametrize("name", ["two words", "100%", "it's", "$HOME"])
def test_a_folder_whose_name_would_be_misread_is_refused(tmp_path, name):
    made = Cluster.new(tmp_path / name, HOST, 0, 0, 2, 2)
    with pytest.raises(StartError, match="name"):
        cluster.write(made, cluster.MODEL, cluster.CREDENTIALS)


def test_the_cluster_trusts_its_one_proxy_and_differs_in_nothing_else_that_people_see():
    settings = {
        name: Settings.of(YAML(typ="safe").load((ROOT / name).read_text())["fascicle.web.channel.WebChannel"])
        for name in ("credentials.yml", "credentials.cluster.yml")
    }
    ours, other = settings["credentials.cluster.yml"], settings["credentials.yml"]
    assert (ours.trusted_proxies, other.trusted_proxies) == (1, 0)
    assert (ours.page, other.page) == (False, True)
    assert ours.allowed_origins == other.allowed_origins
    assert (ours.limits.sender, ours.limits.address) == (other.limits.sender, other.limits.address)


def _compose() -> list[str]:
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]) and subprocess.run([*command, "version"], capture_output=True, check=False).returncode == 0:
            return command
    return []


@pytest.mark.skipif(not _compose(), reason="there is no docker compose here")
@pytest.mark.parametrize("missing", ["", *PASSWORDS])
def test_compose_accepts_its_file_and_wants_every_password(missing):
    given = {name: value for name, value in PASSWORDS.items() if name != missing}
    environment = {name: value for name, value in os.environ.items() if name not in PASSWORDS} | given
    command = [*_compose(), "-f", str(COMPOSE), "config", "--quiet"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode == 0) == (not missing), done.stderr
    assert missing in done.stderr


def test_containers_are_as_the_cluster_is():
    services = YAML(typ="rt").load(COMPOSE.read_text())["services"]
    ours = Cluster(Path(), "", 0, 0, 0, 0, (0, 0), (0, 0), {})
    assert f"max_connections={ours.max_connections}" in services["postgres"]["command"]
    assert services.keys() == {"nginx", "rasa-0", "rasa-1", "actions-0", "actions-1", "redis", "postgres"}
    assert [name for name, service in services.items() if "ports" in service] == ["nginx"]
    for name, service in services.items():
        assert "healthcheck" in service, name
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name


def test_images_do_not_run_as_root():
    lines = (ROOT / "deploy/Dockerfile").read_text().splitlines()
    assert "USER fascicle" in lines
    assert any(line.startswith("FROM nginxinc/nginx-unprivileged") for line in lines)
    users = {name: s.get("user") for name, s in YAML(typ="rt").load(COMPOSE.read_text())["services"].items()}
    assert (users["redis"], users["postgres"]) == ("redis", "postgres")


def test_the_image_has_all_that_runs_in_it():
    allowed = {line[1:] for line in (ROOT / "deploy/Dockerfile.dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"actions", "data", "fascicle", "domain.yml", "endpoints.cluster.yml", "credentials.cluster.yml"} <= allowed
    assert all((Path(ROOT) / name).exists() for name in allowed)
