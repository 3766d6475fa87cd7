"""Draws the dialogue: `python -m lab.picture` writes docs/images/rules.svg, dialogue.svg, and a picture for each form.

The graphs are those of `rasa visualize`; its own page loads its drawing code from the network, so Graphviz draws them here.
Each file of rules or stories is a card; people say what they say in the conversation tests.
"""

from __future__ import annotations

import argparse
import hashlib
import html
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fascicle import ROOT, environment

NEEDED = "make picture needs Graphviz: install the package `graphviz`, which brings the command `dot`."
IMAGES = ROOT / "docs/images"
PICTURES = {"rules": "rules", "stories": "dialogue"}
"""Folders of data/, and the picture of each; a file that speaks of a form goes to a picture that bears its name."""
OWN_ACTIONS = {"action_restart": "All that was said is forgotten.", "action_deactivate_loop": "The form ends."}
"""What actions of Rasa itself do."""
INK, FAINT, LINE, PAPER, CARD = "#22303a", "#64737e", "#c3ccd2", "#f7f8f9", "#ffffff"
SAID, SAID_LINE, DONE, DONE_LINE, ALARM, ALARM_LINE = "#e4f0f0", "#7db8b8", "#fbfbfc", "#c3ccd2", "#fbe9df", "#dd9872"
SANS, MONO = "Helvetica,Arial,sans-serif", "Menlo,Consolas,monospace"
GAP, PADDING, HEADING = 18, 16, 26
LINE_LENGTH, LINES = {"said": 33, "done": 46, "alarm": 46}, 3
WIDTH = {"said": 190, "done": 252, "alarm": 252}
"""Points of a box at least, so that boxes stand in columns."""
LONG = 130
"""Points from which on an arrow may have to go round something."""
FOLD = 3
"""Intents from which on a box names them side by side."""


Way = tuple[tuple[str, ...], ...]
"""Names of the boxes on a way through a file."""


@dataclass(frozen=True)
class Box:
    """A node of a panel: where it begins, what is said, or what the bot does.

    Args:
        kind: `start`, `said`, `done`, or `alarm`.
        text: in words.
        names: intents or the action, as the data calls them.
    """

    kind: str
    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Panel:
    """One file of rules or stories as a graph."""

    path: str
    boxes: Mapping[int, Box]
    arrows: tuple[tuple[int, int], ...]


class Words:
    """What people and the bot say, for intents and actions."""

    def __init__(self, root: Path) -> None:
        domain = _read(root / "domain.yml")
        self.responses: Mapping[str, Any] = domain["responses"]
        self.forms: Mapping[str, Any] = domain.get("forms") or {}
        self.said: dict[str, str] = {}
        for story in _read(root / "tests/test_conversations.yml")["stories"]:
            for step in story["steps"]:
                if "user" in step:
                    self.said.setdefault(step["intent"], re.sub(r"\[(.+?)\]\{.*?\}", r"\1", step["user"]).strip())

    def of(self, names: Sequence[str]) -> Box:
        """What someone says who has one of these intents, their names after a slash, or what the bot does."""
        if not names[0].startswith("/"):
            return self._of_action(names[0])
        intents = tuple(name[1:] for name in names)
        return Box("said", ", ".join(f"“{self.said[intent]}”" for intent in intents if intent in self.said), intents)

    def _of_action(self, action: str) -> Box:
        if action in self.responses:
            first = self.responses[action][0]
            kind = "alarm" if (first.get("metadata") or {}).get("kind") == "emergency" else "done"
            sentence = re.split(r"(?<=[.!?])\s", first["text"])[0]
            return Box(kind, f"“{sentence}”", (action,))
        if action in self.forms:
            asked = (self.forms[action] or {}).get("required_slots") or []
            told = [_docstrings().get(f"action_ask_{slot}", f"Asks for {slot}".replace("_", " ")) for slot in asked]
            return Box("done", " ".join(told), (action,))
        return Box("done", OWN_ACTIONS.get(action) or _docstrings().get(action, ""), (action,))


