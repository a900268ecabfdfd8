import numpy as np
import pytest

from vaezoo.data import binarize_fixed
from vaezoo.evaluation import evaluate_likelihood
from vaezoo.evaluation.measurement import mean_and_error
from vaezoo.models import FullyConnectedVAE

SHAPE = (6, 5, 1)


@pytest.fixture(scope="module")
def model():
    return FullyConnectedVAE(SHAPE, latent_dim=3, hidden_units=(8,))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (20, *SHAPE)).astype("uint8")


def test_nll_is_of_images_binarized_once_with_seed_777(model, images):
    result = evaluate_likelihood(model, images, num_samples=30, seed=4)
    state = np.random.RandomState(777)
    binary = (state.binomial(1, images / 255.0) * 255).astype("uint8")
    expected = -model.log_prob(binary, 30, seed=4)
    assert result["nll"].value == pytest.approx(expected.mean(), rel=1e-6)
    error = expected.std(ddof=1) / np.sqrt(20)
    assert result["nll"].standard_error == pytest.approx(error, rel=1e-5)
    assert (result["nll"].k, result["nll"].n, result["nll"].unit) == (30, 20, "nats")


def test_bound_and_its_terms(model, images):
    result = evaluate_likelihood(model, images, num_samples=200)
    elbo, nll = result["elbo"], result["nll"]
    difference = result["reconstruction"].value - result["kl"].value
    assert elbo.value == pytest.approx(difference, abs=1e-4)
    assert elbo.value <= -nll.value + 3 * elbo.standard_error


def test_difference_estimator_by_hand(model, images):
    result = evaluate_likelihood(
        model, images, num_samples=60, correction_images=7, correction_samples=5
    )
    binary = binarize_fixed(images)
    coarse = -model.log_prob(binary, 5, seed=0)
    fine = -model.log_prob(binary[:7], 60, seed=0)
    gap = coarse[:7] - fine
    assert result["nll"].value == pytest.approx(coarse.mean() - gap.mean(), abs=1e-4)
    error = np.hypot(coarse.std(ddof=1) / np.sqrt(20), gap.std(ddof=1) / np.sqrt(7))
    assert result["nll"].standard_error == pytest.approx(error, rel=1e-4)
    assert "NLL_5" in result["nll"].protocol


def test_active_units_counts_the_dimensions_that_move(images):
    model = FullyConnectedVAE(SHAPE, latent_dim=4, hidden_units=(8,))
    kernel = model.encoder.get_layer("posterior_params").kernel
    values = kernel.numpy() * 5.0
    values[:, [0, 2]] = 0.0  # locations of two dimensions no longer see the image
    kernel.assign(values)
    assert evaluate_likelihood(model, images, 2)["active_units"].value == 2


def test_one_image_has_no_standard_error(model, images):
    result = evaluate_likelihood(model, images[:1], num_samples=3)
    assert result["nll"].standard_error is None
    assert mean_and_error(np.array([2.0])) == (2.0, None)


def test_rows_and_unknown_name(model, images):
    result = evaluate_likelihood(model, images[:2], num_samples=3)
    names = [row["name"] for row in result.rows()]
    assert names == ["nll", "elbo", "reconstruction", "kl", "active_units"]
    with pytest.raises(KeyError, match="Expected one of: nll"):
        result["fid"]


@pytest.mark.parametrize("bad", [0, -1, 2.5])
def test_number_of_samples_is_checked(model, images, bad):
    with pytest.raises(ValueError, match="num_samples"):
        evaluate_likelihood(model, images, num_samples=bad)


GREY = {
    "continuous_bernoulli": 8.0,
    "normal": 8.0,
    "discretized_logistic": 0.0,
    "discretized_logistic_mixture": 0.0,
    "categorical": 0.0,
}


def grey_model(likelihood):
    return FullyConnectedVAE(
        SHAPE, latent_dim=3, hidden_units=(8,), likelihood=likelihood
    )


@pytest.mark.parametrize("likelihood", GREY)
def test_grey_pixels_stay_grey_and_are_measured_in_bits_per_dim(likelihood, images):
    model = grey_model(likelihood)
    result = evaluate_likelihood(model, images, num_samples=5, seed=4)
    expected = -model.log_prob(images, 5, seed=4)
    nll, bits = result["nll"], result["bits_per_dim"]
    assert nll.value == pytest.approx(expected.mean(), rel=1e-6)
    scale = 6 * 5 * np.log(2.0)
    correction = GREY[likelihood]
    assert bits.value == pytest.approx(expected.mean() / scale + correction, rel=1e-6)
    assert bits.standard_error == pytest.approx(nll.standard_error / scale, rel=1e-6)
    assert (bits.unit, bits.k, bits.n) == ("bits/dim", 5, 20)
    assert "nll / (30 ln 2)" in bits.protocol
    assert ("+ 8 bits" in bits.protocol) == (correction > 0.0)
    assert "pixels as given" in bits.protocol
    assert "binarized" not in bits.protocol


def test_binary_pixels_have_no_bits_per_dim(model, images):
    with pytest.raises(KeyError, match="Received: 'bits_per_dim'"):
        evaluate_likelihood(model, images, num_samples=3)["bits_per_dim"]


def test_a_decoder_that_knows_nothing_takes_8_bits(images):
    model = grey_model("categorical")
    for weight in model.decoder.weights:
        weight.assign(np.zeros(weight.shape))
    bits = evaluate_likelihood(model, images, num_samples=2)["bits_per_dim"]
    # The importance weights of a posterior that is not the prior cost a little.
    assert bits.value == pytest.approx(8.0, abs=0.2)
    assert str(bits).startswith(f"bits_per_dim = {bits.value:.3f} ± ")


def test_a_flat_density_takes_8_bits_too(images):
    model = grey_model("continuous_bernoulli")
    for weight in model.decoder.weights:
        weight.assign(np.zeros(weight.shape))
    bits = evaluate_likelihood(model, images, num_samples=2)["bits_per_dim"]
    assert bits.value == pytest.approx(8.0, abs=0.2)
