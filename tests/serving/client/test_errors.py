"""What a client says and does when there is no answer, or not the one it wants."""

import json
import pickle
import socket
import sys
import threading
import types

import numpy as np
import pytest

from vaezoo.serving import Client, RequestError
from vaezoo.serving.client import retries

VALUE = {"dtype": "DT_FLOAT", "tensor_shape": {"dim": [{"size": "-1"}]}}


def metadata(version=1, sizes=(-1,)):
    value = {**VALUE, "tensor_shape": {"dim": [{"size": str(s)} for s in sizes]}}
    signatures = {"serving_default": {"inputs": {"x": value}, "outputs": {"y": VALUE}}}
    answer = {
        "model_spec": {"name": "m", "version": str(version)},
        "metadata": {"signature_def": {"signature_def": signatures}},
    }
    return 200, {}, json.dumps(answer).encode()


def ok(body):
    x = json.loads(body)["inputs"]["x"]
    return 200, {}, json.dumps({"outputs": np.ravel(x).tolist()}).encode()


def error(status, message="no", **headers):
    return status, headers, json.dumps({"error": message}).encode()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture
def waits(monkeypatch):
    """The seconds that the client would have waited; time passes by itself."""
    found, now = [], [0.0]

    def sleep(seconds):
        found.append(seconds)
        now[0] += seconds

    clock = types.SimpleNamespace(sleep=sleep, monotonic=lambda: now[0])
    monkeypatch.setattr(retries, "time", clock)
    return found


@pytest.mark.parametrize(
    ("scheme", "hint"), [("http", "Nothing listens there"), ("grpc", "grpc-port")]
)
def test_nobody_there(scheme, hint, waits):
    with (
        Client(f"{scheme}://127.0.0.1:{free_port()}", "m") as client,
        pytest.raises(RequestError, match=hint) as caught,
    ):
        client.status()
    assert caught.value.code == "UNAVAILABLE"
    assert caught.value.http_status == 503
    assert waits == []


def test_an_unknown_host():
    with (
        Client("http://nowhere.invalid:8501", "m") as client,
        pytest.raises(RequestError, match="name of the host"),
    ):
        client.status()


@pytest.mark.parametrize(
    "url",
    [
        "localhost:8501",
        "ftp://localhost",
        "http://",
        "http://host:port",
        "http://u:p@host",
        "http://host/?a=1",
        "grpc://host:1/path",
        "",
    ],
)
def test_addresses(url):
    with pytest.raises(ValueError, match="Expected an address"):
        Client(url, "m")


@pytest.mark.parametrize(
    "arguments",
    [
        {"model": ""},
        {"version": -1},
        {"version": "1"},
        {"version": 1, "label": "stable"},
        {"timeout": 0},
        {"timeout": float("nan")},
        {"max_rows": 0},
    ],
)
def test_arguments(arguments):
    with pytest.raises(ValueError, match="Expected"):
        Client("http://localhost:8501", **{"model": "m", **arguments})


@pytest.mark.parametrize(
    ("status", "code"),
    [(400, "INVALID_ARGUMENT"), (404, "NOT_FOUND"), (500, "UNKNOWN")],
)
def test_what_cannot_succeed_is_not_sent_again(scripted, status, code, waits):
    server = scripted(lambda *_: error(status, "the server's own words"))
    with (
        Client(server.url, "m") as client,
        pytest.raises(RequestError, match="the server's own words") as caught,
    ):
        client.metadata()
    assert caught.value.code == code
    assert caught.value.http_status == status
    assert f"HTTP {status} from {server.url}/v1/models/m/metadata" in str(caught.value)
    assert waits == []
    assert len(server.asked) == 1


def test_a_busy_server_is_asked_again(scripted, waits):
    refusals = [error(503), error(429, **{"Retry-After": "3"}), error(429)]

    def answer(method, path, body):
        if method == "GET":
            return metadata()
        return refusals.pop(0) if refusals else ok(body)

    server = scripted(answer)
    with Client(server.url, "m") as client:
        assert client.predict({"x": [1.0]})["y"].tolist() == [1.0]
    assert len(waits) == 3
    assert 0.05 <= waits[0] <= 0.1
    assert waits[1] == 3
    assert 0.2 <= waits[2] <= 0.4


def test_it_is_not_asked_for_ever(scripted, waits):
    server = scripted(lambda *_: error(503, "too busy"))
    with (
        Client(server.url, "m", timeout=1000) as client,
        pytest.raises(RequestError, match="too busy"),
    ):
        client.status()
    assert len(server.asked) == 7


def test_it_is_not_asked_beyond_the_timeout(scripted, waits):
    # Waits as long as these leave each request a limit that a slow machine keeps.
    server = scripted(lambda *_: error(503, "too busy", **{"Retry-After": "60"}))
    with (
        Client(server.url, "m", timeout=150) as client,
        pytest.raises(RequestError, match="too busy"),
    ):
        client.status()
    assert waits == [60, 60]
    assert len(server.asked) == 3


