import asyncio
import time
from types import SimpleNamespace

import pytest
from aiohttp import web
from channel_server import serving

from fascicle.bot.servers import HOST, free_port
from fascicle.database import Database
from fascicle.errors import Unavailable
from fascicle.operations import readiness
from fascicle.operations.readiness import Readiness

WELL = {"model": True, "actions": True, "database": True}


class Parts:
    """A model, an action server, and a database, each of which can be broken."""

    def __init__(self):
        self.broken, self.asked = set(), []
        self.hang = asyncio.Event()
        self.action_endpoint = SimpleNamespace(url=f"http://{HOST}:{free_port()}/webhook")

    async def part(self, name, fault):
        self.asked.append(name)
        if f"{name} hangs" in self.broken:
            await self.hang.wait()
        elif name in self.broken:
            raise fault

    async def check(self):
        await self.part("database", Unavailable("broken"))

    def is_ready(self):
        return "no model" not in self.broken

    async def parse_message(self, text):
        await self.part("model", RuntimeError("broken"))
        return {"intent": {"name": "nlu_fallback" if "not understood" in self.broken else "ask_causes"}}

    async def health(self, request):
        await self.part("actions", web.HTTPInternalServerError)
        return web.json_response({"status": "ok"})


def look(*broken, then=None):
    """What a look says with parts broken; `then` may look on."""

    async def run():
        parts = Parts()
        parts.broken.update(broken)
        application = web.Application()
        application.router.add_get("/health", parts.health)
        runner = web.AppRunner(application, shutdown_timeout=0.1)
        await runner.setup()
        if "actions gone" not in broken:
            await web.TCPSite(runner, HOST, int(parts.action_endpoint.url.split(":")[2].split("/")[0])).start()
        ready = Readiness(parts, "What causes it?")
        found = await ready.look(parts)
        if then:
            await then(ready, parts)
        parts.hang.set()
        await runner.cleanup()
        return found

    return asyncio.run(run())


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(readiness, "SECONDS", 0.3)
    monkeypatch.setattr(readiness, "FRESH_SECONDS", 0.0)


def test_it_is_ready_when_every_part_works():
    assert look() == WELL


@pytest.mark.parametrize(
    ("broken", "part"),
    [
        ("model", "model"),
        ("no model", "model"),
        ("not understood", "model"),
        ("model hangs", "model"),
        ("actions", "actions"),
        ("actions gone", "actions"),
        ("actions hangs", "actions"),
        ("database", "database"),
        ("database hangs", "database"),
    ],
)
@pytest.mark.usefixtures("short")
def test_it_says_which_part_does_not_work(broken, part):
    assert look(broken) == WELL | {part: False}


@pytest.mark.usefixtures("short")
def test_a_part_that_hangs_is_asked_once_and_each_look_ends_in_time():
    async def look_on(ready, parts):
        began = time.monotonic()
        for _ in range(3):
            assert not (await ready.look(parts))["database"]
        assert time.monotonic() - began < 5
        assert parts.asked.count("database") == 1
        assert parts.asked.count("model") == 4
        parts.broken.clear()
        parts.hang.set()
        await asyncio.sleep(0)
        assert await ready.look(parts) == WELL

    look("database hangs", then=look_on)


def test_many_looks_at_once_ask_the_parts_once():
    async def look_on(ready, parts):
        assert await asyncio.gather(*(ready.look(parts) for _ in range(100))) == [WELL] * 100
        assert sorted(parts.asked) == sorted(WELL)

    look(then=look_on)


def test_a_redis_that_does_not_answer_is_said(tmp_path):
    async def run():
        ready = Readiness(Database(f"sqlite:///{tmp_path / 'test.sqlite'}"), "What causes it?", f"redis://{HOST}:{free_port()}")
        return await ready.look(SimpleNamespace(is_ready=lambda: False, action_endpoint=SimpleNamespace(url=f"http://{HOST}:9")))

    assert asyncio.run(run()) == {"model": False, "actions": False, "database": True, "redis": False}


@pytest.fixture
def server(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    with serving({}, database) as served:
        yield served
    database.close()


def test_a_server_that_is_not_ready_lives_all_the_same(server):
    ready, live = server.call("GET", path="/ready"), server.call("GET", path="/health")
    assert (ready.status_code, ready.json()) == (503, {"ready": False, "parts": WELL | {"actions": False}})
    assert (live.status_code, live.json()) == (200, {"live": True})
    assert {ready.headers["Cache-Control"], live.headers["Cache-Control"]} == {"no-store"}
