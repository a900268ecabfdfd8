"""The examples in docstrings do what they say."""

import doctest
import importlib
import pkgutil
from importlib.util import find_spec

import keras
import numpy as np
import pytest
import tensorflow as tf
import tensorflow_probability as tfp

import vaezoo
from vaezoo.zoo import models_root

# All checks of a model: the tests of `vaezoo.testing` do the same.
LONG = {
    "vaezoo.testing.check_retracing.check_retracing",
    "vaezoo.testing.check_vae.check_vae",
}


def examples():
    """Those of the whole package, each with the names of its module."""
    finder = doctest.DocTestFinder(exclude_empty=True)
    for found in pkgutil.walk_packages(vaezoo.__path__, "vaezoo."):
        if found.name == "vaezoo.__main__":
            continue
        if found.name.startswith("vaezoo.beam.") and not find_spec("apache_beam"):
            continue  # an extra that this environment has not got
        module = importlib.import_module(found.name)
        for test in finder.find(module, found.name):
            if test.examples:
                marks = [pytest.mark.slow] if test.name in LONG else []
                yield pytest.param(test, id=test.name, marks=marks)


@pytest.fixture(scope="module")
def names():
    """What an example may use beside the names of its module and its room."""
    model = vaezoo.FullyConnectedVAE((28, 28, 1), 8, hidden_units=(5,))
    model.compile("adam", jit_compile=False)
    images = model.sample(20, seed=0)
    return {
        **vars(vaezoo.layers),
        **vars(vaezoo.models),
        "keras": keras,
        "np": np,
        "tf": tf,
        "tfd": tfp.distributions,
        "vaezoo": vaezoo,
        "model": model,
        "images": images,
        "validation_images": images,
    }


@pytest.mark.parametrize("example", list(examples()))
def test_examples(example, names, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "saved_models").symlink_to(models_root())
    example.globs = {**names, **example.globs}
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    runner = doctest.DocTestRunner(optionflags=flags, verbose=False)
    output = []
    runner.run(example, out=output.append)
    assert not runner.failures, "".join(output)
