"""What a page says of itself: JSON-LD, `meta` elements, its title, and where it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields, replace
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from fascicle.library.compiling.blocks import even
from fascicle.library.compiling.records import Metadata
from fascicle.library.words import words

_ISO = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![\d])")
_WRITTEN = ("%B %d, %Y", "%d %B %Y", "%b %d, %Y", "%d %b %Y", "%B %Y", "%Y/%m/%d", "%m/%d/%Y")
_TYPES = {"Drug": "medicine", "MedicalCondition": "condition", "MedicalSignOrSymptom": "symptom", "MedicalProcedure": "procedure",
          "MedicalTest": "procedure", "MedicalTherapy": "procedure"}  # fmt: skip
_METAS = {
    "title": ("citation_title", "dc.title", "dcterms.title", "og:title"),
    "publisher": ("citation_journal_title", "dc.publisher", "dcterms.publisher", "og:site_name", "application-name"),
    "author": ("author", "citation_author", "dc.creator", "dcterms.creator", "article:author"),
    "published": ("article:published_time", "citation_publication_date", "dc.date", "dcterms.issued", "date"),
    "reviewed": ("article:modified_time", "dcterms.modified", "last-modified", "lastreviewed", "last-reviewed"),
    "url": ("og:url", "citation_public_url"),
}  # fmt: skip
LONGEST = 500
"""Letters of a field; a longer one is none."""


def first_of(*known: Metadata) -> Metadata:
    """Each field as the first says it that does; names of all."""
    merged = known[0]
    for other in known[1:]:
        empty = {f.name: getattr(other, f.name) for f in fields(Metadata) if not getattr(merged, f.name)}
        merged = replace(merged, **empty)
    return replace(merged, names=tuple(dict.fromkeys(name for one in known for name in one.names)))


def of_tree(root: Any) -> Metadata:
    """The metadata of an HTML page, before anything is taken off it."""
    metas = _metas(root)
    found = {field: next((metas[name] for name in names if name in metas), "") for field, names in _METAS.items()}
    title = even(root.findtext(".//title") or "")
    headline = next((text for h1 in root.iter("h1") if (text := even(h1.text_content()))), "")
    canonical = next((link.get("href", "") for link in root.iter("link") if link.get("rel") == "canonical"), "")
    said = Metadata(
        title=text_of(headline or found["title"] or without_site(title, found["publisher"])),
        publisher=text_of(found["publisher"]),
        author=text_of(found["author"]) if not found["author"].startswith("http") else "",
        published=date_of(found["published"]),
        reviewed=date_of(found["reviewed"]),
        language=language_of(root.get("lang", "") or metas.get("language", "")),
        url=url_of(canonical) or url_of(found["url"]),
    )
    return first_of(*[of_schema(thing) for thing in json_ld(root)], said)


def _metas(root: Any) -> dict[str, str]:
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        name, content = meta.get("name") or meta.get("property") or meta.get("itemprop"), meta.get("content")
        if name and content:
            found.setdefault(name.lower(), even(content))
    return found


def json_ld(root: Any) -> list[dict[str, Any]]:
    """What schema.org things a page declares; those that cannot be read are left out."""
    found: list[dict[str, Any]] = []
    for script in root.iter("script"):
        if (script.get("type") or "").lower() == "application/ld+json":
            try:
                found += [thing for thing in things(json.loads(script.text or "")) if _is_page(thing)]
            except (ValueError, RecursionError):
                continue
    return found


def things(data: Any) -> Iterator[dict[str, Any]]:
    """The schema.org things in a JSON text: itself, those of a list, those of a graph."""
    for entry in data if isinstance(data, list) else [data]:
        if isinstance(entry, dict):
            yield entry
            yield from (part for part in entry.get("@graph", []) if isinstance(part, dict))


def types_of(thing: Any) -> tuple[str, ...]:
    """The types of a thing."""
    given = thing.get("@type", "") if isinstance(thing, dict) else ""
    return tuple(map(str, given)) if isinstance(given, list) else (str(given),)


def _is_page(thing: dict[str, Any]) -> bool:
    return any(
        name.endswith(("Page", "Article", "TopicContent")) or name in ("Drug", "MedicalCondition") for name in types_of(thing)
    )


def of_schema(thing: dict[str, Any]) -> Metadata:
    """The metadata of a schema.org thing."""
    about = next((one for one in as_list(thing.get("about")) if isinstance(one, dict)), {})
    genre = " ".join(str(one) for one in as_list(thing.get("genre")))
    given = [*as_list(thing.get("alternateName")), *as_list(about.get("alternateName"))]
    organizations = [one for one in as_list(thing.get("author")) if "Organization" in types_of(one)]
    url = url_of(str(thing.get("webpage") or "")) or url_of(str(thing.get("url") or thing.get("@id") or ""))
    return Metadata(
        title=text_of(thing.get("headline") or thing.get("name")),
        publisher=name_of(thing.get("publisher")) or name_of(organizations),
        author=name_of([one for one in as_list(thing.get("author")) if one not in organizations]),
        published=date_of(thing.get("datePublished")),
        reviewed=date_of(next(iter(as_list(thing.get("lastReviewed"))), "")) or date_of(thing.get("dateModified")),
        language=language_of(str(thing.get("inLanguage") or "")),
        url=url,
        kind=next((_TYPES[name] for one in (about, thing) for name in types_of(one) if name in _TYPES), "") or kind_of(genre),
        subject=text_of(about.get("name")),
        names=tuple(name for one in given if (name := text_of(one))),
    )


def as_list(value: Any) -> list[Any]:
    """A value that may be one or several."""
    return value if isinstance(value, list) else [] if value in (None, "") else [value]


def name_of(value: Any) -> str:
    """The name of a person or organization, or of several."""
    names = [text_of(one.get("name") if isinstance(one, dict) else one) for one in as_list(value)]
    return ", ".join(name for name in names if name)


def text_of(value: Any) -> str:
    """A short text; empty if it is none."""
    text = even(str(value)) if isinstance(value, (str, int, float)) else ""
    return text if len(text) <= LONGEST else ""


def date_of(value: Any) -> str:
    """An ISO date, possibly only year and month, or the year; empty if it is none or does not exist."""
    text = text_of(value)
    match = _ISO.match(text)
    if match:
        parts = [part for part in match.groups() if part]
        try:
            datetime(int(parts[0]), *(int(part) for part in ([*parts[1:], "1", "1"])[:2]))  # type: ignore[arg-type]
        except ValueError:
            return ""
        return "-".join(parts)
    for form in _WRITTEN:
        try:
            day = datetime.strptime(text, form)
        except ValueError:
            continue
        return day.date().isoformat() if "%d" in form else f"{day:%Y-%m}"
    return ""


def language_of(value: str) -> str:
    """The language of a tag such as `en-GB`."""
    match = re.match(r"[A-Za-z]{2,3}(?=$|[-_])", value.strip())
    return match.group().lower() if match else ""


def url_of(value: str) -> str:
    """An address on the web; empty if it is none."""
    text = value.strip()
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    good = parts.scheme in ("http", "https") and parts.hostname and not parts.username and not re.search(r"[\s<>\"']", text)
    return text if good and len(text) <= LONGEST else ""


def kind_of(*texts: str) -> str:
    """Condition, symptom, medicine, procedure, vaccine, or guide: the first that a genre, title, or address speaks of."""
    for text in texts:
        for kind, patterns in words("headings")["kinds"].items():
            if any(_known(pattern).search(text.casefold()) for pattern in patterns):
                return str(kind)
    return ""


@cache
def _known(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def without_site(title: str, site: str) -> str:
    """A title without the site's name at its end."""
    parts = re.split(r" [|–—-] ", title)
    if len(parts) > 1 and (not site or parts[-1].casefold() in site.casefold() or site.casefold() in parts[-1].casefold()):
        return " - ".join(parts[:-1])
    return title
