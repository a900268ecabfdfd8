"""Speed of vaezoo beside its peers: the same work, in one run, in turns.

python -m benchmarks --help

This package itself imports nothing: its workers run in the peers' environments, where
there is no vaezoo.
"""
