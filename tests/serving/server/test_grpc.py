"""The gRPC services over real sockets, asked by TensorFlow Serving's own stubs."""

import concurrent.futures
import contextlib
import threading
import time

import numpy as np
import pytest
import tensorflow as tf

from vaezoo.serving.grpc_stubs import (
    get_model_metadata_pb2,
    get_model_status_pb2,
    grpc,
    model_service_pb2_grpc,
    predict_pb2,
    prediction_service_pb2_grpc,
)
from vaezoo.serving.server import ModelManager, ServerLimits
from vaezoo.serving.server.grpc_server import start_grpc_server

DEADLINE = 60


class Stubs:
    """Both services behind one channel."""

    def __init__(self, port):
        self.channel = grpc.insecure_channel(
            f"127.0.0.1:{port}",
            options=[
                ("grpc.max_receive_message_length", -1),
                ("grpc.use_local_subchannel_pool", 1),
            ],
        )
        self.prediction = prediction_service_pb2_grpc.PredictionServiceStub(
            self.channel
        )
        self.models = model_service_pb2_grpc.ModelServiceStub(self.channel)

    def predict(self, model="half_plus_two", signature="", timeout=DEADLINE, **inputs):
        request = predict_request(model, signature, **inputs)
        response = self.prediction.Predict(request, timeout=timeout)
        outputs = {k: tf.make_ndarray(v) for k, v in response.outputs.items()}
        return outputs, response.model_spec

    def close(self):
        self.channel.close()


def predict_request(model="half_plus_two", signature="", **inputs):
    request = predict_pb2.PredictRequest()
    request.model_spec.name = model
    request.model_spec.signature_name = signature
    for name, value in inputs.items():
        request.inputs[name].CopyFrom(tf.make_tensor_proto(value))
    return request


@pytest.fixture(scope="module")
def stubs(manager, access_lines):
    server = start_grpc_server(manager, "127.0.0.1", 0, access_lines)
    with contextlib.closing(Stubs(server.port)) as found:
        yield found
    server.stop()


@contextlib.contextmanager
def refused(code, match=None):
    with pytest.raises(grpc.RpcError, match=match) as caught:
        yield
    assert caught.value.code() == grpc.StatusCode[code]


def test_half_plus_two(stubs):
    x = np.array([[1, 2], [3, 4]], np.float32)
    outputs, spec = stubs.predict(x=x)
    np.testing.assert_array_equal(outputs["y"], [[2.5, 3.0], [3.5, 4.0]])
    assert spec.name == "half_plus_two"
    assert spec.signature_name == "serving_default"
    assert spec.version.value == 123


def test_types_and_strings(stubs):
    text = np.array([b"\x00\xff\x00", b""], object)
    outputs, _ = stubs.predict(
        signature="many",
        a=np.float32([[1, 2], [3, 4]]),
        n=np.int64([5, 2**40]),
        text_bytes=text,
    )
    assert outputs["text_bytes"].tolist() == text.tolist()
    assert outputs["n"].tolist() == [5, 2**40]
    assert outputs["even"].tolist() == [False, True]


def test_an_output_filter(stubs):
    request = predict_request(
        signature="many", a=np.float32([[1, 2]]), n=np.int64([5]), text_bytes=[b"a"]
    )
    request.output_filter.extend(["n"])
    assert list(stubs.prediction.Predict(request).outputs) == ["n"]
    request.output_filter.extend(["n"])
    with refused("INVALID_ARGUMENT", "each output once"):
        stubs.prediction.Predict(request)
    request.output_filter[1] = "nothing"
    with refused("INVALID_ARGUMENT", r"outputs among.*Received: \['nothing'\]"):
        stubs.prediction.Predict(request)


def test_versions_and_labels(stubs):
    request = predict_request(x=np.float32([1]))
    request.model_spec.version.value = 123
    assert stubs.prediction.Predict(request).model_spec.version.value == 123
    request.model_spec.version_label = "stable"
    assert stubs.prediction.Predict(request).model_spec.version.value == 123
    request.model_spec.version_label = "canary"
    with refused("INVALID_ARGUMENT", "canary"):
        stubs.prediction.Predict(request)
    request.model_spec.version.value = 7
    with refused("NOT_FOUND", "7"):
        stubs.prediction.Predict(request)


