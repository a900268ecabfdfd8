"""Checks of saving and loading."""

import json
import pathlib
import tempfile

import keras
import numpy as np

from vaezoo.testing.subject import Subject, copy_of


def check_config(subject: Subject) -> None:
    """`from_config(get_config())`, by way of JSON, makes the same model."""
    model = subject.model
    copy = copy_of(model)
    expected = json.loads(json.dumps(model.get_config()))
    received = json.loads(json.dumps(copy.get_config()))
    assert received == expected, (
        "Expected `get_config` to survive `from_config`. "
        f"Received: other values for {_differences(expected, received)}"
    )
    subject.assert_close(
        copy.reconstruct(subject.images, subject.y),
        model.reconstruct(subject.images, subject.y),
        "Expected a model that is rebuilt from its configuration to reconstruct alike.",
    )


def check_keras_file(subject: Subject) -> None:
    """A `.keras` file, loaded in safe mode, is the same model."""
    model = subject.model
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "model.keras"
        model.save(path)
        loaded = keras.saving.load_model(path, safe_mode=True)
    assert type(loaded) is type(model), (
        f"Expected a {type(model).__name__} in the file. "
        f"Received: a {type(loaded).__name__}"
    )
    for weight, copy in zip(model.weights, loaded.weights, strict=True):
        assert np.array_equal(np.asarray(weight), np.asarray(copy)), (
            f"Expected the file to hold every weight. Received: another {weight.path}"
        )
    subject.assert_close(
        loaded.elbo(subject.images, subject.seed, subject.y),
        model.elbo(subject.images, subject.seed, subject.y),
        "Expected a model that is loaded from its file to give the same ELBO.",
    )


def _differences(expected: dict, received: dict) -> list[str]:
    keys = expected.keys() | received.keys()
    return sorted(key for key in keys if expected.get(key) != received.get(key))
