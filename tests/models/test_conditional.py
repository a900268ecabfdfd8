"""The condition in every verb, in training and in what is built of it."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.models import ConditionalNormal
from vaezoo.models.network_size import bytes_a_row

SHAPE = (4, 3, 1)
CONDITIONS = {
    "labels": vaezoo.Labels(3),
    "attributes": vaezoo.Attributes(2),
    "partial image": vaezoo.PartialImage(SHAPE),
}
QUIET = {"verbose": 0, "shuffle": False}


def make(kind="labels", network="fully_connected", **kwargs):
    keras.utils.set_random_seed(3)
    options = {"hidden_units": (6,)}
    if network == "convolutional":
        options = {"filters": (3,), "dense_units": 5}
    arguments = {"prior": "conditional_normal", "network": network, **options, **kwargs}
    model = vaezoo.ConditionalVAE(SHAPE, 2, CONDITIONS[kind], **arguments)
    rng = np.random.default_rng(4)
    for weight in model.trainable_weights:  # also weights that begin at zero
        value = np.asarray(weight)
        weight.assign(value + rng.normal(0.0, 0.3, value.shape))
    return model


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(5).integers(0, 256, (9, *SHAPE)).astype("uint8")


# Attributes take the way of labels.
@pytest.fixture(
    scope="module",
    params=[
        pytest.param(kind, marks=[pytest.mark.slow] if kind == "attributes" else [])
        for kind in CONDITIONS
    ],
)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def y(kind):
    return CONDITIONS[kind].example(9, seed=6)


@pytest.fixture(scope="module")
def other(kind):
    """Conditions that differ from `y` in every row."""
    y = CONDITIONS[kind].example(9, seed=6)
    return (y + 1) % 3 if kind == "labels" else CONDITIONS[kind].example(9, seed=7)


@pytest.fixture(scope="module")
def model(kind):
    network = "convolutional" if kind == "partial image" else "fully_connected"
    return make(kind, network)


def differ(first, second):
    """Whether two results differ in every row."""
    first, second = (np.asarray(v).reshape(len(v), -1) for v in (first, second))
    return (np.abs(first - second).max(axis=1) > 1e-4).all()


# --- it reaches every part ------------------------------------------------------------


def test_encoder_decoder_and_prior_depend_on_the_condition(model, x, y, other):
    assert differ(model.encode(x, y).mean(), model.encode(x, other).mean())
    z = model.encode(x, y).mean().numpy()
    assert differ(model.decode(z, y).mean(), model.decode(z, other).mean())
    assert model.prior_for(y).batch_shape == (9,)
    assert differ(model.prior_for(y).mean(), model.prior_for(other).mean())


def test_every_weight_that_takes_the_condition_has_a_gradient(model, x, y):
    with tf.GradientTape() as tape:
        loss = model.terms(x, tf.range(9, dtype=tf.int64), tf.constant(y)).loss
    weights = model.trainable_weights
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    for weight, gradient in zip(weights, gradients, strict=True):
        assert np.abs(tf.convert_to_tensor(gradient)).max() > 0, weight.path
    assert any(weight.path.startswith("prior") for weight in weights)


def test_each_row_has_its_own_condition(model, x, y, other):
    mixed = np.concatenate([y[:4], other[4:]])
    verbs = {
        "reconstruct": lambda y: model.reconstruct(x, y),
        "sample": lambda y: model.sample(seed=range(9), y=y),
        "elbo": lambda y: model.elbo(x, range(9), y),
        "log_prob": lambda y: model.log_prob(x, 7, range(9), y),
    }
    for verb in verbs.values():
        ours, theirs, both = verb(y), verb(other), verb(mixed)
        assert differ(ours, theirs)
        np.testing.assert_allclose(both[:4], ours[:4], rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(both[4:], theirs[4:], rtol=1e-4, atol=1e-5)


def test_the_terms_are_those_of_the_distributions(model, x, y):
    binary = (x > 127).astype("float32")
    terms = model.elbo_terms(binary, 1, y)
    kl = model.encode(binary, y).kl_divergence(model.prior_for(y))
    np.testing.assert_allclose(terms.kl, kl, rtol=1e-4)
    np.testing.assert_allclose(terms.elbo, terms.reconstruction - terms.kl, rtol=1e-4)


def test_samples_are_decoded_draws_of_the_conditional_prior(model, y):
    seeds = tf.constant([3, 4, 5], tf.int64)
    z = model.draw_latents(seeds, y[:3]).numpy()
    prior = model.prior_for(y[:3])
    standard = model.draw_latents(seeds, y[:3]) - prior.mean()
    noise = vaezoo.layers.StandardNormal(2).draw(seeds, vaezoo.random.Stream.LATENT)
    np.testing.assert_allclose(standard / prior.stddev(), noise, rtol=1e-3, atol=1e-4)
    expected = np.asarray(model.decode(z, y[:3]).mean())
    if y.shape[1:] == expected.shape[1:]:  # known pixels of an image stay as they are
        expected = np.where(np.isnan(y[:3]), expected, y[:3])
    images = model.sample(seed=[3, 4, 5], y=y[:3])
    np.testing.assert_allclose(images, expected, rtol=1e-5)


# --- how many, and which --------------------------------------------------------------


def test_one_condition_for_all_and_one_row(model, x, y):
    assert model.sample(4, seed=1, y=y[0]).shape == (4, *SHAPE)
    np.testing.assert_array_equal(
        model.sample(4, seed=1, y=y[0]), model.sample(4, seed=1, y=y[[0] * 4])
    )
    assert model.sample(y=y[:2]).shape == (2, *SHAPE)
    assert model.sample(y=y[0]).shape == (1, *SHAPE)
    np.testing.assert_allclose(
        model.reconstruct(x[:1], y[:1]), model.reconstruct(x, y)[:1], rtol=1e-5
    )
    assert model.elbo(x[:1], 0, y[:1]).shape == (1,)
    assert model.log_prob(x[:1], 3, 0, y[:1]).shape == (1,)


def test_long_arrays_pass_through_in_batches(model, x, y, monkeypatch):
    whole = model.elbo(x, range(9), y)
    monkeypatch.setattr("vaezoo.models.VAE._rows_at_a_time", 4)
    np.testing.assert_allclose(model.elbo(x, range(9), y), whole, rtol=1e-5)
    log_prob = model.log_prob(x, 6, range(9), y)
    little = 4 * bytes_a_row(model)
    actual = model.log_prob(x, 6, range(9), y, memory_limit=little)
    np.testing.assert_allclose(actual, log_prob, rtol=1e-5)


WRONG = {
    "none": lambda y: None,
    "too few": lambda y: y[:5],
    "too many": lambda y: np.concatenate([y, y]),
    "an extra axis": lambda y: y[:, None, None],
    "text": lambda y: ["a"] * len(y),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_conditions_are_refused_before_a_step(kind, x, y, wrong):
    model, bad = make(kind), WRONG[wrong](y)
    model.compile("sgd", jit_compile=False)
    before = model.get_weights()
    verbs = {
        "fit": lambda: model.fit(x, bad, verbose=0),
        "validation": lambda: model.fit(x, y, validation_data=(x, bad), verbose=0),
        "evaluate": lambda: model.evaluate(x, bad, verbose=0),
        "predict": lambda: model.predict(x, y=bad, verbose=0),
        "encode": lambda: model.encode(x, bad),
        "decode": lambda: model.decode(np.zeros((9, 2)), bad),
        "sample": lambda: model.sample(9, seed=1, y=bad),
        "reconstruct": lambda: model.reconstruct(x, bad),
        "elbo": lambda: model.elbo(x, 0, bad),
        "elbo_terms": lambda: model.elbo_terms(x, 0, bad),
        "log_prob": lambda: model.log_prob(x, 3, 0, bad),
    }
    if wrong in ("none", "text"):
        verbs["prior_for"] = lambda: model.prior_for(bad)
    for verb in verbs.values():
        with pytest.raises(ValueError, match=r"(?s)Expected.*Received: "):
            verb()
    for old, new in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


def test_a_condition_one_too_many_is_refused(x, y):
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, hidden_units=(3,))
    model.compile("sgd", jit_compile=False)
    for verb in (
        lambda: model.fit(x, y),
        lambda: model.predict(x, y=y),
        lambda: model.predict((x, y)),
        lambda: model((x, y)),
        lambda: model.sample(9, y=y),
        lambda: model.prior_for(y),
    ):
        with pytest.raises(ValueError, match="Received: "):
            verb()


# --- fit, evaluate, predict -----------------------------------------------------------


@pytest.fixture(scope="module")
def expected():
    """Memory for what the first test of a series computed."""
    return {}


def pairs(*arrays, batch_size=4):
    return tf.data.Dataset.from_tensor_slices(arrays).batch(batch_size)


class Batches(keras.utils.PyDataset):
    def __init__(self, x, y):
        super().__init__()
        self.arrays = x, y

    def __len__(self):
        return 3

    def __getitem__(self, index):
        return tuple(array[4 * index : 4 * index + 4] for array in self.arrays)


FORMS = {
    "arrays": lambda x, y: (x, y),
    "lists": lambda x, y: ((x / 255.0).tolist(), y.tolist()),
    "tensors": lambda x, y: (tf.constant(x), tf.constant(y)),
    "data set": lambda x, y: (pairs(x, y),),
    "data set of inputs": lambda x, y: (pairs((x, y)),),
    "PyDataset": lambda x, y: (Batches(x, y),),
    "generator": lambda x, y: ((Batches(x, y)[i] for i in range(3)),),
}


@pytest.mark.filterwarnings("ignore:Your input ran out of data")
@pytest.mark.parametrize("form", FORMS)
def test_data_of_every_form_train_alike(x, expected, form):
    kind = "labels" if form in ("generator", "PyDataset") else "partial image"
    y = CONDITIONS[kind].example(9)
    if kind not in expected:
        model = make(kind)
        model.compile("sgd", jit_compile=False)
        model.fit(x, y, batch_size=4, **QUIET)
        expected[kind] = model.get_weights()
    model = make(kind)
    model.compile("sgd", jit_compile=False)
    data = tuple(FORMS[form](x, y))
    size = {"batch_size": 4} if len(data) == 2 else {}
    model.fit(*data, **size, **QUIET)
    for received, weights in zip(model.get_weights(), expected[kind], strict=True):
        np.testing.assert_allclose(received, weights, rtol=1e-4, atol=1e-6)


def test_evaluate_is_the_mean_of_the_terms_given_the_condition(kind, x, y, other):
    model = make(kind)
    model.compile("sgd", jit_compile=False)
    weight = np.linspace(0.5, 2.0, len(x))
    received = model.evaluate(x, y, batch_size=4, verbose=0, sample_weight=weight)
    from_batches = model.evaluate(pairs(x, y, weight), verbose=0)
    np.testing.assert_allclose(received, from_batches, rtol=1e-5)
    assert abs(received[0] - model.evaluate(x, other, verbose=0)[0]) > 1e-3
    seed = vaezoo.random.fold_in(model.seed, 0, vaezoo.random.Stream.TEST)
    terms = model.terms(x, vaezoo.random.row_seeds(seed, 9), tf.constant(y))
    means = [np.average(term, weights=weight) for term in terms]
    np.testing.assert_allclose(received, means, rtol=1e-4)


def test_validation_data_and_split(kind, x, y):
    model = make(kind)
    model.compile(keras.optimizers.SGD(0.0), jit_compile=False)
    value = model.evaluate(x[6:], y[6:], verbose=0)[0]
    for arguments in (
        {"validation_data": (x[6:], y[6:])},
        {"validation_data": (x[6:], y[6:], np.ones(3))},
        {"validation_data": pairs(x[6:], y[6:])},
        {"validation_split": 0.333},
    ):
        logs = model.fit(x, y, verbose=0, **arguments).history
        assert logs["val_loss"] == [pytest.approx(value, rel=1e-5)]
    with pytest.raises(ValueError, match="y=None"):
        model.fit(x, y, validation_data=x, verbose=0)


def test_predict_and_calls_take_images_and_condition(model, x, y):
    expected = model.reconstruct(x, y)
    for received in (
        model.predict((x, y), verbose=0),
        model.predict([x, y], batch_size=4, verbose=0),
        model.predict(x, y=y, verbose=0),
        model.predict(pairs(x, y), verbose=0),
        model((x, y)),
        model([x, tf.constant(y)]),
    ):
        np.testing.assert_allclose(received, expected, rtol=1e-4, atol=1e-6)
    with pytest.raises(ValueError, match=r"`\(images, y\)`.*Received: "):
        model.predict((x, y, y), verbose=0)
    with pytest.raises(ValueError, match="y=None"):
        model.predict(x, verbose=0)


def test_a_label_out_of_range_in_a_later_batch_stops_training(x):
    model = make("labels")
    model.compile("sgd", jit_compile=False)
    y = np.zeros(9, "int64")
    y[-1] = 3
    with pytest.raises(vaezoo.models.NonFiniteLossError, match="training step 3"):
        model.fit(pairs(x, y), verbose=0)


# --- what it is made of ---------------------------------------------------------------


def test_a_model_is_its_configuration_and_its_file(model, x, y, tmp_path):
    config = model.get_config()
    copy = type(model).from_config(config)
    assert copy.get_config() == config
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert type(loaded.condition) is type(model.condition)
    np.testing.assert_array_equal(loaded.elbo(x, 1, y), model.elbo(x, 1, y))


def test_a_model_without_a_condition_says_nothing_of_one():
    config = vaezoo.FullyConnectedVAE(SHAPE, 2).get_config()
    assert "condition" not in config


def test_the_prior_is_not_one_distribution_where_it_is_conditional(model, y):
    with pytest.raises(ValueError, match=r"`prior_for\(y\)`.*Received: "):
        _ = model.prior
    plain = make(prior="standard_normal")
    assert plain.prior.batch_shape == ()
    assert plain.prior_for([0, 1]).batch_shape == ()
    with pytest.raises(ValueError, match="Received: labels 7"):
        plain.prior_for([0, 7])


def test_an_untrained_conditional_prior_is_the_standard_normal(y, kind):
    model = vaezoo.ConditionalVAE(
        SHAPE, 2, CONDITIONS[kind], prior="conditional_normal"
    )
    prior = model.prior_for(y)
    np.testing.assert_allclose(prior.mean(), np.zeros((9, 2)), atol=1e-6)
    np.testing.assert_allclose(prior.stddev(), np.ones((9, 2)), rtol=1e-3)


def test_the_bias_is_set_behind_the_condition(x):
    for network in ("fully_connected", "convolutional"):
        model = make("partial image", network)
        before = model.get_weights()
        model.adapt(x)
        changed = [
            weight.path
            for weight, old in zip(model.weights, before, strict=True)
            if not np.array_equal(np.asarray(weight), old)
        ]
        last = "likelihood_params" if network == "fully_connected" else "up_0"
        assert changed == [f"{last}/bias"]


def test_a_conditional_convolutional_beta_vae_is_arguments(x):
    model = vaezoo.BetaVAE(
        SHAPE,
        2,
        network="convolutional",
        beta=3.0,
        condition=vaezoo.Labels(3),
        filters=(3,),
        dense_units=5,
    )
    y = vaezoo.Labels(3).cycle(9)
    terms = model.elbo_terms(x, 1, y)
    loss = 3.0 * terms.kl - terms.reconstruction
    np.testing.assert_allclose(terms.loss, loss, rtol=1e-5)
    assert "Conv" in str([type(p) for p in model.encoder.layers[-1].layers])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"condition": None}, "Expected a `condition`.*Received: condition=None"),
        ({"condition": 10}, "Expected `condition`.*Received: condition=10"),
        ({"condition": vaezoo.PartialImage((3, 4, 1))}, "4 x 3.*Received: 3 x 4"),
        ({"network": "dense"}, "Expected `network`.*Received: network='dense'"),
        ({"filters": (3,)}, "hidden_units.*Received: filters"),
        ({"hidden_units": (0,)}, "Received: hidden_units"),
    ],
)
def test_arguments_that_do_not_fit(arguments, message):
    arguments = {"condition": vaezoo.Labels(3), **arguments}
    with pytest.raises(ValueError, match=message):
        vaezoo.ConditionalVAE(SHAPE, 2, **arguments)


def test_a_conditional_prior_needs_a_condition():
    with pytest.raises(ValueError, match=r"Expected a `condition`.*Received: prior"):
        vaezoo.FullyConnectedVAE(SHAPE, 2, prior="conditional_normal")
    prior = ConditionalNormal(2, hidden_units=(), name="mine")
    model = vaezoo.FullyConnectedVAE(SHAPE, 2, condition=vaezoo.Labels(3), prior=prior)
    assert model.prior_layer is prior
    assert type(model).from_config(model.get_config()).prior_layer.hidden_units == ()


# --- own networks ---------------------------------------------------------------------


def own_networks(features=3):
    images, y = keras.Input(SHAPE), keras.Input((features,))
    flat = keras.layers.Flatten()(images)
    outputs = keras.layers.Dense(4)(keras.layers.Concatenate()([flat, y]))
    encoder = keras.Model([images, y], outputs)
    z, y = keras.Input((2,)), keras.Input((features,))
    outputs = keras.layers.Dense(12)(keras.layers.Concatenate()([z, y]))
    return encoder, keras.Model([z, y], outputs)


def test_own_networks_take_features(x):
    model = vaezoo.VAE(*own_networks(), condition=vaezoo.Labels(3))
    assert model.image_shape == SHAPE
    y, others = np.arange(9) % 3, np.arange(1, 10) % 3
    assert differ(model.encode(x, y).mean(), model.encode(x, others).mean())
    assert differ(model.reconstruct(x, y), model.reconstruct(x, others))


@pytest.mark.slow
def test_own_networks_pass_every_check(x):
    model = vaezoo.VAE(*own_networks(), condition=vaezoo.Labels(3))
    assert "condition" in vaezoo.testing.check_vae(model, x, [0, 1, 2] * 3)


def test_own_networks_must_take_the_features_of_the_condition(make_own_model):
    with pytest.raises(ValueError, match=r"\[images, features\].*Received: "):
        make_own_model(condition=vaezoo.Labels(3))
    with pytest.raises(ValueError, match=r"\(None, 4\).*Received: "):
        vaezoo.VAE(*own_networks(), condition=vaezoo.Labels(4))
