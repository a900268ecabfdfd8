import pathlib

import pytest

from benchmarks import results
from benchmarks.details import details
from benchmarks.table import START, benchmarks_table, main, renew

README = pathlib.Path(__file__).parents[2] / "README.md"


def contender(library, segments, **about):
    return {
        "library": library,
        "device": "CPU",
        "versions": {library.lower(): "2.0"},
        "set_up_seconds": 4.0,
        "first_seconds": dict.fromkeys(segments, 3.0),
        "peak_memory_bytes": 800_000_000,
        "segments": segments,
        **about,
    }


def fit(*seconds):
    return {"fit": [{"count": 1000, "seconds": one} for one in seconds]}


def work(title, unit="images", **contenders):
    return {
        "title": title,
        "unit": unit,
        "date": "2026-01-31",
        "revision": "abc",
        "data": "sprites",
        "rounds": 3,
        "contenders": {key.replace("_", " "): c for key, c in contenders.items()},
    }


@pytest.fixture
def measured():
    training = work(
        "FC training, `fit(x)`",
        vaezoo=contender("vaezoo", fit(1.0, 0.5, 1.0), peak_memory_bytes=400_000_000),
        Keras_example=contender("Keras example", fit(2.0, 1.5, 1.5)),
        PyTorch_eager=contender("PyTorch", fit(4.0, 4.0, 4.0)),
        PyTorch_compile=contender("PyTorch", fit(1.0, 1.0, 1.0)),
        JAX={"library": "JAX", "failed": "cannot be installed: no such version"},
    )
    gaps = [{"count": 2, "seconds": 1.0, "gaps": [0.01, 0.02]}]
    longer = [{"count": 2, "seconds": 1.0, "gaps": [0.5, 0.02]}]
    stall = work(
        "Ends of fits",
        unit="fits",
        vaezoo=contender("vaezoo", {"fit": gaps}),
        Keras_example=contender("Keras example", {"fit": longer}),
    )
    calls = {"fc encode": [{"count": 50, "seconds": 0.1}]}
    encode = {"conv encode": [{"count": 5, "seconds": 0.1}], **calls}
    one = work(
        "One image",
        unit="calls",
        vaezoo=contender("vaezoo", encode),
        PyTorch_eager=contender("PyTorch", encode),
    )
    return {
        "machine": "2 CPU cores",
        "works": {"stall": stall, "fc_training": training, "one_image": one},
    }


def rows(table):
    lines = [line for line in table.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def test_each_library_is_there_with_its_best_variant(measured):
    table = benchmarks_table([measured])
    assert table.startswith("2 CPU cores; sprites; 2026-01-31.\n\n| work |")
    title = "FC training, `fit(x)`"
    assert rows(table)[:3] == [
        [
            title,
            "Keras example",
            "2.00 (1.50 to 3.00)",
            "1,000 images/s",
            "667 images/s",
        ],
        [
            title,
            "PyTorch compile",
            "1.00 (1.00 to 2.00)",
            "1,000 images/s",
            "1,000 images/s",
        ],
        [title, "JAX", "", "", "not run: cannot be installed: no such version"],
    ]


def test_memory_start_and_stalls_have_rows(measured):
    found = {row[0]: row[1:] for row in rows(benchmarks_table([measured]))}
    assert found["FC training, peak memory"] == [
        "Keras example",
        "2.00",
        "400 MB",
        "800 MB",
    ]
    # Set-up, and what the first fit took longer than the median one.
    assert found["FC training, start to first fit"][2:] == ["6.0 s", "5.5 s"]
    assert found["Ends of fits"][2:] == [
        "0 of 2 fits above 0.3 s; longest 0.02 s",
        "1 of 2 fits above 0.3 s; longest 0.50 s",
    ]
    assert found["One image, `encode`, FC"][2] == "500 calls/s"
    assert found["One image, `encode`, conv"][2] == "50.0 calls/s"


def test_details_have_every_contender(measured):
    encode = measured["works"]["one_image"]["contenders"]["vaezoo"]["segments"]
    encode["fc encode"].append({"count": 51, "seconds": 0.1})  # as long as time allows
    text = details(measured)
    assert "| vaezoo | fit | 1,000 (1,000 to 2,000) | 1.00 (1.00 to 1.00) | 2.0" in text
    assert "| vaezoo | fc encode | 505 (500 to 510) | 1.00 (1.00 to 1.00) |  |" in text
    assert "| PyTorch eager | fit | 250 (250 to 250) | 4.00 (4.00 to 8.00) |" in text
    assert "not run: cannot be installed" in text
    assert "Versions: keras example 2.0, pytorch 2.0, vaezoo 2.0." in text


def test_without_vaezoo_there_are_no_ratios(measured):
    training = measured["works"]["fc_training"]
    training["contenders"]["vaezoo"] = {"library": "vaezoo", "failed": "ended"}
    assert "not run: ended" in benchmarks_table([measured])
    assert "not run: ended" in details(measured)


def test_a_file_changes_between_the_markers_alone(measured, tmp_path, monkeypatch):
    monkeypatch.setattr(results, "FOLDER", tmp_path)
    results.store("2 CPU cores", "stall", measured["works"]["stall"])
    path = tmp_path / "README.md"
    path.write_text("A\n<!-- benchmarks -->\nold\n<!-- /benchmarks -->\nB ±\n", "utf-8")
    main(["--write", str(path)])
    text = path.read_text("utf-8")
    assert text.startswith(f"A\n{START}\n2 CPU cores; sprites; 2026-01-31.\n")
    assert text.endswith("|\n<!-- /benchmarks -->\nB ±\n")
    assert "old" not in text
    assert renew(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "<!-- benchmarks -->\n",
        "<!-- /benchmarks -->\n<!-- benchmarks -->\n",
        "<!-- benchmarks -->\n<!-- /benchmarks -->\n<!-- /benchmarks -->\n",
    ],
)
def test_without_its_markers_a_file_is_left_alone(tmp_path, text):
    path = tmp_path / "README.md"
    path.write_text(text)
    with pytest.raises(SystemExit, match="error: Expected the line"):
        main(["--write", str(path)])
    assert path.read_text() == text


def test_the_table_of_the_readme_is_up_to_date():
    text = README.read_text("utf-8")
    if START not in text:
        pytest.skip("README.md has no table of benchmarks")
    assert renew(text) == text, "run `python -m benchmarks.table --write README.md`"
