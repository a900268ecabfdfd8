"""Many clients at once, good and bad ones."""

import base64
import concurrent.futures
import http.client
import json
import random
import socket
import threading
import time

import numpy as np
import pytest

from vaezoo.serving import ServingError
from vaezoo.serving.server import (
    BatchingOptions,
    ModelManager,
    RestServer,
    ServerLimits,
)

TINY = "/v1/models/tiny_vae:predict"
HALF = "/v1/models/half_plus_two:predict"
KNOWN = 512

# Path, body, status.
BAD = [
    (TINY, b"", 400),
    (TINY, b"{", 400),
    (TINY, b"\xff\xfe", 400),
    (TINY, b"[" * 50_000, 400),
    (TINY, b'{"instances": [' + b"[" * 200 + b"]" * 200 + b"]}", 400),
    (TINY, b'{"instances": [1' + b"0" * 5000 + b"]}", 400),
    (TINY, b'{"signature_name": "sample", "instances": [1e400]}', 400),
    (TINY, b'{"signature_name": "sample", "instances": [NaN]}', 400),
    (TINY, b'{"signature_name": "sample", "instances": [9223372036854775808]}', 400),
    (TINY, b'{"signature_name": "sample", "instances": [1, [2]]}', 400),
    (TINY, b'{"signature_name": "sample", "inputs": {"seed": 1}}', 400),
    (TINY, b'{"signature_name": "other", "instances": [1]}', 400),
    (TINY, b'{"signature_name": "log_prob", "instances": [{"seed": 1}]}', 400),
    (TINY, b'{"signature_name": "decode", "instances": [[1, 2]]}', 400),
    (TINY, b'{"instances": [{"b64": "####"}]}', 400),
    (TINY, b'{"instances": [1], "instances": [1]}', 400),
    (HALF, b'{"signature_name": "root", "instances": [-1]}', 400),
    (HALF, b'{"signature_name": "many", "inputs": {"a": [], "n": []}}', 400),
    ("/v1/models/other:predict", b'{"instances": [1]}', 404),
    ("/v1/models/tiny_vae/versions/9:predict", b'{"instances": [1]}', 404),
    ("/v1/models/tiny_vae/labels/none:predict", b'{"instances": [1]}', 400),
    (TINY.replace("predict", "classify"), b'{"examples": [{"x": 1}]}', 400),
    ("/v1/models/tiny_vae:delete", b"", 400),
    ("/nowhere", b"", 404),
]


class Client:
    """Asks one thing after the other and checks each answer by what it asked."""

    def __init__(self, port, known, number):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
        self.known = known
        self.random = random.Random(number)

    def run(self, count):
        for _ in range(count):
            kind = self.random.choices(
                [self.sample, self.half, self.picture, self.bad], [4, 3, 1, 3]
            )[0]
            kind()
        self.connection.close()
        return count

    def post(self, path, body):
        self.connection.request("POST", path, body)
        response = self.connection.getresponse()
        return response.status, json.loads(response.read())

    def seeds(self):
        size = self.random.choice([1, 1, 2, 5])
        return [self.random.randrange(KNOWN) for _ in range(size)]

    def sample(self):
        seeds = self.seeds()
        body = {"signature_name": "sample", "instances": seeds}
        status, answer = self.post(TINY, json.dumps(body))
        assert status == 200, answer
        for name in ("image", "z"):
            received = np.float32([row[name] for row in answer["predictions"]])
            np.testing.assert_allclose(received, self.known[name][seeds], atol=1e-5)

    def half(self):
        numbers = [self.random.uniform(-1e6, 1e6) for _ in range(3)]
        status, answer = self.post(HALF, json.dumps({"inputs": numbers}))
        assert status == 200, answer
        expected = np.float32(numbers) * np.float32(0.5) + np.float32(2)
        np.testing.assert_array_equal(np.float32(answer["outputs"]), expected)

    def picture(self):
        (seed, *_) = self.seeds()
        body = {"signature_name": "sample_png", "inputs": [seed]}
        status, answer = self.post(TINY, json.dumps(body))
        assert status == 200, answer
        assert base64.b64decode(answer["outputs"][0]["b64"]) == self.known["png"][seed]

    def bad(self):
        path, body, expected = self.random.choice(BAD)
        status, answer = self.post(path, body)
        assert (path, body[:80], status) == (path, body[:80], expected), answer
        assert list(answer) == ["error"]


@pytest.fixture(scope="module")
def known(manager):
    seeds = np.arange(KNOWN)
    sampled, _ = manager.predict("tiny_vae", {"seed": seeds}, signature="sample")
    png, _ = manager.predict("tiny_vae", {"seed": seeds}, signature="sample_png")
    return sampled | {"png": list(png["image_bytes"])}


def resident_bytes():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def load(port, known, clients, requests, first=0):
    with concurrent.futures.ThreadPoolExecutor(clients) as pool:
        runs = [
            pool.submit(Client(port, known, first + number).run, requests)
            for number in range(clients)
        ]
        return sum(run.result() for run in runs)


