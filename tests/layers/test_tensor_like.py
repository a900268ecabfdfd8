import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

from vaezoo.layers import IndependentBernoulli, as_tensor_like
from vaezoo.layers.tensor_like import TensorLike, plain_copy

tfd = tfp.distributions

LOC = np.array([[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]], "float32")


def gaussian(convert=tfd.Distribution.mean):
    return as_tensor_like(tfd.MultivariateNormalDiag(LOC, LOC**2), convert)


def test_it_is_the_same_object_and_still_the_distribution():
    plain = tfd.MultivariateNormalDiag(LOC, LOC**2)
    result = as_tensor_like(plain)
    assert result is plain
    assert as_tensor_like(result) is plain
    assert isinstance(result, tfd.MultivariateNormalDiag)
    assert isinstance(result, tfd.Distribution)
    assert isinstance(result, TensorLike)
    assert tf.is_tensor(result)
    assert keras.ops.is_tensor(result)


def test_a_plain_distribution_is_left_alone():
    assert not tf.is_tensor(tfd.MultivariateNormalDiag(LOC, LOC**2))


def test_two_conversions_do_not_mix():
    np.testing.assert_array_equal(gaussian(), LOC)
    np.testing.assert_array_equal(gaussian(tfd.Distribution.stddev), LOC**2)
    np.testing.assert_array_equal(gaussian(), LOC)


def test_the_value_is_taken_once():
    sampled = gaussian(tfd.Distribution.sample)
    first = sampled.numpy()
    np.testing.assert_array_equal(sampled.value(), first)
    np.testing.assert_array_equal(sampled + 0.0, first)
    assert np.abs(gaussian(tfd.Distribution.sample).numpy() - first).max() > 0.0
    np.testing.assert_array_equal(sampled.mean(), LOC)


def test_shape_and_rank_are_those_of_one_value():
    distribution = gaussian()
    assert distribution.shape == (3, 2)
    assert distribution.ndim == 2
    assert len(distribution.shape) == 2
    assert keras.ops.shape(distribution) == (3, 2)
    assert distribution.dtype == tf.float32


