"""The facts and plots as one self-contained HTML page: no script, nothing fetched."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from retrieval.report.facts import Facts, Picture

_CSS = """
:root { color-scheme: light; --ink: #22262b; --quiet: #6b7280; --line: #e3e5e8; --paper: #fff; --back: #f5f6f7; --good: #2a7f7a; --bad: #c8553d }
* { box-sizing: border-box }
body { margin: 0; background: var(--back); color: var(--ink); font: 15px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif }
main { max-width: 1180px; margin: 0 auto; padding: 36px 24px 64px }
h1 { font-size: 28px; margin: 0 0 4px; letter-spacing: -.01em }
h2 { font-size: 17px; margin: 0 0 12px }
p.about { color: var(--quiet); margin: 0 0 24px; max-width: 80ch }
section { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 20px 22px; margin: 0 0 18px; min-width: 0 }
section p { color: var(--quiet); margin: -6px 0 14px; font-size: 13.5px }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(240px, 1fr)); gap: 12px; margin: 0 0 18px }
.figures div { background: var(--paper); border: 1px solid var(--line); border-radius: 10px; padding: 14px 18px }
.figures b { display: block; font-size: 27px; font-weight: 650; letter-spacing: -.02em; line-height: 1.2 }
.figures span { color: var(--quiet); font-size: 13px }
.pair { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 460px), 1fr)); gap: 0 18px; align-items: start }
img.plot { display: block; width: 100%; height: auto }
table { border-collapse: collapse; width: 100%; font-size: 13.5px }
th, td { text-align: left; padding: 6px 10px 6px 0; border-top: 1px solid var(--line); vertical-align: top; overflow-wrap: anywhere }
th { color: var(--quiet); font-weight: 500; border-top: 0 }
td.n, th.n { text-align: right; padding-right: 14px; font-variant-numeric: tabular-nums; white-space: nowrap }
code { font: 12.5px/1.45 ui-monospace, "DejaVu Sans Mono", monospace }
.sample { display: grid; grid-template-columns: repeat(auto-fill, minmax(200px, 1fr)); gap: 14px }
figure { margin: 0; min-width: 0 }
figure img { display: block; width: 100%; aspect-ratio: 16 / 9; object-fit: contain; background: #000; border-radius: 6px }
figcaption { font-size: 12.5px; line-height: 1.4; padding-top: 5px; overflow-wrap: anywhere }
figcaption span { color: var(--quiet) }
details { margin-top: 8px } summary { cursor: pointer; color: var(--quiet); font-size: 13.5px }
"""
# were something not escaped after all, the browser would still run and fetch nothing
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STEPS = {
    "collect": "hisolver corpus collect",
    "preprocess": "hisolver corpus preprocess",
    "validate": "hisolver corpus validate",
    "index": "hisolver corpus index",
}


def page(facts: Facts, plots: Mapping[str, str]) -> str:
    """The whole document."""
    body = [
        "<h1>Scene corpus</h1>",
        f'<p class="about">{_about(facts)}</p>',
        _figures(facts),
        plot_section(
            "From files to scenes that may be retrieved",
            plots.get("funnel"),
            "Near-duplicates are tried one after the other until one renders.",
        ),
        side_by_side(
            plot_section("Flavours", plots.get("flavours"), "Which Manim a scene was written for, and what came of it."),
            plot_section("Licences", plots.get("licences"), "By scene, as the distribution or repository states it."),
        ),
        plot_section("Scenes a repository", plots.get("repositories"), ""),
        side_by_side(
            plot_section("Length of the videos", plots.get("video"), "Of scenes that rendered."),
            plot_section(
                "Time to render",
                plots.get("wall"),
                "Of all scenes that were run, failures included.",
            ),
        ),
        side_by_side(
            plot_section(
                "Errors by kind",
                plots.get("errors"),
                "Scenes that fail stay in the corpus as material for repair, and are never retrieved.",
            ),
            plot_section("Layout findings", plots.get("layout"), "Scenes that rendered and have at least one such finding."),
        ),
        _errors(facts),
        side_by_side(
            plot_section(
                "What is shown", plots.get("objects"), "Scenes in which an object of the class was on screen; the most frequent classes."
            ),
            _below(
                table_section("Not tried", ("reason", "scenes"), facts.reasons.most_common(20)),
                table_section("Migrated mechanically", ("change", "scenes"), facts.migrated.most_common(20)),
                table_section("Collected", ("source", "state", "repositories"), [(*key, n) for key, n in sorted(facts.collected.items())]),
            ),
        ),
        _sample(facts.sample),
        _summaries(facts),
    ]
    return document("Scene corpus", body)


def document(title: str, body: Iterable[str], css: str = "") -> str:
    """The page around its parts, which are HTML; those that are empty are left out. `css` comes after the page's own."""
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{text(title)}</title>'
        f"<style>{_CSS}{css}</style></head>\n<body><main>\n" + "\n".join(part for part in body if part) + "\n</main></body></html>\n"
    )


