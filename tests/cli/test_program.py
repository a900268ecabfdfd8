import subprocess
import sys

import pytest

from vaezoo.cli import program

COMMANDS = ("list", "info", "train", "evaluate", "sample", "plot", "export")


def test_help_names_every_command(vaezoo_command):
    code, out, err = vaezoo_command("--help")
    assert (code, err) == (0, "")
    assert all(f"\n    {command} " in out for command in COMMANDS)
    assert "examples:" in out


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_examples(vaezoo_command, command):
    code, out, _ = vaezoo_command(command, "--help")
    assert code == 0
    assert f"examples:\n  vaezoo {command}" in out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("lits",),
        ("info",),
        ("train",),
        ("list", "--colour"),
        ("evaluate", "tiny_k5_noise"),
        ("sample", "tiny_k5_noise", "-n", "0"),
        ("sample", "tiny_k5_noise", "-n", "many"),
        ("sample", "tiny_k5_noise", "--seed", "-1"),
        ("sample", "tiny_k5_noise", "-o", "grid.txt"),
    ],
)
def test_bad_usage_is_one_line_and_2(vaezoo_command, arguments):
    code, out, err = vaezoo_command(*arguments)
    assert (code, out) == (2, "")
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert "--help` shows the usage" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("info", "tiny_k5_nosie"),
        ("sample", "tiny_k5_nosie"),
        ("evaluate", "tiny_k5_nosie", "--data", "mnist"),
        ("export", "tiny_k5_nosie", "somewhere"),
    ],
)
def test_unknown_models_are_one_line_and_1(vaezoo_command, arguments, tmp_path):
    code, out, err = vaezoo_command(*arguments)
    assert (code, out) == (1, "")
    assert err.count("\n") == 1
    assert "Did you mean 'tiny_k5_noise'" in err


def test_interruption(vaezoo_command, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("vaezoo.zoo.list_models", interrupt)
    assert vaezoo_command("list") == (130, "", "error: interrupted\n")


def test_errors_are_one_line(vaezoo_command, monkeypatch):
    def fail(*_):
        raise KeyError("a\n  b")

    monkeypatch.setattr("vaezoo.zoo.list_models", fail)
    code, _, err = vaezoo_command("list")
    assert (code, err) == (1, "error: KeyError: 'a\\n b'\n")
    code, _, err = vaezoo_command("--traceback", "list")
    assert code == 1
    assert err.startswith("Traceback")


def test_a_closed_pipe_is_no_error(shipped):
    reader = f"{sys.executable} -m vaezoo --help | true"
    result = subprocess.run(reader, shell=True, capture_output=True, check=False)
    assert result.stderr == b""


@pytest.mark.parametrize("arguments", ["--help", "--version", "list", "train --list"])
def test_light_commands_import_no_tensorflow(arguments):
    code = (
        "import sys; from vaezoo.cli import main; "
        f"code = main({arguments.split()!r}); "
        "print(code, *{'tensorflow', 'keras', 'numpy'} & sys.modules.keys())"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    last = result.stdout.splitlines()[-1]
    # Without any shipped model, `list` says so and returns 1.
    assert last in ("0", "1") if arguments == "list" else last == "0"


def test_the_script_and_the_module_are_the_program():
    result = subprocess.run(
        [sys.executable, "-m", "vaezoo", "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    import vaezoo

    assert result.stdout == f"vaezoo {vaezoo.__version__}\n"
    assert vaezoo.cli.main is program.main
