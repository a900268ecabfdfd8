"""Status, metadata, card, health, metrics and the page."""

import json
import re
import urllib.error
import urllib.request

import pytest
from google.protobuf import json_format
from tensorflow.core.protobuf import meta_graph_pb2

from vaezoo.serving.server import ModelManager, RestServer
from vaezoo.serving.server.rest_api import RestApi

HALF = "/v1/models/half_plus_two"
AVAILABLE = {
    "model_version_status": [
        {
            "version": "123",
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
    ]
}


def test_status(ask):
    for where in ("", "/versions/123", "/labels/stable"):
        assert ask("GET", HALF + where)[:2] == (200, AVAILABLE)


def test_status_of_what_is_not_there(ask):
    for path, status, reason in [
        ("/v1/models/foo", 404, "Could not find any versions of model foo"),
        (f"{HALF}/versions/99", 404, "Could not find version 99 of model half_plus"),
        (f"{HALF}/labels/x", 400, "Unrecognized servable version label: x"),
        (f"{HALF}/labels/x/metadata", 400, "Unrecognized servable version label: x"),
        ("/v1/models/foo/metadata", 404, "Servable not found"),
        ("/v1/models/foo/card", 404, "Servable not found"),
        (f"{HALF}/card", 404, "has no card"),
        ("/v2", 404, "Not found"),
        ("/statuspage", 404, "Not found"),
    ]:
        received, answer, _ = ask("GET", path)
        assert (path, received) == (path, status)
        assert reason in answer["error"]


def test_metadata(ask, manager):
    status, answer, _ = ask("GET", f"{HALF}/metadata")
    assert status == 200
    assert answer["model_spec"] == {
        "name": "half_plus_two",
        "signature_name": "",
        "version": "123",
    }
    signatures = answer["metadata"]["signature_def"]["signature_def"]
    assert sorted(signatures) == ["many", "root", "serving_default", "slow"]
    default = signatures["serving_default"]
    assert default["method_name"] == "tensorflow/serving/predict"
    assert default["inputs"]["x"]["dtype"] == "DT_FLOAT"
    assert default["inputs"]["x"]["tensor_shape"] == {"dim": [], "unknown_rank": True}
    assert signatures["many"]["inputs"]["a"]["tensor_shape"] == {
        "dim": [{"size": "-1", "name": ""}, {"size": "2", "name": ""}],
        "unknown_rank": False,
    }
    _, definitions = manager.metadata("half_plus_two")
    for name, definition in definitions.items():
        parsed = json_format.ParseDict(signatures[name], meta_graph_pb2.SignatureDef())
        assert parsed == definition


def test_models(ask):
    status, answer, _ = ask("GET", "/v1/models")
    assert status == 200
    assert answer["models"] == [
        {
            "name": "half_plus_two",
            "versions": [{"version": "123", "state": "AVAILABLE"}],
            "labels": {"stable": "123"},
        },
        {
            "name": "tiny_vae",
            "versions": [{"version": "1", "state": "AVAILABLE"}],
            "labels": {},
        },
    ]


def test_card(ask, vae_folder):
    status, answer, _ = ask("GET", "/v1/models/tiny_vae/card")
    assert status == 200
    assert answer == json.loads((vae_folder / "1/assets.extra/card.json").read_text())
    assert ask("GET", "/v1/models/tiny_vae/versions/1/card")[1] == answer


def test_health(ask, tmp_path):
    expected = {"status": "ok", "models": {"half_plus_two": [123], "tiny_vae": [1]}}
    for path in ("/health", "/healthz", "/health?x=1"):
        assert ask("GET", path)[:2] == (200, expected)


def test_health_without_a_version(tmp_path):
    with (
        ModelManager({"none": tmp_path}, poll_seconds=None) as manager,
        RestServer(manager, port=0) as server,
    ):
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(f"{server.url}/health")
        with raised.value as answer:
            assert answer.code == 503
            assert json.load(answer) == {
                "status": "unavailable",
                "models": {"none": []},
            }


SAMPLE = re.compile(r'([a-z_:]+)(\{[a-zA-Z_]+="[^"]*"(,[a-zA-Z_]+="[^"]*")*\})? \S+')


def test_metrics(ask):
    def count(status):
        text = ask("GET", "/monitoring/prometheus/metrics")[1].decode()
        name = ":tensorflow:serving:request_count"
        found = re.search(
            f'{name}{{model_name="half_plus_two",status="{status}"}} ([0-9]+)', text
        )
        return text, int(found[1]) if found else 0

    fine, refused = count("OK")[1], count("INVALID_ARGUMENT")[1]
    ask("POST", f"{HALF}:predict", {"instances": [1]})
    ask("POST", f"{HALF}:predict", {"instances": ["x"]})
    ask("POST", "/v1/models/" + "x" * 50 + ":predict", {"instances": ["x"]})
    assert count("OK")[1] == fine + 1
    text, now = count("INVALID_ARGUMENT")
    assert now == refused + 1
    assert "xxxxx" not in text  # strangers cannot make it grow
    assert 'vaezoo_available{model_name="half_plus_two",version="123"} 1' in text
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(SAMPLE.fullmatch(line) for line in lines)
    typed = re.findall("# TYPE (\\S+) (\\S+)", text)
    assert (":tensorflow:serving:request_latency", "histogram") in typed


def test_metrics_of_latency_add_up(ask):
    ask("GET", HALF)
    text = ask("GET", "/monitoring/prometheus/metrics")[1].decode()
    where = 'model_name="half_plus_two",API="status",entrypoint="REST"'
    name = ":tensorflow:serving:request_latency"
    counts = [
        int(number)
        for number in re.findall(f'{name}_bucket{{{where},le="[^"]+"}} (\\d+)', text)
    ]
    assert counts == sorted(counts)
    total = re.search(f"{name}_count{{{where}}} (\\d+)", text)[1]
    assert counts[-1] == int(total) > 0


def test_access_log(ask, access_lines, wait_until):
    asked = f"{HALF}?what=log"

    def lines(**fields):
        return [line for line in access_lines.lines if fields.items() <= line.items()]

    ask("POST", f"{HALF}:predict", {"signature_name": "root", "instances": [1, 4]})
    ask("GET", asked)
    # A line is written when its answer has been sent.
    wait_until(lambda: lines(path=asked))
    (status,) = lines(path=asked)
    predict = dict(lines(signature="root", rows=2)[-1])
    assert predict.pop("ms") > 0
    assert predict == {
        "client": "127.0.0.1",
        "method": "POST",
        "path": f"{HALF}:predict",
        "status": 200,
        "bytes": len('{"predictions":[1.0,2.0]}'),
        "model": "half_plus_two",
        "version": 123,
        "signature": "root",
        "rows": 2,
    }
    assert status["status"] == 200


def test_the_page(ask):
    status, content, headers = ask("GET", "/")
    assert status == 200
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    known = {"If-None-Match": headers["ETag"]}
    status, again, _ = ask("GET", "/", headers=known)
    assert (status, again) == (304, b"")
    assert ask("GET", "/", headers={"If-None-Match": '"other"'})[1] == content


def test_page_files(tmp_path, manager):
    (tmp_path / "page").mkdir()
    (tmp_path / "page/app.js").write_text("1")
    (tmp_path / "page/index.html").write_text("page")
    (tmp_path / "page/.hidden.js").write_text("hidden")
    (tmp_path / "secret.js").write_text("secret")
    api = RestApi(manager, tmp_path / "page")
    assert api.handle("GET", "/", b"").body == b"page"
    found = api.handle("GET", "/page/app.js", b"")
    assert (found.status, found.body) == (200, b"1")
    assert found.headers["Content-Type"].startswith("text/javascript")
    for path in (
        "/page/../secret.js",
        "/page/..%2fsecret.js",
        "/page/.hidden.js",
        "/page/none.js",
        "/page/",
        "/page",
        "/page/app.py",
        "/page/a\0.js",
        "/secret.js",
        "/etc/passwd",
    ):
        assert api.handle("GET", path, b"").status == 404


def test_head(ask):
    status, content, headers = ask("HEAD", "/health")
    assert (status, content) == (200, b"")
    assert int(headers["Content-Length"]) > 0
