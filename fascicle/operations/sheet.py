"""Pages of figures that need nothing else: one HTML file with its style in it."""

from __future__ import annotations

CSS = """
:root { color-scheme: light; --ink: #22303a; --faint: #64737e; --line: #e3e7ea; --right: #2b6f77; --wrong: #b4532c; }
* { box-sizing: border-box; }
body { margin: 0; background: #f7f8f9; color: var(--ink); font: 16px/1.55 system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 1020px; margin: 0 auto; padding: 48px 24px 80px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 0 0 4px; }
p { margin: 0 0 16px; color: var(--faint); max-width: 72ch; }
section { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 24px 28px 28px; margin-top: 24px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 12px; margin-top: 24px; }
.tile { background: #fff; border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px 14px; }
.tile b { display: block; font-size: 24px; line-height: 1.25; font-weight: 600; }
.tile.bad b { color: var(--wrong); }
.tile span { color: var(--faint); font-size: 14px; line-height: 1.35; display: block; }
svg { display: block; width: 100%; height: auto; margin: 8px auto 0; }
svg text { font-family: system-ui, "Segoe UI", "Liberation Sans", sans-serif; }
table { border-collapse: collapse; width: 100%; font-size: 14.5px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--faint); padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line); }
td { padding: 7px 14px 7px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
tr.sum td { font-weight: 600; }
.number { text-align: right; white-space: nowrap; }
.number + td:not(.number, .place) { padding-left: 14px; }
.quiet { color: var(--faint); }
.place { color: var(--faint); white-space: nowrap; }
.bar { position: relative; height: 10px; margin-top: 7px; min-width: 180px; background: #eef1f3; border-radius: 5px; }
.bar i { position: absolute; inset: 0 auto 0 0; background: var(--right); opacity: .75; border-radius: 5px; }
.bar u { position: absolute; top: 4px; height: 2px; background: var(--ink); }
.tag { display: inline-block; border-radius: 4px; padding: 0 7px; font-size: 13px; background: #eef1f3; white-space: nowrap; }
.tag.bad { background: #f8e4da; color: #8c3d1d; }
.scroll { overflow-x: auto; }
.failures td:nth-child(2) { min-width: 240px; overflow-wrap: anywhere; }
.id { color: var(--faint); font-size: 13px; white-space: nowrap; }
"""


def document(title: str, heading: str, lead: str, content: str) -> str:
    """A page that needs no other file."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{CSS}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{heading}</h1>\n<p>{lead}</p>\n{content}\n</main>\n</body>\n</html>\n"
    )


def section(title: str, text: str, content: str) -> str:
    """A part of a page."""
    return f"<section>\n<h2>{title}</h2>\n<p>{text}</p>\n{content}\n</section>\n"


def tile(figure: str, label: str, *, bad: bool = False) -> str:
    """A figure that stands at the top of a page."""
    return f'<div class="tile{" bad" if bad else ""}"><b>{figure}</b><span>{label}</span></div>'
