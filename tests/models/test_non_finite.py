"""A loss that is not finite stops training, and says where."""

import keras
import numpy as np
import pytest

from vaezoo.models import NonFiniteLossError

COUNT = 40


class Poison(keras.callbacks.Callback):
    """Makes a weight NaN, or huge, after a number of batches."""

    def __init__(self, weight, after, value=np.nan):
        super().__init__()
        self.weight, self.after, self.value = weight, after, value

    def on_train_batch_end(self, batch, logs=None):
        if batch == self.after:
            self.weight.assign(np.full(tuple(self.weight.shape), self.value))


@pytest.fixture
def compiled(make_model, request):
    model = make_model()
    model.compile(
        keras.optimizers.SGD(0.0), jit_compile=False, **getattr(request, "param", {})
    )
    return model


@pytest.fixture
def many(images):
    return np.resize(images, (COUNT, *images.shape[1:]))


def raised(model, images, **kwargs):
    with pytest.raises(NonFiniteLossError) as caught:
        model.fit(images, **{"batch_size": 4, "epochs": 3, "verbose": 0, **kwargs})
    return caught.value


@pytest.mark.parametrize(
    ("part", "value", "term"),
    [
        ("decoder", np.nan, "reconstruction"),
        ("decoder", 1e38, "reconstruction"),
        ("encoder", np.nan, "reconstruction"),
        ("encoder", 1e30, "kl"),
    ],
)
def test_step_and_term_are_named(compiled, many, part, value, term):
    bias = getattr(compiled, part).layers[-1].bias
    poison = Poison(bias, after=2, value=value)
    error = raised(compiled, many, callbacks=[poison])
    assert error.step == 4
    assert error.term in (term, "reconstruction")
    assert "training step 4" in str(error)
    assert f"`{error.term}`" in str(error)
    assert isinstance(error, ArithmeticError)


@pytest.mark.parametrize("compiled", [{"steps_per_execution": 5}], indirect=True)
def test_the_step_is_exact_within_a_longer_execution(compiled, many):
    weight = np.ones(COUNT)
    weight[22] = 3e38  # in batch 6
    error = raised(compiled, many, sample_weight=weight, shuffle=False)
    assert (error.step, error.term) == (6, "loss")


def test_steps_are_counted_over_epochs(compiled, many):
    class Later(Poison):
        def on_epoch_begin(self, epoch, logs=None):
            self.after = 3 if epoch == 1 else -1

    error = raised(
        compiled, many, callbacks=[Later(compiled.decoder.layers[-1].bias, -1)]
    )
    assert error.step == 10 + 5


def test_the_last_good_checkpoint_is_kept(compiled, many, tmp_path):
    path = tmp_path / "last.weights.h5"
    poison = Poison(compiled.decoder.layers[-1].bias, after=2)
    checkpoint = keras.callbacks.ModelCheckpoint(
        path, save_weights_only=True, save_freq=1
    )
    raised(compiled, many, callbacks=[checkpoint, poison])
    compiled.load_weights(path)
    assert all(np.isfinite(weight).all() for weight in compiled.get_weights())


def test_a_second_training_starts_anew(compiled, many):
    weights = compiled.get_weights()
    bias = compiled.decoder.layers[-1].bias
    assert raised(compiled, many, callbacks=[Poison(bias, after=0)]).step == 2
    compiled.set_weights(weights)
    compiled.fit(many, batch_size=4, verbose=0)
    assert raised(compiled, many, callbacks=[Poison(bias, after=0)]).step == 14


def test_a_learning_rate_too_high(make_model, many):
    model = make_model()
    model.compile(keras.optimizers.SGD(1e30), jit_compile=True)
    error = raised(model, many)
    assert error.step in (2, 3)
    assert "learning rate" in str(error)
