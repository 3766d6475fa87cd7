"""Every form of page is read, and what is wrong with a file is one line with its name."""

from __future__ import annotations

import gzip
import json

import pytest
from pages import PAGE, cells, read_one, word_file, word_paragraph

from fascicle.errors import CompileError
from fascicle.library.compiling import files, read

JATS = """<?xml version="1.0"?><!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd">
<article xml:lang="en" xmlns:xlink="http://www.w3.org/1999/xlink"><front><journal-meta><journal-title-group>
<journal-title>Annals of Knees</journal-title></journal-title-group></journal-meta><article-meta>
<article-id pub-id-type="doi">10.1/knee</article-id><title-group><article-title>Knight's knee</article-title></title-group>
<contrib-group><contrib><name><surname>Squire</surname><given-names>Ann</given-names></name></contrib></contrib-group>
<pub-date><day>4</day><month>3</month><year>2021</year></pub-date>
<abstract><p>A review of the knee.</p></abstract></article-meta></front>
<body><sec><title>Causes</title><p>Armor is <bold>heavy</bold> [<xref>1</xref>].</p>
<list><list-item><p>iron</p></list-item></list>
<sec><title>Risk factors</title><p>Knights are at risk.</p></sec></sec></body>
<back><ref-list><ref><mixed-citation>The book of knees.</mixed-citation>
<pub-id pub-id-type="doi">10.1/book</pub-id></ref></ref-list></back>
</article>"""
NHS = {
    "@type": "MedicalWebPage", "name": "Knight's knee", "genre": ["Condition"], "webpage": "https://nhs.example/knee/",
    "author": {"@type": "Organization", "name": "Castle website"}, "lastReviewed": ["2022-01-02T00:00:00+00:00", "2025-01-02"],
    "hasPart": [
        {"@type": "HealthTopicContent", "hasHealthAspect": "http://schema.org/OverviewHealthAspect", "headline": "",
         "hasPart": [{"@type": "WebPageElement", "headline": "Knee", "text": "Symptoms"},
                     {"@type": "WebPageElement", "text": "<p>It is a knee that hurts.</p>"}]},
        {"@type": "HealthTopicContent", "hasHealthAspect": "http://schema.org/SelfCareHealthAspect", "headline": "Armor off",
         "hasPart": [{"@type": "WebPageElement", "headline": "", "text": "<p>Rest.</p><h2>Also</h2><p>Sleep well.</p>"},
                     {"@type": "WebPageElement", "identifier": "urgent", "headline": "Tell the king if:",
                      "text": "<ul><li>it is blue</li></ul>"}]},
    ],
}  # fmt: skip
NO_PAGE = "is no schema.org page: none of its things is a HealthTopicContent, FAQPage, MedicalWebPage"
FAQ = {
    "@context": "https://schema.org", "@graph": [{"@type": "FAQPage", "name": "Knight's knee", "mainEntity": [
        {"@type": "Question", "name": "What causes knight's knee?", "acceptedAnswer": {"@type": "Answer", "text": "Armor does."}},
        {"@type": "Question", "name": "Is it catching?", "acceptedAnswer": {"@type": "Answer", "text": "<p>It is not.</p>"}},
    ]}],
}  # fmt: skip


