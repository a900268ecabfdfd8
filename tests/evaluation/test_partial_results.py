"""Likelihood runs that are interrupted and continued."""

import shutil

import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import importance_run, partial_results, per_image_likelihood
from vaezoo.evaluation.fingerprint import model_fingerprint
from vaezoo.evaluation.image_progress import ImageProgress

SHAPE, COUNT, SAMPLES = (6, 5, 1), 30, 40
OPTIONS = {"num_samples": SAMPLES, "correction_images": 20, "correction_samples": 8}


@pytest.fixture(scope="module")
def model():
    return vaezoo.FullyConnectedVAE(SHAPE, latent_dim=3, hidden_units=(8,))


@pytest.fixture(scope="module")
def images():
    return np.random.default_rng(0).integers(0, 256, (COUNT, *SHAPE)).astype("uint8")


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    """Blocks of four images, each of them saved."""
    monkeypatch.setattr(importance_run, "_BLOCK_BATCHES", 1)
    monkeypatch.setattr(partial_results, "_SAVE_SECONDS", 0.0)
    sampler = importance_run.ImportanceSampler

    def with_four_images(*args, **kwargs):
        made = sampler(*args, **kwargs)
        made.images = 4
        return made

    monkeypatch.setattr(importance_run, "ImportanceSampler", with_four_images)


@pytest.fixture
def on_call(monkeypatch):
    """`on_call(function)`: calls it with the number of each call of `log_prob`."""
    log_prob = vaezoo.VAE.log_prob

    def install(function):
        calls = []

        def counting(self, x, *args, **kwargs):
            function(len(calls))
            calls.append(len(x))
            return log_prob(self, x, *args, **kwargs)

        monkeypatch.setattr(vaezoo.VAE, "log_prob", counting)
        return calls

    return install


def nothing(call):
    pass


def assert_same_bits(first, second):
    assert first.nll.tobytes() == second.nll.tobytes()
    assert first.correction.tobytes() == second.correction.tobytes()
    assert first.evaluation == second.evaluation


def test_a_run_that_was_killed_continues_to_the_same_bits(
    model, images, on_call, tmp_path
):
    whole = per_image_likelihood(model, images, **OPTIONS)
    folder, killed = tmp_path / "run", tmp_path / "killed"

    def copy(call):
        if call == 3:  # What is on the disk in the midst of the run.
            shutil.copytree(folder, killed)

    calls = on_call(copy)
    finished = per_image_likelihood(model, images, **OPTIONS, checkpoint=folder)
    assert calls == [4] * 7 + [2] + [4] * 5
    assert_same_bits(finished, whole)
    calls = on_call(nothing)
    continued = per_image_likelihood(model, images, **OPTIONS, checkpoint=killed)
    assert calls == [4] * 4 + [2] + [4] * 5  # not the first three again
    assert_same_bits(continued, whole)
    assert [path.name for path in sorted(killed.iterdir())] == ["all.npz", "first.npz"]


def test_what_was_done_is_kept_when_it_is_interrupted(
    model, images, on_call, tmp_path, monkeypatch
):
    monkeypatch.setattr(partial_results, "_SAVE_SECONDS", 1e9)

    def interrupt(call):
        if call == 10:
            raise KeyboardInterrupt

    on_call(interrupt)
    with pytest.raises(KeyboardInterrupt):
        per_image_likelihood(model, images, **OPTIONS, checkpoint=tmp_path)
    calls = on_call(nothing)
    continued = per_image_likelihood(model, images, **OPTIONS, checkpoint=tmp_path)
    assert calls == [4] * 3
    assert_same_bits(continued, per_image_likelihood(model, images, **OPTIONS))
    calls.clear()
    again = per_image_likelihood(model, images, **OPTIONS, checkpoint=tmp_path)
    assert calls == []
    assert_same_bits(again, continued)


@pytest.fixture
def checkpoint(model, images, tmp_path):
    folder = tmp_path / "checkpoint"
    per_image_likelihood(model, images, 3, checkpoint=folder)
    return folder


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"num_samples": 4}, "num_samples 3 instead of 4"),
        ({"seed": 1}, "seed 0 instead of 1"),
        ({"images": np.zeros((COUNT, *SHAPE), "uint8")}, "images "),
        ({"images": np.zeros((5, *SHAPE), "uint8")}, "images "),
        ({"model": vaezoo.FullyConnectedVAE}, "model "),
    ],
    ids=["k", "seed", "images", "fewer images", "model"],
)
def test_a_foreign_checkpoint_is_refused(model, images, checkpoint, change, named):
    arguments = {"model": model, "images": images, "num_samples": 3, **change}
    if arguments["model"] is not model:
        arguments["model"] = arguments["model"](SHAPE, 3, (8,))
    before = (checkpoint / "all.npz").read_bytes()
    with pytest.raises(ValueError, match=r"all.npz', which has " + named):
        per_image_likelihood(**arguments, checkpoint=checkpoint)
    assert (checkpoint / "all.npz").read_bytes() == before


