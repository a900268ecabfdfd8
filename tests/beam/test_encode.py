"""Needs Apache Beam, the extra `beam`; without it these tests are skipped."""

import json
import pathlib

import numpy as np
import pytest
import tensorflow as tf

import vaezoo

pytest.importorskip(
    "apache_beam", reason="needs Apache Beam: `pip install 'vaezoo[beam]'`"
)

from vaezoo.beam import encode, find_shards

MODEL = "fc_vae_mnist"


@pytest.fixture(scope="module")
def images():
    return (np.random.default_rng(0).random((11, 28, 28, 1)) * 255).astype("uint8")


@pytest.fixture(scope="module")
def codes(images):
    posterior = vaezoo.load(MODEL).encode(images)
    return {"z_mean": posterior.mean().numpy(), "z_stddev": posterior.stddev().numpy()}


@pytest.fixture
def npz(images, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    np.savez(folder / "a.npz", image=images[:6], y=np.arange(6))
    np.savez(folder / "b.npz", image=images[6:].astype("float32") / 255.0)
    return f"{folder}/*.npz"


def png_files(images):
    return [tf.io.encode_png(image).numpy() for image in images]


def read(files):
    """Rows as (source, row, codes), in the order of the files."""
    rows = []
    for file in files:
        if file.endswith("parquet"):
            parquet = pytest.importorskip("pyarrow.parquet")
            rows += parquet.read_table(file).to_pylist()
            continue
        for record in tf.data.TFRecordDataset(file).as_numpy_iterator():
            features = tf.train.Example.FromString(record).features.feature
            row = {k: list(f.float_list.value) for k, f in features.items()}
            row["source"] = features["source"].bytes_list.value[0].decode()
            row["row"] = features["row"].int64_list.value[0]
            rows.append(row)
    return rows


def check(rows, codes):
    for name, expected in codes.items():
        found = np.array([row[name] for row in rows])
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("file_format", ["parquet", "tfrecord"])
def test_arrays(npz, codes, tmp_path, file_format):
    done = encode(MODEL, npz, tmp_path / "out", file_format, batch_size=4)
    assert done.skipped == 0
    assert [pathlib.Path(file).name for file in done.files] == [
        f"out-0000{i}-of-00002.{file_format}" for i in range(2)
    ]
    rows = read(done.files)
    check(rows, codes)
    assert [row["row"] for row in rows] == [*range(6), *range(5)]
    assert {pathlib.Path(row["source"]).name for row in rows} == {"a.npz", "b.npz"}
    # Nothing that was written aside is left.
    assert len(list(tmp_path.glob("out*"))) == 3


def test_what_is_there_is_not_encoded_again(npz, codes, tmp_path):
    first = encode(MODEL, npz, tmp_path / "out").files
    whole, broken = (pathlib.Path(file) for file in first)
    before = whole.stat().st_mtime_ns
    expected = broken.read_bytes()
    broken.unlink()  # as if the worker had died
    again = encode(MODEL, npz, tmp_path / "out")
    assert (again.files, again.skipped) == (first, 1)
    assert whole.stat().st_mtime_ns == before
    assert broken.read_bytes() == expected
    assert encode(MODEL, npz, tmp_path / "out").skipped == 2


def test_a_shard_that_fails_leaves_the_others(npz, images, tmp_path):
    bad = pathlib.Path(npz).parent / "c.npz"
    np.savez(bad, image=images[:, :5])
    with pytest.raises(Exception, match=r"images of shape \(28, 28, 1\)"):
        encode(MODEL, npz, tmp_path / "out")
    assert not list(tmp_path.glob("out-*-00003-of*"))
    assert not list(tmp_path.glob("*.part"))


def test_another_input_or_model_is_refused(npz, images, tmp_path):
    encode(MODEL, npz, tmp_path / "out")
    with pytest.raises(ValueError, match="remembers other model"):
        encode("conv_vae_mnist", npz, tmp_path / "out")
    np.savez(pathlib.Path(npz).parent / "c.npz", image=images)
    with pytest.raises(ValueError, match="remembers other inputs"):
        encode(MODEL, npz, tmp_path / "out")


def test_records(images, codes, tmp_path):
    files = png_files(images)
    with tf.io.TFRecordWriter(str(tmp_path / "x.tfrecord-00000-of-00002")) as writer:
        for file in files[:4]:
            writer.write(file)
    with tf.io.TFRecordWriter(str(tmp_path / "x.tfrecord-00001-of-00002")) as writer:
        for file in files[4:]:
            image = tf.train.Feature(bytes_list=tf.train.BytesList(value=[file]))
            features = tf.train.Features(feature={"image": image})
            writer.write(tf.train.Example(features=features).SerializeToString())
    done = encode(MODEL, f"{tmp_path}/x.tfrecord*", tmp_path / "out")
    check(read(done.files), codes)


def test_image_files(images, codes, tmp_path):
    for i, file in enumerate(png_files(images)):
        (tmp_path / f"{i:02}.png").write_bytes(file)
    done = encode(MODEL, f"{tmp_path}/*.png", tmp_path / "out", rows=4)
    assert len(done.files) == 3
    check(read(done.files), codes)


def test_conditions(tmp_path):
    images = np.random.default_rng(0).random((5, 8, 8, 1)).astype("float32")
    labels = np.array([2, 0, 1, 1, 2])
    model = vaezoo.ConditionalVAE((8, 8, 1), 2, vaezoo.Labels(3), hidden_units=(4,))
    vaezoo.export(model, tmp_path / "model")
    np.savez(tmp_path / "x.npz", image=images, y=labels)
    pattern = f"{tmp_path}/x.npz"
    with pytest.raises(Exception, match="a condition for each image"):
        encode(tmp_path / "model", pattern, tmp_path / "without")
    done = encode(tmp_path / "model", pattern, tmp_path / "out", condition="y")
    expected = model.encode(images, labels).mean().numpy()
    check(read(done.files), {"z_mean": expected})


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no file of"),
        (["a.npz", "a.png"], "files of one kind"),
        (["a.txt"], "that end in .npz"),
    ],
)
def test_what_is_no_input(tmp_path, names, message):
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(ValueError, match=message):
        find_shards(f"{tmp_path}/a.*")


def test_model_without_graph(npz, tmp_path):
    (tmp_path / "1" / "assets.extra").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"without saved_model\.pb"):
        encode(tmp_path / "1", npz, tmp_path / "out")


def test_command(npz, codes, tmp_path, capsys):
    from vaezoo.cli import main

    arguments = ["encode", MODEL, "--input", npz, "--output", str(tmp_path / "out")]
    assert main([*arguments, "--", "--runner=DirectRunner"]) == 0
    assert "2 files" in capsys.readouterr().out
    check(read(sorted(str(file) for file in tmp_path.glob("out-*"))), codes)
    assert json.loads((tmp_path / "out.run.json").read_text()).keys() == {
        "model",
        "inputs",
    }
    assert main(arguments) == 0
    assert "2 of them were there" in capsys.readouterr().out
