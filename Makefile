# `make demo` and `make test` are all that most people need; both set up .venv first.

# The Python versions that TensorFlow has wheels for; the first one found is taken.
SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))
PYTHON ?= $(firstword $(shell for python in python3 python3.13 python3.12 python3.11; \
	do $$python -c '$(SUPPORTED)' 2>/dev/null && echo $$python; done) python3)

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
INSTALL := $(PIP) install --constraint constraints.txt
EDITABLE := $(INSTALL) --build-constraint constraints.txt --editable .

# A file's tests stay together: their fixtures are dear.
PROCESSES := -n auto --maxprocesses 4 --dist loadfile
PYTEST := $(BIN)/python -m pytest $(PROCESSES)

# The lower bounds of pyproject.toml: what they promise is tried on an old Python with
# the packages of constraints-oldest.txt, whose own warnings are not ours to mend.
OLDEST := .venv-oldest
OLDEST_PYTHON ?= $(firstword $(shell for python in python3.11 python3.12 python3; do \
	$$python -c '$(SUPPORTED)' 2>/dev/null && echo $$python; done) python3)
CORE := tests/test_random.py tests/networks tests/layers/test_against_tfp.py \
	tests/models/test_vae.py tests/models/test_training.py \
	tests/models/test_saving.py tests/zoo tests/serving/test_export.py \
	tests/conformance/test_exports.py

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow test-oldest bench lint format readme lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready ## make .venv with the pinned packages of constraints.txt

demo: setup ## sample, fine-tune and export the shipped model, into out/demo
	$(BIN)/python -m vaezoo.demo --out out/demo

test: setup ## run the tests, about 20 minutes on two cores
	$(PYTEST)

# In three runs: TensorFlow keeps what it compiled for a model until its process ends,
# which comes to 10 GB in each of two that run the whole suite. The recipes are one file
# of dear tests without a fixture in common, which all processes share.
test-slow: setup ## run the long suite: trainings, and every combination of parts
	$(PYTEST) -m slow tests/conformance
	$(PYTEST) -m slow tests/training --dist load
	$(PYTEST) -m slow --ignore tests/conformance --ignore tests/training

test-oldest: $(OLDEST)/.ready ## run the core tests with the oldest supported packages
	$(OLDEST)/bin/python -m pytest $(PROCESSES) -W default $(CORE)

bench: setup ## measure speed beside the peers; installs them apart, on first use
	$(BIN)/python -m benchmarks

lint: $(VENV)/.ready-dev ## check style and formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.ready-dev ## correct style and formatting, where a tool can
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

readme: setup ## renew ZOO.md and the results table of README.md from the model cards
	$(BIN)/python -m vaezoo.zoo.results_table --write README.md
	$(BIN)/python -m vaezoo.zoo.gallery --write ZOO.md

lock: $(VENV)/.ready-dev ## renew constraints.txt, and the one of oldest versions
	$(BIN)/uv pip compile pyproject.toml --group dev --universal \
		--python-version 3.11 --upgrade --no-annotate --no-header \
		--output-file constraints.txt
	$(BIN)/uv pip compile pyproject.toml --group test --universal \
		--resolution lowest-direct --python-version 3.11 --upgrade \
		--no-annotate --no-header --output-file constraints-oldest.txt

clean: ## remove .venv, and what the demo and the tools made
	rm -rf $(VENV) $(OLDEST) out/demo build dist .pytest_cache .ruff_cache .hypothesis

# Files that are made last: a second run has nothing to do, and a set-up that was
# interrupted is taken up again.
$(VENV)/.ready: pyproject.toml constraints.txt
	@$(PYTHON) -c '$(SUPPORTED)' 2>/dev/null || { \
		found=$$($(PYTHON) --version 2>/dev/null) || found="not there"; \
		echo "vaezoo needs Python 3.11, 3.12 or 3.13. '$(PYTHON)' is $$found." \
			"Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --upgrade pip
	$(EDITABLE) --group test
	@touch $@

$(OLDEST)/.ready: pyproject.toml constraints-oldest.txt
	$(OLDEST_PYTHON) -m venv $(OLDEST)
	$(OLDEST)/bin/python -m pip install --constraint constraints-oldest.txt --upgrade pip
	$(OLDEST)/bin/python -m pip install --constraint constraints-oldest.txt \
		--build-constraint constraints.txt --editable . --group test
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(EDITABLE) --group dev
	@touch $@
