import contextlib
import dataclasses
import http.server
import importlib
import threading
from pathlib import Path

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.serving import Client
from vaezoo.serving.server import ModelManager, RestServer, ServerLimits
from vaezoo.serving.server.grpc_server import GrpcServer

SAMPLES = 3
SHAPE = (6, 5, 1)


@dataclasses.dataclass
class Served:
    """Small models, the folders they are served from, and where."""

    models: dict
    folders: dict[str, Path]
    manager: ModelManager
    urls: dict[str, str]

    def client(self, protocol, name, **arguments):
        return Client(self.urls[protocol], name, **arguments)


def _with_weights_of_nobody(model):
    rng = np.random.default_rng(2)
    for weight in model.weights:  # also biases, which begin at zero
        value = np.asarray(weight)
        weight.assign(value + rng.normal(0.0, 0.3, value.shape))
    return model


def _models():
    keras.utils.set_random_seed(1)
    plain = vaezoo.FullyConnectedVAE(SHAPE, latent_dim=3, hidden_units=(8,))
    labelled = vaezoo.ConditionalVAE(SHAPE, 2, vaezoo.Labels(3), hidden_units=(6,))
    completing = vaezoo.ConditionalVAE(
        SHAPE, 2, vaezoo.PartialImage(SHAPE), hidden_units=(6,)
    )
    found = {"plain": plain, "labelled": labelled, "completing": completing}
    return {name: _with_weights_of_nobody(model) for name, model in found.items()}


@pytest.fixture(scope="session")
def served(tmp_path_factory):
    models, root = _models(), tmp_path_factory.mktemp("served")
    folders = {name: root / name for name in models}
    with pytest.MonkeyPatch.context() as patch:
        # Half of the time; that exports are good is shown elsewhere.
        module = importlib.import_module("vaezoo.serving.export")
        patch.setattr(module, "check_export", lambda folder: None)
        for name, model in models.items():
            vaezoo.export(model, folders[name], log_prob_samples=SAMPLES)
    with (
        ModelManager(
            folders, labels={"plain": {"stable": 1}}, limits=ServerLimits(timeout=120)
        ) as manager,
        RestServer(manager, host="127.0.0.1", port=0) as rest,
        GrpcServer(manager, "127.0.0.1", 0) as grpc,
    ):
        yield Served(models, folders, manager, {"rest": rest.url, "grpc": grpc.url})


@pytest.fixture(params=["rest", "grpc"])
def client_of(request, served):
    """A client over each protocol: `client_of(name, ...)`."""
    with contextlib.ExitStack() as stack:
        yield lambda name, **arguments: stack.enter_context(
            served.client(request.param, name, **arguments)
        )


@pytest.fixture
def images():
    rng = np.random.default_rng(4)
    return rng.random((7, *SHAPE), dtype="float32").round()


class Scripted:
    """A server that answers as a function says, and remembers what it was asked.

    Args:
        answer: From method, path and body to status, headers and body; None hangs up.
    """

    def __init__(self, answer):
        self.asked = []
        self.connections = 0
        outer, lock = self, threading.Lock()

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 60

            def setup(self):
                super().setup()
                with lock:
                    outer.connections += 1

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                with lock:
                    outer.asked.append((self.command, self.path, body))
                found = answer(self.command, self.path, body)
                if found is None:
                    self.close_connection = True
                    return
                status, headers, text = found
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if "Content-Length" not in headers:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                # Without a word, as a server does that has waited too long.
                self.close_connection = "Hang-Up" in headers

            do_GET = do_POST = handle_any

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def scripted():
    """Starts servers that follow a script: `scripted(answer)`."""
    with contextlib.ExitStack() as stack:
        yield lambda answer: stack.enter_context(contextlib.closing(Scripted(answer)))
