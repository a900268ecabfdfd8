import builtins

import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import FactorData, evaluate_disentanglement
from vaezoo.evaluation.disentanglement import METRICS, dci, mutual_information_gap

NAMES = [
    "mig",
    "dci_disentanglement",
    "dci_completeness",
    "dci_informativeness",
    "sap",
    "beta_vae_score",
    "factor_vae_score",
    "modularity",
]
FEW = {"num_train": 300, "num_test": 150}
FAST = ("mig", "sap", "beta_vae", "factor_vae", "modularity")


@pytest.fixture(scope="module")
def sprites():
    return vaezoo.data.Sprites(16)


def test_all_scores_of_the_factors_themselves(many):
    result = evaluate_disentanglement(None, (many, many), **FEW)
    assert [m.name for m in result.measurements] == NAMES
    for name in set(NAMES) - {"mig", "sap"}:
        assert result[name].value == pytest.approx(1.0, abs=0.01)
    assert result["mig"].value > 0.9
    assert 0.3 < result["sap"].value < 0.7
    assert "factors 0, 1, 2; Locatello et al. 2019, seed 0" in result["mig"].protocol
    assert (result["mig"].n, result["dci_completeness"].n) == (300, 450)
    assert result["factor_vae_score"].n == len(many)
    assert str(result["dci_informativeness"]) == "dci_informativeness = 1.000 of 1"


def test_training_and_test_images_are_apart(many):
    codes = np.arange(len(many), dtype=float)[:, None] * [1.0, -1.0]
    seen = []

    def represent(images):
        seen.append(images[:, 0])
        return images

    evaluate_disentanglement(represent, (codes, many), ["sap"], seed=2, **FEW)
    seen = np.concatenate(seen)
    assert len(seen) == 450 == len(np.unique(seen))  # none twice, each encoded once


def test_the_scores_are_those_of_the_functions(mixed, many):
    mixed, many = mixed[:150], many[:150]
    result = evaluate_disentanglement(None, (mixed, many), ["mig", "dci"])
    order = np.random.default_rng(0).choice(150, 150, replace=False)
    train, test = order[:100], order[100:]
    gap = mutual_information_gap(mixed[train], many[train])
    assert result["mig"].value == pytest.approx(gap)
    scores = dci(mixed[train], many[train], mixed[test], many[test])
    assert result["dci_completeness"].value == pytest.approx(scores.completeness)
    assert result["dci_informativeness"].value == pytest.approx(scores.informativeness)


def test_fewer_images_than_asked_for(many):
    result = evaluate_disentanglement(None, (many[:90], many[:90]), ["mig", "sap"])
    assert (result["mig"].n, result["sap"].n) == (60, 90)
    assert "fitted on 60 and tested on 30 images" in result["sap"].protocol


def test_a_model_on_sprites(sprites):
    model = vaezoo.FullyConnectedVAE((16, 16, 1), 3, hidden_units=(4,))
    data = FactorData.of(sprites).select(["x", "y"])
    result = evaluate_disentanglement(model, data, FAST, num_train=100, num_test=50)

    def represent(images):
        return model.encode(images).mean().numpy()

    again = evaluate_disentanglement(represent, data, FAST, num_train=100, num_test=50)
    for name in ("mig", "sap", "beta_vae_score", "factor_vae_score", "modularity"):
        assert result[name].value == again[name].value
        assert 0.0 <= result[name].value <= 1.0
    assert "factors x, y" in result["mig"].protocol


def test_a_representation_that_finds_the_position(sprites):
    def centre(images):
        weights = images[..., 0].astype(float)
        mass = weights.sum(axis=(1, 2))
        x = (weights.sum(axis=1) @ np.arange(16)) / mass
        y = (weights.sum(axis=2) @ np.arange(16)) / mass
        return np.stack([x, y], axis=1)

    data = FactorData.of(sprites).select(["y", "x"])
    result = evaluate_disentanglement(centre, data, FAST, num_train=600, num_test=300)
    for name in ("beta_vae_score", "factor_vae_score"):
        assert result[name].value == 1.0
    assert result["modularity"].value > 0.9
    assert result["mig"].value > 0.5


def test_splits_with_factors(sprites):
    data = vaezoo.data.load("sprites", "test", image_size=16)
    factors = FactorData.of(data)
    assert factors.factor_names == sprites.factor_names
    np.testing.assert_array_equal(factors.factors[:50], data.attributes[:50])
    np.testing.assert_array_equal(factors.images(np.array([3, 1])), data.images[[3, 1]])
    assert FactorData.of(factors) is factors


def test_sprites_are_drawn_by_their_number(sprites):
    data = FactorData.of(sprites)
    rows = np.array([5, 700_000])
    np.testing.assert_array_equal(data.images(rows), sprites.images(rows))
    np.testing.assert_array_equal(data.factors[rows], sprites.factors_of(rows))
    assert len(data) == 737_280
    assert "orientation (40 values)" in repr(data)


def test_too_few_factors_or_dimensions_are_not_defined(many):
    result = evaluate_disentanglement(None, (many, many[:, :1]), FAST, **FEW)
    undefined = {m.name for m in result.measurements if np.isnan(m.value)}
    assert undefined == {"beta_vae_score", "factor_vae_score", "modularity"}


def test_bad_arguments(many):
    with pytest.raises(ValueError, match=r"metrics among .*Received: \['fid'\]"):
        evaluate_disentanglement(None, (many, many), ["fid"])
    with pytest.raises(ValueError, match="metrics among"):
        evaluate_disentanglement(None, (many, many), "mig")
    with pytest.raises(ValueError, match="Expected Sprites, ImageData"):
        evaluate_disentanglement(None, many)
    images = vaezoo.data.load(np.zeros((3, 4, 4, 1)))
    with pytest.raises(ValueError, match="as `attributes`"):
        evaluate_disentanglement(None, images)
    with pytest.raises(ValueError, match="num_train"):
        evaluate_disentanglement(None, (many, many), num_train=1)
    with pytest.raises(ValueError, match="one code for each of"):
        evaluate_disentanglement(lambda x: x[:1], (many, many), ["mig"])
    data = FactorData(many, many, ("a", "b", "c"))
    for names in (["d"], [], "a"):
        with pytest.raises(ValueError, match="Expected a list of factors: a, b, c"):
            data.select(names)
    with pytest.raises(ValueError, match="a name for each of 3 factors"):
        FactorData(many, many, ("a", "b"))


def test_without_scikit_learn(many, monkeypatch):
    original = builtins.__import__

    def refuse(name, *args, **kwargs):
        if name.split(".")[0] == "sklearn":
            raise ModuleNotFoundError("No module named 'sklearn'")
        return original(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", refuse)
    monkeypatch.setattr(
        "importlib.import_module", lambda name: refuse(name, {}, {}, ["x"])
    )
    only_numpy = ["mig", "factor_vae", "modularity"]
    assert evaluate_disentanglement(None, (many, many), only_numpy, **FEW)
    for metric in set(METRICS) - set(only_numpy):
        with pytest.raises(ImportError, match=r"pip install 'vaezoo\[evaluation\]'"):
            evaluate_disentanglement(None, (many, many), [metric], **FEW)