@pytest.mark.parametrize(
    ("arguments", "code", "match"),
    [
        ({"model": "other", "x": np.float32([1])}, "NOT_FOUND", "other"),
        ({"model": "", "x": np.float32([1])}, "INVALID_ARGUMENT", "no name"),
        ({"signature": "other", "x": np.float32([1])}, None, "other"),
        ({}, "INVALID_ARGUMENT", "x"),
        ({"x": np.float32([1]), "more": [1]}, "INVALID_ARGUMENT", "more"),
        ({"x": np.int64([1])}, "INVALID_ARGUMENT", "int64"),
        ({"x": [b"text"]}, "INVALID_ARGUMENT", "string"),
        ({"signature": "root", "x": np.float32([[1]])}, "INVALID_ARGUMENT", "shape"),
        ({"signature": "root", "x": np.float32([-1])}, "INVALID_ARGUMENT", None),
    ],
)
def test_what_does_not_fit_is_refused(stubs, arguments, code, match):
    with pytest.raises(grpc.RpcError, match=match) as caught:
        stubs.predict(**arguments)
    codes = {"INVALID_ARGUMENT", "FAILED_PRECONDITION"} if code is None else {code}
    assert caught.value.code().name in codes
    assert stubs.predict(x=np.float32([1]))[0]["y"] == 2.5


def test_a_request_without_a_model(stubs):
    with refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        stubs.prediction.Predict(predict_pb2.PredictRequest())
    with refused("INVALID_ARGUMENT", "Missing ModelSpec"):
        stubs.models.GetModelStatus(get_model_status_pb2.GetModelStatusRequest())


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"dtype": 1, "float_val": [1.0] * 3, "shape": [2]}, "at most 2 values"),
        ({"dtype": 1, "tensor_content": b"abc", "shape": [2]}, "8 bytes for shape"),
        ({"dtype": 1, "shape": [2**40]}, "at most .* bytes"),
        ({"dtype": 1, "float_val": [1.0], "shape": [2**20, 2**20]}, "at most .* bytes"),
        ({"dtype": 1, "shape": [-1]}, "known sizes"),
        ({"dtype": 1, "shape": [2] * 40}, "known sizes"),
        ({"dtype": 0, "shape": [1]}, "DT_INVALID"),
        ({"dtype": 999, "shape": [1]}, "dtype none"),
        ({"dtype": 4, "int_val": [300], "shape": [1]}, "values of uint8"),
        ({"dtype": 7, "tensor_content": b"a", "shape": [1]}, "string_val"),
        ({"dtype": 20, "shape": [1]}, "DT_RESOURCE"),
    ],
)
def test_tensors_that_contradict_themselves(stubs, fields, match):
    request = predict_request()
    shape = fields.pop("shape")
    proto = request.inputs["x"]
    for name, value in fields.items():
        if isinstance(value, list):
            getattr(proto, name).extend(value)
        else:
            setattr(proto, name, value)
    for size in shape:
        proto.tensor_shape.dim.add(size=size)
    with refused("INVALID_ARGUMENT", match):
        stubs.prediction.Predict(request)
    assert stubs.predict(x=np.float32([1]))[0]["y"] == 2.5


def test_bytes_that_are_no_message(stubs):
    call = stubs.channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    with pytest.raises(grpc.RpcError) as caught:
        call(b"\xff\xff\xff\xff", timeout=DEADLINE)
    assert caught.value.code() == grpc.StatusCode.INTERNAL  # gRPC's own answer
    call = stubs.channel.unary_unary("/tensorflow.serving.PredictionService/Other")
    with refused("UNIMPLEMENTED"):
        call(b"", timeout=DEADLINE)
    assert stubs.predict(x=np.float32([1]))[0]["y"] == 2.5


def test_signatures(stubs):
    request = get_model_metadata_pb2.GetModelMetadataRequest()
    request.model_spec.name = "half_plus_two"
    with refused("INVALID_ARGUMENT", "metadata_field"):
        stubs.prediction.GetModelMetadata(request)
    request.metadata_field.append("signature_def")
    response = stubs.prediction.GetModelMetadata(request)
    assert response.model_spec.version.value == 123
    signatures = get_model_metadata_pb2.SignatureDefMap()
    assert response.metadata["signature_def"].Unpack(signatures)
    definition = signatures.signature_def["many"]
    assert set(definition.inputs) == {"a", "n", "text_bytes"}
    assert [d.size for d in definition.inputs["a"].tensor_shape.dim] == [-1, 2]
    request.metadata_field[0] = "weights"
    with refused("INVALID_ARGUMENT", "weights"):
        stubs.prediction.GetModelMetadata(request)