def test_requests_that_are_too_large_are_halved(scripted):
    def answer(method, path, body):
        if method == "GET":
            return metadata()
        return ok(body) if len(json.loads(body)["inputs"]["x"]) < 4 else error(413)

    server = scripted(answer)
    with Client(server.url, "m") as client:
        x = np.arange(13.0)
        np.testing.assert_array_equal(client.predict({"x": x})["y"], x)
    sizes = [
        len(json.loads(b)["inputs"]["x"]) for m, _, b in server.asked if m == "POST"
    ]
    assert sizes == [13, 6, 3, 3, 3, 3, 1]


def test_a_row_that_is_too_large(scripted):
    server = scripted(lambda m, p, b: metadata() if m == "GET" else error(413, "big"))
    with (
        Client(server.url, "m") as client,
        pytest.raises(RequestError, match="big") as caught,
    ):
        client.predict({"x": [1.0, 2.0]})
    assert caught.value.http_status == 413
    assert caught.value.code == "RESOURCE_EXHAUSTED"


def test_a_kept_connection_that_the_server_gave_up(scripted):
    def answer(method, path, body):
        return error(404, **{"Hang-Up": "now"})

    server = scripted(answer)
    with Client(server.url, "m") as client:
        for _ in range(3):
            with pytest.raises(RequestError, match="HTTP 404"):
                client.status()
    assert server.connections == 3


def test_a_server_that_hangs_up(scripted, waits):
    server = scripted(lambda *_: None)
    with (
        Client(server.url, "m") as client,
        pytest.raises(RequestError, match="hung up without an answer") as caught,
    ):
        client.status()
    assert caught.value.code == "UNAVAILABLE"
    assert len(server.asked) == 1


def test_an_answer_that_is_cut_off(scripted, waits):
    headers = {"Content-Length": "100", "Hang-Up": "now"}
    server = scripted(lambda *_: (200, headers, b'{"model_version_status": []}'))
    with (
        Client(server.url, "m") as client,
        pytest.raises(RequestError, match=r"hung up.*72 more expected"),
    ):
        client.status()


def test_a_server_without_encryption(scripted):
    server = scripted(lambda *_: error(404))
    with (
        Client(server.url.replace("http:", "https:"), "m") as client,
        pytest.raises(RequestError, match="Is it an https server"),
    ):
        client.status()


def test_a_server_that_takes_too_long(scripted):
    done = threading.Event()

    def answer(*_):
        done.wait(60)
        return error(404)

    server = scripted(answer)
    with (
        Client(server.url, "m", timeout=0.2) as client,
        pytest.raises(RequestError, match=r"within 0\.2 s") as caught,
    ):
        client.status()
    done.set()
    assert caught.value.code == "DEADLINE_EXCEEDED"


@pytest.mark.parametrize("text", [b"<html>", b"[]", b"{}", b"", b'{"outputs": "a"}'])
def test_an_answer_of_another_service(scripted, text):
    server = scripted(lambda *_: (200, {}, text))
    with Client(server.url, "m") as client:
        for call in (client.status, client.metadata):
            with pytest.raises(RequestError, match="is this its address"):
                call()
    server = scripted(lambda m, *_: metadata() if m == "GET" else (200, {}, text))
    with (
        Client(server.url, "m") as client,
        pytest.raises(RequestError, match="is this its address"),
    ):
        client.predict({"x": [1.0]})


def test_a_redirection_is_named(scripted):
    server = scripted(lambda *_: (301, {"Location": "https://other"}, b""))
    with (
        Client(server.url, "m") as client,
        pytest.raises(RequestError, match="Redirected to https://other"),
    ):
        client.status()


def test_several_requests_are_answered_by_one_version(scripted):
    """While a large input is on its way, the server switches from version 1 to 2."""
    versions = [1]

    def answer(method, path, body):
        if path.endswith("/metadata"):
            return metadata(versions[0])
        if path.endswith(f"/versions/{versions[0]}:predict"):
            answered = ok(body)
            if len(server.asked) == 3:
                versions[0] = 2
            return answered
        return error(404, "Servable not found")

    server = scripted(answer)
    with Client(server.url, "m", max_rows=2) as client:
        assert client.predict({"x": np.arange(6.0)})["y"].tolist() == list(range(6))
    paths = [path.removeprefix("/v1/models/m") for _, path, _ in server.asked]
    assert paths[:4] == ["/metadata", *["/versions/1:predict"] * 3]
    assert paths[4:] == ["/metadata", *["/versions/2:predict"] * 3]


def test_several_requests_go_to_the_newest_version(scripted):
    versions = [1]

    def answer(method, path, body):
        return metadata(versions[0]) if method == "GET" else ok(body)

    server = scripted(answer)
    with Client(server.url, "m", max_rows=2) as client:
        client.predict({"x": [1.0]})
        versions[0] = 2  # the server goes on to answer for version 1
        client.predict({"x": [1.0, 2.0, 3.0]})
    paths = [path.removeprefix("/v1/models/m") for _, path, _ in server.asked]
    assert paths[:3] == ["/metadata", ":predict", "/metadata"]
    assert paths[3:] == ["/versions/2:predict"] * 2