def panels(root: Path = ROOT) -> dict[str, list[Panel]]:
    """The panels of each picture, by the picture's name."""
    environment.prepare()
    environment.hide_warnings()
    os.environ.setdefault("LOG_LEVEL", "WARNING")  # Rasa draws progress bars otherwise
    from rasa.shared.core.domain import Domain

    domain, words = Domain.load(str(root / "domain.yml")), Words(root)
    pictures: dict[str, list[Panel]] = {}
    for folder, picture in PICTURES.items():
        for path in sorted((root / "data" / folder).glob("*.yml"), reverse=True):
            text = path.read_text(encoding="utf-8")
            has_form = any(form in text for form in words.forms)
            name = path.stem.replace("_", "-") if has_form else picture
            pictures.setdefault(name, []).append(_panel(path, root, domain, words))
    return pictures


def _panel(path: Path, root: Path, domain: Any, words: Words) -> Panel:
    """A file's graph: the graphs of all places that its rules or stories begin at."""
    boxes: dict[int, Box] = {}
    arrows: list[tuple[int, int]] = []
    for begins, steps in _by_beginning(path, domain).items():
        offset = len(boxes)
        found, links = _graph(begins, steps, domain, words)
        places = {node: offset + place for place, node in enumerate(found)}
        boxes |= {places[node]: box for node, box in found.items()}
        arrows += [(places[one], places[other]) for one, other in links]
    return Panel(str(path.relative_to(root)), boxes, tuple(arrows))


def _by_beginning(path: Path, domain: Any) -> dict[str, list[Any]]:
    """The steps of a file by where their rule or story begins, as if it were the beginning of a conversation."""
    from rasa.shared.core.events import ActiveLoop, SlotSet
    from rasa.shared.core.training_data import loading
    from rasa.shared.core.training_data.structures import GENERATED_CHECKPOINT_PREFIX, STORY_START, Checkpoint

    found: dict[str, list[Any]] = {}
    begins: dict[str, str] = {}
    for step in loading.load_data_from_resource(str(path), domain):
        checkpoints = [checkpoint.name for checkpoint in step.start_checkpoints]
        if not all(name.startswith(GENERATED_CHECKPOINT_PREFIX) for name in checkpoints):
            first, at = step.events[0] if step.events else None, checkpoints[0]
            if isinstance(first, ActiveLoop) and first.name:
                begins[step.block_name] = f"In {first.name}"
            elif isinstance(first, SlotSet):
                begins[step.block_name] = f"While {first.key} is {first.value}"
            elif at == STORY_START:
                begins[step.block_name] = "At any moment" if path.parent.name == "rules" else "At the start"
            else:
                begins[step.block_name] = f"Once the bot {at}".replace("_", " ")
                step.start_checkpoints = [Checkpoint(STORY_START)]
        found.setdefault(begins[step.block_name], []).append(step)
    return found


def _graph(begins: str, steps: Sequence[Any], domain: Any, words: Words) -> tuple[dict[int, Box], list[tuple[int, int]]]:
    """Rasa's graph of steps as boxes and arrows: beginnings that ways share are drawn once, and so are their ends."""
    from rasa.shared.core.events import UserUttered
    from rasa.shared.core.training_data import visualization

    graph = visualization.visualize_stories(list(steps), domain, None, max_history=1, should_merge_nodes=False)
    written = [f"/{event.intent_name}" for step in steps for event in step.events if isinstance(event, UserUttered)]
    ways = dict.fromkeys(_ways(graph, visualization.START_NODE_ID))
    ordered = sorted(ways, key=lambda way: [written.index(name) if name in written else -1 for name in way])
    together = _together(tuple((name,) for name in way) for way in ordered)

    shared = {way[:place] for way in together for place in range(len(way))}
    boxes: list[Box] = [Box("start", begins)]
    arrows: list[tuple[int, int]] = []
    places: dict[tuple[Any, ...], int] = {(): 0}
    for way in together:
        at = 0
        for place in range(1, len(way) + 1):
            goes_on = way[:place] in shared
            key = way[:place] if goes_on else ("ends", place, way[-1])
            if key not in places:
                places[key] = len(boxes)
                boxes.append(words.of(way[place - 1]))
            arrows.append((at, places[key]))
            at = places[key]
    return dict(enumerate(boxes)), list(dict.fromkeys(arrows))


