import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.plotting import latent_traversal
from vaezoo.plotting.mosaic import pixels


def texts(labels):
    return [text.get_text() for text in labels]


def decoded(model, z):
    return pixels(model.decode(z).mean().numpy())


def test_rows_move_one_dimension_each(model, cells):
    shown = cells(
        latent_traversal(model, [2, 0], steps=3, span=2.0, seed=5), (6, 5), 3, 2
    )
    origin = _origin(model, seed=5)
    z = np.tile(origin, (6, 1))
    z[:3, 2] = z[3:, 0] = [-2.0, 0.0, 2.0]
    np.testing.assert_array_equal(shown, decoded(model, z))


def test_the_origin_is_the_latent_vector_of_a_sample(model):
    image = model.decode(_origin(model, seed=5)[None]).mean().numpy()
    np.testing.assert_allclose(image, model.sample(1, seed=5), atol=1e-6)


def _origin(model, seed):
    """By a traversal with a decoder that shows its input."""
    latents = keras.Input((4,))
    probe = keras.Model(latents, keras.layers.Dense(30, activation="linear")(latents))
    seen = vaezoo.VAE(model.encoder, probe)
    weights = np.zeros((4, 30), "float32")
    weights[np.arange(4), np.arange(4)] = 1.0
    probe.set_weights([weights, np.zeros(30, "float32")])
    mean = seen.sample(1, seed=seed).reshape(30)[:4].astype("float64")
    return np.log(mean / (1.0 - mean))


def test_images_give_the_origin_and_the_order(model, images, cells):
    posterior = model.encode(images)
    mean, stddev = posterior.mean().numpy(), posterior.stddev().numpy()
    divergence = (mean**2 + stddev**2 - 1 - 2 * np.log(stddev)).mean(0)
    order = np.argsort(-divergence)
    figure = latent_traversal(model, 2, steps=2, images=images)
    assert texts(figure.axes[0].get_yticklabels()) == [
        f"z{i}  {divergence[i] / 2:.2f} nats" for i in order[:2]
    ]
    z = np.tile(mean[0], (4, 1))
    z[:2, order[0]] = z[2:, order[1]] = [-3.0, 3.0]
    np.testing.assert_array_equal(cells(figure, (6, 5), 2, 2), decoded(model, z))


def test_without_images_the_most_visible_dimensions_come_first():
    latents = keras.Input((4,))
    outputs = keras.layers.Dense(30, use_bias=False)(latents)
    images = keras.Input((6, 5, 1))
    encoder = keras.Model(images, keras.layers.Dense(8)(keras.layers.Flatten()(images)))
    model = vaezoo.VAE(encoder, keras.Model(latents, outputs))
    strength = np.array([0.1, 1.0, 0.0, 0.5], "float32")
    model.decoder.set_weights([np.repeat(strength[:, None], 30, axis=1)])
    figure = latent_traversal(model, 3)
    assert texts(figure.axes[0].get_yticklabels()) == ["z1", "z3", "z0"]


def test_columns_are_labelled_with_the_values(model):
    figure = latent_traversal(model, 1, steps=5)
    assert texts(figure.axes[0].get_xticklabels()) == ["-3", "-1.5", "0", "+1.5", "+3"]


@pytest.mark.parametrize("steps", range(2, 30))
def test_values_are_symmetric_and_zero_in_the_middle(model, steps):
    labels = texts(
        latent_traversal(model, [0], steps, span=0.7).axes[0].get_xticklabels()
    )
    assert ("0" in labels) == (steps % 2 == 1)


def test_more_dimensions_than_there_are_show_all(model):
    figure = latent_traversal(model, dimensions=10)
    assert sorted(texts(figure.axes[0].get_yticklabels())) == ["z0", "z1", "z2", "z3"]


def test_the_same_seed_gives_the_same_picture(model, read_back):
    first, again, other = (
        read_back(latent_traversal(model, [0, 1], seed=seed)) for seed in (3, 3, 4)
    )
    np.testing.assert_array_equal(first, again)
    assert first.shape == other.shape
    assert (first != other).any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"dimensions": 0}, "`dimensions`.*at least 1.*Received: dimensions=0"),
        ({"dimensions": []}, "integers from 0 to 3.*Received"),
        (
            {"dimensions": [0, 4]},
            r"integers from 0 to 3.*Received: dimensions=\[0, 4\]",
        ),
        ({"dimensions": [-1]}, "integers from 0 to 3"),
        ({"dimensions": [0.5]}, "integers from 0 to 3"),
        ({"dimensions": "all"}, "Received: dimensions='all'"),
        ({"steps": 1}, "`steps`.*at least 2.*Received: steps=1"),
        ({"span": 0}, "`span`.*positive number.*Received: span=0"),
        ({"span": float("nan")}, "Received: span=nan"),
        ({"span": float("inf")}, "Received: span=inf"),
        ({"span": "3"}, "Received: span='3'"),
        ({"span": [1, 2]}, r"Received: span=\[1, 2\]"),
        ({"seed": -1}, "`seed`.*Received: seed=-1"),
        ({"images": np.zeros((1, 5, 6, 1))}, r"Received: shape \(1, 5, 6, 1\)"),
    ],
)
def test_bad_arguments_are_refused(model, arguments, message):
    with pytest.raises(ValueError, match=message):
        latent_traversal(model, **arguments)
