import ast
import os
import re
import shutil
import subprocess
import sys

import pytest
from ruamel.yaml import YAML

from fascicle import ROOT, library
from fascicle.answering import Context, answer
from fascicle.library import ANSWERABLE, OneArticle, build
from fascicle.reply import as_message
from fascicle.understanding.question import Question
from fascicle.understanding.topic_linker import Aliases

ARTICLE = library.default()
BUILT = ROOT / "data/built"
DRY_AIR = {
    "id": "dry_air",
    "name": "dry air",
    "cause": "Very dry air",
    "aliases": ["dry air", "low humidity", "heated rooms"],
    "passages": [
        {"id": "dry_air.overview", "where": {"Dry air": [1]}, "text": "Very dry air may make a lip twitch."},
        {"id": "dry_air.treatment", "where": {"Dry air": [2]}, "text": "A bowl of water in the room may help."},
    ],
}


def yaml() -> YAML:
    return YAML(typ="safe", pure=True)


def stories(folder) -> dict[tuple[str, str], str]:
    """Outcome of each built story, by topic and intent."""
    told = [story["steps"] for story in yaml().load((folder / "stories.yml").read_text(encoding="utf-8"))["stories"]]
    found = {(s[0]["entities"][0]["topic"], s[0]["intent"]): s[2]["slot_was_set"][0]["outcome"] for s in told}
    assert len(found) == len(told)
    return found


def test_the_same_article_gives_the_same_files_byte_for_byte(tmp_path):
    for seed in ("1", "2"):
        command = [sys.executable, "-m", "fascicle.library.build", "--to", str(tmp_path / seed)]
        subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": seed}, check=True, timeout=30)
    for name in ("nlu.yml", "stories.yml"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()


def test_the_committed_files_are_up_to_date(capsys):
    assert build.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("stale", "fresh"), [("nlu.yml", "stories.yml"), ("stories.yml", "nlu.yml")])
def test_the_check_names_a_stale_file_and_leaves_it_alone(tmp_path, capsys, stale, fresh):
    assert build.main(["--to", str(tmp_path)]) == 0
    (tmp_path / stale).write_text("changed by hand\n", encoding="utf-8")
    assert build.main(["--check", "--to", str(tmp_path)]) == 1
    errors = capsys.readouterr().err
    assert str(tmp_path / stale) in errors
    assert fresh not in errors
    assert (tmp_path / stale).read_text(encoding="utf-8") == "changed by hand\n"


def test_the_check_names_a_missing_file(tmp_path, capsys):
    shutil.copytree(BUILT, tmp_path, dirs_exist_ok=True)
    (tmp_path / "nlu.yml").unlink()
    assert build.main(["--check", "--to", str(tmp_path)]) == 1
    assert str(tmp_path / "nlu.yml") in capsys.readouterr().err


def test_each_topic_has_one_story_an_aspect_with_the_outcome_of_its_cell():
    covered = {(passage.topic, f"ask_{passage.aspect}") for passage in ARTICLE.passages}
    cells = {(topic, f"ask_{aspect}") for topic in ARTICLE.topics for aspect in ANSWERABLE}
    assert stories(BUILT) == {cell: "answer" if cell in covered else "not_covered" for cell in cells}


class TestAThirteenthCause:
    """One block more in the article file, and nothing else, carries a new cause."""

    @pytest.fixture(scope="class")
    def folder(self, tmp_path_factory):
        folder = tmp_path_factory.mktemp("thirteenth")
        data = yaml().load(library.default_path().read_text(encoding="utf-8"))
        data["topics"].append(DRY_AIR)
        with (folder / "article.yml").open("w", encoding="utf-8") as out:
            yaml().dump(data, out)
        assert build.main(["--article", str(folder / "article.yml"), "--to", str(folder / "built")]) == 0
        return folder

    @pytest.fixture(scope="class")
    def article(self, folder):
        return library.load(folder / "article.yml")

    @pytest.fixture(scope="class")
    def aliases(self, article):
        return Aliases(library.names_of([article]))

    def test_has_its_stories(self, folder):
        own = {intent: outcome for (topic, intent), outcome in stories(folder / "built").items() if topic == "dry_air"}
        assert own == {f"ask_{aspect}": "not_covered" for aspect in ANSWERABLE} | {
            "ask_overview": "answer",
            "ask_treatment": "answer",
        }

    @pytest.mark.parametrize(
        ("text", "topics"),
        [
            ("could it be the dry air?", ["dry_air"]),
            ("Low humidity or stress?", ["dry_air", "stress"]),
            ("what helps with low humiditty", ["dry_air"]),
            ("is the air in my car full of pollen", []),
        ],
    )
    def test_is_found_in_text(self, aliases, text, topics):
        assert [link.value for link in aliases.find(text) if link.label == "topic"] == topics

    @pytest.mark.parametrize("aspect", ["overview", "treatment"])
    def test_is_answered_with_its_passage_cited(self, article, aspect):
        reply, _ = answer(article, Question(f"ask_{aspect}", topics=("dry_air",)), Context())
        message = as_message(reply, OneArticle(article))
        assert message["kind"] == "answer"
        assert [citation["passage"] for citation in message["citations"]] == [f"dry_air.{aspect}"]
        assert article.passage("dry_air", aspect).text in message["text"]

    def test_is_refused_where_its_block_says_nothing(self, article):
        reply, _ = answer(article, Question("ask_outlook", topics=("dry_air",)), Context())
        assert (reply.kind, reply.passages) == ("not_covered", [])

    def test_stands_last_in_the_list_of_causes(self, article):
        reply, _ = answer(article, Question("ask_causes", topics=(article.subject,)), Context())
        items = [b["spans"][0]["text"] for b in as_message(reply, OneArticle(article))["blocks"] if b["type"] == "list_item"]
        assert items[-1] == "Very dry air"
        assert len(items) == 13


def hand_written() -> list:
    files = [ROOT / "domain.yml", ROOT / "config.yml"]
    for folder, pattern in {"data/rules": "*.yml", "data/stories": "*.yml", "actions": "*.py", "fascicle": "*.py"}.items():
        files += (ROOT / folder).rglob(pattern)
    return files


def without_prose(path) -> str:
    """Text of a file; of Python only the code, as docstrings and remarks may give an example."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return text
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(body := getattr(node, "body", None), list):
            node.body = [n for n in body if not (isinstance(n, ast.Expr) and isinstance(n.value, ast.Constant))]
    return ast.unparse(tree)


def test_no_topic_is_named_outside_the_article():
    ids = re.compile(rf"\b(?:{'|'.join(ARTICLE.topics)})\b")
    named = {str(path.relative_to(ROOT)): ids.findall(without_prose(path)) for path in hand_written()}
    assert "domain.yml" in named
    assert {path: found for path, found in named.items() if found} == {}
