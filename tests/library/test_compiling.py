"""A page becomes an article with the page's own words, each at its place."""

from __future__ import annotations

import contextlib
import re
import time
from html.parser import HTMLParser

import pytest
from pages import PAGE, cells, compiled

from fascicle.errors import CompileError
from fascicle.library.compiling import CompiledArticle, Metadata, NearestHeadings, Page, compile_page
from fascicle.library.compiling.damage import is_english
from fascicle.library.compiling.headings import read
from fascicle.library.compiling.sentences import begins
from fascicle.library.links import link, words_before


class _Text(HTMLParser):
    """All text of a page, read by another parser."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        self.found.append(data)


def words_of(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    return "".join("".join(parser.found).split())


@pytest.fixture(scope="module")
def article() -> CompiledArticle:
    return compiled(PAGE)


def test_every_sentence_stands_in_the_page_at_its_offset(article):
    text, page = article.text, words_of(PAGE)
    sentences = [sentence for section in article.sections for sentence in section.sentences()]
    assert len(sentences) > 10
    for sentence in sentences:
        assert text[sentence.start : sentence.end] == sentence.text
        assert "".join(sentence.text.split()) in page


def test_nothing_of_the_text_is_lost_and_nothing_around_it_is_kept(article):
    assert "pain in the knee" in article.text
    assert not re.search("cookies|About us|color|Copyright", article.text)


def test_headings_give_cells(article):
    assert {title: aspect for title, aspect in cells(article).items() if title} == {
        "What are the symptoms of Knight's Knee?": "symptoms",
        "Outlook": "outlook",
        "Types of knight's knee": "types",
        "Left knight's knee": "overview",
        "Right knight's knee": "overview",
        "Treatment": "treatment",
        "The horse": "",
    }


def test_types_are_topics_with_cells_of_their_own(article):
    assert [topic.id for topic in article.topics] == ["knights_knee", "left_knights_knee", "right_knights_knee"]
    assert article.topics[1].aliases == ("Left knight's knee", "shield knee")
    ids = [passage.id for passage in article.passages]
    assert {"left_knights_knee.overview", "right_knights_knee.treatment", "knights_knee.treatment"} <= set(ids)


def test_names_come_from_title_metadata_and_text(article):
    assert article.subject.aliases == ("Knight's knee", "jouster's knee", "KK", "tournament knee")


def test_metadata_comes_from_the_page(article):
    about = article.about
    assert (about.title, about.publisher, about.author) == ("Knight's Knee", "Castle Health", "A. Squire")
    assert (about.published, about.reviewed, about.language) == ("2021-03-04", "2023-05-01", "en")
    assert (about.url, about.kind) == ("https://castle.example/knee", "condition")


def test_what_the_file_says_goes_before_what_the_page_says():
    made = compile_page(Page("page.html", PAGE, Metadata(title="Other", published="2020")), "page")
    assert (made.about.title, made.about.published, made.about.author) == ("Other", "2020", "A. Squire")


def test_references_are_no_passage(article):
    assert [(one.title, one.url) for one in article.references] == [("The book of knees", "https://castle.example/book")]
    assert "book" not in article.text


def test_a_passage_says_where_its_sentences_stand(article):
    passage = next(one for one in article.passages if one.id == "knights_knee.symptoms")
    assert [sentence.text for sentence in passage.sentences] == ["The signs are:", "pain in the knee", "swelling"]
    assert passage.where == (("What are the symptoms of Knight's Knee?", (1, 2, 3)),)


def test_rows_of_a_table_keep_their_cells_apart(article):
    rows = [(p.kind, p.text) for section in article.sections for p in section.paragraphs if p.kind in ("head", "row")]
    assert rows == [("head", "Medicine\tDose"), ("row", "Balm\ttwo drops")]


def test_a_table_that_only_places_things_is_read_as_text():
    made = compiled("<h1>Knee</h1><table><tr><td><h2>Causes</h2><p>The causes are many.</p></td></tr></table>", whole=True)
    assert cells(made) == {"Causes": "causes"}


def test_the_same_page_gives_the_same_article(article):
    assert compiled(PAGE) == article


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One is here. Two is there.", 2),
        ("It hurts e.g. Anna, Dr. Who, and St. George.", 1),
        ("It takes 3.5 hours. Then rest.", 2),
        ("You need vitamin C. The doctor knows.", 2),
        ("Ask J. Smith about it.", 1),
        ("It helps (see the table. It is below) in most cases.", 1),
        ("Is it bad? No! It is not.", 3),
        ("Many are ill.1 Others are not.", 2),
        ("At 8 a.m. The bell rings.", 2),
        ("He said “stop.” Then he left.", 2),
        ("1. Wash it.", 1),
    ],
)
def test_sentences_are_never_cut_inside(text, expected):
    places = begins(text)
    assert len(places) == expected
    parts = [text[begin:end] for begin, end in zip(places, (*places[1:], len(text)), strict=True)]
    assert "".join(parts) == text


def test_bold_leads_under_types_are_topics():
    made = compiled(
        "<h1>Itch</h1><h2>Types of itch</h2><p>There are these.</p><p><b>Dry itch.</b> The skin is dry.</p>"
        "<p><strong>Wet itch</strong> is of the wet skin.</p><h2>Treatment</h2><p>Cream helps the skin.</p>",
        whole=True,
    )
    assert [topic.id for topic in made.topics] == ["itch", "dry_itch", "wet_itch"]
    assert [s.text for s in made.sections[1].sentences()] == ["Dry itch.", "The skin is dry."]
    assert made.text.count("Dry itch") == 1


def test_bold_lines_and_bare_titles_on_a_line_are_headings():
    made = compiled(
        "<h1>Itch</h1><h2>About itch</h2><p>Overview</p><p>It itches.</p><p><b>Causes of itch</b></p><p>Dry air.</p>"
        "<p>Short line</p>", whole=True,
    )  # fmt: skip
    assert cells(made) == {"About itch": "overview", "Overview": "overview", "Causes of itch": "causes"}


def test_questions_of_a_definition_list_are_headings():
    made = compiled(
        "<h1>Itch</h1><dl><dt>What causes itch?</dt><dd>Dry air does.</dd></dl><dl><dt>Scratch</dt><dd>To rub.</dd></dl>",
        whole=True,
    )
    assert cells(made) == {"What causes itch?": "causes"}
    assert [(p.kind, p.text) for p in made.sections[0].paragraphs][-2:] == [("term", "Scratch"), ("definition", "To rub.")]


def test_line_breaks_part_sentences_and_no_words():
    made = compiled("<h1>Itch</h1><p>It is a long<br>line.<br>Another one.</p>", whole=True)
    assert [p.text for p in made.sections[0].paragraphs] == ["It is a long line.", "Another one."]


def test_a_page_that_marks_no_text_is_parted_by_its_words():
    text = "".join(
        f"<p>{'The doctor says that the itch of the skin is treated with a cream, and it is gone in a week or two. ' * 2}</p>"
        for _ in range(4)
    )
    menu = "<ul>" + "".join(f'<li><a href="/{n}">Disease {n}</a></li>' for n in range(9)) + "</ul>"
    inside = f"<h2>Treatment</h2>{text}<ul><li>short item</li></ul>{menu}"
    html = f"<html><body><div>{menu}</div><div>{inside}</div><div>Cookies</div></body></html>"
    made = compile_page(Page("page.html", html, Metadata(title="Itch")), "page")
    assert "short item" in made.text
    assert not re.search("Disease 3|Cookies", made.text)


def link_to(text, start, end):
    return link("https://a.example/p", text[start:end], words_before(text, start, end))


def test_a_link_leads_to_the_words():
    text = "The knee hurts.\nA well-known knee, it hurts. The knee hurts."
    assert link_to(text, 0, 15) == "https://a.example/p#:~:text=The%20knee%20hurts."
    assert link_to(text, 16, 44) == "https://a.example/p#:~:text=A%20well%2Dknown%20knee%2C%20it%20hurts."
    assert link_to(text, 45, 60).startswith("https://a.example/p#:~:text=knee%2C%20it%20hurts.-,")
    assert link("", text) == ""
    long = " ".join(f"word{n}" for n in range(20))
    assert link_to(long, 0, len(long)).count("word") == 12


@pytest.mark.parametrize(
    ("html", "kind"),
    [
        ("<h2>Causes</h2><p>The many causes include:</p><p>Air is dry. Skin is thin.</p>", "lost_list"),
        ("<h2>Causes</h2><p>It is seen in 515 percent of people.</p>", "lost_dash"),
        ("<h2>Causes</h2><h2>Treatment</h2><p>Cream helps.</p>", "empty_section"),
        ("<h1>Second</h1><p>Cream helps.</p>", "two_titles"),
        (f"<p>{'The king rode to the hill and saw the wide green land that was his own by law. ' * 5}</p>", "not_health"),
    ],
)
def test_damage_is_seen_and_said(html, kind):
    (damage,) = compiled(f"<h1>Itch</h1>{html}", whole=True).damage
    assert damage.kind == kind
    assert "\n" not in damage.what


@pytest.mark.parametrize(
    "html",
    [
        "<h2>Causes</h2><p>The many causes include:</p><ul><li>air</li></ul>",
        "<h2>Causes</h2><p>The many causes include:</p><p>dry air</p><p>old skin</p>",
        "<h2>Causes</h2><p>It is 200 percent more, and 100 percent of it.</p>",
        "<h2>Causes</h2><h3>Air</h3><p>Dry air.</p>",
    ],
)
def test_what_is_in_order_is_not_called_damage(html):
    assert compiled(f"<h1>Itch</h1>{html}", whole=True).damage == ()


def test_languages_are_told_apart():
    assert is_english("The knee is a joint, and it hurts when the doctor moves it to the left or to the right of the leg. " * 4)
    assert not is_english(
        "Das Knie ist ein Gelenk und es tut weh, wenn der Arzt das Bein nach links oder nach rechts bewegt. " * 4
    )
    assert not is_english(
        "La rodilla es una articulación y duele cuando el médico mueve la pierna hacia la izquierda o la derecha. " * 4
    )


def test_headings_without_a_rule_are_asked_of_the_classifier():
    class Horses:
        def aspect(self, heading: str) -> tuple[str, float]:
            assert heading == "the horse"
            return "living_with", 0.7

    made = compiled(PAGE, classifier=Horses())
    placing = next(section.placing for section in made.sections if section.title == "The horse")
    assert (placing.aspect, placing.confidence, placing.why) == ("living_with", 0.7, "nearest headings")


def test_an_unsure_classifier_places_nothing_and_says_what_was_nearest():
    class Unsure:
        def aspect(self, heading: str) -> tuple[str, float]:
            return "living_with", 0.3

    made = compiled(PAGE, classifier=Unsure())
    placing = next(section.placing for section in made.sections if section.title == "The horse")
    assert (placing.aspect, placing.why) == ("", "nearest is living_with, but only 0.30 sure")


def test_the_nearest_examples_decide():
    import numpy as np

    known = {"warm": [1.0, 0.0], "hot": [0.98, 0.2], "cold": [0.0, 1.0], "icy": [0.2, 0.98], "far": [-1.0, 0.0]}
    made = NearestHeadings(
        lambda texts: np.array([known[text] for text in texts], np.float32),
        {"treatment": ["warm", "hot"], "causes": ["cold", "icy"]},
    )
    assert made.aspect("warm") == ("treatment", pytest.approx(1.0, abs=0.01))
    assert made.aspect("icy")[0] == "causes"
    assert made.aspect("far")[0] == ""


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("", "is empty"),
        ("<script>alert(1)</script><style>p{}</style>", "has no text to answer from"),
        ("<p>text</p>" + "\x00", "has a control character (U+0000 at letter 12): not a text"),
        ("<div>" * 5000 + "deep" + "</div>" * 5000, "has more than 200 elements inside each other"),
        ("<p>a</p>" * 30_000, "has 30,002 elements; a page may have 20,000"),
        ("<p>" + "a " * 3_000_000, "has 6,000,003 letters; a page may have 5,000,000"),
        ("<p>no title</p>", "has no title: give it a heading of the first level, or a `title`"),
        ('<html lang="fr"><h1>Genou</h1><p>Le genou.</p></html>', "is not in English, it says: its language is 'fr'"),
        (f"<h1>Knie</h1><p>{'Das Knie ist ein Gelenk und tut weh. ' * 9}</p>", "is not in English"),
    ],
)
def test_a_hostile_page_is_one_line(html, fault):
    with pytest.raises(CompileError) as error:
        compiled(html)
    assert str(error.value) == f"page.html: {fault}"


@pytest.mark.parametrize(
    "part",
    [
        "<p>A (a. A. </p>", "A (a. A. ", "<h3>Types of itch</h3>", "<h3>Dry itch</h3>", "<li><a href=a>b</a>", "<p>An itch: ",
        "(", "also called ", "itch (IT) ", "<td>a", "1. ",
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [20_000])
def test_a_page_made_to_take_long_does_not(part, size):
    html = f"<h1>Itch</h1><h2>Types of itch</h2><p>It is an itch.</p>{part * (size // len(part))}"
    began = time.process_time()
    with contextlib.suppress(CompileError):
        compiled(html)
    assert time.process_time() - began < 10


def test_headings_that_are_paragraphs_are_read_to_their_300th_letter():
    began = time.process_time()
    for pump in (" ", "a", "x ", "what is ", "how do ", "(", "1.", "treat ", "how is ", ", and ", "who gets "):
        read(pump * 20_000, ["itch"])
    assert time.process_time() - began < 5


def test_what_turns_a_text_round_or_is_hidden_is_not_shown():
    made = compiled(
        "<h1>Itch</h1><p>Rub\u202e it\u200b, so\u00adft.</p><p hidden>secret</p><p style='display: none'>secret</p>", whole=True
    )
    assert made.text == "Rub it, soft."


def test_addresses_that_are_no_web_addresses_are_left_out():
    head = '<link rel="canonical" href="javascript:alert(1)"><meta property="og:url" content="file:///etc/passwd">'
    assert compiled(f"{head}<h1>Itch</h1><p>It itches.</p>").about.url == ""
