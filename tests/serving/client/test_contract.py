"""The client against TensorFlow Serving's documented answers, and nothing else.

What the server here says is what TensorFlow Serving says: the pages of `api_rest.md`,
with numbers, white space and errors in its writing.
"""

import json

import numpy as np
import pytest

from vaezoo.serving import Client, RequestError

STATUS = b"""{
 "model_version_status": [
  {
   "version": "2",
   "state": "AVAILABLE",
   "status": {
    "error_code": "OK",
    "error_message": ""
   }
  },
  {
   "version": "12",
   "state": "END",
   "status": {
    "error_code": "NOT_FOUND",
    "error_message": "no SavedModel"
   }
  }
 ]
}
"""


def tensor(name, dtype, *sizes):
    dim = [{"size": str(size), "name": ""} for size in sizes]
    shape = {"dim": dim, "unknown_rank": False}
    return {"dtype": dtype, "tensor_shape": shape, "name": f"{name}:0"}


def signature(inputs, outputs):
    return {
        "inputs": inputs,
        "outputs": outputs,
        "method_name": "tensorflow/serving/predict",
        "defaults": {},
    }


Z = tensor("z", "DT_FLOAT", -1, 2)
IMAGE = tensor("image", "DT_FLOAT", -1, 1, 2, 1)
SEED = tensor("seed", "DT_INT64", -1)
X = tensor("x", "DT_FLOAT", -1)
BYTES = tensor("image_bytes", "DT_STRING", -1)
UNKNOWN = {
    "dtype": "DT_INVALID",
    "tensor_shape": {"dim": [], "unknown_rank": True},
    "name": "NoOp",
}
SIGNATURES = {
    "__saved_model_init_op": signature({}, {"__saved_model_init_op": UNKNOWN}),
    "serving_default": signature({"x": X}, {"y": X}),
    "encode": signature({"image": IMAGE}, {"z_mean": Z, "z_stddev": Z}),
    "sample": signature({"seed": SEED}, {"image": IMAGE, "z": Z}),
    "sample_png": signature({"seed": SEED}, {"image_bytes": BYTES}),
    "reconstruct_png": signature({"image_bytes": BYTES}, {"image_bytes": BYTES}),
}
METADATA = {
    "model_spec": {"name": "half", "signature_name": "", "version": "2"},
    "metadata": {"signature_def": {"signature_def": SIGNATURES}},
}
ANSWERS = {
    "serving_default": b'{\n    "outputs": [\n        3.5,\n        4.0,\n        5.5\n'
    b"    ]\n}",
    "encode": b'{\n    "outputs": {\n        "z_mean": [\n            [\n'
    b"                0.100000001,\n                -Infinity\n            ]\n"
    b'        ],\n        "z_stddev": [[9e+06, NaN]]\n    }\n}',
    "sample": b'{"outputs": {"image": [[[[0.25], [1.0]]]], "z": [[3e-05, -0.0]]}}',
    "sample_png": b'{"outputs": [{"b64": "iVBORwA="}, {"b64": ""}]}',
    "reconstruct_png": b'{"outputs": [{"b64": "iVBORwA="}]}',
}
PATH = "/v1/models/half%20plus"


def tensorflow_serving(method, path, body):
    """Answers exactly what is documented, and what is not with an error."""
    headers = {"Content-Type": "application/json", "Date": "Wed, 06 Jun 2018 23:20:12"}
    if method == "GET" and path in (PATH, f"{PATH}/versions/2", f"{PATH}/labels/a%2Fb"):
        return 200, headers, STATUS
    if method == "GET" and path.startswith(PATH) and path.endswith("/metadata"):
        return 200, headers, json.dumps(METADATA, indent=1).encode()
    if method == "POST" and path.startswith(PATH) and path.endswith(":predict"):
        request = json.loads(body)
        assert request.keys() == {"signature_name", "inputs"}
        return 200, headers, ANSWERS[request["signature_name"]]
    error = b'{ "error": "Servable not found for request: Latest(half)" }'
    return 404, headers, error