def _about(facts: Facts) -> str:
    validated = facts.summaries.get("validate", {})
    told = []
    if validated:
        told.append(
            f"Corpus <code>{text(validated.get('corpus'))}</code>, rendered on Manim {text(validated.get('manim'))} "
            f"at quality {text(validated.get('quality'))} with {text(validated.get('timeout_s'))} s a scene."
        )
    missing = [f"{step} (<code>{command}</code>)" for step, command in _STEPS.items() if step not in facts.summaries]
    if missing:
        told.append("Not yet run: " + ", ".join(missing) + ".")
    return " ".join(told)


def _figures(facts: Facts) -> str:
    share = f"{100 * facts.rendered / facts.tried:.0f} %" if facts.tried else None
    minutes = f"{sum(facts.video_s) / 60:.0f}" if facts.video_s else None
    shown: list[tuple[Any, str]] = [
        (sum(facts.collected.values()) or None, "repositories"),
        (facts.files, "files"),
        (facts.scenes, "scenes"),
        (facts.distinct if facts.tried is not None else None, "distinct scenes that render"),
        (share, "of those tried render"),
        (minutes, "minutes of video"),
        (facts.needs_latex if facts.scenes else None, "need LaTeX"),
        (facts.three_d if facts.scenes else None, "in three dimensions"),
    ]
    cells = [
        f"<div><b>{value:,}</b><span>{name}</span></div>" if isinstance(value, int) else f"<div><b>{value}</b><span>{name}</span></div>"
        for value, name in shown
        if value is not None
    ]
    return f'<div class="figures">{"".join(cells)}</div>' if cells else ""


def plot_section(title: str, svg: str | None, words: str) -> str:
    """A plot with its title; `words` are HTML. Nothing where there is no plot."""
    if not svg:
        return ""
    about = f"<p>{words}</p>" if words else ""
    return f'<section><h2>{title}</h2>{about}<img class="plot" alt="{title}" src="data:image/svg+xml;base64,{_encoded(svg.encode())}"></section>'


def side_by_side(*parts: str) -> str:
    """The parts that there are, beside each other where the window is wide enough."""
    there = [part for part in parts if part]
    return f'<div class="pair">{"".join(there)}</div>' if len(there) > 1 else "".join(there)


def _below(*parts: str) -> str:
    there = "".join(parts)
    return f"<div>{there}</div>" if there else ""


def _errors(facts: Facts) -> str:
    rows = [(kind, message, count) for (kind, message), count in facts.messages.most_common(40)]
    more = len(facts.messages) - len(rows)
    note = f"{more} more messages are in validated.jsonl." if more > 0 else ""
    return table_section("Most frequent errors", ("kind", "message", "scenes"), rows, note)


def table_section(title: str, head: Sequence[str], rows: Iterable[Sequence[Any]], note: str = "") -> str:
    """A table with its title; nothing where it has no rows. Values are escaped; `title`, `head` and `note` are HTML."""
    found = list(rows)
    if not found:
        return ""
    return f"<section><h2>{title}</h2>{f'<p>{note}</p>' if note else ''}{table(head, found)}</section>"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    last = len(head) - 1
    cells = "".join(f"<th{' class=n' if index == last else ''}>{name}</th>" for index, name in enumerate(head))
    lines = ["".join(f"<td{' class=n' if isinstance(value, (int, float)) else ''}>{_value(value)}</td>" for value in row) for row in rows]
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{''.join(f'<tr>{line}</tr>' for line in lines)}</tbody></table>"


def _sample(pictures: Sequence[Picture]) -> str:
    if not pictures:
        return ""
    figures = [
        f'<figure><img alt="" src="data:image/png;base64,{_encoded(picture.png)}"><figcaption><b>{text(picture.scene)}</b>, {picture.seconds:.1f} s<br>'
        f"<span>{text(picture.source)}<br>{text(picture.licence)}</span></figcaption></figure>"
        for picture in pictures
    ]
    return f'<section><h2>A sample</h2><p>From every repository in turn; the moment at which most is on screen.</p><div class="sample">{"".join(figures)}</div></section>'


def _summaries(facts: Facts) -> str:
    parts = []
    for step, summary in facts.summaries.items():
        rows = list(_flat(summary))
        parts.append(f"<details><summary>{step}</summary>{table(('what', ''), rows)}</details>")
    return f"<section><h2>What each step said</h2>{''.join(parts)}</section>" if parts else ""


def _flat(value: Mapping[str, Any], before: str = "") -> Iterable[tuple[str, Any]]:
    for key, found in value.items():
        if isinstance(found, Mapping):
            yield from _flat(found, f"{before}{key}: ")
        else:
            yield f"{before}{key}", found if isinstance(found, (int, float)) else str(found)[:500]


def _value(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return text(value)
    return f"{value:,}"


def text(value: Any) -> str:
    """Escaped, and without control characters and marks that turn the direction of writing."""
    return escape("".join(char if char.isprintable() else " " for char in str(value)))


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
