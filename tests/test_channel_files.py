"""What browsers load from the channel, straight and through a proxy that serves it under a path of a site."""

import asyncio
import gzip
import json
import threading
from types import SimpleNamespace
from urllib.parse import urljoin, urlsplit

import aiohttp
import pytest
import requests
from aiohttp import web
from channel_server import DEADLINE, serving
from rasa.shared.exceptions import RasaException
from sanic import Blueprint

from fascicle import library
from fascicle.bot.servers import HOST
from fascicle.database import Database
from fascicle.web.files import FILES, PAGES, add_files
from fascicle.web.page import WEB

FRIEND = "https://friend.example"
SENDER = "visitor_0123456789-abcdef"
STATIC = [name for name, *_ in FILES]
PAGE_PATHS = [f"/{path}" for path, _ in PAGES]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('state') / 'test.sqlite'}")
    with serving({"allowed_origins": [FRIEND]}, database) as served:
        yield served
    database.close()


def get(url: str, method: str = "GET", **headers: str) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        named = {"accept-encoding": "identity"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return session.request(method, url, headers=named, timeout=DEADLINE, stream=True, allow_redirects=False)


@pytest.mark.parametrize("name", STATIC)
def test_a_file_is_sent_as_it_is(server, name):
    response = get(f"{server.url}/{name}")
    assert (response.status_code, response.content) == (200, (WEB / name).read_bytes())
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "public, max-age=600"
    assert "Content-Encoding" not in response.headers


@pytest.mark.parametrize("path", [*(f"/{name}" for name in STATIC), *PAGE_PATHS])
def test_a_file_is_sent_compressed_to_browsers_that_can_read_that(server, path):
    plain, packed = get(server.url + path), get(server.url + path, accept_encoding="gzip, br")
    raw = packed.raw.read(decode_content=False)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    assert {plain.headers["Vary"], packed.headers["Vary"]} == {"Accept-Encoding"}
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("path", [*(f"/{name}" for name in STATIC), *PAGE_PATHS])
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_browser_that_has_a_file_does_not_get_it_again(server, path, encoding):
    first = get(server.url + path, accept_encoding=encoding)
    again = get(server.url + path, accept_encoding=encoding, if_none_match=first.headers["ETag"])
    changed = get(server.url + path, accept_encoding=encoding, if_none_match='"older"')
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert changed.status_code == 200


@pytest.mark.parametrize("path", ["/widget.js", *PAGE_PATHS])
def test_a_head_request_gets_the_headers_alone(server, path):
    whole, head = get(server.url + path), get(server.url + path, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.content))


def test_pages_of_any_site_may_load_the_widget_and_check_its_integrity(server):
    response = get(f"{server.url}/widget.js", origin="https://anyone.example")
    assert response.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", PAGE_PATHS)
def test_a_page_comes_with_a_strict_policy(server, path):
    response = get(server.url + path)
    assert response.headers["Content-Type"] == "text/html; charset=utf-8"
    policy = response.headers["Content-Security-Policy"]
    for directive in ("default-src 'none'", "require-trusted-types-for 'script'", "trusted-types lit-html"):
        assert directive in policy.split("; ")
    assert f"frame-ancestors 'self' {FRIEND}" in policy
    assert "unsafe" not in policy
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["/nothing", "/page.html", "/../channel.py", "/%2e%2e/channel.py", "/widget.js/more"])
def test_nothing_else_is_served(server, path):
    assert get(server.url + path).status_code == 404


def test_the_page_to_try_it_on_can_be_left_out(database):
    with serving({"page": False}, database) as served:
        statuses = {path: get(served.url + path).status_code for path in ("", "/", "/frame", "/widget.js")}
    assert statuses == {"": 404, "/": 404, "/frame": 200, "/widget.js": 200}


def test_a_missing_file_stops_the_start(tmp_path):
    with pytest.raises(RasaException, match=r"widget\.js cannot be read"):
        add_files(Blueprint("files"), library.default(), frozenset(), tmp_path)


@pytest.fixture(scope="module")
def site(server):
    """Address of the chat on a site whose proxy serves it under a path, with another host and without our headers."""
    loop, started, address = asyncio.new_event_loop(), threading.Event(), []

    async def forward(request: web.Request) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() != "host"}
        url = f"{server.url}/{request.match_info['rest']}"
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(request.method, url, headers=headers, data=await request.read(), allow_redirects=False) as got,
        ):
            kept = {name: value for name, value in got.headers.items() if name.lower() not in ("transfer-encoding", "connection")}
            response = web.StreamResponse(status=got.status, headers=kept)
            await response.prepare(request)
            async for chunk in got.content.iter_any():
                await response.write(chunk)
            return response

    async def serve() -> web.AppRunner:
        proxy = web.Application()
        proxy.router.add_route("*", "/a/site/chat/{rest:.*}", forward)
        runner = web.AppRunner(proxy)
        await runner.setup()
        await web.TCPSite(runner, HOST, 0).start()
        address.append(runner.addresses[0])
        started.set()
        return runner

    def run() -> None:
        asyncio.set_event_loop(loop)
        runner = loop.run_until_complete(serve())
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert started.wait(DEADLINE)
    host, port = address[0]
    yield SimpleNamespace(url=f"http://{host}:{port}/a/site/chat/", origin=f"http://{host}:{port}")
    loop.call_soon_threadsafe(loop.stop)
    thread.join(DEADLINE)


def test_the_page_and_its_files_work_under_the_path_of_a_proxy(site):
    page = get(site.url)
    assert page.status_code == 200
    for name in STATIC:
        assert f'"{name}"' in page.text
        assert get(urljoin(site.url, name)).content == (WEB / name).read_bytes()


def test_a_question_from_the_page_is_answered_through_a_proxy(site):
    body = {"sender": SENDER, "message": "what helps?"}
    headers = {"Origin": site.origin, "Sec-Fetch-Site": "same-origin"}
    with requests.Session() as session:
        session.trust_env = False
        response = session.post(urljoin(site.url, "message"), json=body, headers=headers, timeout=DEADLINE)
    assert [json.loads(line).get("text") for line in response.text.splitlines()] == ["what helps?", "And that was that.", None]


@pytest.mark.parametrize("base", ["https://bot.example/chat", "https://bot.example/a/site/chat"])
def test_the_address_without_its_slash_leads_to_the_page(server, base):
    response = get(server.url)
    assert response.status_code == 308
    assert urljoin(base, response.headers["Location"]) == f"{base}/"
    assert urlsplit(response.headers["Location"]).netloc == ""
