"""Pages that are made up: the knee of a knight has no publisher."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from fascicle.errors import CompileError
from fascicle.library.compiling import CompiledArticle, HeadingClassifier, Page, compile_page, read

PAGE = """<!doctype html><html lang="en-GB"><head><title>Knight's Knee | Castle Health</title>
<meta property="og:site_name" content="Castle Health"><meta name="author" content="A. Squire">
<meta property="article:published_time" content="2021-03-04T10:00:00Z"><link rel="canonical" href="https://castle.example/knee">
<script type="application/ld+json">{"@type": "MedicalWebPage", "headline": "Knight's Knee", "lastReviewed": "2023-05-01",
 "about": {"@type": "MedicalCondition", "name": "Knight's Knee", "alternateName": ["jouster's knee"]}}</script>
<style>p {color: red}</style></head><body><nav><a href="/">Home</a> <a href="/a">Diseases</a> <a href="/b">About us</a></nav>
<main><h1>Knight's Knee</h1>
<p>Knight's knee (KK), also called tournament knee, is a disease of the joint. It hurts e.g. Dr. Who, i.e. most people.</p>
<h2>What are the symptoms of Knight's Knee?</h2><p>The signs are:</p><ul><li>pain in the knee</li><li>swelling</li></ul>
<h3>Outlook</h3><p>Most patients are well in 3 weeks.</p>
<h2>Types of knight's knee</h2><p>There are two types.</p>
<h3>Left knight's knee</h3><p>The left knee hurts. It is also called shield knee.</p>
<h3>Right knight's knee</h3><p>The right knee hurts.</p><h4>Treatment</h4><p>Take off the armor.</p>
<h2>Treatment</h2><p>Rest helps. A doctor may give medicine.</p>
<table><tr><th>Medicine</th><th>Dose</th></tr><tr><td>Balm</td><td>two drops</td></tr></table>
<h2>The horse</h2><p>The horse has health of its own.</p>
<h2>References</h2><ul><li><a href="https://castle.example/book">The book of knees</a></li></ul>
</main><footer><p>Copyright of the castle, with many words about cookies and health and privacy.</p></footer></body></html>"""


def compiled(html: str, *, whole: bool = False, classifier: HeadingClassifier | None = None) -> CompiledArticle:
    """The article that HTML makes."""
    return compile_page(Page("page.html", html, whole=whole), "page", classifier)


def read_one(path: Path) -> CompiledArticle:
    """The article in a file that holds one."""
    (page,) = read(path)
    if isinstance(page, CompileError):
        raise page
    return compile_page(page, path.stem)


def cells(article: CompiledArticle) -> dict[str, str]:
    """The aspect of each section, by its title."""
    return {section.title: section.placing.aspect for section in article.sections}


def word_file(body: str, **parts: str) -> bytes:
    """A Word file with these paragraphs, and further parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(
            "[Content_Types].xml",
            '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
        )
        packed.writestr(
            "_rels/.rels",
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        )
        packed.writestr(
            "word/document.xml",
            '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            f"<w:body>{body}</w:body></w:document>",
        )
        packed.writestr(
            "word/styles.xml",
            '<?xml version="1.0"?><w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
            + "".join(
                f'<w:style w:type="paragraph" w:styleId="{name}"><w:name w:val="{shown}"/></w:style>'
                for name, shown in (("Title", "Title"), ("Heading2", "heading 2"))
            )
            + "</w:styles>",
        )
        packed.writestr(
            "word/_rels/document.xml.rels",
            '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" '
            'Target="styles.xml"/></Relationships>',
        )
        for name, text in parts.items():
            packed.writestr(name.replace("__", "/") + ".xml", text)
    return made.getvalue()


def word_paragraph(text: str, style: str = "") -> str:
    """A paragraph of a Word file."""
    look = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{look}<w:r><w:t>{text}</w:t></w:r></w:p>"


def page_on(name: str, **sections: str) -> str:
    """A page on something, with a paragraph or more under each heading."""
    parts = "".join(f"<h2>{title.replace('_', ' ')}</h2>{text}" for title, text in sections.items())
    return f"<main><h1>{name}</h1><p>{name} is a disease of knights, and of people who have their health.</p>{parts}</main>"
