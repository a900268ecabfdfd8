import subprocess
import sys

from vaezoo.cli import main
from vaezoo.cli.encode import split_options


def test_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "apache_beam", None)
    assert main(["encode", "fc_vae_mnist", "--input", "x.npz", "--output", "y"]) == 1
    assert "pip install 'vaezoo[beam]'" in capsys.readouterr().err


def test_the_options_of_beam_follow_two_dashes():
    ours = ["encode", "m", "--input", "a", "--output", "b"]
    assert split_options([*ours, "--", "--runner=X", "-y"]) == (
        ours,
        ["--runner=X", "-y"],
    )
    assert split_options(ours) == (ours, [])
    other = ["train", "recipe", "--", "--x"]
    assert split_options(other) == (other, [])


def test_import_is_light():
    code = (
        "import sys, vaezoo.beam; dir(vaezoo.beam); "
        "print({'apache_beam', 'tensorflow'} & set(sys.modules))"
    )
    command = [sys.executable, "-c", code]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "set()"