def status_request():
    request = get_model_status_pb2.GetModelStatusRequest()
    request.model_spec.name = "half_plus_two"
    return request


def test_status(stubs):
    request = status_request()
    (entry,) = stubs.models.GetModelStatus(request).model_version_status
    assert entry.version == 123
    assert type(entry).State.Name(entry.state) == "AVAILABLE"
    assert (entry.status.error_code, entry.status.error_message) == (0, "")
    request.model_spec.version.value = 7
    with refused("NOT_FOUND", "7"):
        stubs.models.GetModelStatus(request)
    request.model_spec.name = "other"
    with refused("NOT_FOUND", "other"):
        stubs.models.GetModelStatus(request)


def test_what_is_not_offered_says_why(stubs):
    from tensorflow_serving.apis import (
        classification_pb2,
        inference_pb2,
        model_management_pb2,
        regression_pb2,
    )

    for call, request in (
        (stubs.prediction.Classify, classification_pb2.ClassificationRequest()),
        (stubs.prediction.Regress, regression_pb2.RegressionRequest()),
        (stubs.prediction.MultiInference, inference_pb2.MultiInferenceRequest()),
    ):
        with refused("UNIMPLEMENTED", "Expected Predict"):
            call(request, timeout=DEADLINE)
    with refused("UNIMPLEMENTED", "command line"):
        stubs.models.HandleReloadConfigRequest(
            model_management_pb2.ReloadConfigRequest(), timeout=DEADLINE
        )


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_callers(stubs, count):
    """Good calls and bad ones at a time: none is lost, none gets another's answer."""

    def ask(number):
        if number % 5 == 0:
            with refused("INVALID_ARGUMENT", f"Received: int{64 if number % 2 else 8}"):
                stubs.predict(
                    x=np.array([number % 100], "int64" if number % 2 else "int8")
                )
            return number / 2 + 2
        if number % 7 == 0:
            with refused("NOT_FOUND", f"nobody{number}"):
                stubs.predict(model=f"nobody{number}", x=np.float32([number]))
            return number / 2 + 2
        return float(stubs.predict(x=np.float32([number]))[0]["y"][0])

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(ask, range(count)))
    assert answers == [number / 2 + 2 for number in range(count)]


