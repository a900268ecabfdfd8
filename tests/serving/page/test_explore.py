"""Sliders, samples and what the address says of them."""

import json

import numpy as np
import pytest

STAGE = "#explore-stage canvas"
SLIDERS = "[...document.querySelectorAll('#sliders .film input')].map((i) => i.id)"


def test_a_slider_changes_the_picture(tab, served):
    tab.visit(f"{served.url}/#model=grey&seed=5")
    (origin,) = served.ask("grey", "sample", 5)
    tab.assert_shows(origin["image"], STAGE)
    original = tab.shown(STAGE)
    name = tab.run("document.querySelector('#sliders .film input').id")
    tab.run(f"document.getElementById('{name}').focus()")
    for _ in range(15):
        tab.press("ArrowLeft" if origin["z"][int(name[1:])] > 0 else "ArrowRight")
    tab.settle()
    value = float(tab.run(f"document.getElementById('{name}').value"))
    assert abs(value - origin["z"][int(name[1:])]) > 1
    z = list(origin["z"])
    z[int(name[1:])] = value
    (answer,) = served.ask("grey", "decode", z)
    tab.assert_shows(answer["mean"], STAGE)
    assert np.abs(tab.shown(STAGE) - original).max() > 5
    # The address tells it, and the address alone brings it back.
    address = tab.wait(f"location.hash.includes('z={name[1:]}:') && location.href")
    assert "seed=5" in address
    pixels = tab.pixels(STAGE)
    tab.visit(address)
    assert tab.pixels(STAGE) == pixels
    tab.click("#reset")
    tab.wait("document.querySelector('#reset').disabled")
    tab.settle()
    tab.assert_shows(origin["image"], STAGE)


def test_many_moves_are_few_requests_and_the_newest_wins(tab, served):
    tab.visit(f"{served.url}/#model=grey&seed=1")
    before = len(tab.events)
    value = tab.run(
        """(() => {
          const input = document.querySelector("#sliders .film input");
          for (let i = 0; i <= 40; i += 1) {
            input.value = -2 + i / 10;
            input.dispatchEvent(new Event("input"));
          }
          input.dispatchEvent(new Event("change"));
          return [Number(input.id.slice(1)), input.valueAsNumber];
        })()"""
    )
    tab.settle()
    running, most, asked = set(), 0, 0
    for method, parameters in tab.events[before:]:
        number = parameters.get("requestId")
        if method == "Network.requestWillBeSent":
            body = json.loads(parameters["request"].get("postData", "{}"))
            if len(body.get("instances", ())) == 1:
                running.add(number)
                asked += 1
        elif method in ("Network.loadingFinished", "Network.loadingFailed"):
            running.discard(number)
        most = max(most, len(running))
    assert most == 1
    assert 1 <= asked <= 3
    (origin,) = served.ask("grey", "sample", 1)
    z = list(origin["z"])
    z[value[0]] = value[1]
    tab.assert_shows(served.ask("grey", "decode", z)[0]["mean"], STAGE)


@pytest.mark.slow
def test_films_show_what_the_slider_does(tab, served):
    tab.visit(f"{served.url}/#model=grey&seed=3")
    (origin,) = served.ask("grey", "sample", 3)
    ids = tab.run(SLIDERS)
    assert len(set(ids)) == 10
    for place, step in ((0, -3), (3, 0), (6, 3)):
        z = list(origin["z"])
        z[int(ids[1][1:])] = step
        (answer,) = served.ask("grey", "decode", z)
        frame = f"#sliders li:nth-child(2) .thumbnail:nth-child({place + 1})"
        tab.assert_shows(answer["mean"], frame)


@pytest.mark.slow
def test_the_sliders_are_the_most_active_dimensions(tab, served):
    tab.visit(f"{served.url}/#model=grey")
    ids = tab.run(SLIDERS)
    samples = served.ask("grey", "sample", *range(64))
    codes = served.ask("grey", "encode", *(sample["image"] for sample in samples))
    mean = np.array([code["z_mean"] for code in codes])
    deviation = np.array([code["z_stddev"] for code in codes])
    kl = 0.5 * (deviation**2 + mean**2 - 1) - np.log(deviation)
    order = np.argsort(-kl.mean(axis=0))[: len(ids)]
    assert [int(name[1:]) for name in ids] == order.tolist()


def test_samples_by_seed(tab, served):
    tab.visit(f"{served.url}/#model=grey")
    tab.type("#seed", "-7")
    tab.wait("location.hash.includes('seed=-7')")
    tab.settle()
    tab.assert_shows(served.ask("grey", "sample", -7)[0]["image"], STAGE)
    tab.type("#seed", "seven")
    assert tab.run("document.querySelector('#seed').ariaInvalid") == "true"
    tab.click("#tray button:nth-child(10)")
    tab.wait("location.hash.includes('seed=9')")
    tab.settle()
    assert tab.run("document.querySelector('#seed').value") == "9"
    (answer,) = served.ask("grey", "sample", 9)
    tab.assert_shows(answer["image"], STAGE)
    tab.assert_shows(answer["image"], "#tray button:nth-child(10) canvas")
    shell = tab.run("document.querySelector('#request-text').textContent")
    body = '{"signature_name":"sample","instances":[9]}'
    assert shell == f"curl -s {served.url}/v1/models/grey:predict \\\n  -d '{body}'"


def test_another_class_is_another_picture(tab, served):
    tab.visit(f"{served.url}/#model=classes&seed=2&label=1")
    z = served.ask("classes", "sample", {"seed": 2, "label": 1})[0]["z"]
    for label in range(4):
        (answer,) = served.ask("classes", "decode", {"z": z, "label": label})
        thumbnail = f"#condition-control button:nth-child({label + 1}) canvas"
        tab.assert_shows(answer["mean"], thumbnail)
        if label == 1:
            tab.assert_shows(answer["mean"], STAGE)
    before = tab.shown(STAGE, 3)
    tab.run("document.querySelector('#condition-control [aria-checked=true]').focus()")
    tab.press("ArrowRight")
    tab.wait("location.hash.includes('label=2')")
    tab.settle()
    (answer,) = served.ask("classes", "sample", {"seed": 2, "label": 2})
    tab.assert_shows(answer["image"], STAGE)
    assert np.abs(before - tab.shown(STAGE, 3)).max() > 5
