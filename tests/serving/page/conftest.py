"""A server with small models, and a headless browser that tests drive.

The browser is driven by the DevTools protocol, over a pipe.
"""

import base64
import contextlib
import fcntl
import itertools
import json
import os
import select
import shutil
import subprocess
import sys
import urllib.request

import numpy as np
import pytest

import vaezoo
from vaezoo.serving.server import ModelManager, RestServer
from vaezoo.zoo import version_folder
from vaezoo.zoo.card import CARD_FILE

PATIENCE = 120  # seconds; an answer that takes longer is none
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
)
HOSTILE = "<img src=x onerror=\"document.title='hacked'\"> & <script>no()</script>"

# Pictures are drawn, and no request is under way.
SETTLED = """(
  document.querySelector("#main").ariaBusy === "false"
  && [...document.querySelectorAll("[aria-busy]")].every((p) => p.ariaBusy === "false")
  && (document.querySelector("#view-explore").hidden
      || document.querySelector("#sliders canvas").dataset.painted !== undefined)
)"""

# The browser reads from file descriptor 3 and writes to 4.
START = """
import os, sys
for theirs, number in zip(sys.argv[1:3], (3, 4)):
    os.dup2(int(theirs), number)
os.execvp(sys.argv[3], sys.argv[3:])
"""