@pytest.mark.parametrize("count", [100, pytest.param(5_000, marks=pytest.mark.slow)])
def test_messages_with_damaged_bytes(stubs, count):
    """Whatever comes is answered, and never as an error of the server's own."""
    call = stubs.channel.unary_unary("/tensorflow.serving.PredictionService/Predict")
    rng = np.random.default_rng(6)
    whole = predict_request(
        signature="many",
        a=np.float32([[1, 2], [3, 4]]),
        n=np.int64([5, 6]),
        text_bytes=np.array([b"one", b"two"], object),
    ).SerializeToString()
    codes = set()
    for _ in range(count):
        damaged = np.frombuffer(whole, np.uint8).copy()
        places = rng.integers(0, len(whole), rng.integers(1, 6))
        damaged[places] = rng.integers(0, 256, len(places))
        try:
            call(damaged.tobytes(), timeout=DEADLINE)
            codes.add("OK")
        except grpc.RpcError as error:
            if error.details() == "Exception deserializing request!":
                continue  # gRPC's own answer to what is no message
            codes.add(error.code().name)
    assert {"OK", "INVALID_ARGUMENT"} <= codes
    assert codes <= {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION"}
    assert stubs.predict(x=np.float32([1]))[0]["y"] == 2.5


def test_a_message_that_is_too_large(half_plus_two):
    limits = ServerLimits(max_body_bytes=10_000)
    with (
        ModelManager(
            {"half_plus_two": half_plus_two}, limits=limits, poll_seconds=None
        ) as manager,
        start_grpc_server(manager, "127.0.0.1", 0) as server,
        contextlib.closing(Stubs(server.port)) as stubs,
    ):
        with refused("RESOURCE_EXHAUSTED", "larger than max"):
            stubs.predict(x=np.zeros(5_000, np.float32))
        request = predict_request(x=np.float32([1]))
        request.inputs["x"].tensor_shape.dim[0].size = 5_000  # one value for all
        request.inputs["x"].tensor_content = b""
        request.inputs["x"].float_val.append(1.0)
        with refused("INVALID_ARGUMENT", "at most 10,000 bytes"):
            stubs.prediction.Predict(request, timeout=DEADLINE)
        assert len(stubs.predict(x=np.zeros(1_000, np.float32))[0]["y"]) == 1_000


def test_the_deadline_of_a_call_ends_it(stubs, manager):
    with refused("DEADLINE_EXCEEDED"):
        stubs.predict(signature="slow", n=[2**40], timeout=0.3)
    assert stubs.predict(x=np.float32([1]))[0]["y"] == 2.5


def test_calls_are_logged(stubs, access_lines):
    access_lines.lines.clear()
    stubs.predict(x=np.float32([1]))
    with refused("INVALID_ARGUMENT"):
        stubs.predict(signature="many")
    lines = [line for line in access_lines.lines if line.get("signature") != "slow"]
    good, bad = lines  # a call that was given up may have come to its end since
    assert good.pop("client").startswith("ipv4:127.0.0.1:")
    assert good.pop("ms") > 0
    assert good.pop("bytes") > 10
    assert good == {
        "method": "Predict",
        "code": "OK",
        "model": "half_plus_two",
        "signature": None,
    }
    assert (bad["code"], bad["signature"]) == ("INVALID_ARGUMENT", "many")


def test_calls_are_counted(stubs, manager):
    stubs.predict(x=np.float32([1]))
    text = manager.metrics.text()
    assert 'API="predict",entrypoint="GRPC"' in text
    assert 'status="INVALID_ARGUMENT"' in text


@pytest.fixture
def held(manager, monkeypatch):
    """Predictions that have begun and do not end before one lets them."""
    begun, let_go = threading.Semaphore(0), threading.Event()
    predict = manager.predict

    def wait(*args, **kwargs):
        begun.release()
        assert let_go.wait(DEADLINE)
        return predict(*args, **kwargs)

    monkeypatch.setattr(manager, "predict", wait)
    yield begun, let_go
    let_go.set()


def test_stopping_waits_for_what_runs(manager, held):
    begun, let_go = held
    server = start_grpc_server(manager, "127.0.0.1", 0)
    with contextlib.closing(Stubs(server.port)) as stubs:
        request = predict_request(x=np.float32([1]))
        running = stubs.prediction.Predict.future(request, timeout=DEADLINE)
        assert begun.acquire(timeout=DEADLINE)
        stopping = threading.Thread(target=server.stop, args=(DEADLINE,))
        stopping.start()
        with contextlib.closing(Stubs(server.port)) as late, refused("UNAVAILABLE"):
            end = time.monotonic() + DEADLINE
            while time.monotonic() < end:  # until the server has begun to stop
                late.models.GetModelStatus(status_request(), timeout=DEADLINE)
        let_go.set()
        assert tf.make_ndarray(running.result().outputs["y"]).tolist() == [2.5]
        stopping.join(DEADLINE)
        assert not stopping.is_alive()


def test_calls_beyond_the_limit_are_refused(manager, held, monkeypatch):
    begun, let_go = held
    monkeypatch.setattr("vaezoo.serving.server.grpc_server._MAX_CALLS", 2)
    with (
        start_grpc_server(manager, "127.0.0.1", 0) as server,
        contextlib.closing(Stubs(server.port)) as stubs,
    ):
        request = predict_request(x=np.float32([1]))
        running = [
            stubs.prediction.Predict.future(request, timeout=DEADLINE) for _ in range(2)
        ]
        for _ in running:
            assert begun.acquire(timeout=DEADLINE)
        with refused("RESOURCE_EXHAUSTED"):
            stubs.predict(x=np.float32([1]))
        let_go.set()
        for call in running:
            assert tf.make_ndarray(call.result().outputs["y"]).tolist() == [2.5]


def test_a_port_in_use_is_an_error(manager):
    with (
        start_grpc_server(manager, "127.0.0.1", 0) as server,
        pytest.raises(OSError, match=f"free port for gRPC.*127.0.0.1:{server.port}"),
    ):
        start_grpc_server(manager, "127.0.0.1", server.port)


def test_a_stopped_server_can_be_stopped_again(manager):
    server = start_grpc_server(manager, "127.0.0.1", 0)
    server.stop()
    server.stop()
