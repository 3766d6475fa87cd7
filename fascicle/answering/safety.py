"""What is said when someone may be in danger, from the alarm until help has come or it is over.

Every sentence stands in data/words/safety.yml and every number in data/words/emergency_numbers.yml; none comes from an article.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fascicle.library import Article, Library, Line, Numbers, Passage, countries, said, words
from fascicle.reply import Block, Offer, Reply, article_of, payload

CAUTIONED = frozenset({"answer", "not_covered", "out_of_scope", "clarify"})
"""Kinds of reply before which there are words of caution, if leave is asked."""


def raised(kind: str, *, of_another: bool, country: str | None, language: str | None = None) -> Reply:
    """The first reply to an alarm.

    Args:
        kind: the alarm, the intent of the message that raises it.
        of_another: whether somebody else is in danger.
        country: code of the country whose numbers are named, if it is known.
        language: the language of the message, if it is another than English; then it is said in that, too.
    """
    text = words("safety")["alarms"][kind]["other" if of_another else "self"]
    theirs = [Block(_line(language, country))] if language and language in words("emergency_lines") else []
    return Reply("emergency", (*theirs, Block(_filled(text, country)), Block(words("safety")["disclaimer"])))


def in_other_language(language: str, *, country: str | None) -> Reply:
    """What to do in an emergency, and that the bot reads English, in another language and in English.

    Args:
        language: ISO 639-1; English alone is used for one that there is no line in.
        country: code of the country whose number is named, if it is known.
    """
    lines = words("emergency_lines")
    theirs = [Block(_line(language, country)), Block(lines[language]["english"])] if language in lines else []
    return Reply("notice", (*theirs, Block(_filled(words("safety")["only_english"], country))))


def kept_up(kind: str, intent: str, *, country: str | None) -> Reply:
    """The reply to what is said while an alarm stands.

    Args:
        kind: the alarm that stands.
        intent: what is said, a key of `replies` in data/words/safety.yml.
        country: code of the country whose numbers are named, if it is known.
    """
    return Reply("emergency", (Block(_filled(_chosen(words("safety")["replies"][intent], kind), country)),))


def before_an_answer(kind: str, *, country: str | None) -> Reply:
    """The line of safety that comes before an answer while an alarm stands."""
    return Reply("emergency", (Block(_filled(_chosen(words("safety")["before_an_answer"], kind), country)),))


def whether_new() -> Reply:
    """The question back where it is unclear whether a sign is new."""
    texts = words("safety")["unclear"]
    offers = (Offer(texts["yes"], payload("confirm_sign")), Offer(texts["no"], payload("deny_sign")))
    return Reply("clarify", (Block(texts["ask"]),), offers)


def not_new(article: Article, *, country: str | None) -> Reply:
    """What is said where a sign is not new: when to see a doctor, as far as the article says it."""
    doctor = article.passage(article.subject, "see_doctor")
    shown = (Block(passage=doctor.id),) if doctor else ()
    return Reply("answer" if doctor else "notice", (Block(_filled(words("safety")["unclear"]["not_new"], country)), *shown))


def with_caution(reply: Reply, library: Library, *, asked: bool) -> Reply:
    """The reply with words of caution in front of its first passage, or of all it says where it shows none.

    Args:
        reply: what is about to be said.
        library: has the passages it shows, some of which bring a caution of their own.
        asked: whether leave was asked for something that a doctor or pharmacist should allow.
    """
    shown = [(article_of(library, article), passage) for article, passage in reply.places]
    passages = [article.passage_by_id(passage) for article, passage in shown]
    cautions = list(dict.fromkeys(passage.caution for passage in passages if passage.caution))
    on_medicines = any(_is_on_medicines(article, article.passage_by_id(passage)) for article, passage in shown)
    if (asked or on_medicines) and not cautions and reply.kind in CAUTIONED:
        cautions = [words("safety")["caution"]]
    at = next((place for place, block in enumerate(reply.blocks) if block.passage), 0)
    blocks = (*reply.blocks[:at], *(Block(caution, type="caution") for caution in cautions), *reply.blocks[at:])
    return replace(reply, blocks=blocks)


def _is_on_medicines(article: Article, passage: Passage) -> bool:
    """Whether a passage says what is done about medicines, or is of an article on one."""
    if article.kind == "medicine":
        return passage.aspect in ("treatment", "amount", "other", "side_effects")
    return article.topics[passage.topic].remedy and passage.aspect == "treatment"


def replies() -> frozenset[str]:
    """What can be said while an alarm stands that has a reply of its own."""
    return frozenset(words("safety")["replies"])


def _line(language: str, country: str | None) -> str:
    """The line of help in a language."""
    texts, known = words("emergency_lines")[language], countries().get(country or "")
    return str(texts["line"].format(number=known.emergency if known else texts["number"]))


def _chosen(texts: Mapping[str, str], kind: str) -> str:
    return texts.get(kind, texts["default"])


def _filled(text: str, country: str | None) -> str:
    """The text with the numbers of a country in place, or without any where the country is not known."""
    known = countries().get(country or "")
    return text.format(**(_of(known) if known else words("emergency_numbers")["unknown"]))


def _of(known: Numbers) -> dict[str, str]:
    """What stands for each number in a text."""
    poison = _called(known.poison) if known.poison else said("numbers", "no_poison_line", emergency=known.emergency)
    crisis = _called(known.crisis) if known.crisis else said("numbers", "no_crisis_line")
    named = [said("numbers", "in_country", emergency=known.emergency, country=known.name)]
    named += [said("numbers", "for_poison", poison=poison)] if known.poison else []
    named += [said("numbers", "for_crisis", crisis=crisis)] if known.crisis else []
    return {
        "emergency": known.emergency,
        "number": known.emergency,
        "number_capital": known.emergency,
        "poison": poison,
        "crisis": crisis,
        "crisis_line": crisis[:1].upper() + crisis[1:],
        "numbers": "; ".join(named),
    }


def _called(line: Line) -> str:
    """What a line is called, with its number."""
    return said("numbers", "line", name=line.name, number=line.number)
