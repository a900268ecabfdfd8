"""The command line: the verbs of the Python interface, for the shell."""

from vaezoo.cli.program import main as main
