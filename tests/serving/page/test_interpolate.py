"""What lies between two pictures."""

import numpy as np
import pytest

from vaezoo.plotting.latent_paths import interpolate

STAGE = "#middle-stage canvas"


def test_strips_and_scrubber_follow_both_paths(tab, served):
    tab.visit(f"{served.url}/#model=grey&view=interpolate&a=3&b=8&t=0.25")
    tab.wait("document.querySelector('#strips canvas').dataset.painted === ''")
    tab.settle()
    ends = served.ask("grey", "sample", 3, 8)
    for end, name in zip(ends, "ab", strict=True):
        tab.assert_shows(end["image"], f"#end-{name} canvas")
    for row, path in enumerate(("spherical", "linear")):
        way = interpolate(ends[0]["z"], ends[1]["z"], np.arange(11) / 10, path)
        answers = served.ask("grey", "decode", *way.tolist())
        for place in (0, 4, 10):
            strip = f"#strips .strip:nth-of-type({row + 1})"
            frame = f"{strip} button:nth-child({place + 1}) canvas"
            tab.assert_shows(answers[place]["mean"], frame)
    assert_between(tab, served, ends, 0.25, "spherical")
    tab.run("document.querySelector('#paths [aria-checked=true]').focus()")
    tab.press("ArrowRight")
    tab.wait("location.hash.includes('path=linear')")
    tab.settle()
    assert_between(tab, served, ends, 0.25, "linear")
    tab.run("document.querySelector('#scrub').focus()")
    tab.press("End")
    tab.wait("location.hash.includes('t=1')")
    tab.settle()
    tab.assert_shows(ends[1]["image"], STAGE)


@pytest.mark.slow
def test_another_end(tab, served):
    tab.visit(f"{served.url}/#model=grey&view=interpolate&a=1&b=2&t=0")
    tab.type("#seed-a", "6")
    tab.wait("location.hash.includes('a=6')")
    tab.settle()
    (answer,) = served.ask("grey", "sample", 6)
    tab.assert_shows(answer["image"], "#end-a canvas")
    tab.assert_shows(answer["image"], STAGE)
    # What is explored as the other end.
    tab.click("#end-b > button")
    tab.wait("location.hash.includes('b=z:')")
    tab.settle()
    (explored,) = served.ask("grey", "sample", 1)
    tab.assert_shows(explored["image"], "#end-b canvas")


@pytest.mark.slow
def test_it_plays(tab, served):
    tab.visit(f"{served.url}/#model=classes&view=interpolate&t=0")
    tab.click("#play")
    tab.wait("document.querySelector('#scrub').valueAsNumber > 0.2")
    tab.click("#play")
    assert tab.run("document.querySelector('#play').textContent") == "Play"
    tab.settle()


def assert_between(tab, served, ends, t, path):
    (z,) = interpolate(ends[0]["z"], ends[1]["z"], np.array([t]), path)
    (answer,) = served.ask("grey", "decode", z.tolist())
    tab.assert_shows(answer["mean"], STAGE)