@pytest.fixture
def server(scripted):
    return scripted(tensorflow_serving)


@pytest.fixture
def client(server):
    with Client(server.url, "half plus") as client:
        yield client


def asked(server, number=-1):
    method, path, body = server.asked[number]
    return method, path, json.loads(body) if body else None


def test_status(client, server):
    newest, older = client.status()
    assert newest == (12, "END", "NOT_FOUND", "no SavedModel")
    assert older == (2, "AVAILABLE", "OK", "")
    assert asked(server) == ("GET", PATH, None)


def test_metadata(client, server):
    metadata = client.metadata()
    assert (metadata.name, metadata.version) == ("half", 2)
    assert sorted(metadata.signatures) == sorted(SIGNATURES)[1:]
    image = metadata.signatures["encode"].inputs["image"]
    assert (image.name, image.dtype, image.shape) == (
        "image",
        "float32",
        (None, 1, 2, 1),
    )
    assert metadata.signatures["sample"].inputs["seed"].dtype == "int64"
    assert asked(server) == ("GET", f"{PATH}/metadata", None)


def test_predict(client, server):
    y = client.predict({"x": [1.0, 2.0, 5.0]})["y"]
    assert y.dtype == np.float32
    assert y.tolist() == [3.5, 4.0, 5.5]
    body = {"signature_name": "serving_default", "inputs": {"x": [1.0, 2.0, 5.0]}}
    assert asked(server) == ("POST", f"{PATH}:predict", body)


def test_verbs(client, server):
    encoding = client.encode(np.array([[[[0], [255]]]], np.uint8))
    np.testing.assert_array_equal(encoding.z_mean, np.float32([[0.1, -np.inf]]))
    np.testing.assert_array_equal(encoding.z_stddev, np.float32([[9e6, np.nan]]))
    image = [[[[0.0], [1.0]]]]
    assert asked(server)[2] == {"signature_name": "encode", "inputs": {"image": image}}
    images = client.sample(seed=[2**53 + 1])
    np.testing.assert_array_equal(images, np.float32([[[[0.25], [1.0]]]]))
    seeds = {"seed": [2**53 + 1]}
    assert asked(server)[2] == {"signature_name": "sample", "inputs": seeds}
    assert client.sample_png(2, seed=1) == [b"\x89PNG\x00", b""]
    assert client.reconstruct_png([b"\xff\x00"]) == [b"\x89PNG\x00"]
    files = {"image_bytes": [{"b64": "/wA="}]}
    assert asked(server)[2] == {"signature_name": "reconstruct_png", "inputs": files}


def test_all_of_it_takes_three_kinds_of_requests(client, server):
    client.status()
    client.encode(np.zeros((1, 1, 2, 1)))
    client.sample(seed=[1])
    assert {(method, path) for method, path, _ in server.asked} == {
        ("GET", PATH),
        ("GET", f"{PATH}/metadata"),
        ("POST", f"{PATH}:predict"),
    }
    assert server.connections == 1


@pytest.mark.parametrize(
    ("chosen", "path"),
    [
        ({"version": 2}, "/versions/2"),
        ({"label": "a/b"}, "/labels/a%2Fb"),
    ],
)
def test_versions_and_labels(server, chosen, path):
    path = PATH + path
    with Client(server.url, "half plus", **chosen) as client:
        client.status()
        assert asked(server) == ("GET", path, None)
        client.predict({"x": [1.0]})
        assert asked(server, -2) == ("GET", f"{path}/metadata", None)
        assert asked(server)[:2] == ("POST", f"{path}:predict")


def test_an_unknown_model(server):
    with (
        Client(server.url, "other") as client,
        pytest.raises(RequestError, match=r"Latest\(half\)") as caught,
    ):
        client.sample(1)
    assert (caught.value.code, caught.value.http_status) == ("NOT_FOUND", 404)
    assert caught.value.url == f"{server.url}/v1/models/other/metadata"