def test_a_version_that_never_stays(scripted):
    def answer(method, path, body):
        return metadata() if method == "GET" else error(404, "gone")

    server = scripted(answer)
    with (
        Client(server.url, "m", max_rows=1) as client,
        pytest.raises(RequestError, match="gone"),
    ):
        client.predict({"x": [1.0, 2.0]})
    assert len(server.asked) == 6


def test_a_new_version_may_take_other_inputs(scripted):
    shapes = [(-1,)]

    def answer(method, path, body):
        return metadata(sizes=shapes[0]) if method == "GET" else ok(body)

    server = scripted(answer)
    with Client(server.url, "m") as client:
        with pytest.raises(ValueError, match="inputs"):
            client.predict({"z": [1.0]})
        assert client.predict({"x": [1.0]})["y"].tolist() == [1.0]
        asked = len(server.asked)
        with pytest.raises(ValueError, match="Expected the inputs"):
            client.predict({"x": [1.0], "more": [2.0]})
        assert len(server.asked) == asked + 1  # for metadata, before it is an error


def test_a_closed_client(client_of):
    client = client_of("plain")
    client.status()
    client.close()
    with pytest.raises(RequestError, match="Expected an open client"):
        client.status()
    client.close()


def test_errors_can_be_pickled():
    error = RequestError("NOT_FOUND", "no", "http://h", 404, 1.5, True)
    copy = pickle.loads(pickle.dumps(error))
    assert (str(copy), vars(copy)) == (str(error), vars(error))


def test_what_the_server_refuses(client_of):
    with pytest.raises(RequestError, match="nobody") as caught:
        client_of("nobody").sample(1)
    assert caught.value.code == "NOT_FOUND"
    with pytest.raises(RequestError) as caught:
        client_of("plain", version=9).sample(1)
    assert caught.value.code == "NOT_FOUND"
    with pytest.raises(RequestError, match="canary") as caught:
        client_of("plain", label="canary").sample(1)
    assert caught.value.code == "INVALID_ARGUMENT"


def test_what_does_not_fit_the_model_is_an_error_here(client_of, images):
    client = client_of("plain")
    for call, match in (
        (lambda: client.encode(images[0]), "one image|batch axis"),
        (lambda: client.encode(images[:, :3]), r"must have the shape \(6, 5, 1\)"),
        (lambda: client.reconstruct(images * 255), "divide by 255"),
        (lambda: client.reconstruct(images[:0]), "at least one image"),
        (lambda: client.log_prob(images, seed=[1]), "one seed a row"),
        (lambda: client.decode(np.zeros((2, 4))), r"shape \(n, 3\)"),
        (lambda: client.decode([[np.nan] * 3]), "finite"),
        (lambda: client.sample(0), "positive integer"),
        (lambda: client.sample(2, seed=0.5), "64-bit integer"),
        (lambda: client.sample(), "Received: neither"),
        (lambda: client.encode(images, [1] * 7), "not conditional"),
        (lambda: client.predict({}, "other"), "one of the signatures"),
        (lambda: client.predict({"image": images}, "sample"), "Expected the inputs"),
    ):
        with pytest.raises(ValueError, match=match):
            call()


def test_conditions_that_do_not_fit(client_of, images):
    client = client_of("labelled")
    for y, match in (
        (None, "y=None"),
        ([0.5] * 7, "integer labels"),
        ([0, 1], "as many rows"),
        (np.eye(3)[[0] * 7], "integer labels"),
        ([0, 1, 2, 3, 0, 1, 2], "labels 3 among them"),
    ):
        with pytest.raises(ValueError, match=match):
            client.reconstruct(images, y)
    with pytest.raises(ValueError, match="labels -1 among them"):
        client.sample(2, y=-1)
    client = client_of("completing")
    for y in (images[:, :2], np.zeros(7), None, "text"):
        with pytest.raises(ValueError, match="Expected `y`"):
            client.reconstruct(images, y)
    with pytest.raises(ValueError, match="divide by 255"):
        client.reconstruct(images, images * 255)


def test_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_serving.apis", None)
    for name in ("grpc_stubs", "client.grpc_transport", "server.grpc_services"):
        monkeypatch.delitem(sys.modules, f"vaezoo.serving.{name}", raising=False)
    monkeypatch.delitem(sys.modules, "vaezoo.serving.server.grpc_server", raising=False)
    with pytest.raises(ImportError, match=r"pip install 'vaezoo\[serving\]'"):
        Client("grpc://localhost:8500", "m")
    with pytest.raises(ImportError, match=r"pip install 'vaezoo\[serving\]'"):
        import vaezoo.serving.server.grpc_server  # noqa: F401
