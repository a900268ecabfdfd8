"""Bad input is refused before a step is run or a weight is made."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from vaezoo.models import VAE, ConvolutionalVAE, FullyConnectedVAE

SHAPE = (4, 3, 1)
GOOD = np.zeros((2, *SHAPE), "float32")


def with_value(value):
    images = GOOD.copy()
    images[1, 2, 1, 0] = value
    return images


BAD_IMAGES = {
    "no batch axis": (GOOD[0], "channel axis"),
    "no channel axis": (GOOD[..., 0], "channel axis"),
    "rank 5": (GOOD[None], "shape"),
    "channels": (np.zeros((2, 4, 3, 3), "uint8"), r"\(4, 3, 1\)"),
    "height": (np.zeros((2, 5, 3, 1), "uint8"), r"\(4, 3, 1\)"),
    "floats in 0..255": (with_value(255.0), "divide by 255"),
    "floats in -1..1": (with_value(-1.0), r"\[-1, 1\]"),
    "NaN": (with_value(np.nan), "finite"),
    "infinity": (with_value(np.inf), "finite"),
    "empty": (GOOD[:0], "at least one image"),
    "no pixels": (np.zeros((2, 0, 3, 1)), "at least one image"),
    "int64": (np.zeros((2, *SHAPE), "int64"), "uint8"),
    "complex": (GOOD.astype("complex64"), "float"),
    "text": ("images", "images"),
    "a dictionary": ({"image": GOOD}, "images"),
    "ragged": ([[1.0], [1.0, 2.0]], "of one size"),
    "a number": (3, "images"),
}
VERBS = {
    "fit": lambda model, x: model.fit(x, verbose=0),
    # A bare list is `[x, y]` to Keras.
    "validation": lambda model, x: model.fit(
        GOOD, validation_data=(x,) if isinstance(x, list) else x, verbose=0
    ),
    "evaluate": lambda model, x: model.evaluate(x, verbose=0),
    "predict": lambda model, x: model.predict(x, verbose=0),
    "encode": lambda model, x: model.encode(x),
    "reconstruct": lambda model, x: model.reconstruct(x),
    "elbo": lambda model, x: model.elbo(x),
    "log_prob": lambda model, x: model.log_prob(x),
    "adapt": lambda model, x: model.adapt(x),
}


@pytest.fixture(scope="module")
def untouched():
    """A model that no verb may have changed, nor taken a step of."""
    keras.utils.set_random_seed(0)
    model = FullyConnectedVAE(SHAPE, latent_dim=2, hidden_units=(5,))
    model.compile(jit_compile=False)
    before = model.get_weights()
    yield model
    assert int(model.optimizer.iterations) == 0
    for weight, expected in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, expected)


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("kind", BAD_IMAGES)
def test_bad_images(untouched, verb, kind):
    images, expected = BAD_IMAGES[kind]
    with pytest.raises(ValueError, match=expected) as caught:
        VERBS[verb](untouched, images)
    assert "Expected" in str(caught.value)
    assert "Received: " in str(caught.value)


def dataset(*arrays):
    arrays = arrays[0] if len(arrays) == 1 else arrays
    return tf.data.Dataset.from_tensor_slices(arrays).batch(2)


BAD_BATCHES = {
    "labels": (lambda: dataset(GOOD, [0, 1]), "not conditional"),
    "targets": (lambda: dataset(GOOD, GOOD), "not conditional"),
    "unbatched": (lambda: dataset(GOOD).unbatch(), r"\(batch, 4, 3, 1\)"),
    "channels": (lambda: dataset(np.zeros((2, 4, 3, 3), "uint8")), "batch, 4, 3, 1"),
    "empty": (lambda: dataset(GOOD).take(0), "at least one batch"),
    "0..255": (lambda: dataset(with_value(255.0)), "divide by 255"),
    "NaN": (lambda: dataset(with_value(np.nan)), "finite"),
    "int64": (lambda: dataset(np.zeros((2, *SHAPE), "int64")), "uint8"),
    "dictionaries": (lambda: dataset({"image": GOOD}), "one tensor a batch"),
    "ragged": (
        lambda: tf.data.Dataset.from_tensors(tf.ragged.constant([[1.0], [1.0, 2.0]])),
        "one tensor a batch",
    ),
    "generator of labels": (lambda: iter_batches((GOOD, [0, 1])), "not conditional"),
    "generator of 0..255": (lambda: iter_batches(with_value(9.0)), "divide by 255"),
    "generator of nothing": (lambda: iter_batches(), "at least one batch"),
    "PyDataset of labels": (lambda: Batches((GOOD, [0, 1])), "not conditional"),
    "PyDataset of NaN": (lambda: Batches(with_value(np.nan)), "finite"),
}


def iter_batches(*batches):
    yield from batches


class Batches(keras.utils.PyDataset):
    def __init__(self, batch):
        super().__init__()
        self.batch = batch

    def __len__(self):
        return 1

    def __getitem__(self, index):
        return self.batch


@pytest.mark.parametrize("verb", ["fit", "validation", "evaluate"])
@pytest.mark.parametrize("kind", BAD_BATCHES)
def test_bad_batches(untouched, verb, kind):
    make, expected = BAD_BATCHES[kind]
    with pytest.raises(ValueError, match=expected) as caught:
        VERBS[verb](untouched, make())
    assert "Received: " in str(caught.value)


@pytest.mark.parametrize(
    "call",
    [
        lambda model, y: model.fit(GOOD, y),
        lambda model, y: model.fit(GOOD, validation_data=(GOOD, y)),
        lambda model, y: model.evaluate(GOOD, y),
        lambda model, y: model.encode(GOOD, y),
        lambda model, y: model.decode(np.zeros((2, 2)), y),
        lambda model, y: model.sample(2, y=y),
        lambda model, y: model.reconstruct(GOOD, y),
        lambda model, y: model.elbo(GOOD, y=y),
        lambda model, y: model.log_prob(GOOD, y=y),
        lambda model, y: model.prior_for(y),
    ],
)
def test_labels_for_an_unconditional_model(untouched, call):
    with pytest.raises(ValueError, match="not conditional") as caught:
        call(untouched, np.array([0, 1]))
    assert str(caught.value).endswith("Received: y of type ndarray")


def test_no_images_at_all(untouched):
    for call in (untouched.fit, untouched.evaluate):
        with pytest.raises(ValueError, match="Received: x=None"):
            call()


@pytest.mark.parametrize(
    "z",
    [
        np.zeros(2),
        np.zeros((3, 3)),
        np.zeros((0, 2)),
        np.zeros((1, 2, 1)),
        [[np.nan, 0.0]],
        [[np.inf, 0.0]],
    ],
    ids=["rank 1", "wide", "empty", "rank 3", "NaN", "infinity"],
)
def test_bad_latents(untouched, z):
    with pytest.raises(ValueError, match=r"Expected .*latent vectors.*Received: "):
        untouched.decode(z)


@pytest.mark.parametrize("n", [0, -1, 2.0, "3", True])
def test_bad_number_of_samples(untouched, n):
    with pytest.raises(ValueError, match="`n`") as caught:
        untouched.sample(n, seed=0)
    assert str(caught.value).endswith(f"Received: n={n!r}")


@pytest.mark.parametrize("seed", [0.5, "a", 2**63, [1, 2.5, 3], [1, 2], []])
def test_bad_seeds(untouched, seed):
    with pytest.raises(ValueError, match=r"Expected .*Received: "):
        untouched.sample(3, seed=seed)


def test_neither_number_nor_seeds(untouched):
    with pytest.raises(ValueError, match="Received: neither"):
        untouched.sample()


# --- compile --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "extra",
    [
        {"loss": "mse"},
        {"metrics": ["mae"]},
        {"weighted_metrics": ["mae"]},
        {"loss": "mse", "loss_weights": [1.0]},
    ],
    ids=lambda extra: "+".join(extra),
)
def test_compile_takes_no_loss(model, extra):
    with pytest.raises(ValueError, match="Expected no loss and no metrics") as caught:
        model.compile("adam", **extra)
    assert str(caught.value).endswith(f"Received: {', '.join(sorted(extra))}")


def test_fit_before_compile(model):
    with pytest.raises(ValueError, match="compile"):
        model.fit(GOOD)


# --- construction ---------------------------------------------------------------------

FAMILY_ARGUMENTS = {
    "latent_dim 0": ({"latent_dim": 0}, "latent_dim=0"),
    "latent_dim -1": ({"latent_dim": -1}, "latent_dim=-1"),
    "latent_dim 2.5": ({"latent_dim": 2.5}, "latent_dim=2.5"),
    "latent_dim True": ({"latent_dim": True}, "latent_dim=True"),
    "latent_dim None": ({"latent_dim": None}, "latent_dim=None"),
    "image of two axes": ({"image_shape": (4, 3)}, r"image_shape=\(4, 3\)"),
    "image of no size": ({"image_shape": (4, 0, 1)}, r"image_shape=\(4, 0, 1\)"),
    "image_shape 28": ({"image_shape": 28}, "image_shape=28"),
    "unknown likelihood": ({"likelihood": "bernouli"}, "Did you mean 'bernoulli'"),
    "likelihood of nothing": ({"likelihood": "cauchy"}, "likelihood='cauchy'"),
    "likelihood None": ({"likelihood": None}, "likelihood=None"),
    "unknown posterior": ({"posterior": "normal"}, "posterior='normal'"),
    "unknown prior": ({"prior": "standard"}, "Did you mean 'standard_normal'"),
    "unknown objective": ({"objective": "elbow"}, "Did you mean 'elbo'"),
    "objective of a class": ({"objective": VAE}, "objective="),
    "seed 0.5": ({"seed": 0.5}, "seed=0.5"),
}
OWN_ARGUMENTS = [
    (FullyConnectedVAE, {"hidden_units": 5}, "hidden_units=5"),
    (FullyConnectedVAE, {"hidden_units": (5, 0)}, r"hidden_units=\(5, 0\)"),
    (ConvolutionalVAE, {"filters": ()}, r"filters=\(\)"),
    (ConvolutionalVAE, {"filters": (4, -1)}, r"filters=\(4, -1\)"),
    (ConvolutionalVAE, {"dense_units": 0}, "dense_units=0"),
    (ConvolutionalVAE, {"residual_blocks": -1}, "residual_blocks=-1"),
]


@pytest.mark.parametrize("family", [FullyConnectedVAE, ConvolutionalVAE])
@pytest.mark.parametrize("kind", FAMILY_ARGUMENTS)
def test_bad_arguments_of_families(family, kind):
    arguments, expected = FAMILY_ARGUMENTS[kind]
    with pytest.raises(ValueError, match=f"Expected .*Received: .*{expected}") as e:
        family(**{"image_shape": SHAPE, "latent_dim": 2, **arguments})
    assert len(str(e.value)) < 300


@pytest.mark.parametrize(("family", "arguments", "expected"), OWN_ARGUMENTS)
def test_bad_arguments_of_one_family(family, arguments, expected):
    with pytest.raises(ValueError, match=f"Expected .*Received: {expected}"):
        family(SHAPE, latent_dim=2, **arguments)
