import contextlib
import http.client
import json
import os
import socket
import time

import pytest

# Before TensorFlow is imported by anything below.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import tensorflow as tf

import vaezoo
from vaezoo.serving.server import AccessLog, ModelManager, RestServer, ServerLimits


class HalfPlus(tf.Module):
    """x / 2 + an offset, whatever the shape: TensorFlow Serving's test model."""

    def __init__(self, offset):
        super().__init__()
        self.factor = tf.Variable(0.5)
        self.offset = tf.Variable(float(offset))

    @tf.function(input_signature=[tf.TensorSpec(None, tf.float32, "x")])
    def predict(self, x):
        return {"y": x * self.factor + self.offset}

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 2], tf.float32, "a"),
            tf.TensorSpec([None], tf.int64, "n"),
            tf.TensorSpec([None], tf.string, "text_bytes"),
        ]
    )
    def many(self, a, n, text_bytes):
        return {
            "sum": tf.reduce_sum(a, axis=1) + tf.cast(n, tf.float32),
            "n": n,
            "even": n % 2 == 0,
            "text": text_bytes,
            "text_bytes": text_bytes,
        }

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, "x")])
    def root(self, x):
        """Fails for negative numbers, as a decoder does for what is no picture."""
        with tf.control_dependencies([tf.debugging.assert_non_negative(x)]):
            return {"y": tf.sqrt(x)}

    @tf.function(input_signature=[tf.TensorSpec([None], tf.int64, "n")])
    def slow(self, n):
        """Takes long in proportion to n, and can be interrupted."""
        steps = tf.reduce_max(n)
        _, total = tf.while_loop(
            lambda i, total: i < steps,
            lambda i, total: (i + 1, total + tf.reduce_sum(tf.random.normal([100]))),
            (tf.constant(0, tf.int64), tf.constant(0.0)),
        )
        return {"n": n + tf.cast(total * 0, tf.int64)}


def save_half_plus(folder, offset):
    """Writes the model as a version folder."""
    module = HalfPlus(offset)
    tf.saved_model.save(
        module,
        os.fspath(folder),
        signatures={
            "serving_default": module.predict.get_concrete_function(),
            "many": module.many.get_concrete_function(),
            "root": module.root.get_concrete_function(),
            "slow": module.slow.get_concrete_function(),
        },
    )
    return folder


@pytest.fixture(scope="session")
def half_plus(tmp_path_factory):
    """Puts `HalfPlus(offset)` somewhere: `half_plus(base, version, offset)`."""
    written = {}

    def place(base, version, offset=2):
        if offset not in written:
            root = tmp_path_factory.mktemp("half_plus")
            written[offset] = save_half_plus(root / "1", offset)
        hidden = base / f".{version}"
        copy_tree(written[offset], hidden)
        hidden.rename(base / str(version))
        return base / str(version)

    return place


def copy_tree(source, target):
    for path in [source, *sorted(source.rglob("*"))]:
        to = target / path.relative_to(source)
        if path.is_dir():
            to.mkdir(parents=True)
        else:
            os.link(path, to)


@pytest.fixture(scope="session")
def half_plus_two(half_plus, tmp_path_factory):
    """A folder of a model with version 123."""
    base = tmp_path_factory.mktemp("models") / "half_plus_two"
    base.mkdir()
    half_plus(base, 123)
    return base


@pytest.fixture(scope="session")
def vae_folder(tmp_path_factory):
    """An exported model that nobody has trained."""
    keras.utils.set_random_seed(1)
    model = vaezoo.FullyConnectedVAE((6, 5, 1), latent_dim=3, hidden_units=(8,))
    base = tmp_path_factory.mktemp("models") / "tiny_vae"
    vaezoo.export(model, base, log_prob_samples=3, card={"licence": "CC0"})
    return base


@pytest.fixture(scope="session")
def manager(half_plus_two, vae_folder):
    models = {"half_plus_two": half_plus_two, "tiny_vae": vae_folder}
    labels = {"half_plus_two": {"stable": 123}}
    with ModelManager(models, labels=labels, poll_seconds=None) as manager:
        yield manager


class Lines(AccessLog):
    """An access log that is a list."""

    def __init__(self):
        super().__init__()
        self.lines = []

    def write(self, **fields):
        self.lines.append(fields)


@pytest.fixture(scope="session")
def access_lines():
    return Lines()


@pytest.fixture(scope="session")
def server(manager, access_lines):
    with RestServer(manager, port=0, access_log=access_lines) as server:
        yield server


@pytest.fixture
def ask(server):
    """Sends a request: `ask(method, path, body)` -> status, parsed body, headers."""
    with contextlib.closing(
        http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    ) as connection:

        def send(method, path, body=None, headers=()):
            if isinstance(body, (dict, list)):
                body = json.dumps(body)
            connection.request(method, path, body, dict(headers))
            response = connection.getresponse()
            content = response.read()
            if response.getheader("Content-Type") == "application/json" and content:
                content = json.loads(content)
            return response.status, content, response.headers

        yield send


@pytest.fixture(scope="session")
def wait_until():
    """Waits for what another thread does: `wait_until(condition)`."""

    def wait(condition, seconds=120):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.005)

    return wait


class Peer:
    """A client that sends bytes, and reads whole answers."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=120)
        self.stream = self.socket.makefile("rb")

    def send(self, content):
        self.socket.sendall(content)
        return self

    def answer(self):
        """Status, headers and body of the next answer."""
        status = int(self.stream.readline().split()[1])
        headers = http.client.parse_headers(self.stream)
        return status, headers, self.stream.read(int(headers["Content-Length"]))

    def is_closed(self):
        """Whether the server closed the connection; waits for it."""
        try:
            return self.stream.read(1) == b""
        except ConnectionResetError:
            return True

    def close(self):
        self.stream.close()
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


@pytest.fixture
def peer(server):
    """A raw connection to the server."""
    with Peer(server.port) as peer:
        yield peer


@pytest.fixture
def limited(half_plus_two):
    """A server with limits of its own, and raw connections to it."""
    with contextlib.ExitStack() as stack:

        def serve(access_log=None, batching=None, **limits):
            manager = stack.enter_context(
                ModelManager(
                    {"half_plus_two": half_plus_two},
                    limits=ServerLimits(**limits),
                    batching=batching,
                    poll_seconds=None,
                )
            )
            server = stack.enter_context(
                RestServer(manager, port=0, access_log=access_log)
            )
            return manager, server, lambda: stack.enter_context(Peer(server.port))

        yield serve
