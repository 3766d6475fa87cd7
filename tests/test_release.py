"""A change of the model: the bar, the files, the order of restarts, and the way back."""

import io
import json
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest

from deploy import release
from deploy.release import Bar, Models, ReleaseError, Server, model_id, roll_out, server_by_command
from fascicle.bot.servers import HOST
from lab.evaluation.score import Result, Score
from lab.evaluation.sets import Row, Turn


def packed(path, name):
    """A file with a model's metadata in it, and nothing else."""
    content = json.dumps({"model_id": name}).encode()
    with tarfile.open(path, "w:gz") as archive:
        entry = tarfile.TarInfo("./metadata.json")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture
def models(tmp_path):
    folder = tmp_path / "models"
    folder.mkdir()
    return Models(packed(folder / "fascicle.tar.gz", "old"))


@pytest.fixture
def new(tmp_path):
    return packed(tmp_path / "new.tar.gz", "new")


def test_a_new_model_takes_the_place_of_the_current_one_and_can_go_back(models, new):
    models.switch(new)
    assert (model_id(models.current), model_id(models.previous)) == ("new", "old")
    models.back()
    assert (model_id(models.current), model_id(models.previous)) == ("old", "new")
    assert {path.name for path in models.current.parent.iterdir()} == {"fascicle.tar.gz", "previous.tar.gz"}


def test_there_is_a_whole_model_at_every_moment_of_a_switch(models, new, monkeypatch):
    seen, replace = [], release.os.replace

    def watch(*names):
        seen.append(model_id(models.current))
        replace(*names)
        seen.append(model_id(models.current))

    monkeypatch.setattr(release.os, "replace", watch)
    models.switch(new)
    assert seen == ["old", "old", "old", "new"]