def write(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def fault_of(path):
    try:
        (found,) = read(path)
    except CompileError as error:
        return str(error)
    assert isinstance(found, CompileError), found
    return str(found)


def test_markdown_with_front_matter(tmp_path):
    text = (
        "---\ntitle: Knight's knee\npublisher: Castle\ndate: 2021-03-04\nnames: [jouster's knee]\n---\n\n"
        "It hurts.\n\n## Causes\n\n* armor\n* horses\n\n| a | b |\n|---|---|\n| c | d |\n\n<script>alert(1)</script>\n"
    )  # fmt: skip
    made = read_one(write(tmp_path, "knee.md", text))
    assert (made.about.publisher, made.about.published, made.subject.aliases[1]) == ("Castle", "2021-03-04", "jouster's knee")
    assert cells(made) == {"": "overview", "Causes": "causes"}
    assert made.text == "It hurts.\nCauses\narmor\nhorses\na\tb\nc\td"


def test_markdown_without_front_matter(tmp_path):
    made = read_one(write(tmp_path, "knee.md", "# Knight's knee\n\nIt hurts.\n"))
    assert (made.id, made.about.title) == ("knee", "Knight's knee")


def test_word(tmp_path):
    body = (
        word_paragraph("Knee", "Title")
        + word_paragraph("It hurts.")
        + word_paragraph("Causes", "Heading2")
        + word_paragraph("Armor.")
    )
    core = (
        '<cp:coreProperties xmlns:cp="a" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/">'
        "<dc:creator>A. Squire</dc:creator><dcterms:created>2021-03-04T00:00:00Z</dcterms:created></cp:coreProperties>"
    )
    made = read_one(write(tmp_path, "knee.docx", word_file(body, docProps__core=core)))
    assert (made.about.title, made.about.author, made.about.published) == ("Knee", "A. Squire", "2021-03-04")
    assert cells(made) == {"": "overview", "Causes": "causes"}


def test_jats(tmp_path):
    made = read_one(write(tmp_path, "knee.xml", JATS))
    about = made.about
    assert (about.publisher, about.author, about.published) == ("Annals of Knees", "Ann Squire", "2021-03-04")
    assert about.url == "https://doi.org/10.1/knee"
    assert cells(made) == {"Abstract": "overview", "Causes": "causes", "Risk factors": "risk_group"}
    assert "Armor is heavy [1].\niron" in made.text
    assert made.references[0].url == "https://doi.org/10.1/book"


def test_the_nhs_content_api(tmp_path):
    made = read_one(write(tmp_path, "knee.json", json.dumps(NHS)))
    assert (made.about.publisher, made.about.reviewed, made.about.kind) == ("Castle website", "2022-01-02", "condition")
    assert made.about.url == "https://nhs.example/knee/"
    assert [(s.title, s.placing.aspect) for s in made.sections] == [
        ("", "overview"), ("Armor off", "self_care"), ("Also", "self_care"), ("Tell the king if:", "urgent_help"),
    ]  # fmt: skip
    assert made.text.startswith("It is a knee that hurts.\nArmor off\nRest.")


def test_a_page_of_questions(tmp_path):
    made = read_one(write(tmp_path, "knee.json", json.dumps(FAQ)))
    assert cells(made) == {"What causes knight's knee?": "causes", "Is it catching?": "contagious"}


def test_many_articles_in_one_file(tmp_path):
    rows = [{"id": f"knee-{n}", "title": "Knee", "html": "<h2>Causes</h2><p>Armor.</p>", "names": ["joint"]} for n in range(3)]
    rows[1] = {"id": "../../etc/passwd", "html": "<p>a</p>"}
    lines = "\n".join([*map(json.dumps, rows), "{", '{"title": "no html"}'])
    found = list(read(write(tmp_path, "all.jsonl.gz", gzip.compress(lines.encode()))))
    assert [getattr(page, "said", page) and not isinstance(page, CompileError) for page in found] == [
        True,
        False,
        True,
        False,
        False,
    ]
    faults = [str(page).partition("all.jsonl.gz, ")[2] for page in found if isinstance(page, CompileError)]
    assert faults == [
        "line 2: id '../../etc/passwd' has other letters than a-z, 0-9, - and _",
        "line 4: is not valid JSON",
        "line 5: is no article: 'html' is missing",
    ]


def test_a_folder_gives_the_files_that_can_be_read(tmp_path):
    for name in ("b.html", "a.md", "note.txt", ".hidden.html", "inner/c.json", "old.yml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link.html").symlink_to("/etc/passwd")
    assert [path.name for path in files([tmp_path])] == ["a.md", "b.html", "c.json"]


def test_an_encoding_that_the_page_names_is_used(tmp_path):
    page = '<meta charset="windows-1252"><h1>Knee</h1><p>It’s a knee.</p>'.encode("windows-1252")
    assert read_one(write(tmp_path, "knee.html", page)).text == "It’s a knee."


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("a.html", b"\xff\xfe\x00h", "is not UTF-8 text"),
        ("a.html", b"x" * 20_000_000, "has 20,000,000 bytes; a page may have 10,000,000"),
        ("a.txt", b"x", "is none of .jsonl.gz, .jsonl, .html, .htm, .xhtml, .md, .markdown, .docx, .xml, .nxml, .json"),
        ("a.md", "---\ntitle: [\n---\nx", "line 3: front matter is not valid YAML"),
        ("a.md", "---\na: &a [x]\nb: *a\n---\nx", "has front matter with anchors, which it has no use for"),
        ("a.md", "---\nid: ../a\n---\nx", "id '../a' has other letters than a-z, 0-9, - and _"),
        ("a.docx", b"PK no", "is not a Word file that can be read"),
        ("a.docx", word_file("<w:p/>", word__x="<!DOCTYPE x>"), "declares entities, as no Word file does"),
        ("a.xml", '<!DOCTYPE a [<!ENTITY b "ha">]><a>&b;</a>', "declares entities, which are not read"),
        ("a.xml", "<a><b></a>", "line 1: is not valid XML"),
        ("a.xml", "<a/>", "is no JATS article: there is no element <article>"),
        ("a.json", "{", "is not valid JSON"),
        ("a.json", "[" * 100_000, "is nested too deep"),
        ("a.json", '{"@type": "Person"}', NO_PAGE),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "bytes",
)  # fmt: skip
def test_a_faulty_file_is_one_line(tmp_path, name, content, fault):
    path = write(tmp_path, name, content)
    assert fault_of(path) == f"{path}: {fault}"


def test_a_file_that_is_not_there_is_one_line(tmp_path):
    assert fault_of(tmp_path / "no\nthing.html") == f"{tmp_path}/no?thing.html: does not exist"


def test_a_packed_bomb_is_not_unpacked(tmp_path):
    bomb = word_file("<w:p/>", word__big=" " * 60_000_000)
    assert len(bomb) < 100_000
    assert "when unpacked" in fault_of(write(tmp_path, "a.docx", bomb))
    lines = write(tmp_path, "a.jsonl.gz", gzip.compress(b'{"html": "' + b"x" * 30_000_000))
    assert fault_of(lines).endswith("line 1: is longer than 12,000,000 bytes")
    assert "damaged" in fault_of(write(tmp_path, "b.jsonl.gz", gzip.compress(json.dumps({"html": PAGE}).encode())[:-20]))