def test_the_condition_counts(images, tmp_path):
    model = vaezoo.ConditionalVAE(SHAPE, 3, vaezoo.Labels(2), hidden_units=(8,))
    y = np.zeros(COUNT, int)
    run = importance_run.ImportanceRun(model, seed=0, checkpoint=tmp_path)
    run.nll(images, y, 3, "all")
    run.nll(images, y, 3, "all")
    with pytest.raises(ValueError, match="which has condition"):
        run.nll(images, y + 1, 3, "all")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not an archive"])
def test_a_damaged_checkpoint_is_refused(model, images, checkpoint, content):
    (checkpoint / "all.npz").write_bytes(content)
    with pytest.raises(ValueError, match="Expected the partial results"):
        per_image_likelihood(model, images, 3, checkpoint=checkpoint)


def test_a_pickle_is_not_opened(model, images, checkpoint):
    np.savez(checkpoint / "all.npz", values=np.array([object()]), done=1, fingerprint=1)
    with pytest.raises(ValueError, match="Object arrays cannot be loaded"):
        per_image_likelihood(model, images, 3, checkpoint=checkpoint)


def test_a_fingerprint_is_of_weights_and_configuration_but_not_of_names():
    first = vaezoo.FullyConnectedVAE(SHAPE, 3, (8,), name="one")
    second = vaezoo.FullyConnectedVAE(SHAPE, 3, (8,), name="two")
    second.set_weights(first.get_weights())
    assert model_fingerprint(first) == model_fingerprint(second)
    other = vaezoo.FullyConnectedVAE(SHAPE, 3, (8,), activation="tanh")
    other.set_weights(first.get_weights())
    assert model_fingerprint(first) != model_fingerprint(other)
    weights = second.get_weights()
    weights[-1][0] = np.nextafter(weights[-1][0], np.float32(9.0))
    second.set_weights(weights)
    assert model_fingerprint(first) != model_fingerprint(second)


def test_the_number_of_an_image_does_not_depend_on_its_block(
    model, images, monkeypatch
):
    few = per_image_likelihood(model, images, SAMPLES, seed=5)
    monkeypatch.setattr(importance_run, "_BLOCK_BATCHES", 16)
    many = per_image_likelihood(model, images, SAMPLES, seed=5)
    np.testing.assert_allclose(few.nll, many.nll, rtol=1e-5)
    first = per_image_likelihood(model, images[:3], SAMPLES, seed=5)
    np.testing.assert_allclose(first.nll, many.nll[:3], rtol=1e-5)
    again = per_image_likelihood(model, images, SAMPLES, seed=5)
    assert again.nll.tobytes() == many.nll.tobytes()
    other = per_image_likelihood(model, images, SAMPLES, seed=6)
    assert np.abs(other.nll - many.nll).min() > 1e-5


def test_the_memory_limit_bounds_the_batch_and_not_the_result(model, images):
    expected = importance_run.ImportanceRun(model, seed=5).nll(images, None, 40, "all")
    run = importance_run.ImportanceRun(model, seed=5, memory_limit=10_000)
    actual = run.nll(images, None, 40, "all")
    np.testing.assert_allclose(actual, expected, rtol=1e-5)
    with pytest.raises(ValueError, match="memory_limit=0"):
        per_image_likelihood(model, images, 40, memory_limit=0)


def test_the_bar_shows_what_is_done_and_the_time_left(model, images, capsys, tmp_path):
    per_image_likelihood(model, images, 3, progress=True, checkpoint=tmp_path)
    printed = capsys.readouterr().out
    assert "NLL, k = 3" in printed
    assert "30/30" in printed
    assert "0:00:00 left" in printed
    per_image_likelihood(model, images, 3)
    assert capsys.readouterr().out == ""


def test_the_time_left_counts_what_was_done_here(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with ImageProgress("images", 100, done=60, show=False) as bar:
        assert np.isnan(bar.seconds_left)
        now[0] += 5.0
        bar.update(70)
        assert bar.seconds_left == pytest.approx(15.0)