def test_a_full_disk_leaves_the_current_model_in_place(models, new, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(release.shutil, "copyfile", fail)
    with pytest.raises(OSError, match="No space"):
        models.switch(new)
    assert model_id(models.current) == "old"


def test_without_a_model_before_there_is_no_way_back(models):
    with pytest.raises(ReleaseError, match="no model before"):
        models.back()


@pytest.mark.parametrize("content", [b"", b"no archive", "cut"])
def test_a_file_that_is_no_model_is_refused(tmp_path, new, content):
    path = tmp_path / "bad.tar.gz"
    path.write_bytes(new.read_bytes()[:60] if content == "cut" else content)
    with pytest.raises(ReleaseError, match="is no model"):
        model_id(path)


class FakeServers:
    """Rasa servers: each loads the current model when it is restarted, and is not ready with one that is `bad`."""

    def __init__(self, models, count=3):
        self.models, self.bad, self.log = models, "", []
        self.loaded = ["old"] * count
        self.started = [1.0] * count
        self.servers = [self._server(number) for number in range(count)]

    def _server(self, number):
        fakes = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                model = fakes.loaded[number]
                status = 503 if self.path.endswith("ready") and model == fakes.bad else 200
                self.send_response(status)
                self.end_headers()
                self.wfile.write(
                    f'process_start_time_seconds {fakes.started[number]}\nfascicle_model_info{{id="{model}"}} 1.0\n'.encode()
                )

            def log_message(self, *_):
                pass

        http = ThreadingHTTPServer((HOST, 0), Handler)
        threading.Thread(target=http.serve_forever, daemon=True).start()

        def restart():
            self.loaded[number] = model_id(self.models.current)
            self.started[number] += 1
            self.log.append((number, self.loaded[number]))

        url = f"http://{HOST}:{http.server_port}/chat/"
        return SimpleNamespace(
            http=http, restart=restart, server=Server(f"rasa-{number}", url, restart, lambda: self.started[number])
        )

    def all(self) -> list[Server]:
        return [fake.server for fake in self.servers]


@pytest.fixture
def fakes(models):
    made = FakeServers(models)
    yield made
    for fake in made.servers:
        fake.http.shutdown()


def test_servers_are_restarted_one_after_the_other(models, new, fakes):
    roll_out(models, fakes.all(), lambda: models.switch(new), 5, 0)
    assert fakes.log == [(0, "new"), (1, "new"), (2, "new")]
    roll_out(models, fakes.all(), models.back, 5, 0)
    assert fakes.loaded == ["old"] * 3


def test_all_go_back_when_one_does_not_get_ready(models, new, fakes):
    fakes.bad = "new"
    with pytest.raises(ReleaseError, match=r"rasa-0 was not ready.*back in place"):
        roll_out(models, fakes.all(), lambda: models.switch(new), 0.5, 0)
    assert fakes.log == [(0, "new"), (0, "old")]
    assert (fakes.loaded, model_id(models.current)) == (["old"] * 3, "old")


def test_a_server_that_goes_on_with_the_old_process_is_not_taken_for_a_new_one(models, new, fakes):
    lazy = Server("lazy", fakes.all()[0].url, lambda: None, fakes.all()[0].process)
    with pytest.raises(ReleaseError, match="lazy was not ready"):
        lazy.renew("old", 0.5)


def test_a_server_that_loads_another_model_is_not_ready(fakes):
    with pytest.raises(ReleaseError, match="rasa-0 was not ready with the model"):
        fakes.all()[0].renew("another", 0.5)


def test_a_command_that_fails_is_named(fakes):
    server = server_by_command(fakes.all()[0].url, "false")
    assert server.process() == 1.0
    with pytest.raises(ReleaseError, match="false failed"):
        server.renew("old", 0.5)


def scored(right=100, wrong=0, missed=0, failed=0, uncited=0) -> Score:
    """A score of so many single questions, with so many faults of each kind."""

    def result(kind, *messages):
        return Result(Row("1", (Turn("?", kind, ("als.outlook",) if kind == "answer" else ()),)), 1, messages)

    def shown(passage):
        return {"kind": "answer", "passages": [passage], "citations": [{"number": 1, "text": "w"}], "blocks": cited}

    cited = [{"spans": [{"text": "w", "citations": [1]}]}]
    bare = {"kind": "answer", "passages": ["als.outlook"], "blocks": []}
    return Score(
        tuple(
            [result("answer", shown("als.outlook"))] * right
            + [result("answer", shown("als.overview"))] * wrong
            + [result("emergency", {"kind": "smalltalk"})] * missed
            + [result("answer", {"kind": "error"})] * failed
            + [result("answer", bare)] * uncited
        )
    )


@pytest.mark.parametrize(
    ("score", "complaint"),
    [
        (scored(), None),
        (scored(wrong=3), None),
        (scored(wrong=5), "wrong answers: 5, more than 4.2"),
        (scored(right=20, wrong=5), "single turns right: 80.0 %, less than 92 %"),
        (scored(missed=1), "missed emergencies: 1, more than 0"),
        (scored(failed=1), "errors or silence: 1, more than 0"),
        (scored(uncited=1), "unsupported statements: 1, more than 0"),
    ],
)
def test_a_model_below_the_bar_is_refused_in_figures(score, complaint):
    complaints = Bar().complaints(score)
    assert (complaint in complaints) if complaint else (complaints == [])


def test_a_model_below_the_bar_never_comes_into_place(models, new, fakes, monkeypatch, capsys):
    class Running:
        def __init__(self, model):
            assert model == new

        def __enter__(self):
            return "http://nowhere"

        def __exit__(self, *_):
            return None

    monkeypatch.setattr(release.bot, "running", Running)
    monkeypatch.setattr(release.score, "run", lambda rows, ask: scored(missed=1))
    server = [fakes.all()[0].url, "true"]
    monkeypatch.setattr("sys.argv", ["release", str(new), "--current", str(models.current), "--server", *server])
    assert release.main() == 1
    assert "missed emergencies: 1" in capsys.readouterr().err
    assert (model_id(models.current), fakes.log) == ("old", [])
