"""A citation's number leads to the passage it stands for, and to no other."""

from __future__ import annotations

from fake_bot import Bot, answer, citation, message, says
from playwright.sync_api import expect
from visitor import Visitor

SECTIONS = """<script>
  window.jumped = [];
  document.addEventListener("fascicle-section", (event) => jumped.push(event.detail));
</script>""" + "".join(
    f'<section data-fascicle-section="{topic}" style="height: 1500px"><h2>About {topic}</h2></section>'
    for topic in ("als", "stress")
)


def several(*topics: str) -> dict[str, object]:
    """An answer of several passages."""
    return message(
        "Several.",
        kind="answer",
        blocks=[
            {"type": "paragraph", "spans": [{"text": f"On {topic}.", "citations": [number]}]}
            for number, topic in enumerate(topics, 1)
        ],
        passages=[{"id": f"{topic}.treatment", "topic": topic, "aspect": "treatment"} for topic in topics],
        citations=[citation(number, topic, f"The passage on {topic}.") for number, topic in enumerate(topics, 1)],
    )


def test_each_number_opens_its_passage(at_chat: Visitor, bot: Bot) -> None:
    topics = ["stress", "als", "caffeine"]
    bot.usual = says(several(*topics))
    at_chat.ask()
    for number, topic in enumerate(topics, 1):
        at_chat.button(f"Source {number}: {topic.capitalize()}").click()
        opened = at_chat.chat.locator(".source[open]")
        expect(opened).to_have_count(1)
        expect(opened.locator("blockquote")).to_have_text(f"The passage on {topic}.")
        opened.get_by_role("button", name="Back to the answer").click()
        at_chat.expect_focus(f"Source {number}: {topic.capitalize()}")


def test_answers_in_a_row_do_not_mix_their_sources(at_chat: Visitor, bot: Bot) -> None:
    topics = ["stress", "als", "caffeine"]
    for topic in topics:
        bot.usual = says(several(topic))
        at_chat.ask(f"On {topic}?")
    for index in (2, 0, 1):
        number = at_chat.citations.nth(index)
        expect(number).to_have_text("1")
        number.click()
        expect(at_chat.answers.nth(index).locator("blockquote")).to_have_text(f"The passage on {topics[index]}.")
        expect(at_chat.answers.nth(index).locator("blockquote")).to_be_visible()


def test_a_source_says_where_it_comes_from(at_chat: Visitor) -> None:
    at_chat.ask()
    at_chat.citations.click()
    for words in (
        "Stress",
        "What causes your lip to twitch?",
        "Jon Johnson, Medical News Today",
        "March 3, 2018",
        "Stress fact sheet (May 10, 2017)",
    ):
        expect(at_chat.sources).to_contain_text(words)
    link = at_chat.sources.get_by_role("link", name="Read in the article")
    expect(link).to_have_attribute("href", "https://www.example.org/articles/321105")
    expect(link).to_have_attribute("rel", "noopener noreferrer")


def test_the_words_of_an_answer_are_shown_letter_for_letter(at_chat: Visitor, bot: Bot) -> None:
    text = "  Words — with “quotes”,  two spaces & signs <like> these. "
    bot.usual = says(message(text, kind="answer", topic="stress"))
    at_chat.ask()
    assert at_chat.answers.locator(".words p").evaluate("p => p.textContent") == text + "1"


def test_a_number_never_stands_alone_on_a_line(at_chat: Visitor) -> None:
    at_chat.ask()
    for width in range(320, 480, 4):
        at_chat.page.set_viewport_size({"width": width, "height": 700})
        left = "element => element.getBoundingClientRect().left"
        assert at_chat.citations.evaluate(left) > at_chat.answers.evaluate(left) + 20


def test_blocks_are_paragraphs_headings_and_lists(at_chat: Visitor, bot: Bot) -> None:
    types = ["heading", "paragraph", "list_item", "list_item", "paragraph", "list_item"]
    spans = [{"text": "Words", "citations": [1]}]
    bot.usual = says(answer("stress") | {"blocks": [{"type": type_, "spans": spans} for type_ in types]})
    at_chat.ask()
    shape = at_chat.answers.locator(".words").evaluate("words => [...words.children].map((e) => [e.tagName, e.children.length])")
    # a list that goes on what is cited above it does not repeat the number
    assert shape == [["H4", 1], ["P", 1], ["UL", 2], ["P", 1], ["UL", 1]]
    expect(at_chat.answers.locator("li .cite")).to_have_count(0)


def test_a_number_without_a_source_is_not_shown(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(
        answer("stress") | {"blocks": [{"type": "paragraph", "spans": [{"text": "Words.", "citations": [1, 2, "1"]}]}]}
    )
    at_chat.ask()
    expect(at_chat.citations).to_have_text(["1"])


def test_a_source_shows_its_section_of_the_page(visitor: Visitor, bot: Bot) -> None:
    bot.usual = says(several("stress", "caffeine"))
    visitor.visit(bot.page(body=SECTIONS)).open().ask()
    visitor.button("Source 2: Caffeine").click()
    expect(visitor.button("Show on this page")).to_have_count(0)
    visitor.button("Source 1: Stress").click()
    visitor.button("Show on this page").click()
    section = visitor.page.locator('[data-fascicle-section="stress"]')
    expect(section.get_by_role("heading")).to_be_in_viewport()
    expect(section).to_be_focused()
    assert section.evaluate("section => section.getAnimations().length") == 1
    assert visitor.page.evaluate("jumped") == [{"topic": "stress"}]
    expect(visitor.panel).to_be_visible()


def test_a_page_can_show_its_sections_in_its_own_way(visitor: Visitor, bot: Bot) -> None:
    visitor.visit(bot.page(body=SECTIONS)).open().ask()
    visitor.page.evaluate("document.addEventListener('fascicle-section', (event) => event.preventDefault())")
    visitor.citations.click()
    visitor.button("Show on this page").click()
    assert visitor.page.evaluate("[jumped.length, scrollY]") == [1, 0]


def test_on_a_small_screen_the_panel_makes_way_for_the_section(visitor: Visitor, bot: Bot) -> None:
    visitor.page.set_viewport_size({"width": 390, "height": 800})
    visitor.visit(bot.page(body=SECTIONS)).open().ask()
    visitor.citations.click()
    visitor.button("Show on this page").click()
    expect(visitor.panel).to_be_hidden()
    section = visitor.page.locator('[data-fascicle-section="stress"]')
    expect(section.get_by_role("heading")).to_be_in_viewport()
    expect(section).to_be_focused()


def test_several_answers_at_once_count_their_sources_on_and_have_one_pair_of_thumbs(at_chat: Visitor, bot: Bot) -> None:
    bot.usual = says(answer("stress"), answer("als"), message("By the way."))
    at_chat.ask()
    expect(at_chat.citations).to_have_text(["1", "2"])
    at_chat.button("Source 2: Als").click()
    expect(at_chat.sources.nth(1).locator("blockquote")).to_contain_text("What helps with als")
    expect(at_chat.button("Helpful")).to_have_count(1)
    at_chat.button("Helpful").click()
    expect(at_chat.chat.get_by_role("status")).to_have_text("Thank you for your feedback.")
    assert sorted(rating["passages"] for rating in bot.feedback) == [["als.treatment"], ["stress.treatment"]]
    at_chat.page.reload()
    expect(at_chat.citations).to_have_text(["1", "2"])
    at_chat.ask()
    expect(at_chat.citations).to_have_text(["1", "2", "1", "2"])
