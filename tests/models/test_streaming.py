"""Long arrays pass through in batches, two at a time, in bounded memory."""

import threading

import numpy as np
import pytest

from vaezoo.models.in_parallel import CALLS, in_parallel
from vaezoo.models.network_size import rows_that_fit

VERBS = {
    "encode": lambda model, x, **kwargs: model.encode(x, **kwargs).mean(),
    "reconstruct": lambda model, x, **kwargs: model.reconstruct(x, **kwargs),
    "sample": lambda model, x, **kwargs: model.sample(len(x), seed=1, **kwargs),
    "elbo": lambda model, x, **kwargs: model.elbo(x, seed=1, **kwargs),
}


@pytest.mark.parametrize("verb", VERBS)
def test_batches_do_not_change_the_result(model, monkeypatch, images, verb):
    expected = VERBS[verb](model, images)
    monkeypatch.setattr("vaezoo.models.VAE._rows_at_a_time", 2)
    np.testing.assert_allclose(VERBS[verb](model, images), expected, rtol=1e-5)


@pytest.mark.parametrize("verb", VERBS)
def test_progress_is_shown_when_asked_for(model, images, capsys, verb):
    quiet = np.asarray(VERBS[verb](model, images))
    assert capsys.readouterr().out == ""
    loud = VERBS[verb](model, images, progress=True)
    assert "11/11" in capsys.readouterr().out
    np.testing.assert_allclose(loud, quiet, rtol=1e-5)


def test_decode_shows_its_progress(model, capsys):
    model.decode(np.zeros((3, 2)), progress=True)
    assert "3/3" in capsys.readouterr().out


def test_results_come_in_order_and_few_are_ahead():
    begun, lock = [], threading.Lock()

    def function(item):
        with lock:
            begun.append(item)
        return item * item

    for count, result in enumerate(in_parallel(function, range(20))):
        assert result == count * count
        assert len(begun) <= count + 1 + CALLS


def test_an_error_ends_it():
    begun = []

    def function(item):
        begun.append(item)
        if item == 3:
            raise ValueError("the third")
        return item

    with pytest.raises(ValueError, match="the third"):
        list(in_parallel(function, range(1000)))
    assert len(begun) <= 3 + 1 + CALLS


def test_wide_networks_take_fewer_rows_a_batch(make_model):
    narrow, wide = make_model(), make_model(hidden_units=(2**16,))
    assert rows_that_fit(wide) < rows_that_fit(narrow)
    for model in (narrow, wide):
        rows = rows_that_fit(model)
        assert rows == 1 << (rows.bit_length() - 1)
