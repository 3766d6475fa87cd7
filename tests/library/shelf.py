"""A library that is made up, with two publishers on one thing, two things whose names share a word, and a medicine."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fascicle import ROOT
from fascicle.library import Library
from fascicle.library.filling import Filler
from fascicle.library.store import Shelf
from fascicle.understanding.question import Question, questions_of, vector_as_text
from fascicle.understanding.question_classifier import MASKS, _rare
from fascicle.understanding.sentence_encoder import encoder
from fascicle.understanding.topic_linker import Aliases, Link, aliases_of

PAGES = {
    "tarsal-house": (
        "Tarsal tunnel syndrome",
        "Foot House",
        "<p>Tarsal tunnel syndrome is a disease of the nerve behind the ankle. The nerve is pressed where it enters the foot.</p>"
        "<h2>Symptoms</h2><p>Most people first notice it when they walk. It is worse in the evening. The signs are:</p>"
        "<ul><li>burning of the sole</li><li>tingling of the toes</li><li>a weak big toe</li></ul>"
        "<p>Some people are woken by the pain. Others feel it in one shoe only.</p>"
        "<h2>Causes</h2><p>A ganglion, a flat foot, or a broken ankle may press on the nerve.</p>",
    ),
    "tarsal-institute": (
        "Tarsal tunnel syndrome",
        "Nerve Institute",
        "<p>Tarsal tunnel syndrome is a condition in which a nerve of the ankle is squeezed.</p>"
        "<h2>Treatment</h2><p>An insole takes the weight off the nerve. A doctor may inject a steroid beside it. "
        "Where nothing helps, surgery opens the tunnel.</p>"
        "<h2>Diagnosis</h2><p>The doctor taps on the nerve. A test measures how fast the nerve carries a signal.</p>",
    ),
    "carpal": (
        "Carpal tunnel syndrome",
        "Hand House",
        "<p>Carpal tunnel syndrome is a condition of the median nerve in the wrist.</p>"
        "<h2>Symptoms</h2><p>The thumb and two fingers go numb at night.</p>"
        "<h2>Treatment</h2><p>A splint keeps the wrist straight while you sleep.</p>",
    ),
    "leukemia": (
        "Acute lymphoblastic leukemia (ALL)",
        "Blood House",
        "<p>Acute lymphoblastic leukemia (ALL) is a cancer of the blood that begins in the bone marrow.</p>"
        "<h2>Symptoms</h2><p>Children are pale, tired, and bruise at the slightest touch.</p>"
        "<h2>Treatment</h2><p>Chemotherapy is given for two to three years.</p>",
    ),
    "stones": (
        "Nephrolithiasis",
        "Kidney House",
        "<p>Nephrolithiasis, also called stones or renal gravel, is a disease of the kidney in which salts clump together.</p>"
        "<h2>Symptoms</h2><p>The pain in the flank comes in waves and makes people restless.</p>"
        "<h2>Prevention</h2><p>Drink enough water for the urine to stay pale.</p>",
    ),
    "balmoril": (
        "Balmoril tablets",
        "Pill House",
        "<p>Balmoril is a medicine that calms a nerve. It was first made in Balmoral, and is sold as a white tablet.</p>"
        "<h2>Side effects</h2><p>Balmoril may make people sleepy and dry the mouth.</p>"
        "<h2>How much to take</h2><p>The usual dose is one tablet in the evening.</p>",
    ),
}
"""Title, publisher, and text of each page, by the id of its article."""
WRITTEN = ROOT / "tests/articles/dry_eyes.yml"


def filled(shelf: Shelf, folder: Path) -> Shelf:
    """A store with all pages and the article that is written, made in an empty folder."""
    for name, (title, publisher, text) in PAGES.items():
        head = f'<title>{title}</title><meta property="og:site_name" content="{publisher}">'
        address = f'<link rel="canonical" href="https://{name}.example/page">'
        (folder / f"{name}.html").write_text(f"<html><head>{head}{address}</head><main><h1>{title}</h1>{text}</main></html>")
    said = list(Filler(shelf, vectors).add([folder, WRITTEN]))
    assert not any(line.failed for line in said), said
    return shelf


def vectors(texts: list[str]) -> NDArray[Any]:
    """Vectors of the encoder's last layer."""
    return encoder().encode(texts)[:, -1]


@cache
def names(library: Library) -> Aliases:
    """The names of a library, ready to be found."""
    return aliases_of(library)


def asked(library: Library, text: str, **intents: float) -> Question:
    """A question that a person types, with the probabilities of what it asks (else for an overview)."""
    (question,) = questions_of(message(library, text, **intents), None)
    return question


def message(library: Library, text: str, **intents: float) -> dict[str, Any]:
    """The message that is such a question, as Rasa has it once it is parsed."""
    intents = intents or {"ask_overview": 1.0}
    entities = [_entity(link) for link in names(library).find(text)]
    masked = text
    for entity in sorted({entity["start"]: entity for entity in entities}.values(), key=lambda entity: -entity["start"]):
        masked = masked[: entity["start"]] + MASKS[entity["entity"]] + masked[entity["end"] :]
    ranking = [{"name": name, "confidence": value} for name, value in sorted(intents.items(), key=lambda one: -one[1])]
    question = {
        "text": text,
        "start": 0,
        "intent": ranking[0]["name"],
        "ranking": ranking,
        "entities": entities,
        "intents": intents,
        "masked": masked,
        "rare": _rare(masked),
        "vectors": [vector_as_text(vector) for vector in vectors([text, masked])],
    }
    return {"text": text, "intent": ranking[0], "entities": entities, "questions": [question], "intent_ranking": ranking}


def _entity(link: Link) -> dict[str, Any]:
    return {**asdict(link), "entity": link.label}
