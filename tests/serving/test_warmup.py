import numpy as np
import pytest
import tensorflow as tf

from vaezoo.serving import check_export, read_warmup_requests
from vaezoo.serving.warmup import WARMUP_FILE, write_warmup_requests
from vaezoo.zoo import ModelFileError


def fields(message):
    """(field number, payload) of a message of length-delimited fields."""
    found, i = [], 0

    def varint():
        nonlocal i
        value = shift = 0
        while True:
            byte = message[i]
            i += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while i < len(message):
        tag, size = varint(), varint()
        assert tag & 7 == 2, "not length-delimited"
        found.append((tag >> 3, message[i : i + size]))
        i += size
    return found


def test_every_record_replays(exported):
    replayed = []
    for signature, inputs in read_warmup_requests(exported.folder):
        outputs = exported.served.run(signature, inputs)
        assert all(len(value) == 1 for value in outputs.values())
        replayed.append(signature)
    assert sorted([*replayed, "serving_default"]) == list(exported.served.signatures)
    check_export(exported.folder)


def test_the_bytes_are_those_of_prediction_log(exported):
    # PredictionLog.predict_log = 6, PredictLog.request = 1,
    # PredictRequest: model_spec = 1, inputs = 2 (key = 1, value = 2),
    # ModelSpec: name = 1, signature_name = 3.
    path = str(exported.folder / WARMUP_FILE)
    for record in tf.data.TFRecordDataset(path).as_numpy_iterator():
        ((number, predict_log),) = fields(record)
        assert number == 6
        ((number, request),) = fields(predict_log)
        assert number == 1
        spec = dict(
            v for n, v in ((n, (n, fields(v))) for n, v in fields(request)) if n == 1
        )
        model_spec = dict(spec[1])
        assert model_spec[1] == exported.folder.parent.name.encode()
        signature = model_spec[3].decode()
        entries = [dict(fields(value)) for n, value in fields(request) if n == 2]
        names = {entry[1].decode() for entry in entries}
        assert names == {d.name for d in exported.served.inputs(signature)}


def test_tensors_come_back_as_they_were_described(tmp_path):
    (tmp_path / "assets.extra").mkdir()
    specs = (
        tf.TensorSpec([None, 2, 3], tf.float32, "image"),
        tf.TensorSpec([None], tf.int64, "seed"),
    )
    write_warmup_requests(tmp_path, "name", {"one": specs, "two": specs[1:]})
    (one, inputs), (two, seeds) = read_warmup_requests(tmp_path)
    assert (one, two) == ("one", "two")
    np.testing.assert_array_equal(inputs["image"], np.zeros((1, 2, 3), "float32"))
    assert inputs["image"].dtype == np.float32
    assert inputs["seed"].dtype == np.int64
    assert list(seeds) == ["seed"]


def test_a_file_that_is_missing_or_damaged_is_named(tmp_path):
    (tmp_path / "assets.extra").mkdir()
    with pytest.raises(ModelFileError, match=r"warmup_requests': there is no such"):
        list(read_warmup_requests(tmp_path))
    specs = {"sample": [tf.TensorSpec([None], tf.int64, "seed")]}
    write_warmup_requests(tmp_path, "name", specs)
    content = (tmp_path / WARMUP_FILE).read_bytes()
    (tmp_path / WARMUP_FILE).write_bytes(content[:-3])
    with pytest.raises(ModelFileError, match=r"warmup_requests': it is damaged"):
        list(read_warmup_requests(tmp_path))
    with tf.io.TFRecordWriter(str(tmp_path / WARMUP_FILE)) as writer:
        writer.write(b"not a message")
    with pytest.raises(ModelFileError, match=r"warmup_requests': it is damaged"):
        list(read_warmup_requests(tmp_path))
