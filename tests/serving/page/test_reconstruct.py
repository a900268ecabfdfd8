"""Drawings and files, and what the model makes of them."""

import json

import numpy as np
import pytest
from PIL import Image

GIVEN, STAGE = "#given-stage canvas", "#reconstruction-stage canvas"


def sent(tab, signature):
    """The last row that was sent to a signature."""
    bodies = [
        json.loads(parameters["request"].get("postData", "{}"))
        for method, parameters in tab.events
        if method == "Network.requestWillBeSent"
    ]
    mine = [body for body in bodies if body.get("signature_name") == signature]
    return mine[-1]["instances"][0]


def draw(tab, points):
    """A stroke; the points are fractions of the pad."""
    x, y, size = tab.run(
        """(() => {
          const pad = document.querySelector("#pad canvas");
          pad.scrollIntoView({ block: "center" });
          const box = pad.getBoundingClientRect();
          return [box.x, box.y, box.width];
        })()"""
    )
    tab.stroke([(x + size * a, y + size * b) for a, b in points])
    tab.wait("document.querySelector('#likelihood dd').textContent.includes('nats')")
    tab.settle()


def test_a_drawing_is_centred_and_reconstructed(tab, served):
    tab.visit(f"{served.url}/#model=grey&view=reconstruct")
    assert tab.run("document.querySelector('#to-explore').disabled")
    # A seven in the upper left corner of the pad.
    draw(tab, [(0.1, 0.1), (0.2, 0.1), (0.3, 0.1), (0.25, 0.25), (0.2, 0.4)])
    image = np.array(sent(tab, "reconstruct"))
    tab.assert_shows(image, GIVEN)
    rows, columns = np.nonzero(image[..., 0] > 0.1)
    assert 19 <= np.ptp(rows) + 1 <= 21
    assert columns.max() < 27
    weights = image[..., 0] / image.sum()
    places = np.arange(28) + 0.5
    assert abs((weights.sum(axis=1) * places).sum() - 14) < 0.2
    assert abs((weights.sum(axis=0) * places).sum() - 14) < 0.2
    answer = served.ask("grey", "reconstruct", image.tolist())[0]
    tab.assert_shows(answer, STAGE)
    terms = served.ask("grey", "log_prob", {"image": image.tolist(), "seed": 0})[0]
    text = tab.run("document.querySelector('#likelihood').textContent")
    for name in ("log_prob", "elbo", "kl", "reconstruction_log_prob"):
        assert f"{terms[name]:,.1f} nats".replace("-", "\N{MINUS SIGN}") in text
    # As drawn, it is in the corner.
    tab.click("#centre")
    tab.settle()
    assert not np.array(sent(tab, "reconstruct"))[14:].any()
    # What the picture is encoded as can be explored.
    (code,) = served.ask("grey", "encode", sent(tab, "reconstruct"))
    tab.click("#to-explore")
    tab.wait("!document.querySelector('#view-explore').hidden")
    tab.wait("document.querySelector('#explore-caption').textContent.includes('moved')")
    tab.settle()
    (answer,) = served.ask("grey", "decode", code["z_mean"])
    tab.assert_shows(answer["mean"], "#explore-stage canvas")


@pytest.mark.slow
def test_undo_and_clear(tab, served):
    tab.visit(f"{served.url}/#model=grey&view=reconstruct")
    draw(tab, [(0.3, 0.3), (0.6, 0.6)])
    first = tab.pixels(GIVEN)
    draw(tab, [(0.6, 0.3), (0.3, 0.6)])
    assert tab.pixels(GIVEN) != first
    tab.click("#undo")
    tab.settle()
    assert tab.pixels(GIVEN) == first
    tab.click("#clear")
    assert tab.run("document.querySelector('#reconstruction-stage').innerText") == (
        "Nothing yet"
    )
    assert tab.run("document.querySelector('#undo').disabled")


@pytest.mark.parametrize(
    "model", ["classes", pytest.param("grey", marks=pytest.mark.slow)]
)
def test_a_file_is_fitted(tab, served, tmp_path, model):
    size, channels = (28, 1) if model == "grey" else (8, 3)
    rng = np.random.default_rng(4)
    pixels = rng.integers(0, 256, (60, 100, 3), dtype=np.uint8)
    pixels[...] = pixels[..., :1] if channels == 1 else pixels
    pixels[[0, -1]] = pixels[:, [0, -1]] = 0  # a dark margin: it is not on paper
    file = tmp_path / "picture.png"
    Image.fromarray(pixels).save(file)
    tab.visit(f"{served.url}/#model={model}&view=reconstruct")
    if channels == 1:
        tab.click("#centre")
    choose(tab, file)
    tab.wait(
        "document.querySelector('#reconstruction-stage canvas').dataset.painted === ''"
    )
    tab.settle()
    # The mean of the area under each pixel, of the square in the middle.
    middle = pixels[:, 20:80].repeat(size, axis=0).repeat(size, axis=1) / 255
    expected = middle.reshape(size, 60, size, 60, 3).mean(axis=(1, 3))
    row = sent(tab, "reconstruct")
    image = np.array(row if model == "grey" else row["image"])
    assert image.shape == (size, size, channels)
    assert np.abs(image - expected[..., :channels]).max() < 1.5 / 255
    answer = served.ask(model, "reconstruct", row)[0]
    tab.assert_shows(answer, STAGE)


@pytest.mark.slow
def test_a_file_that_is_no_picture(tab, served, tmp_path):
    tab.visit(f"{served.url}/#model=grey&view=reconstruct")
    draw(tab, [(0.3, 0.3), (0.6, 0.6)])
    before = tab.pixels(STAGE)
    file = tmp_path / "text.png"
    file.write_text("no picture")
    choose(tab, file)
    said = tab.wait("document.querySelector('#pad-notice [role=alert]').textContent")
    assert "Expected a picture" in said
    assert "text.png" in said
    assert tab.pixels(STAGE) == before


def choose(tab, file):
    """As a user does in the dialog of the browser."""
    root = tab.call("DOM.getDocument")["root"]["nodeId"]
    node = tab.call("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    tab.call("DOM.setFileInputFiles", files=[str(file)], nodeId=node)