def test_arithmetic_is_that_of_the_value():
    distribution, other = gaussian(), np.full((3, 2), 1.5, "float32")
    value = tf.constant(LOC)
    pairs = [
        (distribution + other, value + other),
        (other - distribution, other - value),
        (2.0 - distribution, 2.0 - value),
        (distribution * distribution, value * value),
        (1.0 / distribution, 1.0 / value),
        (distribution // 2.0, value // 2.0),
        (distribution % 2.0, value % 2.0),
        (distribution**2, value**2),
        (tf.constant(other) * distribution, other * value),
        (distribution @ tf.transpose(value), value @ tf.transpose(value)),
        (-distribution, -value),
        (abs(distribution), abs(value)),
        (distribution > 0.0, value > 0.0),
        (distribution <= other, value <= other),
    ]
    for actual, expected in pairs:
        assert isinstance(actual, tf.Tensor)
        np.testing.assert_array_equal(actual, expected)


@pytest.mark.parametrize(
    "operation",
    [
        tf.reduce_sum,
        tf.transpose,
        lambda x: tf.concat([x, x], 0),
        lambda x: tf.stack([x, x]),
        lambda x: tf.cast(x, "float64"),
        lambda x: tf.reshape(x, [-1]),
        lambda x: keras.ops.mean(x, axis=0),
        lambda x: keras.ops.cast(x, "float16"),
        lambda x: keras.ops.concatenate([x, x]),
        lambda x: keras.ops.convert_to_numpy(x),
        lambda x: keras.losses.mean_squared_error(tf.zeros((3, 2)), x),
    ],
)
def test_operations_take_the_value(operation):
    np.testing.assert_array_equal(operation(gaussian()), operation(tf.constant(LOC)))


def test_numpy_takes_the_value():
    assert np.asarray(gaussian(), "float64").dtype == np.float64
    np.testing.assert_array_equal(np.array(gaussian()), LOC)
    np.testing.assert_array_equal(np.square(gaussian()), LOC**2)


def test_slices_are_distributions():
    whole, sliced = gaussian(), gaussian()[1:]
    assert sliced.batch_shape == (2,)
    np.testing.assert_allclose(
        sliced.log_prob(LOC[1:] + 1.0), whole.log_prob(LOC + 1.0)[1:]
    )
    np.testing.assert_array_equal(sliced, LOC[1:])


@pytest.mark.parametrize("jit_compile", [False, True])
def test_functions_take_and_return_it(jit_compile):
    @tf.function(jit_compile=jit_compile)
    def shift(distribution):
        assert isinstance(distribution, tfd.MultivariateNormalDiag)
        loc = distribution.mean() + 1.0
        scale = distribution.stddev()
        return as_tensor_like(
            tfd.MultivariateNormalDiag(loc, scale), tfd.Distribution.mean
        )

    shifted = shift(gaussian())
    assert isinstance(shifted, tfd.MultivariateNormalDiag)
    np.testing.assert_array_equal(shifted, LOC + 1.0)
    np.testing.assert_allclose(shifted.stddev(), LOC**2)


def test_gradients_flow_through_the_value():
    loc = tf.constant(LOC)
    with tf.GradientTape() as tape:
        tape.watch(loc)
        distribution = as_tensor_like(tfd.MultivariateNormalDiag(loc, LOC**2))
        loss = tf.reduce_sum(distribution * 3.0)
    np.testing.assert_allclose(tape.gradient(loss, loc), np.full((3, 2), 3.0))


@pytest.mark.parametrize(
    "distribution",
    [
        lambda: tfd.Categorical(logits=LOC),
        lambda: tfd.Independent(tfd.Beta(LOC**2, LOC**2), 1),
        lambda: tfd.MixtureSameFamily(
            tfd.Categorical(logits=LOC), tfd.Normal(LOC, LOC**2)
        ),
        lambda: tfd.LogitNormal(LOC, LOC**2),
        lambda: tfd.VonMisesFisher(tf.math.l2_normalize(LOC, -1), LOC[:, 0] ** 2),
    ],
)
def test_any_distribution_of_tfp_will_do(distribution):
    expected = distribution()
    result = as_tensor_like(distribution())
    value = expected.sample(seed=1)
    assert type(result).__name__ == type(expected).__name__
    assert isinstance(result, type(expected))
    np.testing.assert_array_equal(result.log_prob(value), expected.log_prob(value))
    assert result.numpy().shape == result.shape == value.shape


@pytest.mark.parametrize("bad", [LOC, None, tfd.Normal, "normal"], ids=str)
def test_only_distributions_are_accepted(bad):
    with pytest.raises(TypeError, match="Expected a TensorFlow Probability") as caught:
        as_tensor_like(bad)
    assert str(caught.value).endswith(f" of type {type(bad).__name__}")
    assert "Received: " in str(caught.value)


def test_a_whole_number_sample_survives_a_functional_model():
    inputs = keras.Input((2,))
    counts = IndependentBernoulli(2, sample_dtype="int32")(inputs)
    assert counts.dtype == "int32"
    model = keras.Model(inputs, counts)
    values = model.predict(LOC, verbose=0)
    assert values.dtype == np.int32
    assert set(values.ravel()) <= {0, 1}


def three_samples(distribution):
    return distribution.sample(3)


def test_a_conversion_may_change_the_shape():
    distribution = gaussian(three_samples)
    assert distribution.shape == distribution.numpy().shape == (3, 3, 2)
    assert distribution.ndim == 3
    assert distribution.batch_shape == (3,)

    @tf.function(input_signature=[tf.TensorSpec((None, 2))])
    def rows(loc):
        plain = tfd.MultivariateNormalDiag(loc, tf.ones_like(loc))
        wide = as_tensor_like(plain, three_samples)
        assert wide.shape.as_list() == [3, None, 2]
        return keras.ops.shape(wide)[1]

    assert rows(tf.zeros((5, 2))) == 5


def test_a_plain_copy_is_of_the_class_of_tfp():
    distribution = gaussian()
    value = distribution.numpy()
    distribution.remark = "kept"
    copy = plain_copy(distribution)
    assert type(copy) is tfd.MultivariateNormalDiag
    assert not tf.is_tensor(copy)
    assert copy.remark == "kept"
    np.testing.assert_array_equal(copy.log_prob(LOC), distribution.log_prob(LOC))
    np.testing.assert_array_equal(as_tensor_like(copy, abs_mean).numpy(), np.abs(LOC))
    np.testing.assert_array_equal(distribution.numpy(), value)
    plain = tfd.MultivariateNormalDiag(LOC, LOC**2)
    assert plain_copy(plain) is not plain
    assert type(plain_copy(plain)) is type(plain)


def abs_mean(distribution):
    return abs(distribution.mean())


EXPORTED = {
    "mean": lambda: gaussian(tfd.Distribution.mean),
    "sample": lambda: gaussian(tfd.Distribution.sample),
    "function": lambda: gaussian(abs_mean),
    "plain": lambda: tfd.MultivariateNormalDiag(LOC, LOC**2),
    "mixture": lambda: as_tensor_like(
        tfd.MixtureSameFamily(
            tfd.Categorical(logits=LOC),
            tfd.MultivariateNormalDiag(tf.stack([LOC, LOC], 1), tf.ones((3, 2, 2))),
        )
    ),
}


@pytest.mark.filterwarnings("ignore:Encoding a StructuredValue")
@pytest.mark.parametrize("name", EXPORTED)
def test_every_class_of_one_name_can_be_exported(name, tmp_path):
    made = {key: make() for key, make in EXPORTED.items()}  # all names taken by now
    module = tf.Module()
    module.make = tf.function(EXPORTED[name], input_signature=[])
    tf.saved_model.save(module, str(tmp_path))
    loaded = tf.saved_model.load(str(tmp_path)).make()
    # In a process of TFP alone it is TFP's class, and so it is in this one.
    assert type(loaded).__name__ == type(made[name]).__name__
    assert isinstance(loaded, tfd.Distribution)
    assert not tf.is_tensor(loaded)
    np.testing.assert_allclose(loaded.mean(), made[name].mean(), rtol=1e-6)
