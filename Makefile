# `make run` explores the shipped scenarios; `make test` runs the tests.
# Both set up .venv first, and a second call is quick.

PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

# Neighbours are measured in environments of their own, with the folder of cases that PEERS names.
PEERS ?= ../shared/bench/peers
PEERS_PYTHON ?= python3.12
NEIGHBOURS := detangle==0.1.0 simloom==0.5.0 frontrun==0.7.0 seedloop==0.4.1 simloop==0.2.2

.PHONY: run test browser-test formats check conformance crash-test determinism real-bugs ecosystem \
  fuzz soak mutmut reference extension bench bench-generation bench-language bench-page bench-peers \
  bench-plugin bench-search clean

run: $(VENV)/.run
	$(BIN)/hocket run --schedules 100 $(ARGS)

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto $(ARGS)

# In the Chromium that HOCKET_BROWSER names, or that is on the PATH; screenshots in .browser/.
browser-test: $(VENV)/.browser
	$(BIN)/mypy tests/browser/*.py benchmarks/page.py
	$(BIN)/python -m tests.browser $(ARGS)

# Readers that others wrote; JUNIT_XSD names a copy of junit-10.xsd of Jenkins' xUnit plugin.
formats: $(VENV)/.dev .formats/.done
	$(BIN)/python -m tests.outside.check_formats .formats

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

crash-test: $(VENV)/.dev
	$(BIN)/python -m tests.crash.run_crashes $(ARGS)

determinism: $(VENV)/.dev
	$(BIN)/python -m tests.determinism.check

real-bugs: $(VENV)/.dev
	$(BIN)/python -m benchmarks.real_bugs $(ARGS)

# Cosmic Ray's changes of the runtime, each judged by a fixed budget of `hocket run`.
mutmut: $(VENV)/.mutation
	$(BIN)/python -m benchmarks.mutations $(ARGS)

fuzz: .fuzz/.done
	.fuzz/bin/python -m tests.fuzz.run $(ARGS)

# A million schedules of the reference: some hours.  Ctrl-C keeps what there is, for the next call.
soak: $(VENV)/.dev
	$(BIN)/python -m benchmarks.soak $(ARGS)

reference: $(VENV)/.dev
	$(BIN)/python -m hocket.scenarios.language.reference > docs/language-reference.md
	$(BIN)/hocket schema > scenarios/editors/vscode/hocket.schema.json

extension:
	cd scenarios/editors/vscode && npx --yes @vscode/vsce package --no-dependencies --allow-missing-repository $(ARGS)

ecosystem: $(VENV)/.dev
	$(BIN)/python -m benchmarks.ecosystem $(ARGS)

bench-plugin: $(VENV)/.dev
	$(BIN)/python -m benchmarks.plugin

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks.kernel

bench-generation: $(VENV)/.dev
	$(BIN)/python -m benchmarks.generation $(ARGS)

bench-page: $(VENV)/.browser
	$(BIN)/python -m benchmarks.page $(ARGS)

bench-language: $(VENV)/.dev
	$(BIN)/python -m benchmarks.language

bench-search: $(VENV)/.dev
	$(BIN)/python -m benchmarks.search $(ARGS)

bench-peers: $(VENV)/.dev .peers/.done
	$(BIN)/python -m benchmarks.peers $(PEERS) $(ARGS)

clean:
	rm -rf $(VENV) .bench-search .browser .conformance .determinism .ecosystem .formats .fuzz
	rm -rf .mutmut .peers .real-bugs .soak
	rm -rf dist build
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .hocket

$(VENV)/.run: pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/.dev: $(VENV)/.run
	$(BIN)/python -m pip install --quiet --group dev
	touch $@

$(VENV)/.browser: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --group browser
	touch $@

$(VENV)/.mutation: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet --group mutation
	touch $@

.fuzz/.done: pyproject.toml
	test -x .fuzz/bin/python || $(PYTHON) -m venv .fuzz
	.fuzz/bin/python -m pip install --quiet --editable . atheris

.formats/.done:
	mkdir -p .formats
	npm install --prefix .formats --no-audit --no-fund --silent @microsoft/sarif-multitool-linux ctrf
	touch $@

.peers/.done:
	mkdir -p .peers
	for one in $(NEIGHBOURS); do \
	  home=.peers/v-$${one%%==*}; \
	  { $(PEERS_PYTHON) -m venv $$home && $$home/bin/python -m pip install --quiet $$one pytest; } \
	    || { echo "could not be had: $$one"; rm -rf $$home; }; \
	done
	touch $@
