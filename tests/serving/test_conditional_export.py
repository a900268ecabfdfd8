"""Exported conditional models answer with the condition as Python does."""

import json

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.serving import ServingSession, check_export, read_warmup_requests

SHAPE, ROWS, SAMPLES = (5, 4, 1), 7, 6
CLOSE = {"rtol": 1e-4, "atol": 1e-5}
CONDITIONS = {
    "label": vaezoo.Labels(3),
    "attributes": vaezoo.Attributes(2),
    "partial image": vaezoo.PartialImage(SHAPE),
}


def png_files(images):
    pixels = (images * 255).round().astype("uint8")
    return np.array([tf.io.encode_png(image).numpy() for image in pixels], object)


class Exported:
    """A small conditional model, where it was exported to, and data for it."""

    def __init__(self, model, folder, served):
        self.model, self.folder, self.served = model, folder, served
        rng = np.random.default_rng(4)
        self.y = model.condition.example(ROWS, seed=5)
        self.name = model.condition.serving_name
        self.values = {
            "image": rng.random((ROWS, *SHAPE), dtype="float32").round(),
            "z": rng.normal(size=(ROWS, 2)).astype("float32"),
            "seed": np.arange(-3, ROWS - 3),
            self.name: self.y,
        }
        self.values["image_bytes"] = png_files(self.values["image"])

    def run(self, signature, rows=slice(None), **values):
        values = {**self.values, **values}
        names = [described.name for described in self.served.inputs(signature)]
        return self.served.run(signature, {name: values[name][rows] for name in names})


@pytest.fixture(scope="module", params=CONDITIONS)
def exported(request, tmp_path_factory):
    keras.utils.set_random_seed(1)
    labels = request.param == "label"
    model = vaezoo.ConditionalVAE(
        SHAPE,
        2,
        CONDITIONS[request.param],
        network="convolutional" if labels else "fully_connected",
        prior="conditional_normal" if labels else "standard_normal",
        **({"filters": (3,), "dense_units": 6} if labels else {"hidden_units": (6,)}),
    )
    rng = np.random.default_rng(2)
    for weight in model.weights:  # also weights that begin at zero
        value = np.asarray(weight)
        weight.assign(value + rng.normal(0.0, 0.3, value.shape))
    root = tmp_path_factory.mktemp("models")
    folder = vaezoo.export(model, root / "mine", log_prob_samples=SAMPLES)
    with ServingSession(folder) as served:
        yield Exported(model, folder, served)


def test_every_signature_takes_the_condition(exported):
    condition = exported.model.condition
    expected = (exported.name, condition.dtype, (None, *condition.value_shape))
    assert len(exported.served.signatures) == 10
    for signature in exported.served.signatures:
        found = {
            (described.name, described.dtype, described.shape)
            for described in exported.served.inputs(signature)
        }
        assert expected in found
        assert len(found) == (3 if signature == "log_prob" else 2)
    assert exported.name == ("label" if condition.dtype == "int64" else "condition")


def test_answers_are_those_of_python(exported):
    model, y = exported.model, exported.y
    image, seed, z = (exported.values[name] for name in ("image", "seed", "z"))
    received = exported.run("serving_default")["reconstruction"]
    np.testing.assert_allclose(received, model.predict((image, y), verbose=0), **CLOSE)
    received = exported.run("encode")
    np.testing.assert_allclose(
        received["z_mean"], model.encode(image, y).mean(), **CLOSE
    )
    received = exported.run("decode")["mean"]
    np.testing.assert_allclose(received, model.decode(z, y).mean(), **CLOSE)
    received = exported.run("sample")
    np.testing.assert_allclose(received["image"], model.sample(None, seed, y), **CLOSE)
    drawn = model.draw_latents(tf.constant(seed), y)
    np.testing.assert_allclose(received["z"], drawn, **CLOSE)
    received = exported.run("log_prob")
    estimate = model.log_prob(image, SAMPLES, seed, y)
    np.testing.assert_allclose(received["log_prob"], estimate, **CLOSE)
    np.testing.assert_allclose(received["elbo"], model.elbo(image, seed, y), **CLOSE)
    for plain, name in (
        ("reconstruct", "reconstruction"),
        ("decode", "mean"),
        ("sample", "image"),
    ):
        files = exported.run(f"{plain}_png")["image_bytes"]
        pictures = np.array([tf.io.decode_png(file) for file in files]) / 255.0
        images = exported.run(plain)[name]
        np.testing.assert_allclose(pictures, images, rtol=0.0, atol=0.51 / 255.0)
    received = exported.run("encode_png")
    for name, values in exported.run("encode").items():
        np.testing.assert_allclose(received[name], values, **CLOSE)


