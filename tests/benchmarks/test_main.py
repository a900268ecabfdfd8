"""The program, with contenders that are not processes."""

import argparse
import json

import pytest

import benchmarks.__main__ as program
from benchmarks import results, scaling
from benchmarks.environments import EnvironmentFailedError
from benchmarks.works import WORKS, Work, _torch

WORK = Work("fc_training", "FC", "images", {"images": 5_000, "seconds": 2.0}, ())
RUN = {"count": 10, "seconds": 0.1}


@pytest.fixture
def session(tmp_path, monkeypatch):
    """A session on nothing; `session.settings` holds what workers were given."""
    monkeypatch.setattr(results, "FOLDER", tmp_path / "results")
    monkeypatch.setattr(program, "write_images", lambda path: "sprites")
    seen = []

    def measure(contenders, rounds, progress):
        seen.extend(json.loads(contender._command[-1]) for contender in contenders)
        about = {"device": "CPU", "versions": {}, "segments": {"fit": [RUN] * rounds}}
        return {contender.name: about for contender in contenders}

    def interpreter(name, progress):
        if name == "torch":
            raise EnvironmentFailedError("cannot be installed: no network")
        return "python"

    monkeypatch.setattr(program, "measure", measure)
    monkeypatch.setattr(program, "interpreter", interpreter)

    def start(**options):
        options = {"rounds": 2, "quick": False, "skip_peers": False, **options}
        made = program.Session(argparse.Namespace(**options), tmp_path)
        made.settings = seen
        return made

    return start


def kept():
    return [result["works"] for result in results.load_all()]


def test_a_result_is_kept_with_what_it_was_made_of(session):
    session().run(WORK)
    ((work,),) = (list(works.values()) for works in kept())
    assert work["data"] == "sprites"
    assert work["rounds"] == 2
    assert {"date", "revision", "title", "unit"} <= set(work)
    vaezoo = work["contenders"]["vaezoo"]
    assert vaezoo["library"] == "vaezoo"
    assert vaezoo["segments"]["fit"] == [RUN, RUN]


def test_a_peer_that_cannot_be_installed_stands_there_with_the_reason(session):
    peers = (_torch("eager fused"),)
    session().run(Work("fc_training", "FC", "images", WORK.settings, peers))
    contenders = kept()[0]["fc_training"]["contenders"]
    assert contenders["PyTorch eager, fused"] == {
        "library": "PyTorch",
        "failed": "cannot be installed: no network",
    }


def test_a_quick_look_is_short_and_not_kept(session):
    quick = session(quick=True)
    quick.run(WORK)
    assert quick.settings[0]["images"] == 1_250
    assert quick.settings[0]["seconds"] == 0.5
    assert kept() == []


def test_without_peers_nothing_is_installed_or_kept(session):
    alone = session(skip_peers=True)
    peers = (_torch("eager fused"),)
    alone.run(Work("fc_training", "FC", "images", WORK.settings, peers))
    assert len(alone.settings) == 1
    assert kept() == []


@pytest.mark.parametrize("options", [["--rounds", "0"], ["--only", "nothing"]])
def test_nonsense_is_refused(options, capsys):
    with pytest.raises(SystemExit):
        program.main(options)
    assert "error" in capsys.readouterr().err


def test_help_names_every_work(capsys):
    with pytest.raises(SystemExit):
        program.main(["--help"])
    text = "".join(capsys.readouterr().out.split())
    for name in [*(work.name for work in WORKS), scaling.NAME]:
        assert name in text


def test_scaling_is_drawn(tmp_path):
    runs = {
        f"{quantity} {network} {value}": [{"count": value * 100, "seconds": 2.0}]
        for quantity, values in scaling.SETTINGS["points"].items()
        for network in ("fc", "conv")
        for value in values
    }
    assert scaling.lines(runs, "latent_dim")["conv"] == [
        (2, 100.0),
        (16, 800.0),
        (128, 6400.0),
    ]
    scaling.draw(runs, tmp_path / "scaling.png")
    assert (tmp_path / "scaling.png").read_bytes()[1:4] == b"PNG"
