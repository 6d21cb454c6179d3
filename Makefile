# Two commands for a user: `make demo` and `make test`. Everything else is a part of them.
.DELETE_ON_ERROR:
.SUFFIXES:
.PHONY: setup demo test check quick web docs flink chromium fmt clean faults soak fuzz bench-collect bench-map bench-sql bench-generate

PYTHON  ?= python3
UV_VERSION := 0.13.9
VENV    := .venv
BIN     := $(VENV)/bin
CACHE   := $(if $(XDG_CACHE_HOME),$(XDG_CACHE_HOME),$(HOME)/.cache)/riverrun
FLINK_VERSION := 2.3.0
# Apache Flink from PyPI, in an environment of its own, shared by all checkouts of one user.
export RIVERRUN_FLINK_VENV ?= $(CACHE)/flink-$(FLINK_VERSION)
export UV_PROJECT_ENVIRONMENT := $(VENV)
UV      := $(BIN)/uv

setup: $(VENV)/.ready web ## make .venv from the lock file, and the built tag and UI

$(VENV)/.uv-$(UV_VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "riverrun needs Python 3.11 or later; set PYTHON=")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@touch $@

$(VENV)/.ready: $(VENV)/.uv-$(UV_VERSION) pyproject.toml uv.lock
	$(UV) sync --frozen --inexact --quiet --compile-bytecode
	@touch $@

web: ## build the tag and the UI (needs Node 20; wheels carry the result)
	@$(MAKE) --no-print-directory -C web

demo: setup ## the main job on embedded defaults
	@$(BIN)/python -m compileall -q src  # once, and not in each of the ten processes
	$(BIN)/riverrun demo

test: setup flink chromium check ## everything CI runs
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser"
	$(BIN)/python -m pytest -n 2 --dist worksteal -m browser  # apart: Playwright's event loop runs until a process ends
	@$(MAKE) --no-print-directory -C web test

check: setup ## lint, types, import contracts, web type check, stale docs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory -C web check

quick: setup ## the fast tests, while working
	$(BIN)/python -m pytest -n 2 -m "not slow and not flink and not browser and not faults"

faults: setup ## the tests that kill processes and fill disks, at length
	RIVERRUN_KILLS=$(or $(KILLS),200) $(BIN)/python -m pytest -m faults

soak: setup ## fifty million rows through moving windows: memory and the job's file stay flat
	RIVERRUN_SOAK_ROWS=$(or $(ROWS),50000000) $(BIN)/python -m pytest -s tests/soak

fuzz: setup ## the collector's request path, with a million mutated requests
	$(BIN)/python -m tests.wire.fuzz --inputs $(or $(INPUTS),1000000)

docs: setup ## the pages that are written from the code
	$(BIN)/python tools/cli_docs.py
	$(BIN)/python tools/generate_docs.py
	$(BIN)/python tools/lint_docs.py
	$(BIN)/python tools/sql_docs.py

fmt: setup
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

flink: $(RIVERRUN_FLINK_VENV)/.ready ## Apache Flink, the judge of the SQL tests

$(RIVERRUN_FLINK_VENV)/.ready: | $(VENV)/.ready
	@command -v java >/dev/null || { echo "make: the tests compare with Apache Flink, which needs a JDK 17: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
	$(UV) venv --quiet --clear --python $(BIN)/python $(RIVERRUN_FLINK_VENV)
	$(UV) pip install --quiet --python $(RIVERRUN_FLINK_VENV)/bin/python apache-flink==$(FLINK_VERSION)
	@touch $@

chromium: ## Debian's Chromium, for the browser tests
	@tools/ensure-chromium

bench-collect bench-map bench-sql bench-generate: setup
	@$(BIN)/python -m compileall -q src
	$(BIN)/python -m bench.$(subst bench-,,$@)

clean:
	rm -rf $(VENV) data src/riverrun/web web/node_modules web/*/dist .mypy_cache .ruff_cache .pytest_cache
