"""The page as a whole: the card, colours, sizes, and what goes wrong."""

import json

import pytest

import vaezoo
from vaezoo.zoo.card import CARD_FILE
from vaezoo.zoo.card_text import format_measurement

VIEWS = ("explore", "reconstruct", "interpolate", "card")
UNNAMED = """
  [...document.querySelectorAll("button, input, select, [role=img]")]
    .filter((e) => e.checkVisibility())
    .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.labels?.length
      || e.getAttribute("aria-labelledby")))
    .map((e) => e.outerHTML)
"""
WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def test_the_card_is_text(tab, served):
    tab.visit(f"{served.url}/#model=grey&view=card")
    card = json.loads((served.root / "grey" / "1" / CARD_FILE).read_text("utf-8"))
    text = tab.run("document.querySelector('#view-card').innerText")
    metrics = vaezoo.info("fc_vae_mnist").metrics
    assert len(metrics) > 3
    for metric in metrics:
        number = format_measurement(metric.value, metric.standard_error)
        assert f"{number} {metric.unit}".replace("-", "\N{MINUS SIGN}") in text
        assert metric.protocol in text
    for field in ("family", "licence", "data_licence", "reference"):
        assert card[field] in text
    assert f"{card['parameters']:,}" in text
    assert "{" not in text
    assert (
        tab.run("document.querySelector('#description').innerText")
        == (card["description"])
    )
    assert tab.run("document.querySelectorAll('main img, main script').length") == 0
    assert tab.run("document.title") == "grey · vaezoo"


def test_models_and_views_are_chosen_by_keyboard_and_by_going_back(tab, served):
    tab.visit(f"{served.url}/")
    names = tab.run(
        "[...document.querySelectorAll('.model-name')].map(e => e.innerText)"
    )
    assert sorted(names) == ["broken", "classes", "grey"]
    assert tab.run("document.querySelector('#name').textContent") == "grey"
    tab.run("document.querySelector('#tab-explore').focus()")
    tab.press("ArrowRight")
    assert not tab.run("document.querySelector('#view-reconstruct').hidden")
    assert tab.run("document.activeElement.id") == "tab-reconstruct"
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert tab.run(outline) == "solid"
    tab.click("[data-name=classes]")
    tab.wait("document.querySelector('#name').textContent === 'classes'")
    assert tab.run("document.querySelector('#condition').hidden") is False
    tab.run("history.back()")
    tab.wait("document.querySelector('#name').textContent === 'grey'")
    assert tab.run("document.querySelector('#condition').hidden")
    tab.settle()


@pytest.mark.parametrize("width", [390, pytest.param(1280, marks=pytest.mark.slow)])
def test_it_fits_the_screen(tab, served, width):
    tab.resize(width, 900, mobile=width < 500)
    tab.visit(f"{served.url}/#model=classes")
    for view in VIEWS:
        tab.run(f"document.querySelector('#tab-{view}').click()")
        tab.settle()
        assert tab.run(WIDE) <= 0
        assert tab.run(UNNAMED) == []


@pytest.mark.slow
def test_nothing_jumps(tab, served):
    watch = """
      window.jumps = 0;
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.jumps += entry.value;
      }).observe({ type: "layout-shift", buffered: true });
    """
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=watch)
    tab.visit(f"{served.url}/#model=grey")
    for key in ("#draw-sample", "#tray-on", "#tab-interpolate"):
        tab.click(key)
        tab.settle()
    assert tab.run("window.jumps") < 0.1


@pytest.mark.slow
def test_light_and_dark(tab, served):
    colour = "getComputedStyle(document.body).backgroundColor"
    tab.colours("light")
    tab.visit(f"{served.url}/#model=classes&view=card")
    light = tab.run(colour)
    tab.colours("dark")
    tab.wait(f"{colour} !== '{light}'")
    tab.click("#theme")
    tab.wait(f"{colour} === '{light}'")
    tab.visit(f"{served.url}/#model=classes&view=card")
    tab.wait(f"{colour} === '{light}'")  # the choice is kept


def test_a_server_that_cannot_be_reached(tab, served):
    tab.forgive()
    tab.visit(f"{served.url}/#model=classes")
    before = tab.pixels("#explore-stage canvas")
    network(tab, offline=True)
    tab.click("#seed-up")
    said = tab.wait("document.querySelector('#explore-stage [role=alert]').innerText")
    assert "cannot be reached" in said
    assert tab.pixels("#explore-stage canvas") == before
    network(tab, offline=False)
    tab.click("#explore-stage [role=alert] button")
    tab.wait("!document.querySelector('#explore-stage [role=alert]')")
    tab.settle()
    (answer,) = served.ask("classes", "sample", {"seed": 2, "label": 0})
    tab.assert_shows(answer["image"], "#explore-stage canvas")


def test_a_server_that_refuses(tab, served):
    tab.forgive()
    tab.visit(f"{served.url}/#model=classes")
    before = tab.pixels("#explore-stage canvas")
    tab.run(
        """window.fetch = async () => new Response(
          JSON.stringify({ error: "<b>no</b> & never" }), { status: 400 })"""
    )
    tab.run("document.querySelector('#sliders .film input').focus()")
    tab.press("ArrowRight")
    said = tab.wait("document.querySelector('#explore-stage [role=alert] p').innerText")
    assert said == "<b>no</b> & never"
    assert tab.pixels("#explore-stage canvas") == before


@pytest.mark.parametrize(
    "name", ["no such model", pytest.param("broken", marks=pytest.mark.slow)]
)
def test_a_model_that_does_not_answer(tab, served, name):
    tab.forgive()
    tab.open(f"{served.url}/#model={name.replace(' ', '%20')}")
    said = tab.wait("document.querySelector('#fatal [role=alert]').innerText")
    assert name in said
    # Another one is a click away.
    tab.click("[data-name=classes]")
    tab.wait("!document.querySelector('#model').hidden")
    tab.settle()
    assert tab.run("document.querySelector('#fatal').hidden")


def test_a_server_without_models(tab, served):
    none = "window.fetch = async () => new Response('{\"models\": []}')"
    tab.call("Page.addScriptToEvaluateOnNewDocument", source=none)
    tab.open(f"{served.url}/")
    said = tab.wait("document.querySelector('#fatal [role=alert]').innerText")
    assert "no model" in said


@pytest.mark.slow
def test_a_model_without_a_card(tab, served):
    tab.forgive()  # the browser reports that there is none
    card = served.root / "classes" / "1" / CARD_FILE
    aside = card.with_suffix(".aside")
    card.rename(aside)
    try:
        tab.visit(f"{served.url}/#model=classes&label=3")
    finally:
        aside.rename(card)
    # The number of classes is found out from the endpoints.
    assert tab.run("document.querySelectorAll('#condition-control button').length") == 4
    (answer,) = served.ask("classes", "sample", {"seed": 1, "label": 3})
    tab.assert_shows(answer["image"], "#explore-stage canvas")
    tab.run("document.querySelector('#tab-card').click()")
    assert "without a card" in tab.run("document.querySelector('#view-card').innerText")


def network(tab, offline):
    unlimited = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    tab.call("Network.emulateNetworkConditions", offline=offline, **unlimited)
