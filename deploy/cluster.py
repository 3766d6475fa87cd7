"""The cluster on one machine: `python -m deploy.cluster up`, and `down`, `status`, `ctl`, or `run` from another terminal."""

from __future__ import annotations

import argparse
import glob
import json
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from deploy import nginx
from fascicle import ROOT, private
from fascicle.bot.servers import HOST, child, free_port, is_free, opened, state_folder
from fascicle.database import THREADS
from fascicle.environment import SETTINGS
from fascicle.errors import StartError

MODEL = ROOT / "models/fascicle.tar.gz"
CREDENTIALS = ROOT / "credentials.cluster.yml"
PORT = 5005
INNER_PORT = 5600
"""The first of the ports that only the cluster's own servers use; the others follow."""
SPARE_CONNECTIONS = 20
"""Connections to the database for those who look after it; PostgreSQL keeps three of them to itself."""
START_SECONDS = 180.0
STOP_SECONDS = 60.0
PROGRAMS = {
    "postgres": ("postgresql", "/usr/lib/postgresql/*/bin/postgres"),
    "initdb": ("postgresql", "/usr/lib/postgresql/*/bin/initdb"),
    "redis": ("redis-server", "/usr/bin/redis-server"),
    "nginx": ("nginx", "/usr/sbin/nginx"),
    "setpriv": ("util-linux", "/usr/bin/setpriv"),
}
"""Debian's package of each program, and where it has it."""
USERS = {"postgres": "postgres", "redis": "redis", "nginx": "www-data"}
"""Whom each runs as when we are root: Debian's own users."""
OWNER = "postgres"
"""Who owns the database, in PostgreSQL."""
_SUPERVISORCTL = (sys.executable, "-W", "ignore", "-m", "supervisor.supervisorctl")


