"""Routes of the files that the web channel serves: the widget, the page to try it on, and the chat alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sanic import Blueprint, Request
from sanic.response import HTTPResponse

from fascicle.bot.rasa_server import SettingsError
from fascicle.bot.turn import CHANNEL
from fascicle.library import Article
from fascicle.web.assets import FOR_ANY_SITE, Asset
from fascicle.web.page import WEB, policy, render

FILES: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("widget.js", "text/javascript; charset=utf-8", {"headers": FOR_ANY_SITE}),
    ("page.css", "text/css; charset=utf-8", {}),
    ("icon.svg", "image/svg+xml", {}),
)
PAGES = (("", "page.html"), ("frame", "frame.html"))
PUBLIC = (*(name for name, *_ in FILES), "frame")
"""What sites that hold the chat need of it; the page to try it on is for those who set it up."""


def add_files(
    routes: Blueprint, article: Article, allowed_origins: frozenset[str], folder: Path = WEB, *, with_page: bool = True
) -> None:
    """Routes of the widget and the pages. All addresses in them are relative, so that a proxy can serve them under any path.

    Args:
        routes: where they are added.
        article: what the pages show.
        allowed_origins: sites that may show the pages in a frame.
        folder: where the files are.
        with_page: whether the page to try the chat on is one of them.

    Raises:
        SettingsError: a file is missing.
    """
    try:
        files = {name: Asset.of((folder / name).read_bytes(), type_, **more) for name, type_, more in FILES}
    except OSError as error:
        raise SettingsError(f"{error.filename} cannot be read: {error.strerror}") from error
    headers = {"Content-Security-Policy": policy(allowed_origins), "Referrer-Policy": "strict-origin-when-cross-origin"}
    for path, template in PAGES if with_page else PAGES[1:]:
        page = render(template, article).encode()
        files[path] = Asset.of(page, "text/html; charset=utf-8", max_age=0, headers=headers)

    for path, asset in files.items():
        _add_file(routes, path, asset)


def _add_file(routes: Blueprint, path: str, asset: Asset) -> None:
    @routes.route(f"/{path}", methods=["GET", "HEAD"], name=path.replace(".", "_") or "page")
    async def file(request: Request) -> HTTPResponse:
        if not path and not request.path.endswith("/"):
            return HTTPResponse(status=308, headers={"Location": f"{CHANNEL}/"})
        return asset.response(request)
