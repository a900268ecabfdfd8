"""The cases of TensorFlow Serving's http_rest_api_handler_test.cc, over sockets."""

import base64
import json
import math

import numpy as np
import pytest

HALF = "/v1/models/half_plus_two"
TINY = "/v1/models/tiny_vae:predict"


def test_half_plus_two(ask):
    status, answer, headers = ask(
        "POST", f"{HALF}:predict", {"instances": [[1.0, 2.0], [3.0, 4.0]]}
    )
    assert status == 200
    assert answer == {"predictions": [[2.5, 3.0], [3.5, 4.0]]}
    assert headers["Content-Type"] == "application/json"


@pytest.mark.parametrize("where", ["", "/versions/123", "/labels/stable"])
def test_versions_and_labels(ask, where):
    status, answer, _ = ask("POST", f"{HALF}{where}:predict", {"instances": [1.0, 2.0]})
    assert (status, answer) == (200, {"predictions": [2.5, 3.0]})


def test_columns(ask):
    body = {"signature_name": "serving_default", "inputs": [3.0, 4.0]}
    assert ask("POST", f"{HALF}:predict", body)[:2] == (200, {"outputs": [3.5, 4.0]})
    body = {"signature_name": "serving_default", "inputs": {"x": 4.0}}
    assert ask("POST", f"{HALF}:predict", body)[:2] == (200, {"outputs": 4.0})


def test_a_path_in_capitals_is_understood(ask):
    status, _, _ = ask("POST", "/V1/Models/half_plus_two:PREDICT", {"instances": [1]})
    assert status == 200


MANY = [
    {"a": [1, 2], "n": 2**40, "text_bytes": {"b64": "aGVsbG8="}},
    {"a": [3.5, 4], "n": -1, "text_bytes": "wörld"},
]


def test_several_inputs_and_outputs_by_row(ask):
    body = {"signature_name": "many", "instances": MANY}
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 200
    first, second = answer["predictions"]
    assert np.float32(first.pop("sum")) == np.float32(2**40 + 3)
    assert first == {
        "n": 2**40,
        "even": True,
        "text": "hello",
        "text_bytes": {"b64": "aGVsbG8="},
    }
    assert second["sum"] == 6.5
    assert second["even"] is False
    assert second["text"] == "wörld"
    assert base64.b64decode(second["text_bytes"]["b64"]).decode() == "wörld"


def test_several_inputs_and_outputs_by_column(ask):
    columns = {name: [row[name] for row in MANY] for name in MANY[0]}
    body = {"signature_name": "many", "inputs": columns}
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 200
    assert answer["outputs"]["n"] == [2**40, -1]
    assert answer["outputs"]["text"] == ["hello", "wörld"]
    assert sorted(answer["outputs"]) == ["even", "n", "sum", "text", "text_bytes"]


def test_numbers_that_are_not_finite(ask, server):
    body = '{"instances": [NaN, Infinity, -Infinity, 1e300]}'
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 200
    first, *others = answer["predictions"]
    assert math.isnan(first)
    assert others == [math.inf, -math.inf, math.inf]


def test_floats_have_the_digits_of_float32(ask):
    body = {"instances": [0.2, 16777217, 1e-30]}
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 200
    expected = np.float32([0.2, 16777217, 1e-30]) * np.float32(0.5) + np.float32(2)
    assert answer["predictions"] == [float(str(value)) for value in expected]


