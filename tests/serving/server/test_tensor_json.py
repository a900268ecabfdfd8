"""The JSON of requests and answers, apart from a server."""

import base64
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from vaezoo.serving import ServingError, TensorDescription
from vaezoo.serving.float_text import float_text
from vaezoo.serving.tensor_json import (
    decode_request,
    decode_response,
    encode_request,
    encode_response,
    error_message,
)


def words(values):
    return [bytes(row).replace(b" ", b"").decode() for row in float_text(values)]


def test_float_text_reads_back():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2**32, 50_000, dtype=np.uint64).astype(np.uint32)
    powers = np.float32([10.0**n for n in range(-37, 39)])
    values = np.concatenate(
        [
            bits.view(np.float32),
            rng.random(50_000, dtype=np.float32),
            np.nextafter(powers, np.float32(0)),
            powers,
            np.nextafter(powers, np.float32(np.inf)),
            np.float32([0.0, -0.0, 1.0, 0.5, 999999.94, 1e-45, 3.4028235e38]),
        ]
    )
    texts = words(values)
    back = np.array([float(text) for text in texts]).astype(np.float32)
    np.testing.assert_array_equal(back, values)
    finite = [(t, v) for t, v in zip(texts, values, strict=True) if np.isfinite(v)]
    assert all(json.loads(text) is not None for text, _ in finite)
    # A few numbers of more than seven digits have a shorter text exactly halfway.
    longer = [t for t, v in finite if float(t) != float(str(v))]
    assert len(longer) < len(values) / 300


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (-0.2, "-0.2"),
        (12.5, "12.5"),
        (0.00012, "0.00012"),
        (0.000012, "1.2e-05"),
        (123456.0, "123456.0"),
        (1234567.0, "1.234567e+06"),
        (1 / 3, "0.33333334"),
        (np.nan, "NaN"),
        (np.inf, "Infinity"),
        (-np.inf, "-Infinity"),
        (1e-45, "1e-45"),
    ],
)
def test_float_text(value, text):
    assert words(np.float32([value])) == [text]


@settings(max_examples=30, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=1, max_dims=4, max_side=30),
        elements=st.floats(width=32, allow_nan=False),
    )
)
def test_float_arrays_survive(values):
    row = json.loads(encode_response({"y": values}, row=True))["predictions"]
    np.testing.assert_array_equal(np.array(row, np.float32), values)
    column = encode_response({"y": values}, row=False)
    output = TensorDescription("y", "float32", values.shape)
    np.testing.assert_array_equal(decode_response(column, [output])["y"], values)


def test_few_and_many_floats_have_the_same_text():
    values = np.random.default_rng(1).normal(size=(40, 3, 5)).astype(np.float32)
    values[0, 0] = [0, -0.0, 1, np.inf, 1e-10]
    many = encode_response({"y": values}, row=True)
    few = [
        json.loads(encode_response({"y": values[n : n + 1]}, True)) for n in range(40)
    ]
    assert json.loads(many)["predictions"] == [f["predictions"][0] for f in few]


SIGNATURE = (
    TensorDescription("image", "float32", (None, 2, 2)),
    TensorDescription("label", "int64", (None,)),
    TensorDescription("image_bytes", "string", (None,)),
    TensorDescription("flag", "bool", (None,)),
)


def test_what_the_client_writes_the_server_reads():
    inputs = {
        "image": np.random.default_rng(0).random((3, 2, 2), np.float32),
        "label": np.array([1, -(2**63), 2**63 - 1]),
        "image_bytes": np.array([b"\x00\xff", b"", b"x"], object),
        "flag": np.array([True, False, True]),
    }
    asked = []
    request = decode_request(
        encode_request(inputs, "encode"), lambda name: asked.append(name) or SIGNATURE
    )
    assert asked == [request.signature] == ["encode"]
    assert not request.row
    for name, value in inputs.items():
        np.testing.assert_array_equal(request.inputs[name], value)
        assert request.inputs[name].dtype == value.dtype


def test_what_the_server_writes_the_client_reads():
    outputs = {
        "image": np.zeros((2, 2, 2), np.float32),
        "label": np.array([5, 6]),
        "image_bytes": np.array([b"\x89PNG", b"\xff"], object),
        "flag": np.array([True, False]),
    }
    received = decode_response(encode_response(outputs, row=False), SIGNATURE)
    for name, value in outputs.items():
        np.testing.assert_array_equal(received[name], value)
    alone = encode_response({"label": outputs["label"]}, row=False)
    assert json.loads(alone) == {"outputs": [5, 6]}
    assert decode_response(alone, SIGNATURE[1:2])["label"].tolist() == [5, 6]


def test_no_rows():
    outputs = {"image": np.zeros((0, 2, 2), np.float32), "label": np.zeros(0, np.int64)}
    assert json.loads(encode_response(outputs, row=True)) == {"predictions": []}
    body = encode_response(outputs, row=False)
    assert json.loads(body) == {"outputs": {"image": [], "label": []}}
    received = decode_response(body, SIGNATURE[:2])
    assert received["image"].shape == (0, 2, 2)