def test_another_condition_is_another_answer(exported):
    others = {exported.name: np.roll(exported.y, 1, axis=0)}
    for signature in ("reconstruct", "encode", "decode", "sample", "log_prob"):
        ours, theirs = exported.run(signature), exported.run(signature, **others)
        for name in ours.keys() - {"z"}:
            assert np.abs(ours[name] - theirs[name]).max() > 1e-4


def test_a_row_depends_on_itself_alone(exported):
    order = np.random.default_rng(5).permutation(ROWS)
    for signature in without_files(exported):
        together = exported.run(signature)
        permuted = exported.run(signature, order)
        alone = exported.run(signature, slice(2, 3))
        for name, values in together.items():
            np.testing.assert_allclose(permuted[name], values[order], **CLOSE)
            np.testing.assert_allclose(alone[name], values[2:3], **CLOSE)


def without_files(exported):
    return [name for name in exported.served.signatures if not name.endswith("_png")]


def test_zero_rows_give_zero_rows(exported):
    for signature in exported.served.signatures:
        for values in exported.run(signature, slice(0, 0)).values():
            assert len(values) == 0


def test_a_wrong_condition_spoils_its_row_alone(exported):
    y = exported.y.copy()
    if exported.name == "label":
        y[3] = 3
    elif y.ndim == 2:
        y[3] = np.nan
    else:
        return  # a partial image of NaN is one of which nothing is known
    for signature in exported.served.signatures:
        whole = exported.run(signature)
        spoilt = exported.run(signature, **{exported.name: y})
        for name, values in spoilt.items():
            if name == "image_bytes":
                assert [bool(file) for file in values] == [i != 3 for i in range(ROWS)]
                continue
            if name != "z" or exported.name == "label":
                assert np.isnan(values[3]).all()
            kept = np.delete(values, 3, axis=0)
            np.testing.assert_allclose(kept, np.delete(whole[name], 3, axis=0), **CLOSE)


def test_a_condition_too_few_is_an_error(exported):
    for signature in set(exported.served.signatures):
        with pytest.raises(tf.errors.InvalidArgumentError):
            exported.run(signature, **{exported.name: exported.y[:1]})


def test_warm_up_and_golden_outputs_have_the_condition(exported):
    check_export(exported.folder)
    for _, inputs in read_warmup_requests(exported.folder):
        value = inputs[exported.name]
        assert value.shape == (1, *exported.model.condition.value_shape)
        assert value.dtype == exported.model.condition.dtype
    golden = np.load(exported.folder / "assets.extra" / "golden.npz")
    np.testing.assert_allclose(
        golden["image"],
        exported.model.sample(seed=golden["seed"], y=golden[exported.name]),
        **CLOSE,
    )


def test_golden_conditions_are_replayed(exported, tmp_path):
    files = exported.folder / "assets.extra"
    copy = tmp_path / "1"
    for path in exported.folder.rglob("*"):
        if path.is_file():
            target = copy / path.relative_to(exported.folder)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    golden = dict(np.load(files / "golden.npz"))
    other = {**golden, exported.name: golden[exported.name][::-1].copy()}
    np.savez(copy / "assets.extra" / "golden.npz", **other)
    with pytest.raises(RuntimeError, match="golden outputs"):
        check_export(copy)
    del other[exported.name]
    np.savez(copy / "assets.extra" / "golden.npz", **other)
    with pytest.raises(RuntimeError, match=f"golden inputs.*none for {exported.name}"):
        check_export(copy)


def test_it_loads_with_its_condition(exported):
    model = vaezoo.load(exported.folder.parent)
    assert model.condition.get_config() == exported.model.condition.get_config()
    image, y = exported.values["image"], exported.y
    np.testing.assert_array_equal(
        model.elbo(image, 1, y), exported.model.elbo(image, 1, y)
    )
    model.fit(image, y, verbose=0)
    card = json.loads((exported.folder / "assets.extra" / "card.json").read_text())
    assert card["architecture"]["condition"]["config"] == model.condition.get_config()
    assert repr(model.condition) in str(vaezoo.info(exported.folder.parent))
    fresh = vaezoo.load(exported.folder.parent, weights=None)
    assert fresh.sample(y=y).shape == (ROWS, *SHAPE)