REFUSED = [
    ("", "JSON Parse error: The document is empty"),
    ("  \n", "The document is empty"),
    ("instances = [1, 2]", "JSON Parse error: Invalid value"),
    ("[1, 2]", "Is not object"),
    ('"instances"', "Is not object"),
    ("{}", "Missing 'inputs' or 'instances' key"),
    ('{"instances": [1]} x', "JSON Parse error: Extra data"),
    ('{"instances": [1]', "JSON Parse error"),
    ('{"instances": [1], "instances": [2]}', "each key once"),
    ('{"signature_name": 100}', "'signature_name' key must be a string value."),
    ('{"signature_name": null, "instances": [1]}', "must be a string value"),
    ('{"signature_name": "s", "instances": [1]}', '"s" not found in signature def'),
    ('{"instances": [1], "inputs": [1]}', "Not formatted correctly"),
    ('{"instances": {"x": 1}}', "to be an list/array"),
    ('{"instances": 1}', "to be an list/array"),
    ('{"instances": []}', "No values in 'instances' array"),
    ('{"instances": ["x", "y"]}', "not of expected type: float"),
    ('{"instances": [true]}', "Type: True is not of expected type: float"),
    ('{"instances": [null]}', "Type: Null is not of expected type: float"),
    ('{"instances": [{"b64": "aGVsbG8="}]}', "Type: Object is not of expected type"),
    ('{"instances": [[1, 2], [3]]}', "Encountered list at unexpected size: 1"),
    ('{"instances": [[1, 2], 3]}', "found at incorrect level"),
    ('{"instances": [1, [2]]}', "Type: Array is not of expected type"),
    ('{"instances": [{"x": 1}, 2]}', "Expecting object but got list at item 1"),
    ('{"instances": [2, {"x": 1}]}', "Expecting value/list but got object at item 1"),
    ('{"instances": [{"y": 1}]}', "keys must be equal to: x"),
    ('{"inputs": {"y": 1}}', "Missing named input: x"),
    ('{"inputs": {"x": 1, "y": 1}}', 'Received: "y"'),
    ('{"signature_name": "many", "inputs": [1]}', "inputs is a plain value/list"),
    ('{"signature_name": "many", "instances": [1]}', "instances is a plain list"),
    ('{"instances": [1' + "0" * 5000 + "]}", "JSON Parse error"),
    ('{"instances": [1' + "0" * 4000 + "]}", "Number too big"),
    ('{"instances": ' + "[" * 100_000 + "]}", "Expected less nesting"),
    ('{"instances": ' + "[" * 50 + "1" + "]" * 50 + "}", "Expected less nesting"),
    ('{"instances": [' + '{"x":' * 100_000 + "1", "Expected less nesting"),
    (b'{"instances": ["\xff"]}', "Expected UTF-8"),
]


@pytest.mark.parametrize(("body", "reason"), REFUSED)
def test_malformed_requests(ask, body, reason):
    body = body if isinstance(body, bytes) else body.encode()
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 400
    assert list(answer) == ["error"]
    assert reason in answer["error"]
    assert len(answer["error"]) < 1500
    assert ask("POST", f"{HALF}:predict", {"instances": [2]})[0] == 200


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("n", 1.0, "Type: Number is not of expected type: int64"),
        ("n", 2**63, "from -9223372036854775808 to 9223372036854775807"),
        ("n", True, "Type: True"),
        ("n", "1", "Type: String"),
        ("a", [1], "Expecting shape [-1,2] but got: [1,1]"),
        ("a", 1, "Expecting shape [-1,2] but got: [1]"),
        ("text_bytes", 1, "Type: Number is not of expected type: string"),
        ("text_bytes", {"b64": "a"}, "Unable to base64 decode"),
        ("text_bytes", {"b64": "####"}, "Unable to base64 decode"),
        ("text_bytes", {"b64": 1}, "not formatted correctly for base64 data"),
        ("text_bytes", {"b64": "", "x": 1}, "not formatted correctly for base64"),
        ("text_bytes", "\ud800", "Expected Unicode"),
    ],
)
def test_values_of_another_type(ask, name, value, reason):
    body = {"signature_name": "many", "instances": [MANY[0] | {name: value}]}
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 400
    assert f"Input '{name}': " in answer["error"] or "base64" in answer["error"]
    assert reason in answer["error"]


def test_columns_of_different_length(ask):
    columns = {"a": [[1, 2]], "n": [1, 2], "text_bytes": ["a", "b"]}
    body = {"signature_name": "many", "inputs": columns}
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 400
    assert "Received: [1, 2]" in answer["error"]


def test_what_the_graph_refuses_is_the_clients_fault(ask):
    body = {"signature_name": "root", "instances": [4.0, -1.0]}
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 400
    assert "assertion failed" in answer["error"]
    body = {"signature_name": "root", "instances": [4.0]}
    assert ask("POST", f"{HALF}:predict", body)[:2] == (200, {"predictions": [2.0]})


def test_text_that_is_not_unicode_has_no_json(ask):
    row = MANY[0] | {"text_bytes": {"b64": base64.b64encode(b"\xff\x00").decode()}}
    body = {"signature_name": "many", "instances": [row]}
    status, answer, _ = ask("POST", f"{HALF}:predict", body)
    assert status == 400
    assert "_bytes" in answer["error"]


MALFORMED = [
    ("GET", "/v1/foo"),
    ("POST", "/v1/foo"),
    ("GET", "/v1/models/debug/model_name"),
    ("POST", "/v1/models"),
    ("GET", "/v1/models/foo:predict"),
    ("GET", "/v1/models/foo/version/50:predict"),
    ("POST", "/v1/models/foo/version/50:regress"),
    ("POST", "/v1/models/foo/versions/HELLO:regress"),
    ("POST", "/v1/models/foo/metadata"),
    ("POST", "/v1/models/foo/label/some_label:regress"),
    ("POST", "/v1/models/foo/versions/50/labels/some_label:regress"),
    ("POST", "/v1/models/foo/versions/some_label:regress"),
    ("POST", "/v1/models/foo/versions/-1:predict"),
    ("PUT", "/v1/models/half_plus_two:predict"),
    ("DELETE", "/v1/models/half_plus_two"),
    ("POST", "/health"),
]


