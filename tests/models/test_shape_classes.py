"""No verb is traced again for another batch size, and no row depends on it."""

import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.models.shape_classes import ShapeClasses

SIZES = (1, 2, 11)


def verbs(model, y=None):
    """Each verb as a function of a slice of the rows."""

    def of(x, rows):
        seeds, condition = np.arange(20)[rows], None if y is None else y[rows]
        z = np.linspace(-1, 1, 2 * 20, dtype="float32").reshape(20, 2)[rows]
        yield "encode", model.encode(x[rows], condition).mean().numpy()
        yield "decode", model.decode(z, condition).mean().numpy()
        yield "sample", model.sample(seed=seeds, y=condition)
        yield "reconstruct", model.reconstruct(x[rows], condition)
        yield "elbo", model.elbo(x[rows], seeds, condition)
        yield "log_prob", model.log_prob(x[rows], 3, seeds, condition)

    return lambda x, rows: dict(of(x, rows))


@pytest.fixture(scope="module")
def conditional():
    return vaezoo.ConditionalVAE(
        (4, 3, 1), 2, vaezoo.Labels(3), hidden_units=(5,), prior="conditional_normal"
    )


@pytest.mark.parametrize("kind", ["plain", "conditional"])
def test_every_verb_is_traced_for_classes_of_sizes_only(
    kind, model, conditional, images
):
    model = conditional if kind == "conditional" else model
    y = np.arange(20) % 3 if kind == "conditional" else None
    run = verbs(model, y)
    whole = run(images, slice(0, 11))
    run(images, slice(0, 1))
    run(images, slice(0, 2))
    traces = model.num_traces
    for n in SIZES:
        for start in {0, 11 - n}:
            rows = slice(start, start + n)
            for verb, result in run(images, rows).items():
                message = f"{verb} of rows {start} to {start + n}"
                np.testing.assert_allclose(
                    result, whole[verb][rows], rtol=1e-4, atol=1e-5, err_msg=message
                )
    assert model.num_traces == traces
    # One row and any number of rows; and for log_prob, two graphs of each size.
    assert traces <= 5 * 2 + 2 * 3


def counted(calls):
    def body(x):
        calls.append(x.shape[0])
        return tf.cast(x, tf.float32) * 2.0

    return body


@pytest.mark.parametrize("n", [1, 2, 100, 128, 129, 150, 200, 256, 300, 511, 777])
def test_padding_shows_nowhere(n):
    calls = []
    classes = ShapeClasses(counted(calls), 256, one_row=True, many_rows=True)
    x = np.arange(n, dtype="float32")[:, None]
    (result,) = classes.arrays(x)
    np.testing.assert_array_equal(result, 2.0 * x)
    (tensor,) = classes.tensors(x)
    np.testing.assert_array_equal(tensor, 2.0 * x)
    assert set(calls) <= {None, 1, 128, 256}
    assert classes.traces == len(calls) == len(set(calls))


def test_little_is_computed_for_nothing():
    classes = ShapeClasses(lambda x: x, 2048, one_row=True, many_rows=True)
    for n in range(1, 5000, 7):
        sizes = [size for _, _, size in classes._pieces(0, n)]
        assert n <= sum(sizes) <= max(n, 1.34 * n)


def test_without_xla_there_is_one_graph(images):
    calls = []
    classes = ShapeClasses(counted(calls), 4, one_row=False, many_rows=False)
    for n in SIZES:
        (result,) = classes.arrays(images[:n])
        np.testing.assert_array_equal(result, images[:n] * np.float32(2))
    assert calls == [None]


def test_what_xla_cannot_compile_runs_in_a_plain_graph():
    def body(x):
        return tf.ensure_shape(tf.py_function(lambda v: v + 1.0, [x], x.dtype), x.shape)

    classes = ShapeClasses(body, 256, one_row=True, many_rows=True)
    (result,) = classes.arrays(np.zeros((1, 2), "float32"))
    np.testing.assert_array_equal(result, [[1.0, 1.0]])
    traces = classes.traces
    classes.arrays(np.zeros((1, 2), "float32"))
    assert classes.traces == traces


def test_each_dtype_has_its_own_graph(model, images):
    model.reconstruct(images)
    traces = model.num_traces
    model.reconstruct(images.astype("float64") / 255.0)
    assert model.num_traces == traces + 1
    model.reconstruct(images.astype("float16") / 255.0)
    assert model.num_traces == traces + 1


def test_changed_weights_are_seen_without_a_trace(model, images):
    before = model.reconstruct(images[:1])
    traces = model.num_traces
    model.set_weights([weight + 0.5 for weight in model.get_weights()])
    assert np.abs(model.reconstruct(images[:1]) - before).max() > 1e-3
    assert model.num_traces == traces


def test_a_gradient_tape_records_encode_and_decode(model, images):
    weights = [weight.value for weight in model.trainable_weights]
    for x in (images, images[:1]):
        with tf.GradientTape() as tape:
            posterior = model.encode(x)
            images_again = model.decode(posterior.mean()).mean()
            loss = tf.reduce_sum(posterior.stddev()) + tf.reduce_sum(images_again)
        gradients = tape.gradient(loss, weights, unconnected_gradients="zero")
        assert sum(float(np.abs(gradient).max()) > 0 for gradient in gradients) >= 6
