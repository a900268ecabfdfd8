import pytest

from vaezoo.zoo.results_table import main, renew, results_table

METRICS = [
    ("nll", 84.123, 0.4567, "nats"),
    ("elbo", -88.5, 0.46, "nats"),
    ("active_units", 2, None, "dimensions"),
]


@pytest.fixture
def models(publish, tiny, root):
    metrics = [
        {
            "name": name,
            "value": value,
            "standard_error": error,
            "unit": unit,
            "protocol": "as the paper says",
            "n": 10_000,
        }
        for name, value, error, unit in METRICS
    ]
    publish(tiny, root / "vae_k50", metrics=metrics)
    publish(tiny, root / "vae_k5", metrics=[], published=None, training=None, data=None)
    return root


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_one_row_a_model_with_the_numbers_of_its_card(models):
    head, rule, first, second, *_ = results_table().splitlines()
    assert len({line.count("|") for line in (head, rule, first, second)}) == 1
    empty = dict(zip(cells(head), cells(first), strict=True))
    assert empty["model"] == "`vae_k5`"
    assert empty["test NLL"] == empty["ELBO"] == empty["active latents"] == ""
    row = dict(zip(cells(head), cells(second), strict=True))
    assert row["model"] == "`vae_k50`"
    assert row["data"] == "noise"
    assert row["test NLL"] == "84.12 ± 0.46"
    assert row["ELBO"] == "-88.50 ± 0.46"
    assert row["active latents"] == "2 of 2"
    assert row["training time"] == "2 min, 2 CPU cores"


def test_below_it_stand_protocol_published_numbers_and_recipe(models):
    note = results_table().splitlines()[-1]
    assert "nll: as the paper says; 10,000 images." in note
    assert "Published: 86.76 (Burda et al. 2016, Table 1)." in note
    assert "[recipes/tiny.py](recipes/tiny.py)" in note


def test_a_number_without_a_column_stands_in_the_note(publish, tiny, root):
    metric = {"name": "mig", "value": 0.456, "unit": "of 1", "n": 20}
    metric |= {"protocol": "p", "standard_error": None}
    publish(tiny, root / "disentangled", metrics=[metric])
    note = results_table().splitlines()[-1]
    assert "mig 0.46 of 1: p; 20 images." in note


def test_a_file_changes_between_the_markers_alone(models, tmp_path, capsys):
    path = tmp_path / "README.md"
    path.write_text("# A\n\n<!-- results -->\nold\n<!-- /results -->\n\nB ±\n", "utf-8")
    main(["--write", str(path)])
    text = path.read_text("utf-8")
    assert text.startswith("# A\n\n<!-- results -->\n| model |")
    assert text.endswith("<!-- /results -->\n\nB ±\n")
    assert "old" not in text
    assert renew(text) == text
    assert capsys.readouterr().out == f"Wrote the results to {path}\n"


def test_it_is_printed_without_a_file(models, capsys):
    main([])
    assert capsys.readouterr().out == results_table() + "\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!-- results -->\n",
        "<!-- /results -->\n<!-- results -->\n",
        "<!-- results -->\n<!-- results -->\n<!-- /results -->\n",
        "<!-- results -->\n<!-- /results -->\n<!-- /results -->\n",
    ],
)
def test_without_its_markers_a_file_is_left_alone(models, tmp_path, text):
    path = tmp_path / "README.md"
    path.write_text(text)
    with pytest.raises(SystemExit, match="error: Expected the line '<!-- results -->'"):
        main(["--write", str(path)])
    assert path.read_text() == text
