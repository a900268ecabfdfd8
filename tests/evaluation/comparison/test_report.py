import html
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser

import numpy as np
import pytest

HOSTILE = "<script>alert('x')</script> & \"co\""


@pytest.fixture(scope="session")
def page(comparison, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "report.html"
    comparison.to_html(path)
    assert [entry.name for entry in path.parent.iterdir()] == ["report.html"]
    return path


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


def test_one_file_that_refers_to_no_other(page):
    text = page.read_text("utf-8")
    elements = Elements(text)
    assert len(elements.all("script")) == len(elements.all("style")) == 1
    for _, attributes in elements.found:
        for name in ("src", "href", "action", "srcset", "data"):
            assert re.match("#|data:", attributes.get(name, "#"))
    assert "url(" not in text
    assert "@import" not in text
    (policy,) = [
        attributes["content"]
        for attributes in elements.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert "default-src 'none'" in policy
    assert "script-src 'sha256-" in policy


def test_names_are_text_and_nothing_else(page):
    text = page.read_text("utf-8")
    assert "<script>alert" not in text
    assert html.escape(HOSTILE) in text
    for _, attributes in Elements(text).found:
        assert not any(name.startswith("on") for name in attributes)


def test_every_number_and_reason_is_there(page, comparison):
    text = html.unescape(re.sub("<[^>]*>", "", page.read_text("utf-8")))
    for sentence in (*comparison.reasons, *comparison.warnings):
        assert sentence in text
    for heading, words in comparison.protocol.sentences():
        assert heading in text
        assert words in text
    for result in comparison.results:
        nll = result.get("nll")
        assert nll is None or f"{nll.value:.2f} ± {nll.standard_error:.2f}" in text


def test_each_model_has_its_pictures_or_the_reason(page, comparison):
    pictures = comparison.pictures
    kinds = (pictures.reconstructions, pictures.samples, pictures.traversals)
    shown = [p for kind in kinds for p in kind] + [pictures.images]
    assert len(shown) == 3 * len(comparison.labels) + 1
    assert all(bool(p.png) != bool(p.why_not) for p in shown)
    missing = {p.label for p in pictures.samples if p.why_not}
    assert missing == {"codes", "part"}  # another size is no obstacle to sampling
    images = Elements(page.read_text("utf-8")).all("img")
    assert len(images) == sum(bool(p.png) for p in shown)
    for attributes in images:
        assert attributes["alt"]
        assert attributes["src"].startswith("data:image/png;base64,")


def test_a_report_without_pictures_and_of_one_model(models, data, tmp_path):
    import vaezoo

    one = vaezoo.compare(
        [models["codes"]], data, num_samples=2, rounds=0, limit=3, pictures=False
    )
    one.to_html(tmp_path / "one.html")
    assert "<img" not in (tmp_path / "one.html").read_text("utf-8")


def test_a_file_that_cannot_be_written_is_an_error(comparison, tmp_path):
    with pytest.raises(OSError, match="Received"):
        comparison.to_html(tmp_path / "no_such_folder" / "report.html")
    with pytest.raises(IsADirectoryError):
        comparison.to_html(tmp_path)


# --- in a browser ---------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """`browser(url, *options)` -> (standard output, standard error) of Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(names)}")
    profile = tmp_path_factory.mktemp("profile")

    def run(url, *options):
        result = subprocess.run(
            [
                program,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--enable-logging=stderr",
                f"--user-data-dir={profile}",
                *options,
                url,
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        return result.stdout, result.stderr

    return run


def order(dom, table):
    """The values of the first column, block by block, and `aria-sort` by column."""
    (part,) = re.findall(rf'<table id="table-{table}">.*?</table>', dom, re.DOTALL)
    blocks = [
        [html.unescape(v) for v in re.findall(r'scope="row" data-value="(.*?)"', body)]
        for body in re.findall("<tbody>.*?</tbody>", part, re.DOTALL)
    ]
    sorts = re.findall(r'data-column="(\w+)"[^>]*aria-sort="(\w+)"', part)
    return blocks, dict(sorts)


def by_value(comparison, labels, name, reverse):
    there = [label for label in labels if comparison[label].get(name)]
    there.sort(key=lambda k: comparison[k].get(name).value, reverse=reverse)
    return there + [label for label in labels if label not in there]


@pytest.mark.parametrize("direction", ["ascending", "descending"])
def test_the_address_sorts_a_table(page, browser, comparison, direction):
    address = f"{page.as_uri()}#sort=cost.parameters.{direction}"
    dom, log = browser(address, "--dump-dom")
    reverse = direction == "descending"
    expected = by_value(comparison, comparison.labels, "parameters", reverse)
    assert order(dom, "cost") == ([expected], {"parameters": direction})
    assert order(dom, "speed") == ([comparison.labels], {})
    assert "CONSOLE" not in log


def test_rows_stay_in_their_group_and_empty_cells_come_last(page, browser, comparison):
    name, address = "nll", f"{page.as_uri()}#sort=likelihood.nll.descending"
    dom, _ = browser(address, "--dump-dom")
    blocks, _ = order(dom, "likelihood")
    groups = [list(group.labels) for group in comparison.groups]
    assert blocks[:-1] == [by_value(comparison, g, name, True) for g in groups]
    dom, _ = browser(f"{page.as_uri()}#sort=speed.latency.descending", "--dump-dom")
    (block,), _ = order(dom, "speed")
    assert block == by_value(comparison, comparison.labels, "latency", True)
    assert set(block[-2:]) == {"part", "large"}


def test_a_click_sorts_and_a_second_one_turns_round(page, browser, comparison):
    text = page.read_text("utf-8")
    script = """<script>
      const button = document.querySelector(
        '#table-cost th[data-column="parameters"] button');
      button.focus();
      document.activeElement.click();
      document.activeElement.click();
      document.title = location.hash;
    </script></body>"""
    # The page's own policy would not run another script.
    text = re.sub("<meta http-equiv[^>]*>", "", text).replace("</body>", script)
    clicked = page.with_name("clicked.html")
    clicked.write_text(text, "utf-8")
    dom, log = browser(clicked.as_uri(), "--dump-dom")
    expected = by_value(comparison, comparison.labels, "parameters", True)
    assert order(dom, "cost") == ([expected], {"parameters": "descending"})
    assert "<title>#sort=cost.parameters.descending</title>" in dom
    assert "CONSOLE" not in log


def test_a_foreign_script_does_not_run(page, browser):
    foreign = "<script>document.title = 'run'</script></body>"
    attacked = page.with_name("attacked.html")
    attacked.write_text(page.read_text("utf-8").replace("</body>", foreign), "utf-8")
    dom, log = browser(attacked.as_uri(), "--dump-dom")
    assert "<title>run</title>" not in dom
    assert "CONSOLE" in log  # so that its absence above means something


def test_it_is_drawn_without_a_network(page, browser, tmp_path):
    picture, requests = tmp_path / "page.png", tmp_path / "requests.json"
    _, log = browser(
        page.as_uri(),
        f"--screenshot={picture}",
        f"--log-net-log={requests}",
        "--window-size=1280,2000",
    )
    from PIL import Image

    with Image.open(picture) as drawn:
        assert drawn.size[0] == 1280
        assert len(np.unique(np.asarray(drawn.convert("L")))) > 20
    assert "CONSOLE" not in log
    events = json.loads(requests.read_text("utf-8"))["events"]
    started = [event.get("params", {}) for event in events]
    # What the browser asks for by itself, such as the time, has no origin.
    asked = {
        params["url"]
        for params in started
        if params.get("initiator", "not an origin") != "not an origin"
    }
    assert not {url for url in asked if url.startswith(("http", "ws"))}


def test_it_fits_a_phone(page, browser):
    """No wider than the screen: what is wider scrolls in itself."""
    probe = """<script>
      const frame = document.querySelector("iframe");
      frame.addEventListener("load", () => {
        const page = frame.contentDocument.documentElement;
        document.title = `${page.scrollWidth} of ${page.clientWidth}`;
      });
    </script>"""
    text = page.read_text("utf-8")
    outer = page.with_name("phone.html")
    frame = f'<iframe width="390" height="800" srcdoc="{html.escape(text)}"></iframe>'
    outer.write_text(f"<title>-</title>{frame}{probe}", "utf-8")
    dom, _ = browser(outer.as_uri(), "--dump-dom", "--virtual-time-budget=5000")
    width, screen = re.search(r"<title>(\d+) of (\d+)</title>", dom).groups()
    assert 0 < int(width) <= int(screen) <= 390
