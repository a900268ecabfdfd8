"""Output files that appear whole or not at all."""

from vaezoo.output_file import output_file as output_file
