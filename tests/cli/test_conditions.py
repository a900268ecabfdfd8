"""Conditional models on the command line."""

import keras
import numpy as np
import pytest

import vaezoo
from vaezoo.cli import main
from vaezoo.cli.conditions import data_condition, sample_condition
from vaezoo.data import ImageData
from vaezoo.zoo import atomic_version_folder, save_model_files, write_card

SHAPE = (16, 16, 1)
CONDITIONS = {
    "labels": vaezoo.Labels(3),
    "attributes": vaezoo.Attributes(2),
    "image": vaezoo.PartialImage(SHAPE),
    "nothing": None,
}


def make(kind):
    keras.utils.set_random_seed(0)
    return vaezoo.FullyConnectedVAE(
        SHAPE, 2, hidden_units=(4,), condition=CONDITIONS[kind], name=kind
    )


def data(**kwargs):
    images = np.random.default_rng(0).integers(0, 256, (5, *SHAPE)).astype("uint8")
    return ImageData(images, name="noise", split="all", **kwargs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("models") / "labels"
    model = make("labels")
    with atomic_version_folder(root) as hidden:
        save_model_files(model, hidden)
        write_card(model, hidden, name="labels", version=1)
    return root


@pytest.fixture
def command(capfd):
    """`command("sample", ...)` -> (exit code, standard output, standard error)."""

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return run


@pytest.fixture
def seen(monkeypatch):
    """The arrays of images that were drawn into pictures."""
    seen = []
    grid = vaezoo.plotting.sample_grid

    def sample_grid(images):
        seen.append(images)
        return grid(images)

    monkeypatch.setattr("vaezoo.plotting.sample_grid", sample_grid)
    return seen


@pytest.mark.parametrize(
    ("options", "labels"), [((), [0, 1, 2, 0, 1]), (("--label", 2), [2] * 5)]
)
def test_samples_have_the_label_or_all_in_turn(
    command, folder, tmp_path, seen, options, labels
):
    path = tmp_path / "grid.png"
    code, out, err = command("sample", folder, "-n", 5, "-o", path, *options)
    assert (code, err) == (0, "")
    assert "Wrote 5 images" in out
    expected = vaezoo.load(folder).sample(5, seed=0, y=labels)
    np.testing.assert_array_equal(seen[0], expected)


def test_a_label_that_is_no_class_is_an_error(command, folder, tmp_path):
    path = tmp_path / "grid.png"
    code, _, err = command("sample", folder, "-o", path, "--label", 3)
    assert code == 1
    assert "labels from 0 to 2" in err
    assert not path.exists()
    assert command("sample", folder, "-o", path, "--label", -1)[0] == 2


def test_evaluate_gives_the_labels_of_the_data(command, folder, tmp_path):
    labelled = data(labels=np.array([2, 0, 1, 1, 0]))
    path = tmp_path / "images.npz"
    np.savez(path, images=labelled.images, labels=labelled.labels)
    options = ("--num-samples", 7, "--limit", 4)
    code, out, err = command("evaluate", folder, "--data", path, *options)
    assert code == 0, err
    result = vaezoo.evaluation.evaluate_likelihood(
        vaezoo.load(folder), labelled.images[:4], 7, y=labelled.labels[:4]
    )
    nll = next(line for line in out.splitlines() if line.split()[:1] == ["nll"])
    assert f"{result['nll'].value:.2f}" in nll
    np.savez(path, images=labelled.images)
    code, _, err = command("evaluate", folder, "--data", path, *options)
    assert code == 1
    assert "Expected data with a condition" in err


def test_the_condition_of_samples():
    assert sample_condition(make("nothing"), None, 4) is None
    np.testing.assert_array_equal(sample_condition(make("labels"), 1, 3), [1, 1, 1])
    for kind, label in (("nothing", 1), ("attributes", 1), ("image", 0)):
        with pytest.raises(ValueError, match=r"no label.*Received: --label"):
            sample_condition(make(kind), label, 3)
    for kind in ("attributes", "image"):
        with pytest.raises(ValueError, match=r"y=\.\.\..*Received"):
            sample_condition(make(kind), None, 3)


def test_the_condition_of_data():
    labels, attributes = np.arange(5) % 3, np.ones((5, 2))
    both = data(labels=labels, attributes=attributes, attribute_names=("a", "b"))
    assert data_condition(make("nothing"), both) is None
    assert data_condition(make("labels"), both) is both.labels
    assert data_condition(make("attributes"), both) is both.attributes
    for kind, given in (("labels", data()), ("attributes", data()), ("image", both)):
        with pytest.raises(ValueError, match=r"Expected data with a cond.*Received"):
            data_condition(make(kind), given)
