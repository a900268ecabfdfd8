import h5py
import keras
import numpy as np

import vaezoo
from vaezoo.zoo.compact_hdf5 import compact_hdf5


def contents(path):
    """Everything that a file says: arrays, their types, and all attributes."""
    found = {}

    def visit(name, item):
        found[name, "attributes"] = dict(item.attrs)
        if isinstance(item, h5py.Dataset):
            found[name] = (item.dtype.str, item.shape, item[()].tobytes())

    with h5py.File(path) as file:
        file.visititems(visit)
    return found


def test_a_compact_file_says_the_same_in_less_space(tmp_path):
    path = tmp_path / "x.weights.h5"
    model = vaezoo.ConvolutionalVAE((8, 8, 1), 3, filters=(2, 3), prior="real_nvp")
    model.save_weights(path)
    before, size = contents(path), path.stat().st_size
    compact_hdf5(path)
    assert contents(path) == before
    assert path.stat().st_size - 4 * model.count_params() < 0.5 * (
        size - 4 * model.count_params()
    )
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    other = vaezoo.ConvolutionalVAE(**model.get_config() | {"seed": 5})
    other.load_weights(path)
    for ours, theirs in zip(other.get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_half_precision_is_kept(tmp_path):
    path = tmp_path / "x.weights.h5"
    layer = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    layer.layers[0].kernel.assign(np.arange(6.0).reshape(3, 2) / 3)
    half = keras.Sequential(
        [keras.Input((3,)), keras.layers.Dense(2, dtype="bfloat16")]
    )
    half.set_weights(layer.get_weights())
    half.save_weights(path)
    before = contents(path)
    compact_hdf5(path)
    assert contents(path) == before
