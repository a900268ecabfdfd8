import csv
import json

import numpy as np
import pytest

import vaezoo
from vaezoo.evaluation import evaluate_likelihood, reconstruction_error
from vaezoo.evaluation.comparison.subject import distinct
from vaezoo.zoo import (
    ModelFileError,
    UnknownModelError,
    atomic_version_folder,
    save_model_files,
    write_card,
)

BINARY = ("first", "<script>alert('x')</script> & \"co\"")


def test_the_numbers_are_those_of_evaluate_likelihood(comparison, models, data):
    used = data.first(30)
    for label, y in (("first", None), ("told", used.labels), ("levels", None)):
        expected = evaluate_likelihood(models[label], used.images, 6, 3, y=y)
        result = comparison[label]
        for name in ("nll", "elbo", "active_units"):
            assert result.get(name).value == pytest.approx(expected[name].value)
        assert result.get("nll").standard_error == expected["nll"].standard_error
        assert result.get("rate").value == pytest.approx(expected["kl"].value)
        distortion = result.get("distortion").value
        assert distortion == pytest.approx(-expected["reconstruction"].value)
        error = reconstruction_error(models[label], used.images, y)
        assert result.get("reconstruction_error").value == pytest.approx(error.value)


def test_what_is_compared_with_what(comparison):
    groups = {group.labels: group.title for group in comparison.groups}
    assert set(groups) == {BINARY, ("told",), ("levels",), ("density",)}
    assert "zeros and ones" in groups[BINARY]
    assert "log p(x | y)" in groups[("told",)]
    assert "Labels(num_classes=2)" in groups[("told",)]
    assert "256 levels" in groups[("levels",)]
    assert "density" in groups[("density",)]
    pairs = [{d.better, d.worse} for d in comparison.differences]
    assert pairs == [set(BINARY)]


def test_the_reasons_are_given_in_words(comparison):
    reasons = "\n".join(comparison.reasons)
    for words in (
        "zeros and ones, of 256 levels",
        "dequantization",
        "is not log p(x)",
        "codes: An Autoencoder has codes and no distribution",
        "part: It must be told y, PartialImage",
        "large: It takes images of 9 x 8 x 1; these are of 8 x 8 x 1.",
        "no classifier of 'sides'",
    ):
        assert words in reasons


def test_nothing_is_left_empty_without_a_reason(comparison):
    names = {m.name for result in comparison.results for m in result.measurements}
    for result in comparison.results:
        for name in names - {m.name for m in result.measurements}:
            assert result.missing[name]


def test_what_a_model_cannot_do_is_not_in_its_cells(comparison):
    assert comparison["codes"].get("nll") is None
    assert comparison["codes"].get("sample_rate") is None
    assert comparison["codes"].get("reconstruction_error").value > 0.0
    for label in ("part", "large"):
        names = {m.name for m in comparison[label].measurements}
        assert names == {"parameters", "weight_bytes", "encode_flops", "decode_flops"}
    assert comparison["first"].get("bits_per_dim") is None
    assert comparison["levels"].get("bits_per_dim").value > 0.0


def test_speed_is_measured_for_all_that_take_the_images(comparison):
    for label in ("first", "told", "levels"):
        for name in ("encode_rate", "decode_rate", "sample_rate", "latency"):
            measurement = comparison[label].get(name)
            assert measurement.value > 0.0
            assert "2 rounds" in measurement.protocol


def test_the_same_call_gives_the_same_numbers(comparison, models, data):
    again = vaezoo.compare(
        [models["first"]],
        data,
        num_samples=6,
        seed=3,
        rounds=0,
        limit=30,
        pictures=False,
    )
    assert again.labels == ["inner"]
    assert again.pictures is None
    for name in ("nll", "elbo", "reconstruction_error"):
        assert again["inner"].get(name) == comparison["first"].get(name)
    assert "rounds=0" in again["inner"].missing["latency"]


def test_the_order_of_the_models_changes_nothing(comparison, models, data):
    labels = list(BINARY)[::-1]
    again = vaezoo.compare(
        {label: models[label] for label in labels},
        (data.images[:30], data.labels[:30]),
        num_samples=6,
        seed=3,
        rounds=0,
        pictures=False,
    )
    assert again.labels == labels
    assert again.differences == comparison.differences
    assert again.protocol.title == "array, all: 30 images"


