"""The report of a comparison: one HTML file that needs no other and no network."""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

from vaezoo.evaluation.comparison.rate_distortion_svg import rate_distortion_svg
from vaezoo.evaluation.comparison.report_pictures import pictures_html
from vaezoo.evaluation.comparison.report_tables import (
    differences_html,
    meanings_html,
    name_html,
    table_html,
)
from vaezoo.evaluation.comparison.tables import tables
from vaezoo.evaluation.comparison.text import difference_text, probability_text
from vaezoo.evaluation.paired_difference import PairedDifference

if TYPE_CHECKING:
    from vaezoo.evaluation.comparison.comparison import Comparison
    from vaezoo.evaluation.comparison.model_result import ModelResult

_COLOURS = 8
_MOST_FINDINGS = 3


def report(comparison: "Comparison") -> str:
    """The report.

    The page forbids itself, by its content security policy, to load anything and to run
    any script but its own, which is recognized by its hash.

    Args:
        comparison: The comparison.

    Returns:
        An HTML document.
    """
    style, script = _resource("report.css"), _resource("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; "
        f"style-src 'unsafe-inline'; script-src 'sha256-{digest}'"
    )
    title = escape(_title(comparison))
    marks = {label: f"m{i % _COLOURS}" for i, label in enumerate(comparison.labels)}
    sections = _sections(comparison, marks)
    links = "".join(
        f'<li><a href="#{anchor}">{heading}</a></li>' for anchor, heading, _ in sections
    )
    bodies = "\n".join(body for _, _, body in sections)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header>
