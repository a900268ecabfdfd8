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

# A file's tests stay together: their fixtures are dear. Each process takes about 1 GB.
PYTEST := $(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-slow bench lint format readme lock clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: $(VENV)/.ready ## make .venv with the pinned packages of constraints.txt

demo: setup ## sample, fine-tune and export the shipped model, into out/demo
	$(BIN)/python -m vaezoo.demo --out out/demo

test: setup ## run the tests, about a quarter of an hour on two cores
	$(PYTEST)

test-slow: setup ## run the long suite: trainings, and every combination of parts
	$(PYTEST) -m slow

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

lock: $(VENV)/.ready-dev ## renew constraints.txt: the newest versions that fit
	$(BIN)/uv pip compile pyproject.toml --group dev --universal \
		--python-version 3.11 --upgrade --no-annotate --no-header \
		--output-file constraints.txt

clean: ## remove .venv, and what the demo and the tools made
	rm -rf $(VENV) out/demo build dist .pytest_cache .ruff_cache .hypothesis

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

$(VENV)/.ready-dev: $(VENV)/.ready
	$(EDITABLE) --group dev
	@touch $@