@dataclass(frozen=True)
class Cluster:
    """A cluster: where it keeps everything, and where its servers listen.

    Args:
        folder: its data, settings, and logs.
        address: address that nginx listens on; all else listens on 127.0.0.1.
        port: port that nginx listens on.
        postgres: port of PostgreSQL.
        redis: port of Redis.
        actions_proxy: port at which nginx passes actions on.
        actions: ports of the action servers.
        rasa: ports of the Rasa servers.
        passwords: those of PostgreSQL and Redis.
    """

    folder: Path
    address: str
    port: int
    postgres: int
    redis: int
    actions_proxy: int
    actions: tuple[int, ...]
    rasa: tuple[int, ...]
    passwords: Mapping[str, str] = field(repr=False)

    @classmethod
    def new(cls, folder: Path, address: str, port: int, first_inner: int, rasa: int, actions: int) -> Cluster:
        """A cluster that is to run in `folder`; a port of 0 stands for any that is free.

        Raises:
            StartError: a port is in use, or the folder holds data whose password is lost.
        """
        count = 3 + actions + rasa
        inner = list(range(first_inner, first_inner + count)) if first_inner else _free_ports(count)
        port = port or free_port()
        taken = [number for number in (port, *inner) if not is_free(number)]
        if taken:
            raise StartError(f"port {taken[0]} is in use; choose others with --port (make: PORT=) and --inner-port")
        postgres, redis, proxy, *servers = inner
        return cls(
            folder, address, port, postgres, redis, proxy, tuple(servers[:actions]), tuple(servers[actions:]), _passwords(folder)
        )

    @classmethod
    def of(cls, folder: Path) -> Cluster:
        """The cluster that was last started in `folder`.

        Raises:
            StartError: there is none.
        """
        try:
            kept = json.loads((folder / "cluster.json").read_text(encoding="utf-8"))
        except OSError as error:
            raise StartError(f"there is no cluster in {folder}: {error.strerror}") from None
        return cls(folder, **kept | {"actions": tuple(kept["actions"]), "rasa": tuple(kept["rasa"])})

    @property
    def url(self) -> str:
        """Where people reach it."""
        return f"http://{self.address}:{self.port}/chat/"

    @property
    def database_url(self) -> str:
        """Address of its database, with the password."""
        return f"postgresql://fascicle:{self.passwords['postgres']}@{HOST}:{self.postgres}/fascicle"

    @property
    def redis_url(self) -> str:
        """Address of its Redis, with the password."""
        return f"redis://:{self.passwords['redis']}@{HOST}:{self.redis}/0"

    @property
    def max_connections(self) -> int:
        """Connections that PostgreSQL takes: those of each server twice, as it may not yet miss those of one that died."""
        return 2 * THREADS * len(self.rasa) + SPARE_CONNECTIONS

    @property
    def environment(self) -> dict[str, str]:
        """What its Rasa servers, and commands that work on its data, find in their environment."""
        return {
            **SETTINGS,
            "FASCICLE_PROFILE": "cluster",
            "FASCICLE_STATE": str(self.folder),
            "FASCICLE_ACTIONS_URL": f"http://{HOST}:{self.actions_proxy}/webhook",
            "FASCICLE_DATABASE_URL": self.database_url,
            "FASCICLE_REDIS_URL": self.redis_url,
        }

    def is_ready(self) -> bool:
        """Whether every Rasa server would answer a question, and nginx passes them on."""
        servers = [f"http://{HOST}:{port}/chat/" for port in self.rasa]
        return all(answers(f"{url}ready") for url in (*servers, self.url))

    def control(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        """Tell supervisord something, such as `status` or `restart rasa-0`."""
        return subprocess.run([*_SUPERVISORCTL, "-c", str(self.folder / "supervisord.conf"), *words], check=False)


def _passwords(folder: Path) -> Mapping[str, str]:
    """Those of the cluster that ran here before, since its database knows them; else new ones."""
    try:
        return Cluster.of(folder).passwords
    except StartError:
        if (folder / "postgres/data").exists():
            raise StartError(f"{folder} holds a database, but cluster.json with its password is missing") from None
        return {"postgres": secrets.token_hex(24), "redis": secrets.token_hex(24)}


def _free_ports(count: int) -> list[int]:
    found: set[int] = set()
    while len(found) < count:
        found.add(free_port())
    return list(found)


def answers(url: str) -> bool:
    """Whether a server answers that all is well."""
    try:
        with opened(url, 5) as response:
            return response.status == 200
    except OSError:
        return False


def write(cluster: Cluster, model: Path, credentials: Path) -> None:
    """Write all settings, and make the database where there is none.

    Raises:
        StartError: a program is missing, or does not accept the settings, or cannot reach the folder.
    """
    for path in (cluster.folder, ROOT, sys.executable, model.resolve(), credentials.resolve()):
        if misread := re.search(r"[^\w./+:@,=-]", str(path)):
            raise StartError(f"{path} has {misread[0]!r} in its name, which nginx and supervisord would misread")
    programs = {name: find_program(name) for name in PROGRAMS}
    users = {name: user if os.geteuid() == 0 else "" for name, user in USERS.items()}
    private.make_folder(cluster.folder)
    for name in ("log", *USERS):
        _own_folder(cluster.folder / name, users.get(name, ""))
    _check_reach(cluster.folder, users["postgres"])
    _write(cluster.folder / "cluster.json", _kept(cluster))
    values = {
        **vars(cluster), "programs": programs, "users": users, "root": ROOT, "python": sys.executable,
        "owner": users["postgres"] or pwd.getpwuid(os.geteuid()).pw_name,
        "max_connections": cluster.max_connections, "model": model.resolve(), "credentials": credentials.resolve(),
    }  # fmt: skip
    made = nginx.templates()
    for place, owner in (
        ("supervisord.conf", ""),
        ("postgres/postgresql.conf", "postgres"),
        ("postgres/pg_hba.conf", "postgres"),
        ("postgres/pg_ident.conf", "postgres"),
        ("redis/redis.conf", "redis"),
    ):
        text = made.get_template(Path(place).name).render(values)
        _write(cluster.folder / place, text, users.get(owner, ""))
    _write(cluster.folder / "nginx.conf", _nginx(cluster, users["nginx"]))
    _run([programs["nginx"], "-t", "-q", "-e", "stderr", "-p", str(cluster.folder), "-c", str(cluster.folder / "nginx.conf")])
    if not (cluster.folder / "postgres/data").exists():
        _make_database(cluster, programs, users["postgres"])


def _nginx(cluster: Cluster, user: str) -> str:
    return nginx.settings(
        listen=f"{cluster.address}:{cluster.port}",
        actions_listen=f"{HOST}:{cluster.actions_proxy}",
        rasa=[f"{HOST}:{port}" for port in cluster.rasa],
        actions=[f"{HOST}:{port}" for port in cluster.actions],
        folder=str(cluster.folder),
        scratch=str(cluster.folder / "nginx"),
        user=user,
    )


def _kept(cluster: Cluster) -> str:
    return json.dumps({name: value for name, value in asdict(cluster).items() if name != "folder"}, indent=1) + "\n"


def _make_database(cluster: Cluster, programs: Mapping[str, str], user: str) -> None:
    """Make the database and the bot's user. Nobody else can reach it over the network, whatever they know.

    The database's owner has a name of its own: that of the account may be the bot's, which then would have no password.

    Raises:
        StartError: it cannot be made.
    """
    data = str(cluster.folder / "postgres/data")
    unfinished = f"{data}.new"
    shutil.rmtree(unfinished, ignore_errors=True)
    _run([programs["initdb"], "-D", unfinished, "-U", OWNER, "-A", "peer", "-E", "UTF8", "--locale", "C.UTF-8"], user)
    role = f"CREATE ROLE fascicle LOGIN PASSWORD '{cluster.passwords['postgres']}';\nCREATE DATABASE fascicle OWNER fascicle;\n"
    alone = [programs["postgres"], "--single", "-D", unfinished, "-c", "password_encryption=scram-sha-256", "postgres"]
    if fault := re.search(r"(?:ERROR|FATAL): .*", _run(alone, user, role)):  # it ends well all the same
        raise StartError(f"the database could not be made: {fault[0]}")
    os.rename(unfinished, data)


def find_program(name: str) -> str:
    """Path of a program.

    Raises:
        StartError: it is not installed.
    """
    package, place = PROGRAMS[name]
    found = sorted(glob.glob(place), key=_version) or [path for path in [shutil.which(Path(place).name)] if path]
    if not found:
        raise StartError(f"{Path(place).name} is needed: install the package {package}")
    return found[-1]


def _version(path: str) -> list[int]:
    return [int(part) for part in path.split("/") if part.isdigit()]


def _own_folder(folder: Path, user: str) -> None:
    private.make_folder(folder)
    if user:
        shutil.chown(folder, user)


def _check_reach(folder: Path, user: str) -> None:
    """Whether the database's user, if it is not ours, can come to the folder at all.

    Raises:
        StartError: it cannot.
    """
    folder.chmod(private.PASSABLE if user else private.FOLDER)
    closed = [above for above in (folder, *folder.resolve().parents) if not above.stat().st_mode & 0o001]
    if user and closed:
        raise StartError(
            f"PostgreSQL must not run as root, and its user cannot reach {closed[-1]}: "
            "start the cluster as another user, or name another folder in FASCICLE_STATE"
        )


def _write(path: Path, text: str, user: str = "") -> None:
    """Write a file that only its owner can read."""
    path.unlink(missing_ok=True)
    private.close_file(path)
    path.write_text(text, encoding="utf-8")
    if user:
        shutil.chown(path, user)


def _run(command: Sequence[str], user: str = "", text: str = "") -> str:
    """Run a command; returns what it says of errors."""
    as_user: dict[str, Any] = {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(command, cwd="/", input=text.encode(), capture_output=True, check=False, **as_user)
    if done.returncode:
        raise StartError(f"{command[0]} failed: {(done.stderr or done.stdout).decode().strip()}")
    return done.stderr.decode(errors="replace")


@contextmanager
def running(cluster: Cluster, model: Path = MODEL, credentials: Path = CREDENTIALS) -> Iterator[subprocess.Popen[bytes]]:
    """Run the cluster while the block runs; it is ready when the block begins.

    Raises:
        StartError: it did not get ready; the message says where the logs are.
    """
    if not model.is_file():
        raise StartError(f"there is no model at {model}: run `make train`")
    write(cluster, model, credentials)
    (cluster.folder / "nginx.pid").unlink(missing_ok=True)  # of a machine that went down: the number is somebody else's now
    command = [sys.executable, "-W", "ignore", "-m", "deploy.supervisor", "-c", str(cluster.folder / "supervisord.conf")]
    with private.appending(cluster.folder / "log/start.log") as log, child(command, log, cluster.environment) as supervisor:
        try:
            _wait_until_ready(cluster, supervisor)
            yield supervisor
        finally:
            supervisor.terminate()
            with suppress(subprocess.TimeoutExpired):
                supervisor.wait(STOP_SECONDS)


def _wait_until_ready(cluster: Cluster, supervisor: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not cluster.is_ready():
        if supervisor.poll() is not None:
            raise StartError(f"supervisord stopped with exit code {supervisor.returncode}; see {cluster.folder}/log")
        if time.monotonic() > deadline:
            raise StartError(f"the cluster was not ready within {START_SECONDS:.0f} s; see {cluster.folder}/log")
        time.sleep(0.2)


def supervisor_id(folder: Path) -> int | None:
    """Process id of the supervisord that runs in `folder`."""
    try:
        found = int((folder / "supervisord.pid").read_text())
        command = Path(f"/proc/{found}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return found if str(folder / "supervisord.conf").encode() in command.split(b"\0") else None


def up(folder: Path, options: argparse.Namespace) -> int:
    """Run the cluster until told to stop."""
    if supervisor_id(folder):
        raise StartError(f"a cluster runs in {folder} already")
    cluster = Cluster.new(folder, options.address, options.port, options.inner_port, options.rasa, options.actions)
    print("Starting the cluster ...", flush=True)
    with running(cluster, options.model, options.credentials) as supervisor:
        print(f"The chat is at {cluster.url}frame; Ctrl-C stops it. Logs are in {folder}/log.", flush=True)
        return supervisor.wait()


def down(folder: Path) -> int:
    """Stop the cluster of another terminal, and return when it has stopped."""
    process = supervisor_id(folder)
    if process is None:
        print(f"No cluster runs in {folder}.")
        return 0
    os.kill(process, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while supervisor_id(folder) == process:
        if time.monotonic() > deadline:
            print(f"The cluster in {folder} has not stopped within {STOP_SECONDS:.0f} s.", file=sys.stderr)
            return 1
        time.sleep(0.1)
    return 0


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def main() -> int:
    """Run a command. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m deploy.cluster", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    start = commands.add_parser("up", help="start the cluster, and stop it when told to")
    start.add_argument("--address", default=HOST, help="address that nginx listens on")
    start.add_argument("--port", type=int, default=PORT, help="port that nginx listens on; 0: any that is free")
    start.add_argument("--inner-port", type=int, default=INNER_PORT, help="first port of the servers behind it; 0: any")
    start.add_argument("--rasa", type=int, default=2, help="how many Rasa servers")
    start.add_argument("--actions", type=int, default=2, help="how many action servers")
    start.add_argument("--model", type=Path, default=MODEL)
    start.add_argument("--credentials", type=Path, default=CREDENTIALS, help="settings of the web channel")
    commands.add_parser("down", help="stop it")
    commands.add_parser("status", help="say what runs")
    control = commands.add_parser("ctl", help="tell supervisord something, such as: restart rasa-0")
    control.add_argument("words", nargs="+")
    other = commands.add_parser("run", help="run a command on the cluster's data, such as: make insights")
    other.add_argument("words", nargs=argparse.REMAINDER)
    options = parser.parse_args()

    os.umask(0o077)
    folder = (state_folder(passable=os.geteuid() == 0) / "cluster").resolve()
    for end in (signal.SIGTERM, signal.SIGINT):  # also where a shell started us in the background, with Ctrl-C ignored
        signal.signal(end, _stop)
    try:
        if options.command == "up":
            return up(folder, options)
        if options.command == "down":
            return down(folder)
        if options.command == "run":
            return subprocess.run(options.words, env=os.environ | Cluster.of(folder).environment, check=False).returncode
        words = ["status"] if options.command == "status" else options.words
        return Cluster.of(folder).control(*words).returncode
    except KeyboardInterrupt:
        return 130
    except StartError as error:
        print(f"Could not start: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
