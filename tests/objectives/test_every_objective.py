"""What any objective must do, whatever it minimizes."""

import itertools

import keras
import numpy as np
import pytest
import tensorflow as tf

import vaezoo
from vaezoo.objectives import (
    ELBO,
    BetaELBO,
    BetaTCVAE,
    Capacity,
    DoublyReparameterized,
    ImportanceWeighted,
)
from vaezoo.serving import ServingSession
from vaezoo.testing import check_vae

OBJECTIVES = {
    "free bits": ELBO(free_bits=0.2, warm_up_steps=3),
    "beta": BetaELBO(3.0),
    "capacity": Capacity(4.0, 2.0, 5),
    "beta-TC": BetaTCVAE(1.0, 4.0, 1.0, 50, "minibatch_stratified"),
    "importance weighted": ImportanceWeighted(3),
    "doubly reparameterized": DoublyReparameterized(3, free_bits=0.2),
}


@pytest.fixture(params=OBJECTIVES)
def objective(request):
    return OBJECTIVES[request.param]


@pytest.mark.slow
def test_a_model_with_it_passes_every_check(make_model, objective):
    assert len(check_vae(make_model(objective))) >= 12


@pytest.mark.parametrize("dtype", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_its_terms_are_float32_under_mixed_precision(
    make_model, binary, seeds, objective, dtype
):
    step = tf.constant(1, tf.int64)
    terms = make_model(objective, dtype=dtype).terms(binary, seeds, step=step)
    exact = "float64" if dtype == "float64" else "float32"
    assert {term.dtype.name for term in terms} == {exact}
    if dtype != "float64":  # for which Keras draws other weights
        expected = make_model(objective).terms(binary, seeds, step=step)
        for actual, reference in zip(terms, expected, strict=True):
            np.testing.assert_allclose(actual, reference, rtol=0.05, atol=0.05)


def under_xla():
    """Of the objectives, the schedule, rows that are compared, and many samples."""
    for dtype, name in itertools.product(("float32", "mixed_float16"), OBJECTIVES):
        few = name in ("free bits", "beta-TC", "doubly reparameterized")
        marks = [] if few and dtype == "float32" else [pytest.mark.slow]
        yield pytest.param(name, dtype, marks=marks)


@pytest.mark.parametrize(("objective", "dtype"), [*under_xla()], indirect=["objective"])
def test_it_trains_under_xla_with_several_steps_an_execution(
    make_model, binary, objective, dtype
):
    results = []
    for options in ({"jit_compile": True, "steps_per_execution": 2}, {}):
        model = make_model(objective, dtype=dtype)
        model.compile(keras.optimizers.SGD(0.01), **{"jit_compile": False, **options})
        logs = model.fit(
            binary, batch_size=4, epochs=4, shuffle=False, verbose=0
        ).history
        assert np.isfinite(logs["loss"]).all()
        results.append(np.concatenate([w.ravel() for w in model.get_weights()]))
    tolerance = 2e-5 if dtype == "float32" else 2e-2
    np.testing.assert_allclose(*results, rtol=tolerance, atol=tolerance)


def test_it_lowers_its_loss(make_model, binary, objective):
    model = make_model(objective)
    model.compile(keras.optimizers.Adam(0.03), jit_compile=False)
    before = model.evaluate(binary, verbose=0)[0]
    model.fit(np.tile(binary, (25, 1, 1, 1)), batch_size=11, verbose=0)
    assert model.evaluate(binary, verbose=0)[0] < before - 0.5


def test_a_model_with_it_is_saved(make_model, objective, tmp_path):
    model = make_model(objective)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert type(loaded.objective) is type(objective)
    assert loaded.objective.get_config() == objective.get_config()


@pytest.mark.parametrize(
    "objective",
    [
        # An export knows the bound, which is the same for all.
        pytest.param(name, marks=[] if name == "beta-TC" else [pytest.mark.slow])
        for name in OBJECTIVES
    ],
    indirect=True,
)
def test_a_model_with_it_is_exported(make_model, objective, tmp_path):
    model = make_model(objective)
    folder = vaezoo.export(model, tmp_path / "exported")
    with ServingSession(folder) as session:
        images = model.sample(seed=[1, 2])
        served = session.run("log_prob", {"image": images, "seed": np.array([3, 4])})
    np.testing.assert_allclose(
        served["elbo"], model.elbo(images, [3, 4]), rtol=1e-4, atol=1e-4
    )


def test_it_takes_a_condition(make_model, binary, objective):
    y = np.arange(len(binary)) % 3
    heads = {"condition": vaezoo.Labels(3), "prior": "conditional_normal"}
    model = make_model(objective, **heads)
    model.compile("sgd", jit_compile=False)
    logs = model.fit(binary, y, batch_size=4, verbose=0, validation_data=(binary, y))
    assert np.isfinite([logs.history["loss"], logs.history["val_loss"]]).all()
    seeds = tf.range(len(binary), dtype=tf.int64)
    together = model.terms(binary, seeds, tf.constant(y))
    alone = model.terms(binary[4:5], seeds[4:5], tf.constant(y[4:5]))
    np.testing.assert_allclose(together.elbo[4:5], alone.elbo, rtol=1e-4)
    if not objective.contrasts_rows:
        np.testing.assert_allclose(together.loss[4:5], alone.loss, rtol=1e-4)
    other = model.terms(binary, seeds, tf.constant((y + 1) % 3))
    assert np.abs(other.loss - together.loss).max() > 1e-3