def test_outputs_that_cannot_be_written():
    for outputs, reason in [
        ({}, "empty tensor map"),
        ({"y": np.zeros(2, np.complex64)}, "tensor type: complex64"),
        ({"y": np.float32(1)}, "no shape information"),
        ({"a": np.zeros(2), "b": np.zeros(3)}, "inconsistent batch size"),
        ({"a": np.zeros(0), "b": np.zeros(3)}, "inconsistent batch size"),
    ]:
        with pytest.raises(ServingError, match=reason) as raised:
            encode_response(outputs, row=True)
        assert raised.value.code == "INVALID_ARGUMENT"
    body = encode_response({"a": np.zeros(2), "b": np.float32(3)}, row=False)
    assert json.loads(body) == {"outputs": {"a": [0, 0], "b": 3}}


NUMBERS = TensorDescription("x", "float32", None)


def read(instances, tensor=NUMBERS):
    body = '{"instances": ' + instances + "}"
    return decode_request(body.encode(), lambda _: [tensor]).inputs[tensor.name]


def test_numbers_that_lose_precision():
    # b/181409782 of TensorFlow Serving: with and without a fraction it is the same.
    for text in ("[1435774380]", "[1435774380.0]"):
        assert read(text).tolist() == [1435774336.0]
    assert read("[1.7e308, -1.7e308]").tolist() == [np.inf, -np.inf]
    assert read("[2.3e-308]").tolist() == [0.0]
    assert np.signbit(read("[-2.3e-308]"))[0]
    mixed = read("[1.0, 2, 3, 0.662, 0]", TensorDescription("x", "float64", (None,)))
    assert mixed.tolist() == [1.0, 2.0, 3.0, 0.662, 0.0]


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int32", "uint32", "uint64"])
def test_integers_have_limits(dtype):
    limits = np.iinfo(dtype)
    tensor = TensorDescription("x", dtype, (None,))
    fine = read(f"[{limits.min}, {limits.max}]", tensor)
    assert fine.tolist() == [limits.min, limits.max]
    for number in (limits.min - 1, limits.max + 1, "1.0", "1e2", "true", "NaN"):
        with pytest.raises(ServingError, match="not of expected type"):
            read(f"[{number}]", tensor)


def test_types_without_a_json_form():
    for dtype in ("complex64", "bfloat16", "resource"):
        with pytest.raises(ServingError) as raised:
            read("[1]", TensorDescription("x", dtype, (None,)))
        assert raised.value.code == "UNIMPLEMENTED"


@pytest.mark.parametrize(
    "text", ["aGVsbG8=", "aGVsbG8", "aGVs\nbG8=", " aGVsbG8= ", "_-8=", "/+8="]
)
def test_base64_is_forgiving(text):
    value = read(
        json.dumps([{"b64": text}]), TensorDescription("x_bytes", "string", (None,))
    )
    packed = "".join(text.split()).replace("_", "/").replace("-", "+").rstrip("=")
    assert value.tolist() == [base64.b64decode(packed + "==")]


def test_the_signature_is_asked_for_only_once_and_by_its_default_name():
    asked = []
    decode_request(b'{"inputs": 1}', lambda name: asked.append(name) or [NUMBERS])
    decode_request(
        b'{"inputs": 1, "signature_name": ""}',
        lambda name: asked.append(name) or [NUMBERS],
    )
    assert asked == ["serving_default"] * 2


def test_error_messages():
    assert error_message(b'{"error": "no"}') == "no"
    assert error_message(b"<html>\xff") == "<html>\ufffd"
    assert error_message(b'{"error": 5}') == '{"error": 5}'
    with pytest.raises(ServingError, match="Expected an answer with 'outputs'"):
        decode_response(b'{"error": "no"}', [NUMBERS])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["b64", "image", "label", "x", "image_bytes"]), inner
        )
    ),
    max_leaves=12,
)


def outcome(body, tensors):
    """The names of the inputs, or the error."""
    try:
        return sorted(decode_request(body, lambda _: tensors).inputs)
    except ServingError as error:
        return error


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(["instances", "inputs", "signature_name"]), JSON, st.binary())
def test_nothing_but_serving_errors_for_any_body(key, value, junk):
    for body in (json.dumps({key: value}).encode(), junk):
        for tensors in (SIGNATURE, SIGNATURE[2:3], [NUMBERS]):
            received = outcome(body, tensors)
            if isinstance(received, ServingError):
                assert received.code in ("INVALID_ARGUMENT", "UNIMPLEMENTED")
                assert len(received.message) < 2000
            else:
                assert received == sorted(tensor.name for tensor in tensors)


def test_serving_errors():
    for code, status in [
        ("INVALID_ARGUMENT", 400),
        ("FAILED_PRECONDITION", 400),
        ("OUT_OF_RANGE", 400),
        ("NOT_FOUND", 404),
        ("RESOURCE_EXHAUSTED", 429),
        ("UNIMPLEMENTED", 501),
        ("UNAVAILABLE", 503),
        ("DEADLINE_EXCEEDED", 504),
        ("DATA_LOSS", 500),
        ("whatever", 500),
    ]:
        assert ServingError(code, "").http_status == status
    assert ServingError.from_http(413, "x").code == "RESOURCE_EXHAUSTED"
    assert ServingError.from_http(418, "x").code == "UNKNOWN"
