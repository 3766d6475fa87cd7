import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from fascicle import library
from fascicle.__main__ import show
from fascicle.web import page

ARTICLE = library.default()
VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Elements of a page, each with its attributes, the section it is in, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements, self._open, self._section = [], [], ""
        self.feed(html)
        self.close()
        assert self._open == [], "an element is not closed"

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self._section = attributes["id"] if tag == "section" else self._section
        element = {"tag": tag, "in": self._section, "text": "", **attributes}
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_endtag(self, tag):
        assert self._open.pop()["tag"] == tag

    def handle_data(self, data):
        for element in self._open:
            element["text"] += data

    def all(self, tag, **attributes):
        return [e for e in self.elements if e["tag"] == tag and attributes.items() <= e.items()]


@pytest.fixture(scope="module")
def outline():
    return Outline(page.render("page.html", ARTICLE))


def words(text: str) -> str:
    return " ".join(text.split())


def test_there_is_a_section_with_one_heading_for_each_topic(outline):
    sections = [section for section in outline.all("section") if "data-fascicle-section" in section]
    assert [section["id"] for section in sections] == list(ARTICLE.topics)
    assert [section["data-fascicle-section"] for section in sections] == list(ARTICLE.topics)
    headings = [heading["in"] for heading in outline.all("h2") if heading["in"] in ARTICLE.topics]
    assert headings == list(ARTICLE.topics)


def test_each_passage_stands_in_its_section_letter_for_letter(outline):
    found = {e["id"]: (e["in"], e["text"]) for e in outline.all("p") if "id" in e}
    assert found == {passage.id: (passage.topic, passage.text) for passage in ARTICLE.passages}


def test_list_items_of_a_passage_lead_to_their_sections(outline):
    items = [words(e["text"]) for e in outline.all("li") if e["in"] == ARTICLE.subject]
    assert items == list(ARTICLE.passage(ARTICLE.subject, "causes").items)


def test_every_link_within_the_page_leads_somewhere(outline):
    ids = [element["id"] for element in outline.elements if "id" in element]
    links = {element["href"][1:] for element in outline.all("a") if element["href"].startswith("#")}
    assert len(ids) == len(set(ids))
    assert links <= set(ids)


def test_all_references_stand_at_the_end(outline):
    listed = [e["id"] for e in outline.all("li") if e["in"] == "references"]
    assert listed == [f"reference-{reference}" for reference in ARTICLE.references]


def test_it_names_the_article_it_restates(outline):
    assert words(outline.all("h1")[0]["text"]) == ARTICLE.title
    assert [e["href"] for e in outline.all("a") if e["text"] == "Read the original"] == [ARTICLE.url]


@pytest.mark.parametrize("template", ["page.html", "frame.html"])
def test_a_page_needs_nothing_but_files_beside_it(template):
    outline = Outline(page.render(template, ARTICLE))
    assert [script["src"] for script in outline.all("script")] == ["widget.js"]
    assert [words(script["text"]) for script in outline.all("script")] == [""]
    assert {link["href"] for link in outline.all("link")} == {"icon.svg", "page.css"}
    assert not outline.all("style")
    assert not [e for e in outline.elements if "style" in e or any(name.startswith("on") for name in e)]
    files = [e.get("src") or e["href"] for e in outline.all("script") + outline.all("link")]
    assert all((page.WEB / file).is_file() for file in files)


@pytest.mark.parametrize("template", ["page.html", "frame.html"])
def test_the_questions_to_begin_with_are_those_the_article_answers(template):
    [script] = Outline(page.render(template, ARTICLE)).all("script")
    subject = ARTICLE.topics[ARTICLE.subject]
    assert script["data-suggestions"].split("|") == page.questions(subject) != []
    assert page.questions(replace(subject, passages={})) == []


def test_what_the_article_file_says_is_never_markup():
    html = page.render("page.html", replace(ARTICLE, title="<script>alert(1)</script>", url='https://x/"onclick=alert(1)'))
    assert "<script>alert" not in html
    assert '"onclick' not in html


def test_no_page_names_a_topic():
    names = [alias for topic in ARTICLE.topics.values() for alias in (topic.id, topic.name, *topic.aliases)]
    for file in page.WEB.glob("*.*ml"):
        text = file.read_text(encoding="utf-8").lower()
        assert [name for name in names if re.search(rf"\b{re.escape(name.lower())}\b", text)] == []


@pytest.mark.parametrize(
    ("published", "date"),
    [("2018-03-03", "March 3, 2018"), ("2016-04", "April 2016"), ("2016", "2016")],
)
def test_dates_read_as_people_write_them(published, date):
    assert page.as_date(published) == date


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ([[("Causes", (1,))]], "Causes, paragraph 1"),
        ([[("Causes", (1, 2))]], "Causes, paragraphs 1 and 2"),
        ([[("Causes", (3, 1))], [("Causes", (2,))]], "Causes, paragraphs 1 to 3"),
        ([[("Causes", (1, 3, 4))]], "Causes, paragraphs 1, 3 and 4"),
        ([[("Causes", (1,)), ("Outlook", (2,))]], "Causes, paragraph 1; Outlook, paragraph 2"),
    ],
)
def test_a_section_says_where_in_the_article_it_stands(sections, words):
    topic, passage = ARTICLE.topics["als"], ARTICLE.passage_by_id("als.outlook")
    passages = {str(number): replace(passage, where=tuple(where)) for number, where in enumerate(sections)}
    assert page.where(replace(topic, passages=passages)) == words


def test_the_policy_allows_our_own_files_and_no_other():
    directives = dict(
        directive.split(" ", 1) for directive in page.policy(["https://b.example", "https://a.example"]).split("; ")
    )
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["connect-src"] == "'self'"
    assert directives["require-trusted-types-for"] == "'script'"
    assert directives["trusted-types"] == "lit-html"
    assert directives["frame-ancestors"] == "'self' https://a.example https://b.example"


@pytest.mark.parametrize(("name", "opened"), [("DISPLAY", True), ("WAYLAND_DISPLAY", True), ("NO_SUCH_SCREEN", False)])
def test_the_page_is_opened_only_where_there_is_a_desktop(monkeypatch, capsys, name, opened):
    visited = []
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv(name, ":0")
    monkeypatch.setattr("webbrowser.open", visited.append)
    show("http://127.0.0.1:5005/chat/")
    assert visited == ["http://127.0.0.1:5005/chat/"] * opened
    assert "http://127.0.0.1:5005/chat/" in capsys.readouterr().out