def test_some_clients_at_once(server, known):
    assert load(server.port, known, clients=4, requests=30) == 120


@pytest.mark.slow
def test_ten_thousand_requests(server, known):
    load(server.port, known, clients=16, requests=100, first=1000)
    before = resident_bytes()
    assert load(server.port, known, clients=16, requests=640) == 10_240
    assert resident_bytes() - before < 48 * 2**20


@pytest.mark.slow
def test_three_thousand_requests_in_batches(half_plus_two, vae_folder, known):
    models = {"half_plus_two": half_plus_two, "tiny_vae": vae_folder}
    options = BatchingOptions(max_rows=32, max_delay=0.001)
    with (
        ModelManager(models, batching=options, poll_seconds=None) as manager,
        RestServer(manager, port=0) as server,
    ):
        assert load(server.port, known, clients=16, requests=200) == 3200
        text = manager.metrics.text()
    rows = float(text.split("vaezoo_batch_rows_sum ")[1].split()[0])
    batches = float(text.split("vaezoo_batch_rows_count ")[1].split()[0])
    assert rows > batches  # some ran together


def broken_request(rng):
    """A request with something wrong, as bytes."""
    body = rng.choice(BAD)[1]
    head = f"POST {HALF} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    good = head.encode() + body
    kind = rng.randrange(5)
    if kind == 0:  # cut off
        return good[: rng.randrange(len(good))]
    if kind == 1:  # bytes changed
        changed = bytearray(good)
        for _ in range(rng.randrange(1, 8)):
            changed[rng.randrange(min(len(changed), 200))] = rng.randrange(256)
        return bytes(changed)
    if kind == 2:  # noise
        return rng.randbytes(rng.randrange(1, 300))
    if kind == 3:  # noise in chunks
        head = f"POST {HALF} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        return head + rng.randbytes(rng.randrange(1, 100))
    return good + good[: rng.randrange(40)]


@pytest.mark.slow
def test_noise_never_makes_an_error_of_the_server(half_plus_two):
    limits = ServerLimits(header_timeout=0.3, body_timeout=0.3, idle_timeout=0.3)
    with (
        ModelManager(
            {"half_plus_two": half_plus_two}, limits=limits, poll_seconds=None
        ) as manager,
        RestServer(manager, port=0) as server,
    ):

        def attack(number):
            rng = random.Random(number)
            for _ in range(150):
                with socket.create_connection(("127.0.0.1", server.port)) as connection:
                    connection.settimeout(300)
                    try:
                        connection.sendall(broken_request(rng))
                        if rng.random() < 0.5:
                            connection.shutdown(socket.SHUT_WR)
                        if rng.random() < 0.2:
                            continue
                        answer = b""
                        while piece := connection.recv(65536):
                            answer += piece
                    except ConnectionError:
                        continue
                    for line in answer.split(b"HTTP/1.1 ")[1:]:
                        assert not line.startswith(b"500"), answer
            return 150

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert sum(pool.map(attack, range(8))) == 1200
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
        connection.request("POST", HALF, b'{"instances": [2]}')
        assert connection.getresponse().read() == b'{"predictions":[3.0]}'
        connection.close()
        assert 'status="500"' not in manager.metrics.text()


@pytest.mark.slow
def test_versions_change_under_load(half_plus, tmp_path):
    base = tmp_path / "half_plus_two"
    base.mkdir()
    half_plus(base, 1, offset=1)
    answers, stop = [], threading.Event()
    with (
        ModelManager({"half_plus_two": base}, poll_seconds=0.02) as manager,
        RestServer(manager, port=0) as server,
    ):

        def ask(number):
            connection = http.client.HTTPConnection(
                "127.0.0.1", server.port, timeout=60
            )
            while not stop.is_set():
                connection.request("POST", HALF, b'{"instances": [%d]}' % number)
                response = connection.getresponse()
                (value,) = json.loads(response.read())["predictions"]
                answers.append((response.status, value - number / 2))
            connection.close()
            return True

        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            runs = [pool.submit(ask, number) for number in range(8)]
            for version in range(2, 22):
                half_plus(base, version, offset=1 + version % 2)
                end = time.monotonic() + 60
                while manager.available("half_plus_two") != [version]:
                    assert time.monotonic() < end
                    time.sleep(0.005)
            stop.set()
            assert all(run.result() for run in runs)
    assert {status for status, _ in answers} == {200}
    assert {offset for _, offset in answers} == {1, 2}


@pytest.mark.slow
def test_memory_is_given_back_by_versions_that_go(half_plus, tmp_path):
    base = tmp_path / "mine"
    base.mkdir()
    half_plus(base, 1)
    with ModelManager({"mine": base}, poll_seconds=None) as manager:
        before = None
        for version in range(2, 62):
            half_plus(base, version)
            manager.refresh()
            manager.predict("mine", {"x": np.float32([1])})
            if version == 21:
                before = resident_bytes()
        assert resident_bytes() - before < 40 * 2**20
        with pytest.raises(ServingError):
            manager.predict("mine", {"x": np.float32([1])}, version=2)