def _ways(graph: Any, node: int) -> Iterator[tuple[str, ...]]:
    """All ways through Rasa's graph from a node on, by the labels on them; those of intents begin with a slash."""
    following = [to for to in graph.successors(node) if graph.nodes[to]["label"] != "END"]
    label = graph.nodes[node]["label"]
    own = () if label in ("START", "...") else (label,)
    if not following:
        yield own
    for to in following:
        for way in _ways(graph, to):
            yield (*own, *way)


def _together(ways: Iterable[Way]) -> list[Way]:
    """The ways, those made one that differ in one intent only."""
    found: list[Way] = []
    for way in ways:
        for number, other in enumerate(found):
            differs = [place for place, (names, others) in enumerate(zip(way, other)) if names != others]  # noqa: B905
            if len(way) == len(other) and len(differs) == 1 and way[differs[0]][0][0] == other[differs[0]][0][0] == "/":
                place = differs[0]
                found[number] = (*other[:place], other[place] + way[place], *other[place + 1 :])
                break
        else:
            found.append(way)
    return found


def as_dot(panel: Panel) -> str:
    """A panel in Graphviz' language."""
    starts = [node for node, box in panel.boxes.items() if box.kind == "start"]
    lines = [
        "digraph {",
        "graph [rankdir=LR, ordering=out, nodesep=0.09, ranksep=0.6, bgcolor=transparent, pad=0.02, margin=0]",
        f'node [shape=box, style="rounded,filled", fontname="{SANS}", margin="0.11,0.03", height=0.3, penwidth=1]',
        f'edge [color="{LINE}", arrowsize=0.55, penwidth=1.1, tailport=e, headport=w]',
        *(f"{node} [{_look(box)}]" for node, box in panel.boxes.items()),
        *(f"{one} -> {other}" for one, other in panel.arrows),
        *(f"{{rank=same; {above} -> {below} [style=invis, tailport=_, headport=_]}}" for above, below in pairwise(starts)),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _look(box: Box) -> str:
    if box.kind == "start":
        look = f'fillcolor="{INK}", color="{INK}", fontcolor="{PAPER}", fontsize=12'
        return f"label={_quoted(box.text)}, {look}"
    fill, line = {"said": (SAID, SAID_LINE), "done": (DONE, DONE_LINE), "alarm": (ALARM, ALARM_LINE)}[box.kind]
    words = [_font(part, INK, 12, SANS) for part in _wrapped(box)]
    names = [_font(", ".join(part), FAINT, 9.5, MONO) for part in _rows(box.names)]
    cell = f'<td align="left" balign="left" width="{WIDTH[box.kind]}">'
    rows = "".join(f"<tr>{cell}{'<br/>'.join(lines)}</td></tr>" for lines in (words, names) if lines)
    label = f'<table border="0" cellborder="0" cellspacing="2" cellpadding="0">{rows}</table>'
    return f'label=<{label}>, fillcolor="{fill}", color="{line}"'


def _rows(names: Sequence[str]) -> Iterator[Sequence[str]]:
    width = 2 if len(names) >= FOLD else 1
    return (names[place : place + width] for place in range(0, len(names), width))


def _wrapped(box: Box) -> list[str]:
    return textwrap.wrap(box.text, LINE_LENGTH[box.kind], max_lines=LINES, placeholder=" …")


def _font(text: str, color: str, size: float, name: str) -> str:
    return f'<font color="{color}" point-size="{size}" face="{name}">{html.escape(text)}</font>'


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def mark(drawn: Iterable[Panel]) -> str:
    """What tells whether a picture shows these panels."""
    return hashlib.sha256("".join(as_dot(panel) for panel in drawn).encode()).hexdigest()[:16]


def as_svg(drawn: Sequence[Panel]) -> str:
    """A picture: a card for each file, one below the other.

    Raises:
        FileNotFoundError: there is no Graphviz.
    """
    cards = [(panel, *_drawn(panel)) for panel in drawn]
    width = max(inner_width for _, _, inner_width, _ in cards) + 2 * PADDING
    body, top = [], float(GAP)
    for panel, inner, inner_width, inner_height in cards:
        height = inner_height + 2 * PADDING + HEADING
        body.append(f'<rect x="{GAP}" y="{top:g}" width="{width:g}" height="{height:g}" rx="10" class="card"/>')
        body.append(f'<text x="{GAP + PADDING}" y="{top + PADDING + 9:g}" class="path">{html.escape(panel.path)}</text>')
        place = f'x="{GAP + PADDING}" y="{top + PADDING + HEADING:g}" width="{inner_width:g}" height="{inner_height:g}"'
        body.append(f'<svg {place} viewBox="0 0 {inner_width:g} {inner_height:g}">\n{inner}\n</svg>')
        top += height + GAP
    size = f"{width + 2 * GAP:g} {top:g}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" width="{size.split()[0]}" height="{size.split()[1]}">\n'
        f"<!-- Drawn by `make picture` from data/rules and data/stories. {mark(drawn)} -->\n"
        f"<style>.path {{ font: 11px {MONO}; fill: {FAINT} }} .card {{ fill: {CARD}; stroke: {LINE} }}</style>\n"
        f'<rect width="100%" height="100%" fill="{PAPER}"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


_POINT = r"([-\d.]+),([-\d.]+)"


def _drawn(panel: Panel) -> tuple[str, float, float]:
    """What Graphviz draws of a panel, with its width and height."""
    done = subprocess.run(["dot", "-Tsvg"], input=as_dot(panel), capture_output=True, text=True, check=True)
    width, height = map(float, re.findall(r'viewBox="0\.00 0\.00 ([\d.]+) ([\d.]+)"', done.stdout)[0])
    inner = done.stdout[done.stdout.index("<g id=") : done.stdout.rindex("</svg>")].strip()
    edge = rf'(class="edge">\n<title>[^<]*</title>\n<path [^>]*d=")M{_POINT}(C[^"]* {_POINT})"'
    curved = re.sub(edge, lambda found: f'{found[1]}{_curve(*found.groups()[1:])}"', inner)
    return re.sub(r"<title>.*?</title>\n|<!--.*?-->\n?| id=\"\w+\"", "", curved, flags=re.S), width, height


def _curve(x: str, y: str, way: str, to_x: str, to_y: str) -> str:
    """A smooth way from one box to another. Graphviz weaves arrows that begin or end together around each other."""
    if float(to_x) - float(x) > LONG:
        return f"M{x},{y}{way}"
    middle = f"{(float(x) + float(to_x)) / 2:g}"
    return f"M{x},{y}C{middle},{y} {middle},{to_y} {to_x},{to_y}"


@cache
def _docstrings() -> dict[str, str]:
    """The first sentence about each custom action."""
    from rasa_sdk.executor import ActionExecutor

    environment.hide_warnings()
    executor = ActionExecutor()
    executor.register_package("actions")
    return {name: (run.__self__.__doc__ or "").strip() for name, run in executor.actions.items()}


def _read(path: Path) -> Any:
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def main(arguments: list[str] | None = None) -> int:
    """Draw the pictures. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--to", type=Path, default=IMAGES, help="folder to write to")
    options = parser.parse_args(arguments)
    if shutil.which("dot") is None:
        print(NEEDED, file=sys.stderr)
        return 1
    options.to.mkdir(parents=True, exist_ok=True)
    for name, drawn in panels().items():
        (options.to / f"{name}.svg").write_text(as_svg(drawn), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
