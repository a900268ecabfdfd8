import os
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty", reason="there are no pseudo-terminals here")

CODE = """
import os, sys, time
from vaezoo.cli.spinner import spinner
with spinner("Counting sheep"):
    # As `import_tensorflow` does, while the spinner turns.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    time.sleep(0.3)
print("done")
"""


def test_a_terminal_shows_what_is_being_done():
    terminal, other_end = pty.openpty()
    result = subprocess.run(
        [sys.executable, "-c", CODE],
        stdout=subprocess.PIPE,
        stderr=other_end,
        env={**os.environ, "TERM": "xterm"},
        check=True,
    )
    shown = os.read(terminal, 10_000).decode()
    os.close(terminal)
    os.close(other_end)
    assert result.stdout == b"done\n"
    assert shown.count("Counting sheep") > 1


def test_a_file_stays_empty():
    result = subprocess.run(
        [sys.executable, "-c", CODE], capture_output=True, check=True
    )
    assert (result.stdout, result.stderr) == (b"done\n", b"")