def test_text(comparison):
    text = str(comparison)
    assert "sides, test: the first 30 of 40 images" in text
    nll = comparison["first"].get("nll")
    assert f"{nll.value:.2f} ± {nll.standard_error:.2f}" in text
    line = next(line for line in text.splitlines() if line.startswith("codes "))
    assert set(line.split()[1:]) == {"-"}
    assert "30 images are few" in text
    assert comparison.differences[0].verdict in text
    assert repr(comparison).startswith("Comparison(first, ")


def test_the_star_marks_what_is_not_clearly_worse(comparison):
    (difference,) = comparison.differences
    best = {difference.better} if difference.clear else set(BINARY)
    assert comparison.best(comparison.group_of("first")) == best
    assert comparison.best(comparison.group_of("told")) == set()


def test_dictionary_and_csv(comparison, tmp_path):
    found = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert [model["label"] for model in found["models"]] == comparison.labels
    assert found["protocol"]["num_samples"] == 6
    assert found["differences"][0]["verdict"] == comparison.differences[0].verdict
    comparison.to_csv(tmp_path / "table.csv")
    with open(tmp_path / "table.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["model"] for row in rows] == comparison.labels
    nll = comparison["first"].get("nll")
    assert float(rows[0]["nll"]) == nll.value
    assert float(rows[0]["nll_standard_error"]) == nll.standard_error
    assert rows[3]["nll"] == ""
    assert list(tmp_path.iterdir()) == [tmp_path / "table.csv"]


def test_labels_are_distinct():
    assert distinct(["a", "b", "a", "a"]) == ["a", "b", "a (2)", "a (3)"]
    tricky = distinct(["a", "a", "a (2)"])
    assert len(set(tricky)) == 3
    assert tricky[0] == "a"
    assert tricky[2] == "a (2)"


def test_names_folders_and_objects_together(models, data, tmp_path):
    metrics = [
        {
            "name": "nll",
            "value": 12.5,
            "standard_error": 0.5,
            "unit": "nats",
            "protocol": "importance sampling",
            "n": 10,
            "k": 5000,
        }
    ]
    elsewhere = {"name": "other", "split": "train", "sizes": {}, "binarization": None}
    for name, card in (
        ("inner", {"data": {**elsewhere, "name": "sides"}, "metrics": metrics}),
        ("foreign", {"data": elsewhere, "metrics": metrics}),
    ):
        with atomic_version_folder(tmp_path / name) as folder:
            save_model_files(models["first"], folder)
            published = [{"value": 11.25, "source": "A. Author"}]
            card = {**card, "published": published}
            write_card(models["first"], folder, name=name, version=1, **card)
    comparison = vaezoo.compare(
        [tmp_path / "inner", str(tmp_path / "foreign"), models["first"]],
        data,
        num_samples=2,
        limit=5,
        rounds=0,
        pictures=False,
    )
    assert comparison.labels == ["inner", "foreign", "inner (2)"]
    assert comparison["inner"].get("card_nll").value == 12.5
    assert comparison["inner"].published[0].value == 11.25
    assert comparison["foreign"].get("card_nll") is None
    assert comparison["foreign"].published == ()
    warnings = "\n".join(comparison.warnings)
    assert "foreign was trained on other, not on sides" in warnings
    # The three are one: the weights came back from the folder as they were.
    assert all(difference.equal for difference in comparison.differences)


def test_bad_arguments_say_what_was_expected(models, data, tmp_path):
    model = models["first"]
    for bad in ([], {}, "fc_vae_mnist", model, [model, 3], [np.zeros(3)]):
        with pytest.raises(ValueError, match=r"Expected models to compare.*Received"):
            vaezoo.compare(bad, data)
    with pytest.raises(UnknownModelError):
        vaezoo.compare(["no_such_model"], data)
    with pytest.raises(ModelFileError):
        vaezoo.compare([model, tmp_path], data)
    for arguments in ({"limit": 0}, {"limit": 2.5}, {"rounds": -1}):
        with pytest.raises(ValueError, match=r"Expected `\w+` to be an integer"):
            vaezoo.compare([model], data, **arguments)
    with pytest.raises(ValueError, match="num_samples"):
        vaezoo.compare([model], data, num_samples=0)
    with pytest.raises(ValueError, match="no split"):
        vaezoo.compare([model], data, split="train")
