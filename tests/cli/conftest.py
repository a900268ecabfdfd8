import keras
import pytest

import vaezoo
from vaezoo.cli import main
from vaezoo.zoo import atomic_version_folder, catalog, save_model_files, write_card

METRIC = {
    "name": "nll",
    "value": 12.345,
    "standard_error": 0.067,
    "unit": "nats",
    "protocol": "importance sampling",
    "n": 10,
    "k": 5000,
}


@pytest.fixture(scope="session")
def shipped(tmp_path_factory):
    """A folder of models with two tiny ones."""
    root = tmp_path_factory.mktemp("saved_models")
    keras.utils.set_random_seed(0)
    for latent_dim, name in ((2, "tiny_k5_noise"), (3, "tiny_k50_noise")):
        model = vaezoo.FullyConnectedVAE((16, 16, 1), latent_dim, hidden_units=(5,))
        with atomic_version_folder(root / name) as folder:
            save_model_files(model, folder)
            write_card(
                model,
                folder,
                name=name,
                version=1,
                description="A [tiny] model.",
                metrics=[METRIC],
            )
    return root


@pytest.fixture
def vaezoo_command(shipped, monkeypatch, capfd):
    """`vaezoo_command("list", ...)` -> (exit code, standard output, standard error)."""
    monkeypatch.setattr(catalog, "models_root", lambda: shipped)

    def run(*arguments):
        code = main([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return run
