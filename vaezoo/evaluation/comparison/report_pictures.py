"""The pictures of the report, as HTML."""

import base64
import struct
from collections.abc import Mapping, Sequence
from html import escape

from vaezoo.evaluation.comparison.pictures import DIMENSIONS, SAMPLES, Picture, Pictures
from vaezoo.evaluation.comparison.report_tables import name_html


def pictures_html(pictures: Pictures, seed: int, marks: Mapping[str, str]) -> str:
    """Reconstructions, samples and traversals, the models side by side.

    Args:
        pictures: The pictures.
        seed: Seed of the samples.
        marks: The class that gives the colour of each model.

    Returns:
        Three sections.
    """
    images = _figure(pictures.images, "<span>images</span>", "the images")
    strips = [images, *_figures(pictures.reconstructions, "reconstructions by", marks)]
    samples = _figures(pictures.samples, "samples of", marks)
    traversals = _figures(pictures.traversals, "latent traversal of", marks)
    return f"""
<section id="reconstructions"><h2>Reconstructions</h2>
<p class="note">The same images for all models, the first ones of the data.</p>
<div class="strips">{"".join(strips)}</div></section>

<section id="samples"><h2>Samples</h2>
<p class="note">The first {SAMPLES} of seed {seed}, not selected. A conditional model is
told the y of the first images.</p>
<div class="pictures">{"".join(samples)}</div></section>

<section id="traversals"><h2>Latent traversals</h2>
<p class="note">The {DIMENSIONS} dimensions that carry most, one a row, from -3 to 3
standard deviations of the prior, the others staying where the first image is.</p>
<div class="pictures">{"".join(traversals)}</div></section>"""


def _figures(
    pictures: Sequence[Picture], what: str, marks: Mapping[str, str]
) -> list[str]:
    return [
        _figure(p, name_html(p.label, marks[p.label]), f"{what} {p.label}")
        for p in pictures
    ]


def _figure(picture: Picture, caption: str, alternative: str) -> str:
    if picture.png:
        width, height = _size(picture.png)
        data = base64.b64encode(picture.png).decode("ascii")
        body = (
            f'<img width="{width}" height="{height}" alt="{escape(alternative)}" '
            f'src="data:image/png;base64,{data}">'
        )
    else:
        body = f'<p class="missing">{escape(picture.why_not)}</p>'
    return f"<figure><figcaption>{caption}</figcaption>{body}</figure>\n"


def _size(png: bytes) -> tuple[int, int]:
    """Width and height, from the header of a PNG file."""
    return struct.unpack(">II", png[16:24])
