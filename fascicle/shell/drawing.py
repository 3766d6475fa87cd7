"""Draws what the bot says: its words, its numbered sources, and the suggestions that go with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.style import Style
from rich.styled import Styled
from rich.table import Table
from rich.text import Text

from fascicle.library import Library, said, words

MAX_WIDTH = 88
COLORS = {
    "emergency": "bold red", "not_covered": "yellow", "out_of_scope": "yellow", "clarify": "yellow", "checkin": "cyan",
    "sources": "cyan", "error": "red",
}  # fmt: skip
"""Style of replies that are no plain answer, by kind."""

MARKS = {"list_item": "•", "caution": "!"}
STYLES = {"heading": "bold", "caution": "yellow"}
"""How a block begins, and how it is drawn, by its type."""
LINKS = ("https://", "http://")
"""How an address begins that a terminal may open."""


def show(out: Console, *what: RenderableType) -> None:
    """Draw as wide as reads well in the terminal as it is now."""
    out.print(*what, width=min(out.width, MAX_WIDTH))


def draw_notice(out: Console, articles: Library) -> None:
    """What a person has to know before the first question."""
    article = articles.default
    about = said("shell", "about", title=article.title, publisher=article.publisher, published=article.published)
    if len(articles) > 1:
        about = said("shell", "about_many", number=f"{len(articles):,}")
    text = Text(f"{about}\n{said('shell', 'limits')}")
    show(out, Panel(text, title=said("shell", "title"), border_style="cyan", title_align="left"))


def draw_aside(out: Console, text: str) -> None:
    """A line that is not the bot's."""
    show(out, Text(text, style="dim"))


def draw(out: Console, message: Mapping[str, Any], *, offers: bool = True) -> None:
    """Draw one message of the bot.

    Args:
        out: where to draw.
        message: in the form of the channel's contract.
        offers: whether its suggestions are drawn, too.
    """
    label, style = words("shell")["labels"].get(message["kind"], ""), COLORS.get(message["kind"], "")
    body = Group(*_body(message))
    out.print()
    if message["kind"] == "emergency":
        show(out, Panel(_urgent(message), title=label, border_style=style, title_align="left", box=box.HEAVY, padding=(0, 1)))
    else:
        show(out, _indented(Group(Text(label, style=style), body) if label else body))
    if message.get("citations"):
        out.print()
        show(out, _indented(_numbered([(_number(citation), _source(citation)) for citation in message["citations"]])))
    if offers:
        draw_offers(out, [offer["title"] for offer in message.get("buttons") or []])


def draw_offers(out: Console, titles: Sequence[str]) -> None:
    """Suggestions, each with the number that asks it."""
    if titles:
        out.print()
        show(
            out,
            _indented(_numbered([(Text(f"{number} ›", style="cyan"), Text(title)) for number, title in enumerate(titles, 1)])),
        )


def draw_sources(out: Console, citations: Iterable[Mapping[str, Any]], *, passages: bool = True) -> None:
    """Sources in full: each passage as it stands in the article, where that is, and its address.

    Args:
        out: where to draw.
        citations: in the form of the channel's contract.
        passages: whether the words of the passages are drawn, too.
    """
    for citation in citations:
        out.print()
        passage = [Text(citation["text"])] if passages else []
        show(out, _indented(_numbered([(_number(citation), Group(*passage, _source(citation)))])))
        # an address is drawn as one line however long it is, so that it can be copied
        out.print(Text.assemble("      ", (citation["url"], _link(citation["url"]))), soft_wrap=True)


def draw_commands(out: Console) -> None:
    """What can be typed beside questions."""
    out.print()
    show(
        out, _indented(_numbered([(Text(typed, style="cyan"), Text(does)) for typed, does in words("shell")["commands"].items()]))
    )


def _indented(what: RenderableType) -> Padding:
    return Padding(what, (0, 0, 0, 2), expand=False)


def _numbered(rows: Iterable[tuple[Text, RenderableType]]) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(no_wrap=True)
    for number, what in rows:
        table.add_row(number, what)
    return table


def _body(message: Mapping[str, Any]) -> Iterator[RenderableType]:
    urls = {citation["number"]: citation["url"] for citation in message.get("citations") or ()}
    for block in message.get("blocks") or [{"type": "paragraph", "spans": [{"text": message["text"]}]}]:
        text = Text(style=STYLES.get(block["type"], ""))
        for span in block["spans"]:
            text.append(span["text"])
            # a list item stands under the sentence that already carries the number
            if block["type"] != "list_item" and span.get("citations"):
                text.append(" ")
                for number in span["citations"]:
                    text.append(f"[{number}]", style=Style.parse("cyan") + _link(urls.get(number, "")))
        mark = MARKS.get(block["type"])
        yield _numbered([(Text(mark, style=text.style), text)]) if mark else text


def _urgent(message: Mapping[str, Any]) -> Group:
    """What an emergency is told: what to do stands out, and apart from the rest."""
    first, *rest = _body(message)
    return Group(Styled(first, "bold"), *(Padding(block, (1, 0, 0, 0)) for block in rest))


def _number(citation: Mapping[str, Any]) -> Text:
    return Text(f"[{citation['number']}]", style=Style.parse("cyan") + _link(citation["url"]))


def _link(url: str) -> Style:
    """Style of words that a terminal opens an address for, if it can do that and the address is one of the web."""
    return Style(link=url) if url.startswith(LINKS) and url.isprintable() else Style()


def _source(citation: Mapping[str, Any]) -> Text:
    by = ", ".join(citation[name] for name in ("author", "publisher", "published") if citation[name])
    title, section = _ended(citation["title"]), _ended(citation["section"])
    if section:
        source = said("shell", "source", title=title, section=section, by=by)
    else:
        source = said("shell", "source_whole", title=title, by=by)
    listed = [said("shell", "reference", title=ref["title"], published=ref["published"]) for ref in citation["references"]]
    lists = f" {said('shell', 'lists', references='; '.join(listed))}" if listed else ""
    text = Text(f"{source}{lists}", style="dim")
    text.stylize(_link(citation["url"]), 0, len(citation["title"]))
    return text


def _ended(text: str) -> str:
    """A text with a full stop, if it has none at its end and is not empty."""
    return text if text[-1:] in ("", ".", "?", "!") else f"{text}."
