"""Writes what the article drives into data/built: `python -m fascicle.library.build [--check]`.

Examples that only name a topic, and a story for each cell of the coverage table. The output depends on the article alone, so
that a check can tell when it is stale.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fascicle import ROOT, library
from fascicle.library import ANSWERABLE, ASPECTS, Article, Topic

HEADER = '# Written by `make build` from the article. Change the article, not this file.\nversion: "3.1"\n\n'


def built_files(article: Article) -> dict[str, str]:
    """Text of each file in data/built, by name."""
    return {"nlu.yml": _nlu(article), "stories.yml": _stories(article)}


def _nlu(article: Article) -> str:
    lines = "".join(f"      - {example}\n" for topic in article.causes for example in _bare_names(topic))
    return f"{HEADER}nlu:\n  - intent: ask_topic\n    examples: |\n{lines}"


def _bare_names(topic: Topic) -> list[str]:
    """A topic's first names as whole messages: people often type nothing else."""
    return [f'[{alias}]{{"entity": "topic", "value": "{topic.id}"}}' for alias in topic.aliases[:3]]


def _stories(article: Article) -> str:
    cells = [(topic, aspect) for topic in article.topics.values() for aspect in ANSWERABLE]
    return HEADER + "stories:\n" + "\n".join(_story(article, topic, aspect) for topic, aspect in cells)


def _story(article: Article, topic: Topic, aspect: str) -> str:
    outcome = "answer" if article.passage(topic.id, aspect) else "not_covered"
    return (
        f"  - story: {topic.id}.{aspect} is {'answered' if outcome == 'answer' else 'not covered'}\n"
        "    steps:\n"
        f"      - intent: {ASPECTS[aspect].intent}\n"
        "        entities:\n"
        f"          - topic: {topic.id}\n"
        "      - action: action_answer\n"
        "      - slot_was_set:\n"
        f"          - outcome: {outcome}\n"
        "      - checkpoint: replied\n"
    )


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or with `--check` only say which are stale. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--article", type=Path, default=library.default_path())
    parser.add_argument("--to", type=Path, default=ROOT / "data/built", help="folder to write to")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not what the article says")
    options = parser.parse_args(arguments)

    files = built_files(library.load_or_exit(options.article))
    if options.check:
        stale = [name for name, text in files.items() if _read(options.to / name) != text]
        for name in stale:
            print(f"{options.to / name} is stale: run `make build`", file=sys.stderr)
        return 1 if stale else 0
    options.to.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        if _read(options.to / name) != text:
            (options.to / name).write_text(text, encoding="utf-8")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