<h1>{title}</h1>
<p class="muted">{escape(comparison.protocol.title)}. The same images, protocol and
seeds for all. {escape(comparison.protocol.date)}, on
{escape(comparison.protocol.machine)}.</p>
<ul class="key">{_key(comparison, marks)}</ul>
</header>
<nav aria-label="Sections"><ul>{links}</ul></nav>
<main>
{_findings(comparison)}
{_list(comparison.warnings, "warnings")}
{bodies}
<footer>Made by vaezoo. {_downloads(comparison)}</footer>
</main>
<script>{script}</script>
</body>
</html>
"""


def _sections(
    comparison: "Comparison", marks: Mapping[str, str]
) -> list[tuple[str, str, str]]:
    """Anchor, heading and HTML of each section."""
    found = []
    for table in tables(comparison):
        anchor, title = table.section.name, table.section.title
        parts = [
            f'<section id="{anchor}"><h2>{title}</h2>',
            table_html(table, comparison, marks),
            meanings_html(table),
        ]
        if anchor == "likelihood":
            parts += _below_likelihood(comparison, marks)
        found.append((anchor, title, "\n".join([*parts, "</section>"])))
    plots = _plots(comparison, marks)
    if plots:
        found.append(("rate-distortion", "Rate and distortion", plots))
    if comparison.pictures is not None:
        body = pictures_html(comparison.pictures, comparison.protocol.seed, marks)
        found.append(("reconstructions", "Pictures", body))
    if comparison.reasons:
        body = _section("reasons", "Not compared", _list(comparison.reasons, "plain"))
        found.append(("reasons", "Not compared", body))
    found.append(("protocol", "Protocol", _protocol(comparison)))
    return found


def _below_likelihood(comparison: "Comparison", marks: Mapping[str, str]) -> list[str]:
    parts = []
    if comparison.differences:
        parts.append(
            '<p class="note">Green: the lowest NLL, and those that are not clearly '
            "above it.</p>"
            "<h3>Differences of NLL, image by image</h3>"
            + differences_html(comparison, marks)
        )
    sources = [
        f"{result.label}: {entry.value:g}, {entry.source}"
        for result in comparison.results
        for entry in result.published
    ]
    if sources:
        parts.append(
            '<p class="note">Published numbers are of all test images and many '
            "samples: compare them with the NLL on the card, not of this run.</p>"
            + _list(sources, "plain note")
        )
    return parts


def _plots(comparison: "Comparison", marks: Mapping[str, str]) -> str:
    figures = []
    for group in comparison.groups:
        if len(group.labels) < 2:
            continue
        results = [comparison[label] for label in group.labels]
        drawing = rate_distortion_svg(results, [marks[r.label] for r in results])
        caption = f"<figcaption>{escape(group.title)}</figcaption>"
        figures.append(f"<figure>{caption}{drawing}</figure>")
    if not figures:
        return ""
    note = (
        '<p class="note">Along a dotted line the ELBO is the same; down and to the '
        "left it is better.</p>"
    )
    plots = f'<div class="plots">{"".join(figures)}</div>'
    return _section("rate-distortion", "Rate and distortion", note + plots)


def _findings(comparison: "Comparison") -> str:
    """What the differences say, the best model of each group against the next ones."""
    items = []
    for group in comparison.groups:
        inside = [d for d in comparison.differences if d.better in group.labels]
        first = [d for d in inside if d.better == inside[0].better]
        items += map(_finding, first[:_MOST_FINDINGS])
    return f'<ul class="findings">{"".join(items)}</ul>' if items else ""


def _finding(difference: PairedDifference) -> str:
    mark = ' class="clear"' if difference.clear else ""
    verdict = difference.verdict
    if difference.clear:
        verdict += f" by {difference.value:.2f} nats an image"
    numbers = []
    if not difference.equal:
        numbers.append(f"difference of NLL {difference_text(difference)}")
    if difference.t is not None:
        numbers.append(f"t = {difference.t:.1f}")
        numbers.append(f"p {probability_text(difference.p)}")
    numbers.append(f"paired over {difference.n:,} images")
    return (
        f"<li{mark}><strong>{escape(verdict)}</strong>"
        f'<span class="note">{escape(", ".join(numbers))}</span></li>'
    )


def _protocol(comparison: "Comparison") -> str:
    pairs = [
        *comparison.protocol.sentences(),
        *[(result.label, _origin(result)) for result in comparison.results],
    ]
    rows = "".join(f"<dt>{escape(a)}</dt><dd>{escape(b)}</dd>" for a, b in pairs)
    return _section("protocol", "Protocol", f"<dl>{rows}</dl>")


def _origin(result: "ModelResult") -> str:
    return f"{result.family}, {result.latent_dim} latent dimensions; {result.source}."


def _downloads(comparison: "Comparison") -> str:
    """The numbers, inside the page."""
    files = {
        "csv": ("text/csv", comparison.csv_text()),
        "json": ("application/json", json.dumps(comparison.to_dict(), indent=2)),
    }
    links = [
        f'<a download="comparison.{suffix}" href="data:{kind};base64,'
        f'{base64.b64encode(text.encode()).decode()}">{suffix.upper()}</a>'
        for suffix, (kind, text) in files.items()
    ]
    return f"The numbers as {' and '.join(links)}."


def _title(comparison: "Comparison") -> str:
    labels, data = comparison.labels, comparison.protocol.data
    if len(labels) > 3:
        return f"{len(labels)} models on {data}"
    names = " and ".join([", ".join(labels[:-1]), labels[-1]] if labels[1:] else labels)
    return f"{names} on {data}"


def _key(comparison: "Comparison", marks: Mapping[str, str]) -> str:
    return "".join(
        f"<li>{name_html(result.label, marks[result.label])}"
        f'<span class="muted">{escape(result.family)}</span></li>'
        for result in comparison.results
    )


def _list(sentences: Iterable[str], mark: str) -> str:
    items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
    return f'<ul class="{mark}">{items}</ul>' if items else ""


def _section(anchor: str, title: str, body: str) -> str:
    return f'<section id="{anchor}"><h2>{title}</h2>\n{body}</section>'


def _resource(name: str) -> str:
    folder = resources.files("vaezoo.evaluation.comparison")
    return folder.joinpath(name).read_text(encoding="utf-8")
