"""Breaks the cluster in every way and loads it: `python -m lab.reliability [--minutes N] [--faults kill-rasa,...]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from deploy import cluster
from deploy.cluster import Cluster
from fascicle import ROOT, environment
from fascicle.bot.servers import HOST
from fascicle.errors import StartError
from lab.benchmarks import measure
from lab.reliability import faults, load
from lab.reliability.faults import Found
from lab.reliability.people import known_questions

RESULTS, PAGE = ROOT / "lab/benchmarks/reliability.json", ROOT / "docs/reliability.md"
BEGIN, END = "<!-- written by make reliability -->\n", "<!-- until here -->\n"
MINUTES = 10.0
LOADS = ("load", "soak")


def main() -> int:
    """Run what is asked for, write the results, and print them.

    Returns the exit code: 1 if a reply was lost or crossed, or a fault did not end.
    """
    parser = argparse.ArgumentParser(prog="python -m lab.reliability", description=__doc__)
    parser.add_argument("--faults", default=",".join(faults.FAULTS), help="names with commas between; none: ''")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="how long the load lasts; 0: no load")
    parser.add_argument("--seconds", type=float, default=faults.STOPPED_SECONDS, help="how long a stopped server stays stopped")
    parser.add_argument("--soak", type=float, metavar="MINUTES", help="no faults, and a load of so many minutes")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file that gets the results; what is not run stays in it")
    options = parser.parse_args()
    names = [] if options.soak else [name for name in options.faults.split(",") if name]
    if unknown := sorted(set(names) - set(faults.FAULTS)):
        parser.error(f"there is no fault {unknown[0]}; there are {', '.join(faults.FAULTS)}")
    environment.prepare()
    try:
        with tempfile.TemporaryDirectory(prefix="fascicle-") as folder:
            Path(folder).chmod(0o711)  # PostgreSQL's user has to come to its own folder
            made = asyncio.run(results(Path(folder), names, options.seconds, options.minutes, options.soak))
    except StartError as error:
        print(f"Could not start: {error}", file=sys.stderr)
        return 1
    kept = merged(_read(options.results), made)
    options.results.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    if options.results == RESULTS:
        PAGE.write_text(with_figures(PAGE.read_text(encoding="utf-8"), kept), encoding="utf-8")
    print(table(made))
    parts = [*made["faults"], *(made[name] for name in LOADS if name in made)]
    return int(any(part["lost"] or part["crossed"] or part.get("recovered_s", 0) is None for part in parts))


async def results(folder: Path, names: Sequence[str], stopped: float, minutes: float, soak: float | None) -> dict[str, Any]:
    """Break and load what is asked for, and measure.

    Args:
        folder: where everything is kept while it runs.
        names: faults.
        stopped: seconds for which a stopped server stays so.
        minutes: how long the load lasts; 0: no load.
        soak: how long the load lasts if it is to be a soak.
    """
    found: list[Found] = []
    made: dict[str, Any] = {}
    with_cluster = [name for name in names if name not in faults.LOCAL_FAULTS]
    if with_cluster or soak or minutes:
        started = Cluster.new(folder / "cluster", HOST, 0, 0, 2, 2)
        _say("Starting the cluster ...")
        with cluster.running(started):
            questions = await known_questions(started.url)
            for name in with_cluster:
                _say(f"{name} ...")
                found.append(await faults.with_cluster(started, questions, name, stopped))
            if length := soak or minutes:
                _say(f"{load.CONVERSATIONS} conversations for {length:g} minutes ...")
                made["soak" if soak else "load"] = await load.hold(started, questions, length)
    with (folder / "servers.log").open("ab") as log:
        for name in names:
            if name in faults.LOCAL_FAULTS:
                _say(f"{name} ...")
                found.append(await faults.LOCAL_FAULTS[name](folder / name, log))
    return {"faults": [one.as_json() for one in found], **made, "machine": _machine()}


def _machine() -> dict[str, Any]:
    return measure.machine() | {"date": date.today().isoformat()}


def merged(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    """The results with what is new in place of what it was measured anew."""
    by_name = {fault["name"]: fault for fault in (*old.get("faults", ()), *new["faults"])}
    return {**old, **new, "faults": [by_name[name] for name in faults.FAULTS if name in by_name]}


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}


def table(made: Mapping[str, Any]) -> str:
    """The results as text."""
    head = ("fault", "well again", "longest wait", "turns", "lost", "crossed", "seen")
    rows = [_row(fault) for fault in made["faults"]]
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    loads = [f"{name}: {json.dumps(made[name])}" for name in LOADS if name in made]
    return "\n".join([*(lines if rows else ()), *loads])


def with_figures(page: str, kept: Mapping[str, Any]) -> str:
    """The page with these results in it."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + "\n" + "\n".join([*_faults(kept), "", *_loads(kept)]) + "\n\n" + END + rest.partition(END)[2]


def _faults(kept: Mapping[str, Any]) -> list[str]:
    head = ("Fault", "Well again", "Longest wait", "Emergencies answered", "Questions", "Lost", "Crossed", "What people saw")
    rows = [head, tuple("---" for _ in head)]
    for fault in kept["faults"]:
        name, recovered, longest, turns, lost, crossed, seen = _row(fault)
        emergencies = f"{fault['emergencies']['answered']} of {fault['emergencies']['reported']}"
        rows.append((f"`{name}`", recovered, longest, emergencies, turns, lost, crossed, seen))
    return [f"| {' | '.join(row)} |" for row in rows]


def _loads(kept: Mapping[str, Any]) -> list[str]:
    lines = [
        "| | " + " | ".join(name for name in LOADS if name in kept) + " |",
        "|---" * (1 + sum(name in kept for name in LOADS)) + "|",
    ]
    for label, figure in FIGURES.items():
        lines.append(f"| {label} | " + " | ".join(figure(kept[name]) for name in LOADS if name in kept) + " |")
    return [
        *lines,
        "",
        f"Measured on {kept['machine']['date']}: {kept['machine']['cores']} cores, {kept['machine']['memory_gb']:g} GB.",
    ]


def _slope(load: Mapping[str, Any]) -> str:
    interval = load["memory_slope_interval_mb_per_h"]
    if interval is None:
        return "too short to say"
    return f"{load['memory_slope_mb_per_h']:g} ({interval[0]:g} to {interval[1]:g})"


FIGURES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "Conversations at once": lambda load: str(load["conversations"]),
    "Minutes": lambda load: f"{load['minutes']:g}",
    "Questions": lambda load: str(load["turns"]),
    "Answers a second": lambda load: f"{load['turns_per_s']:g}",
    "Wait: median, 95 %, 99 %": lambda load: ", ".join(f"{seconds:.2f} s" for seconds in load["wait_s"].values()),
    "Error rate": lambda load: f"{100 * load['error_rate']:.3f} %",
    "Lost": lambda load: str(load["lost"]),
    "Crossed": lambda load: str(load["crossed"]),
    "Memory of all processes, MB": lambda load: f"{sum(load['memory_mb'].values()):.0f}",
    "Growth of that, MB an hour (95 % interval)": _slope,
}
"""What a page says of a load."""


def _row(fault: Mapping[str, Any]) -> tuple[str, ...]:
    seen = ", ".join(f"{seen} {times}" for seen, times in fault["seen_by_person"].items())
    waits = _seconds(fault["recovered_s"]), _seconds(fault["longest_wait_s"])
    return fault["name"], *waits, *(str(fault[name]) for name in ("turns", "lost", "crossed")), seen


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.1f} s"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
