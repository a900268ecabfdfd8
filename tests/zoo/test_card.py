import dataclasses
import json

import pytest

from vaezoo.zoo import ModelCard, ModelFileError, info
from vaezoo.zoo.card import CARD_FILE
from vaezoo.zoo.card_text import format_bytes, format_measurement


def edited(folder, edit):
    path = folder / CARD_FILE
    value = json.loads(path.read_text())
    edit(value)
    path.write_text(json.dumps(value))
    return path


def test_card_measures_the_model_and_its_files(folder, tiny):
    card = info(folder)
    assert (card.name, card.version, card.family) == ("tiny", 1, "FullyConnectedVAE")
    assert card.parameters == sum(w.shape.num_elements() for w in tiny.weights)
    assert card.architecture["hidden_units"] == [5]
    assert list(card.files) == [
        "assets.extra/config.json",
        "assets.extra/model.weights.h5",
        "saved_model.pb",
        "variables/variables.index",
    ]
    assert card.size_bytes == sum((folder / p).stat().st_size for p in card.files)
    assert card.training.wall_time_seconds == 90.0
    assert card.metrics[0].k == 5000
    assert card.versions.keras


def test_json_round_trip(folder, tmp_path):
    card = info(folder)
    card.to_json(tmp_path / "again.json")
    assert ModelCard.from_json(tmp_path / "again.json") == card
    with pytest.raises(dataclasses.FrozenInstanceError):
        card.name = "other"


def test_text_shows_every_fact(folder):
    card = info(folder)
    lines = str(card).splitlines()
    assert lines[0] == "tiny (version 1)"
    text = " ".join(str(card).split())
    assert "nll 12.35 ± 0.07 nats (importance sampling; n=10, k=5,000)" in text
    assert "published 86.76 (Burda et al. 2016, Table 1)" in text
    assert "1.5 minutes on 2 CPU cores" in text
    assert "binarization" not in text  # It was not recorded.
    assert max(map(len, lines)) <= 88
    assert "tiny" in repr(card)
    assert "\n" not in repr(card)


def test_control_characters_do_not_reach_the_terminal(folder):
    hostile = "fine\x1b]0;title\x07\u202e\x9b2J"
    edited(folder, lambda card: card.update(description=hostile, licence=hostile))
    text = str(info(folder))
    assert "fine" in text
    assert all(c.isprintable() for c in text.replace("\n", ""))


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda c: c.pop("family"), "missing field family"),
        (lambda c: c.update(colour="red"), "unknown field colour"),
        (lambda c: c["data"].pop("split"), r"missing field data\.split"),
        (lambda c: c["metrics"][0].update(z=1), r"unknown field metrics\[0\]\.z"),
        (lambda c: c.update(version="1"), "an integer in field version, received '1'"),
        (lambda c: c.update(version=True), "an integer in field version"),
        (lambda c: c.update(version=-1), ">= 0 in field version"),
        (lambda c: c.update(metrics={}), r"a list in field metrics, received \{\}"),
        (lambda c: c["data"]["sizes"].update(train=1.5), r"data\.sizes\.train"),
        (lambda c: c["metrics"][0].update(value="low"), r"a number.*\[0\]\.value"),
        (lambda c: c.update(training=[]), "an object in field training"),
        (lambda c: c.update(name="../tiny"), r"field name, received '\.\./tiny'"),
        (lambda c: c["files"].update(x="abc"), "sha256 in field files, for 'x'"),
        (lambda c: c["files"].pop("assets.extra/config.json"), "missing 'assets.ex"),
        (lambda c: c["files"].update({"a/../../b": "0" * 64}), r"received 'a/\.\./"),
        (lambda c: c["files"].update({"/etc/passwd": "0" * 64}), "inside the model"),
        (lambda c: c["files"].update({"..\\b": "0" * 64}), "inside the model"),
        (lambda c: c["files"].update({"c:b": "0" * 64}), "inside the model"),
        (lambda c: c["files"].update({"": "0" * 64}), "inside the model"),
    ],
)
def test_wrong_fields_are_named(folder, edit, reason):
    path = edited(folder, edit)
    with pytest.raises(ModelFileError, match=reason) as error:
        info(folder)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not valid JSON"),
        (b"\x80\x04\x95", "not valid JSON"),
        (b"[]", "expected an object, received \\[\\]"),
        (b'{"name": NaN}', "NaN is not JSON"),
        (b'{"name": "a", "name": "b"}', "twice"),
        (b"[" * 100_000, "not valid JSON"),
        (b" " * (2**20 + 1), "larger than 1,048,576 bytes"),
    ],
)
def test_files_that_are_no_cards(folder, content, reason):
    (folder / CARD_FILE).write_bytes(content)
    with pytest.raises(ModelFileError, match=reason):
        info(folder)


def test_a_card_with_nan_is_never_written(folder):
    card = info(folder)
    metric = dataclasses.replace(card.metrics[0], value=float("nan"))
    with pytest.raises(ValueError, match="not JSON compliant"):
        dataclasses.replace(card, metrics=(metric,)).to_json()


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (86.3012, 0.0712, "86.30 ± 0.07"),
        (86.3012, 0.000512, "86.3012 ± 0.0005"),
        (1234.5, 12.0, "1,234.50 ± 12.00"),
        (27, None, "27"),
        (27.0, None, "27"),
        (0.5, None, "0.50"),
        (0.5, 0.0, "0.50 ± 0.00"),
    ],
)
def test_measurements(value, error, text):
    assert format_measurement(value, error) == text


def test_sizes():
    sizes = [format_bytes(n) for n in (12, 3400, 5_600_000)]
    assert sizes == ["12 bytes", "3.4 kB", "5.6 MB"]


def test_a_label_of_any_length_is_shown(folder):
    card = info(folder)
    metric = dataclasses.replace(card.metrics[0], name="n" * 1000)
    assert "n" * 1000 in str(dataclasses.replace(card, metrics=(metric,)))
