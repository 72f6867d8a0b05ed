# `make run` explores the shipped scenarios; `make test` runs the tests.
# Both set up .venv first, and a second call is quick.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: run test check conformance determinism real-bugs bench bench-search clean

run: $(VENV)/.run
	$(BIN)/hocket run $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest $(ARGS)

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports
	git diff --check
	$(BIN)/python tests/architecture/installed_wheel.py

conformance: $(VENV)/.dev
	$(BIN)/python -m tests.conformance.run_suites $(ARGS)

determinism: $(VENV)/.dev
	$(BIN)/python -m tests.determinism.check

real-bugs: $(VENV)/.dev
	$(BIN)/python -m benchmarks.real_bugs $(ARGS)

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.kernel

bench-search: $(VENV)/.dev
	$(BIN)/python -m benchmarks.search $(ARGS)

clean:
	rm -rf $(VENV) .conformance .determinism .real-bugs dist build
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .hocket

$(VENV)/.run: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --group dev
	touch $@
