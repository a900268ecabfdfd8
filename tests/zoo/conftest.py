import keras
import pytest

import vaezoo
from vaezoo.zoo import atomic_version_folder, save_model_files, write_card

FIELDS = {
    "description": "A tiny model for the tests.",
    "data": {
        "name": "noise",
        "split": "train",
        "sizes": {"train": 40, "test": 10},
        "binarization": None,
    },
    "training": {
        "recipe": "recipes/tiny.py",
        "command": "vaezoo train tiny",
        "epochs": 3,
        "batch_size": 4,
        "optimizer": "Adam",
        "schedule": "constant 1e-3",
        "seed": 0,
        "wall_time_seconds": 90,
        "machine": "2 CPU cores",
        "selected_on": None,
    },
    "metrics": [
        {
            "name": "nll",
            "value": 12.345,
            "standard_error": 0.067,
            "unit": "nats",
            "protocol": "importance sampling",
            "n": 10,
            "k": 5000,
        }
    ],
    "published": [{"value": 86.76, "source": "Burda et al. 2016, Table 1"}],
    "licence": "Apache-2.0",
    "data_licence": "CC0-1.0",
    "reference": "Kingma & Welling 2014",
}


def _tiny_model(seed=0):
    keras.utils.set_random_seed(seed)
    return vaezoo.FullyConnectedVAE((4, 4, 1), latent_dim=2, hidden_units=(5,))


def _publish(model, model_dir, version=1, **fields):
    with atomic_version_folder(model_dir, version) as folder:
        (folder / "variables").mkdir()
        (folder / "saved_model.pb").write_bytes(b"graph")
        (folder / "variables" / "variables.index").write_bytes(b"index")
        save_model_files(model, folder)
        write_card(
            model, folder, name=model_dir.name, version=version, **{**FIELDS, **fields}
        )
    return model_dir / str(version)


@pytest.fixture(scope="session")
def publish():
    """`publish(model, model_dir, version=1, **card_fields)` -> version folder."""
    return _publish


@pytest.fixture(scope="session")
def tiny():
    return _tiny_model()


@pytest.fixture
def folder(publish, tiny, tmp_path):
    """A version folder to damage."""
    return publish(tiny, tmp_path / "models" / "tiny")


@pytest.fixture
def root(tmp_path, monkeypatch):
    """An empty folder in the place of the models that come with vaezoo."""
    from vaezoo.zoo import catalog

    path = tmp_path / "saved_models"
    path.mkdir()
    monkeypatch.setattr(catalog, "models_root", lambda: path)
    return path