class Browser:
    """Chromium; each tab has cookies, storage and cache of its own."""

    def __init__(self, program, profile):
        theirs_in, self._out = _pipe()
        self._in, theirs_out = _pipe()
        ends = [str(theirs_in), str(theirs_out)]
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-S", "-c", START, *ends),
                *(program, *FLAGS, f"--user-data-dir={profile}"),
            ],
            pass_fds=(theirs_in, theirs_out),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers = itertools.count(1)
        self._buffer = b""
        self.events = []

    def call(self, method, session=None, **parameters):
        """The answer to a command; events that come before it are kept."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            received = self._receive()
            if received.get("id") == number:
                if "error" in received:
                    raise RuntimeError(f"{method}: {received['error']}")
                return received["result"]
            self.events.append(received)

    def tab(self, width=1280, height=1000):
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call(
            "Target.createTarget", url="about:blank", browserContextId=context
        )["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)
        return Tab(self, session["sessionId"], context, width, height)

    def close(self):
        with contextlib.suppress(RuntimeError, OSError):
            self.call("Browser.close")
        os.close(self._out)
        os.close(self._in)
        self._process.wait(PATIENCE)

    def _receive(self):
        while b"\0" not in self._buffer:
            if not select.select([self._in], [], [], PATIENCE)[0]:
                raise RuntimeError("The browser does not answer.")
            read = os.read(self._in, 2**20)
            if not read:
                raise RuntimeError("The browser is gone.")
            self._buffer += read
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)


class Tab:
    """A tab of the browser."""

    def __init__(self, browser, session, context, width, height):
        self._browser, self._session, self._context = browser, session, context
        self.forgiven = False
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.resize(width, height)

    def call(self, method, **parameters):
        return self._browser.call(method, self._session, **parameters)

    def visit(self, url):
        """Opens the page and waits until it has drawn a model."""
        self.open("about:blank")  # another hash alone would not load it again
        self.open(url)
        self.settle()

    def settle(self):
        """Waits until the page waits for nothing."""
        self.wait(SETTLED)

    def forgive(self):
        """The test provokes complaints of the console."""
        self.forgiven = True

    def resize(self, width, height, mobile=False):
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=mobile,
        )

    def open(self, url, ready="true"):
        """Opens an address and waits until an expression is true."""
        self.call("Page.navigate", url=url)
        self.wait(f"document.readyState === 'complete' && ({ready})")

    def run(self, script):
        """The value of an expression, of what it promises if it is a promise."""
        answer = self.call(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            said = details.get("exception", {}).get("description", details["text"])
            raise AssertionError(f"{said}\nin: {script}")
        return answer["result"].get("value")

    def wait(self, condition):
        """Waits in the page until an expression is true, and returns its value."""
        return self.run(
            f"""new Promise((resolve, reject) => {{
              const begun = performance.now();
              const look = () => {{
                const value = (() => {{ try {{ return {condition}; }} catch {{}} }})();
                const late = performance.now() - begun > {PATIENCE * 900};
                if (value) resolve(value);
                else if (late) reject(new Error("Never: " + {json.dumps(condition)}));
                else setTimeout(look, 10);
              }};
              look();
            }})"""
        )

    def click(self, selector):
        """Clicks in the middle of an element, as a mouse does."""
        x, y = self.run(
            f"""(() => {{
              const element = document.querySelector({json.dumps(selector)});
              element.scrollIntoView({{ block: "center" }});
              const box = element.getBoundingClientRect();
              return [box.x + box.width / 2, box.y + box.height / 2];
            }})()"""
        )
        self.stroke([(x, y)])

    def stroke(self, points):
        """Presses the mouse at a point, moves it along others and lets it go."""
        for i, (x, y) in enumerate(points):
            kind = "mouseMoved" if i else "mousePressed"
            self._mouse(kind, x, y)
        self._mouse("mouseReleased", *points[-1])

    def press(self, key):
        """Presses a key that has no character, such as ArrowRight."""
        codes = {"Tab": 9, "Enter": 13, "ArrowLeft": 37, "ArrowUp": 38}
        codes |= {"ArrowRight": 39, "ArrowDown": 40, "Home": 36, "End": 35}
        for kind in ("rawKeyDown", "keyUp"):
            self.call(
                "Input.dispatchKeyEvent",
                type=kind,
                key=key,
                code=key,
                windowsVirtualKeyCode=codes[key],
            )

    def type(self, selector, text):
        """Replaces what is in a field and leaves it."""
        self.run(f"document.querySelector({json.dumps(selector)}).select()")
        self.call("Input.insertText", text=text)
        self.run("document.activeElement.blur()")

    def pixels(self, selector):
        """The red, green, blue and opacity of each pixel of a canvas, 0 to 255."""
        return self.run(
            f"""(() => {{
              const canvas = document.querySelector({json.dumps(selector)});
              const {{ width, height }} = canvas;
              const copy = new OffscreenCanvas(width, height);
              const context = copy.getContext("2d", {{ willReadFrequently: true }});
              context.drawImage(canvas, 0, 0);
              return [...context.getImageData(0, 0, width, height).data];
            }})()"""
        )

    def shown(self, selector, channels=1):
        """The levels that a canvas shows, `(pixels, channels)`."""
        pixels = np.reshape(self.pixels(selector), (-1, 4))
        assert (pixels[:, 3] == 255).all()
        if channels == 1:
            assert (pixels[:, :1] == pixels[:, :3]).all()
        return pixels[:, :channels]

    def assert_shows(self, image, selector):
        """A canvas shows an image of an answer.

        Up to a level: latent vectors travel with four decimals.
        """
        channels = np.shape(image)[-1]
        expected = np.reshape(255 * np.clip(image, 0, 1), (-1, channels))
        difference = np.abs(self.shown(selector, channels) - expected)
        assert difference.max() <= 1.5

    def colours(self, scheme):
        self.call(
            "Emulation.setEmulatedMedia",
            features=[{"name": "prefers-color-scheme", "value": scheme}],
        )

    def screenshot(self, path, whole=True):
        data = self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"]
        path.write_bytes(base64.b64decode(data))

    @property
    def events(self):
        """`(method, parameters)` of what happened in this tab so far."""
        self.run("0")  # what happened before has arrived with the answer
        mine = (e for e in self._browser.events if e.get("sessionId") == self._session)
        return [(event["method"], event["params"]) for event in mine]

    @property
    def complaints(self):
        """Errors, warnings and uncaught exceptions of the console."""
        found = []
        for method, parameters in self.events:
            if method == "Runtime.exceptionThrown":
                found.append(parameters["exceptionDetails"])
            elif method == "Runtime.consoleAPICalled":
                found.append(parameters["args"])
            elif method == "Log.entryAdded":
                found.append(parameters["entry"])
        return found

    @property
    def addresses(self):
        """The addresses that were asked for."""
        return [
            parameters["request"]["url"]
            for method, parameters in self.events
            if method == "Network.requestWillBeSent"
        ]

    def close(self):
        self._browser.call(
            "Target.disposeBrowserContext", browserContextId=self._context
        )

    def _mouse(self, kind, x, y):
        buttons = 0 if kind == "mouseReleased" else 1
        self.call(
            "Input.dispatchMouseEvent",
            type=kind,
            x=x,
            y=y,
            button="left",
            buttons=buttons,
            clickCount=1,
        )


class Served:
    """A server and its answers."""

    def __init__(self, server, root):
        self.url = server.url
        self.root = root

    def ask(self, model, signature, *instances):
        """The predictions for rows."""
        body = {"signature_name": signature, "instances": instances}
        request = urllib.request.Request(
            f"{self.url}/v1/models/{model}:predict", json.dumps(body).encode()
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["predictions"]


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    """A server with `grey`, `classes`, in colour, and `broken`, which does not load."""
    root = tmp_path_factory.mktemp("models")
    # A trained model that is there already; exporting another takes seconds.
    shutil.copytree(version_folder("fc_vae_mnist"), root / "grey" / "1")
    card = root / "grey" / "1" / CARD_FILE
    fields = json.loads(card.read_text("utf-8"))
    card.write_text(
        json.dumps({**fields, "description": HOSTILE, "reference": HOSTILE})
    )
    export_classes(root / "classes")
    (root / "broken" / "1").mkdir(parents=True)
    (root / "broken" / "1" / "saved_model.pb").write_bytes(b"no model")
    models = {name: root / name for name in ("grey", "classes", "broken")}
    with ModelManager(models, poll_seconds=None) as manager:  # noqa: SIM117
        with RestServer(manager, port=0) as server:
            yield Served(server, root)


def export_classes(folder):
    """A conditional model with weights that make its pictures differ."""
    model = vaezoo.ConditionalVAE((8, 8, 3), 3, vaezoo.Labels(4), hidden_units=(8,))
    rng = np.random.default_rng(3)
    for weight in model.weights:
        weight.assign(rng.normal(0.0, 0.8, weight.shape))
    vaezoo.export(model, folder, log_prob_samples=2)


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)}")
    started = Browser(program, tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture
def tab(browser, served):
    """A tab whose page asks for nothing elsewhere, and complains of nothing."""
    opened = browser.tab()
    yield opened
    foreign = {url for url in opened.addresses if not url.startswith(served.url + "/")}
    complaints = opened.complaints
    opened.close()
    assert not foreign
    assert opened.forgiven or not complaints


def _pipe():
    """A pipe whose ends have numbers beyond those that the browser reads and writes."""
    ends = []
    for end in os.pipe():
        ends.append(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10))
        os.close(end)
    return ends