@pytest.mark.parametrize(("method", "path"), MALFORMED)
def test_unsupported_calls(ask, method, path):
    status, answer, _ = ask(method, path)
    assert status == 400
    assert answer["error"].startswith("Malformed request")


def test_a_version_beyond_int64(ask):
    status, answer, _ = ask("POST", f"{HALF}/versions/{2**64 - 1}:regress")
    assert status == 400
    assert "Failed to convert version" in answer["error"]


@pytest.mark.parametrize(
    ("path", "status", "reason"),
    [
        ("/v1/models/foo:predict", 404, "Servable not found for request: Latest(foo)"),
        ("/v1/models/foo/versions/50:predict", 404, "Specific(foo, 50)"),
        (f"{HALF}/versions/99:predict", 404, "Specific(half_plus_two, 99)"),
        (f"{HALF}/labels/none:predict", 400, "Unrecognized servable version label"),
        ("/v1/models/fo%20o:predict", 404, "Latest(fo o)"),
    ],
)
def test_unknown_models(ask, path, status, reason):
    received, answer, _ = ask("POST", path, {"instances": [1]})
    assert received == status
    assert reason in answer["error"]


@pytest.mark.parametrize("method", ["classify", "regress"])
def test_models_without_examples(ask, method):
    kind = {"classify": "classification", "regress": "regression"}[method]
    path = f"{HALF}:{method}"
    status, answer, _ = ask("POST", path, {"examples": [{"x": 1.0}]})
    assert status == 400
    assert answer["error"] == (
        f"Expected {kind} signature method_name to be tensorflow/serving/{method}. "
        "Was: tensorflow/serving/predict"
    )
    for body, reason in [
        ("", "The document is empty"),
        ({"signature_name": 5}, "'signature_name' key must be a string"),
        ({"examples": ["x"]}, "Example must be JSON object"),
        ({"examples": {"x": 1}}, "list/array"),
        ({"examples": []}, "is an empty array"),
        ({}, "'examples' is expected"),
        ({"context": 1, "examples": [{}]}, "Example must be JSON object"),
        ({"examples": [{"x": None}]}, "x has element with unexpected JSON type: Null"),
        ({"examples": [{"x": [{}]}]}, "unexpected JSON type: Object"),
        ({"examples": [{"x": [[1]]}]}, "unexpected JSON type: Array"),
        ({"examples": [{"x": [1, "a"]}]}, "Unexpected element type in feature: x"),
        ({"examples": [{"x": 2**63}]}, "Only int64_t is supported"),
        ({"signature_name": "s", "examples": [{}]}, "No signature was found"),
    ]:
        status, answer, _ = ask("POST", path, body)
        assert status == 400
        assert reason in answer["error"]
    assert ask("POST", f"/v1/models/foo:{method}", {"examples": [{}]})[0] == 404


def test_a_vae_by_row(ask, manager):
    body = {"signature_name": "sample", "instances": [1, 2, 3]}
    status, answer, _ = ask("POST", TINY, body)
    assert status == 200
    outputs, _ = manager.predict(
        "tiny_vae", {"seed": np.array([1, 2, 3])}, signature="sample"
    )
    assert [sorted(row) for row in answer["predictions"]] == [["image", "z"]] * 3
    for name, value in outputs.items():
        received = np.float32([row[name] for row in answer["predictions"]])
        np.testing.assert_array_equal(received, value)


def test_pictures_travel_as_base64(ask):
    body = {"signature_name": "sample_png", "instances": [{"seed": 5}]}
    status, answer, _ = ask("POST", TINY, body)
    assert status == 200
    png = base64.b64decode(answer["predictions"][0]["b64"])
    assert png.startswith(b"\x89PNG")


def test_row_limits(ask, manager):
    rows = manager.limits.max_rows
    body = {"signature_name": "sample_png", "instances": list(range(rows))}
    assert ask("POST", TINY, body)[0] == 200
    body["instances"].append(1)
    status, answer, _ = ask("POST", TINY, body)
    assert status == 400
    assert f"at most {rows} rows" in answer["error"]


def test_the_body_is_json_whatever_its_type_is_said_to_be(ask):
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        body, headers = json.dumps({"instances": [1]}), {"Content-Type": kind}
        assert ask("POST", f"{HALF}:predict", body, headers)[0] == 200
